"""Penalties and early stopping: how sparse the weights become, what a wrong sign does, when training ends."""

import numpy as np

from experiments import results, tables


def sparsity(figure, source):
    """Weights near 0 and test accuracy: a line a penalty, a dot a strength, mean of the seeds."""
    experiment, directory = source
    axes = figure.subplots()
    strengths = {"l1": [], "l2": []}
    for run in experiment.runs:
        found = [result["metrics"] for result in results.read_all(directory, run)]
        point = [
            100 * np.mean([metrics[name] for metrics in found]) for name in ("near_zero", "test_accuracy")
        ]
        for name in run.settings.penalties or strengths:  # without a penalty, both lines begin
            strengths[name].append((run.settings.penalties.get(name, 0), *point))
    for name, offset in (("l1", (-46, -6)), ("l2", (8, -3))):
        each, shares, accuracies = zip(*sorted(strengths[name]), strict=True)
        axes.plot(shares, accuracies, marker="o", label=name.upper())
        for label in zip(each, shares, accuracies, strict=True):
            if label[0]:
                axes.annotate(f"{label[0]:g}", label[1:], offset, textcoords="offset points", fontsize=10)
    axes.set(xlabel="weights near 0 (%)", ylabel="test accuracy (%)")
    axes.legend(title=tables.caption(experiment, directory), loc="center")


def penalty_sign(figure, right, flipped):
    """Loss by epoch with the penalty L2 of the right and of the wrong sign; the first seed."""
    figure.set_figheight(6)
    axes = figure.subplots(2, sharex=True)
    for axis, (experiment, directory), title in zip(
        axes, (right, flipped), ("added to the gradient", "subtracted"), strict=True
    ):
        (run,) = (run for run in experiment.runs if run.name == "tanh-l2")
        for part in ("train", "validation"):
            curve = results.histories(directory, run, f"{part}_loss")[0][:12]
            axis.plot(range(1, len(curve) + 1), curve, marker="o", markersize=4, label=part)
        axis.set(title=f"λw {title}", ylabel="loss", ylim=0)
    axes[1].set_xlabel("epoch")
    axes[0].legend(title=tables.data_name(*right))


def epochs_until_stopped(figure, previous, best):
    """The last epoch of each network: published, and each seed under both readings of the rule."""
    axes = figure.subplots()
    published = {run.name: run.published.get("epochs") for run in previous[0].runs}
    names = [run.name for run in best[0].runs]
    axes.plot(
        [published[name].value for name in names], range(len(names)), "D", color="C1", label="published"
    )
    for (experiment, directory), marker, shift, label in (
        (best, "o", 0.2, "three epochs without a new best"),
        (previous, "x", 0.4, "three rises in a row"),
    ):
        for run in experiment.runs:
            if run.name in names:
                ended = [result["metrics"]["epochs"] for result in results.read_all(directory, run)]
                rows = np.full(len(ended), names.index(run.name) + shift)
                axes.plot(ended, rows, marker, color="C0", label=label)
    axes.set_yticks(range(len(names)), [name.replace("-", "\n") for name in names])
    axes.invert_yaxis()
    axes.set(xlabel="epoch at which training stopped", xlim=0)
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))  # one each by label
    figure.legend(handles.values(), handles, loc="outside upper center", fontsize=11)


FIGURES = {
    "sparsity": (["sparsity-by-strength"], sparsity),
    "penalty-sign": (["report-004-networks", "report-004-flipped"], penalty_sign),
    "early-stopping-epochs": (["report-004-networks", "report-004-stopping"], epochs_until_stopped),
}
