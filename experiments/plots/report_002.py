"""When the runs of report 002 stopped."""

import numpy as np

from experiments import results


def epochs(figure, source):
    """How long each run trained, which epoch it kept, and which one first has the published training loss."""
    experiment, directory = source
    figure.set_figheight(8.5)
    axes = figure.subplots()
    for row, run in enumerate(experiment.runs):
        for seed, result in enumerate(results.read_all(directory, run)):
            y = row + 0.24 * (seed - 1)
            losses = np.array(result["history"]["train_loss"])
            axes.plot([1, len(losses)], [y, y], "-", color="C4", lw=1, label="trained")
            axes.plot(
                result["metrics"]["kept_epoch"], y, "o", color="C0", ms=5, label="best test accuracy, kept"
            )
            for epoch in np.flatnonzero(losses <= run.published["train_loss"].value)[:1] + 1:
                axes.plot(epoch, y, "D", color="C1", ms=5, label="published training loss reached")
    names = [run.name.replace("-hidden", "").replace("-", " ") for run in experiment.runs]
    axes.set_yticks(range(len(names)), names, fontsize=10)
    axes.set_xlabel("epoch")
    axes.invert_yaxis()
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    figure.legend(handles.values(), handles, loc="outside upper left", fontsize=11)


FIGURES = {"report-002-epochs": (["report-002"], epochs)}
