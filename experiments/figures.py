"""Figures from results alone, each as a light and a dark SVG that is the same at every drawing."""

import io
import re
from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from experiments import comparisons, declaration, results, tables
from experiments.metrics import METRICS

# Distinguishable by the colour-blind (Okabe and Ito); lines differ in style too.
THEMES = {
    "light": {
        "ink": "#1f2328",
        "faint": "#d0d7de",
        "colours": ["#0072b2", "#c24e00", "#007a5a", "#a8527e", "#1f2328", "#8a6d00"],
    },
    "dark": {
        "ink": "#e6edf3",
        "faint": "#3d444d",
        "colours": ["#56b4e9", "#f0a35e", "#3ecf9f", "#e39ec5", "#e6edf3", "#f0e442"],
    },
}
STYLES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2))]


def draw_all(folder):
    """Draw every figure that has something to show into `folder`; returns the paths of the files."""
    paths = []
    for name, (_, draw) in FIGURES.items():
        shown = sources(name)
        if any(results.read_all(directory, run) for one, directory in shown for run in one.runs):
            paths += save(folder, name, draw, *shown)
    return paths


def sources(name):
    """The experiments of a figure, each with the folder of the results that it is drawn from."""
    experiments, _ = FIGURES[name]
    if name == YOUR_RUN:
        return [(declaration.load(one, quick=True), results.latest(one)) for one in experiments]
    return [(declaration.load(one), results.RECORDED / one) for one in experiments]


def save(folder, name, draw, *shown):
    """Write the figure that ``draw(figure, *shown)`` fills, as ``NAME-light.svg`` and ``NAME-dark.svg``."""
    with mpl.rc_context(_style(**THEMES["light"])):
        figure = Figure(figsize=(5, 4), layout="constrained")
        draw(figure, *shown)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    dark = dict(zip(_colours("light"), _colours("dark"), strict=True))
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}-{theme}.svg" for theme in THEMES]
    paths[0].write_text(drawn.getvalue(), encoding="utf-8")
    paths[1].write_text(
        re.sub("|".join(dark), lambda found: dark[found[0]], drawn.getvalue()), encoding="utf-8"
    )
    return paths


def _colours(theme):
    ink, faint, colours = THEMES[theme].values()
    return [ink, faint, *colours]


def _style(ink, faint, colours):
    cycle = mpl.cycler(color=colours, linestyle=STYLES)
    inked = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    return dict.fromkeys(inked, ink) | {
        "axes.prop_cycle": cycle,
        "axes.grid": True,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.size": 12,
        "grid.color": faint,
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 2,
        "svg.hashsalt": "mlpedu",
    }


def _accuracy_by_epoch(figure, source):
    """Mean test accuracy over the seeds by epoch, with the range of the seeds."""
    experiment, directory = source
    axes = figure.subplots()
    for run in experiment.runs:
        curves = 100 * np.array(_histories(directory, run, "test_accuracy"))
        epochs = np.arange(1, curves.shape[1] + 1)
        (line,) = axes.plot(epochs, curves.mean(axis=0), label=run.name)
        axes.fill_between(
            epochs, curves.min(axis=0), curves.max(axis=0), color=line.get_color(), alpha=0.2, lw=0
        )
    axes.set(xlabel="epoch", ylabel="test accuracy (%)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(title=_caption(experiment, directory))


def _published_and_ours(figure, source):
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
    caption = _caption(experiment, directory)
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=2, title=caption)


def _training_curves(figure, source):
    """Loss and accuracy of one run, in training and in test."""
    experiment, directory = source
    (run,) = experiment.runs
    figure.set_figheight(5.5)
    upper, lower = figure.subplots(2, sharex=True)
    for axes, column, label, scale in ((upper, "loss", "loss", 1), (lower, "accuracy", "accuracy (%)", 100)):
        for part in ("train", "test"):
            (curve,) = _histories(directory, run, f"{part}_{column}")
            axes.plot(range(1, len(curve) + 1), scale * np.array(curve), marker="o", label=part)
        axes.set_ylabel(label)
    lower.set_xlabel("epoch")
    lower.xaxis.get_major_locator().set_params(integer=True)
    upper.legend()
    figure.suptitle(tables.data_name(experiment, directory), fontsize=12)


def _error_by_step(figure, source):
    """The V: relative error of the central difference by its step, for each weight, median over the seeds."""
    experiment, directory = source
    figure.set_figheight(5)
    axes = figure.subplots()
    for run in experiment.runs:
        (steps, *_), errors = (_histories(directory, run, column) for column in ("step", "relative_error"))
        axes.loglog(steps, np.median(errors, axis=0), marker="o", markersize=4, label=run.name)
    axes.set(xlabel="step h", ylabel="relative error")
    title = _caption(experiment, directory)
    figure.legend(loc="outside upper center", ncols=2, title=title, fontsize=11)


def _curves(prefix, figure, source):
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
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2, title=title, fontsize=11)


def _compared(name, figure, *_):
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


def _histories(directory, run, column):
    return [result["history"][column] for result in results.read_all(directory, run)]


def _caption(experiment, directory):
    seeds = len(results.read_all(directory, experiment.runs[0]))
    return f"{tables.data_name(experiment, directory)}, {seeds} seeds"


YOUR_RUN = "your-run"
CURVES = {  # what stands together in one figure: runs whose names begin so
    "report-000-base": [""],
    "report-000-tuned": [""],
    "report-002": [
        f"{depth}-hidden-{loss}-"
        for depth in ("one", "two")
        for loss in ("euclidean", "cross-entropy", "hinge")
    ],
    "report-003": ["one-hidden-", "two-hidden-"],
}
FIGURES = {  # name: (experiments, drawing)
    YOUR_RUN: (["first-run"], _training_curves),
    "first-run": (["first-run"], _training_curves),
    "activation-accuracy": (["report-000-base"], _accuracy_by_epoch),
    "activation-published": (["report-000-base"], _published_and_ours),
    "gradient-check-steps": (["report-004-gradient-check"], _error_by_step),
    **{
        f"curves-{name}-{prefix}".strip("-"): ([name], partial(_curves, prefix))
        for name, prefixes in CURVES.items()
        for prefix in prefixes
    },
    **{
        f"comparison-{name}": (experiments, partial(_compared, name))
        for name, experiments in comparisons.experiments().items()
    },
}
