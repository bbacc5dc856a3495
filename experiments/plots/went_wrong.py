"""Two case studies: the test set that is watched, and the weight decay."""

import numpy as np

from experiments import results, tables


def chosen_epochs(figure, source):
    """Accuracy by epoch of one seed, and for each the test accuracy of the epoch that each set chooses."""
    experiment, directory = source
    (run,) = experiment.runs
    figure.set_figheight(6.5)
    upper, lower = figure.subplots(2, height_ratios=(3, 2))
    found = results.read_all(directory, run)
    for row, result in enumerate(found):
        curves = {
            name: 100 * np.array(result["history"][f"{name}_accuracy"]) for name in ("validation", "test")
        }
        for (name, curve), marker, colour in zip(curves.items(), "so", ("C0", "C1"), strict=True):
            best = curve.argmax()
            reached = {"marker": marker, "color": colour, "markersize": 9, "linestyle": ""}
            lower.plot(curves["test"][best], row, **reached)
            if row == 0:
                upper.plot(range(1, len(curve) + 1), curve, color=colour, label=f"accuracy on the {name} set")
                upper.plot(best + 1, curves["test"][best], **reached, label=f"epoch chosen on the {name} set")
                upper.set_ylim(bottom=np.median(curve) - 1)
    upper.set(xlabel="epoch, seed 0", ylabel="accuracy (%)")
    lower.set(
        xlabel="test accuracy (%)", ylabel="seed", yticks=range(len(found)), ylim=(len(found) - 0.5, -0.5)
    )
    lower.xaxis.get_major_locator().set_params(nbins=4)
    figure.legend(loc="outside upper center", title=tables.data_name(experiment, directory), fontsize=11)


def decay_by_epoch(figure, source):
    """Test accuracy and training loss with weight decay and without: mean and range of the seeds."""
    experiment, directory = source
    figure.set_figheight(6)
    panels = figure.subplots(2, sharex=True)
    longer = [
        run for run in experiment.runs if run.name.endswith("-longer") and results.read_all(directory, run)
    ]
    for axes, column, scale in zip(panels, ("test_accuracy", "train_loss"), (100, 1), strict=True):
        for run in longer:
            curves = scale * np.array(results.histories(directory, run, column))
            epochs = np.arange(1, curves.shape[1] + 1)
            (line,) = axes.plot(epochs, curves.mean(axis=0), label=run.name.removesuffix("-longer"))
            shade = {"color": line.get_color(), "alpha": 0.2, "lw": 0}
            axes.fill_between(epochs, curves.min(axis=0), curves.max(axis=0), **shade)
        axes.axvline(20, color="C4", linestyle=":", linewidth=1.2, label="end of report 000")
    panels[0].set_ylabel("test accuracy (%)")
    panels[1].set(ylabel="training loss", xlabel="epoch")
    title = tables.caption(experiment, directory)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, title=title)


FIGURES = {
    "went-wrong-test-set": (["test-set-watched"], chosen_epochs),
    "went-wrong-decay": (["sigmoid-slopes"], decay_by_epoch),
}
