"""The error of a central difference."""

import numpy as np

from experiments import results, tables
from experiments.metrics import METRICS


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


CANDIDATES = {  # run: label
    "none": "no mistake",
    "next-unit": "next unit",
    "never-undone": "never undone",
    "next-unit-never-undone": "both",
}


def difference_by_mistake(figure, source):
    """For each weight: the difference of its two gradients with some mistakes, and that of the report."""
    experiment, directory = source
    figure.set_figheight(6)
    axes = figure.subplots()
    settings = {run.name: run.settings for run in experiment.runs}
    rows = [row for row, *_ in settings["none"].weights]
    for place, run in enumerate(run for run in experiment.runs if run.name in CANDIDATES):
        low, middle, high = np.mean([results.histories(directory, run, row) for row in rows], axis=1).T
        height = np.arange(len(rows)) + 0.17 * (place - 1.5)
        reach = [middle - low, high - middle]
        label = CANDIDATES[run.name]
        axes.errorbar(middle, height, xerr=reach, fmt="o", color=f"C{place}", markersize=4, label=label)
    published = [settings["none"].report[row][-1] for row in rows]
    axes.plot(published, np.arange(len(rows)), "D", color="C4", markersize=7, label="published")
    axes.set_xscale("log")
    axes.set_yticks(
        range(len(rows)), [METRICS[f"alike_{row}"].label.replace(" to ", " to\n") for row in rows]
    )
    axes.invert_yaxis()
    axes.set_xlabel("absolute difference")
    title = tables.caption(experiment, directory)
    figure.legend(loc="outside upper center", ncols=2, title=title, fontsize=11)


FIGURES = {
    "gradient-check-steps": (["report-004-gradient-check"], error_by_step),
    "gradient-check-mistakes": (["report-004-gradient-check-mistakes"], difference_by_mistake),
}
