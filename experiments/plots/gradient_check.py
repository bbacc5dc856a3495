"""The error of a central difference."""

import numpy as np

from experiments import results, tables


def error_by_step(figure, source):
    """The V: relative error of the central difference by its step, for each weight, median over the seeds."""
    experiment, directory = source
    figure.set_figheight(5)
    axes = figure.subplots()
    for run in experiment.runs:
        (steps, *_), errors = (
            results.histories(directory, run, column) for column in ("step", "relative_error")
        )
        axes.loglog(steps, np.median(errors, axis=0), marker="o", markersize=4, label=run.name)
    axes.set(xlabel="step h", ylabel="relative error")
    title = tables.caption(experiment, directory)
    figure.legend(loc="outside upper center", ncols=2, title=title, fontsize=11)


FIGURES = {"gradient-check-steps": (["report-004-gradient-check"], error_by_step)}
