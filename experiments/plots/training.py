"""Training by epoch, and where it ended beside what was published."""

from functools import partial

import numpy as np

from experiments import results, tables

WIDE = 22  # letters of a name that leave no place for a second column of names


def accuracy_by_epoch(figure, source):
    """Mean test accuracy over the seeds by epoch, with the range of the seeds."""
    experiment, directory = source
    axes = figure.subplots()
    for run in experiment.runs:
        curves = 100 * np.array(results.histories(directory, run, "test_accuracy"))
        epochs = np.arange(1, curves.shape[1] + 1)
        (line,) = axes.plot(epochs, curves.mean(axis=0), label=run.name)
        axes.fill_between(
            epochs, curves.min(axis=0), curves.max(axis=0), color=line.get_color(), alpha=0.2, lw=0
        )
    axes.set(xlabel="epoch", ylabel="test accuracy (%)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(title=tables.caption(experiment, directory))


def published_and_ours(figure, source):
    """Test accuracy of each run: published with its tolerance, and each of our seeds."""
    experiment, directory = source
    axes = figure.subplots()
    for row, run in enumerate(experiment.runs):
        ours = [100 * result["metrics"]["test_accuracy"] for result in results.read_all(directory, run)]
        published = run.published["test_accuracy"]
        theirs, tolerance = 100 * published.value, 100 * published.tolerance
        axes.errorbar(
            theirs, row, xerr=tolerance, fmt="D", color="C0", capsize=4, label="published ± tolerance"
        )
        axes.plot(
            ours, np.full(len(ours), row + 0.25), "o", color="C1", alpha=0.7, label="ours, one dot a seed"
        )
    names = [run.name.replace("-", "\n", 1) for run in experiment.runs]
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("test accuracy (%)")
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))  # one each by label
    caption = tables.caption(experiment, directory)
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=2, title=caption)


def training_curves(figure, source):
    """Loss and accuracy of one run, in training and in test."""
    experiment, directory = source
    (run,) = experiment.runs
    figure.set_figheight(5.5)
    upper, lower = figure.subplots(2, sharex=True)
    for axes, column, label, scale in ((upper, "loss", "loss", 1), (lower, "accuracy", "accuracy (%)", 100)):
        for part in ("train", "test"):
            (curve,) = results.histories(directory, run, f"{part}_{column}")
            axes.plot(range(1, len(curve) + 1), scale * np.array(curve), marker="o", label=part)
        axes.set_ylabel(label)
    lower.set_xlabel("epoch")
    lower.xaxis.get_major_locator().set_params(integer=True)
    upper.legend()
    figure.suptitle(tables.data_name(experiment, directory), fontsize=12)


def curves(prefix, figure, source):
    """Accuracy and loss by epoch of the runs whose name begins so, with the first seed."""
    experiment, directory = source
    figure.set_figheight(6)
    axes = figure.subplots(2, sharex=True)
    for run in experiment.runs:
        found = results.read_all(directory, run)
        if not run.name.startswith(prefix) or not found:
            continue
        history, label = found[0]["history"], run.name.removeprefix(prefix).strip("-")
        for axis, column, scale in zip(axes, ("accuracy", "loss"), (100, 1), strict=True):
            test, train = (scale * np.array(history[f"{part}_{column}"]) for part in ("test", "train"))
            epochs = np.arange(1, len(test) + 1)
            (line,) = axis.plot(epochs, test, "-", label=label)
            axis.plot(epochs, train, ":", color=line.get_color(), lw=1.2)
    axes[0].set_ylabel("accuracy (%)")
    axes[1].set(ylabel="loss", xlabel="epoch")
    axes[1].xaxis.get_major_locator().set_params(integer=True)
    title = "solid: test, dotted: training"
    handles, labels = axes[0].get_legend_handles_labels()
    ncols = 1 if max(map(len, labels), default=0) > WIDE else 2
    figure.legend(handles, labels, loc="outside upper center", ncols=ncols, title=title, fontsize=11)


CURVES = {  # what stands together in one figure: runs whose names begin so
    "report-000-base": [""],
    "report-000-tuned": [""],
    "report-001-softmax": [""],
    "report-001-networks": [""],
    "report-001-rates": [""],
    "report-001-decay": [""],
    "report-002": [
        f"{depth}-hidden-{loss}-"
        for depth in ("one", "two")
        for loss in ("euclidean", "cross-entropy", "hinge")
    ],
    "report-003": ["one-hidden-", "two-hidden-"],
    "report-004-stopping": [""],
    "momentum-forms": ["004-"],
}
FIGURES = {
    "your-run": (["first-run"], training_curves),
    "first-run": (["first-run"], training_curves),
    "activation-accuracy": (["report-000-base"], accuracy_by_epoch),
    "activation-published": (["report-000-base"], published_and_ours),
    **{
        f"curves-{name}-{prefix}".strip("-"): ([name], partial(curves, prefix))
        for name, prefixes in CURVES.items()
        for prefix in prefixes
    },
}
