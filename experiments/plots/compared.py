"""One network against another, over all reports."""

from functools import partial

import numpy as np

from experiments import comparisons
from experiments.metrics import METRICS


def compared(name, figure, *_):
    """A comparison: each pair of each seed, their mean ± standard deviation, and what was published."""
    comparison = comparisons.load(name)
    metric = METRICS[comparison.metric]
    figure.set_figheight(1.6 + 0.42 * len(comparison.pairs))
    axes = figure.subplots()
    for row, pair in enumerate(comparison.pairs):
        ours = metric.scale * np.array(pair.differences)
        bar = {"fmt": "|", "color": "C0", "capsize": 4, "markersize": 12}
        axes.errorbar(ours.mean(), row, xerr=metric.scale * pair.spread, label="ours, mean ± sd", **bar)
        axes.plot(ours, np.full(len(ours), row), "o", color="C0", alpha=0.5, markersize=4, label="one seed")
        if pair.published is not None:
            axes.plot(
                metric.scale * pair.published, row - 0.28, "D", color="C1", markersize=5, label="published"
            )
    axes.axvline(0, color="C4", linestyle="-", linewidth=1)
    axes.set_xscale("symlog", linthresh=1)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(comparison.pairs)), [pair.label for pair in comparison.pairs], fontsize=10)
    axes.invert_yaxis()
    unit = metric.unit.strip().replace("%", "pp")
    axes.set_xlabel(f"{comparison.title} ({unit})" if unit else comparison.title)
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=3, fontsize=10)


FIGURES = {
    f"comparison-{name}": (experiments, partial(compared, name))
    for name, experiments in comparisons.experiments().items()
}
