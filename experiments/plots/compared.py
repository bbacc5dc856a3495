"""One network against another, over all reports."""

from functools import partial

from matplotlib.ticker import FixedLocator, NullLocator

from experiments import comparisons
from experiments.metrics import METRICS

WIDE = 3  # a difference above this makes the axis logarithmic beyond 1
TICKS = (-10, -1, 0, 1, 3, 10)  # on a phone -3 runs into -10


def compared(name, figure, *_):
    """A comparison: each seed of each pair, and what was published, in groups by report."""
    comparison = comparisons.load(name)
    metric = METRICS[comparison.metric]
    axes = figure.subplots()
    ours = [[metric.scale * difference for difference in pair.differences] for pair in comparison.pairs]
    if max(abs(difference) for seeds in ours for difference in seeds) > WIDE:
        axes.set_xscale("symlog", linthresh=1)
        axes.xaxis.set(
            major_locator=FixedLocator(TICKS), minor_locator=NullLocator(), major_formatter="{x:g}"
        )
    else:
        axes.locator_params(axis="x", nbins=5)  # more run into each other on a phone
    labels, headings = [], []
    for pair, seeds in zip(comparison.pairs, ours, strict=True):
        heading, _, label = pair.label.partition(", ")
        if heading not in headings:
            headings.append(heading)
            labels.append(heading)
        row = len(labels)
        labels.append(label)
        axes.plot(seeds, [row] * len(seeds), "o", color="C0", alpha=0.6, label="ours, one dot a seed")
        if pair.published is not None:
            published = metric.scale * pair.published
            axes.plot(published, row, "D", color="C1", mfc="none", mew=1.8, ms=9, label="published")
    axes.axvline(0, color="C4", linestyle="-", linewidth=1)
    title = f"{comparison.title} ({metric.unit.strip().replace('%', 'pp')})"
    show_rows(figure, axes, labels, headings, title)


def show_rows(figure, axes, labels, headings, title):
    """Name the rows, headings bold, and set the height; below it the title of the axis, above it a legend."""
    axes.set_yticks(range(len(labels)), labels, fontsize=11)
    for label in axes.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in headings else "normal")
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    figure.set_figheight(1.3 + 0.31 * len(labels))
    figure.supxlabel(title, fontsize=12)
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))  # one each by label
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=3, fontsize=11)


FIGURES = {
    f"comparison-{name}": (experiments, partial(compared, name))
    for name, experiments in comparisons.experiments().items()
}
