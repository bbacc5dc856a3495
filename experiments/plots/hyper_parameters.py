"""What a setting changes: the test accuracy against it. The name of a run ends with its setting."""

from functools import partial
from statistics import fmean

from experiments import results
from experiments.metrics import METRICS
from experiments.plots.training import curves

METRIC = "test_accuracy"
SOFTMAX = "report-001-softmax-"


def sweep(setting, labels, bottom, figure, *sources):
    """A line for each network through the means of the seeds, each seed as a dot, and what was published."""
    axes, lines, places = figure.subplots(), {}, set()
    for experiment, directory in sources:
        for run in experiment.runs:
            prefix, _, place = run.name.rpartition("-")
            line = lines.setdefault((experiment.name, prefix), [])
            line.append((float(place), _percents(run, directory), _published(run)))
            places.add(float(place))
    for label, line in zip(labels, lines.values(), strict=True):
        means = [(at, fmean(ours)) for at, ours, _ in line if ours] or [(1, float("nan"))]
        (drawn,) = axes.plot(*zip(*means, strict=True), label=label)
        for at, ours, theirs in line:
            axes.plot([at] * len(ours), ours, "o", color=drawn.get_color(), alpha=0.6, markersize=4)
            if theirs:
                axes.plot(at, theirs, "D", color="C4", fillstyle="none", label="published")
    axes.set_xscale("symlog", linthresh=min(places - {0}), linscale=0.5)  # it has a place for 0
    axes.set_xticks(sorted(places), [f"{place:g}" for place in sorted(places)], fontsize=10)
    axes.set_xticks([], minor=True)
    axes.set(xlabel=setting, ylabel="test accuracy (%)")
    axes.set_ylim(bottom=bottom)
    _legend(figure, axes)


def effects(labels, figure, *sources):
    """Each sweep: how far below its best setting the others are, with each seed, and in the report."""
    figure.set_figheight(1.6 + 0.42 * len(sources))
    axes = figure.subplots()
    for row, (experiment, directory) in enumerate(sources):
        ours = [_percents(run, directory) for run in experiment.runs]
        theirs = [value for run in experiment.runs for value in _published(run)]
        best = max(map(fmean, filter(None, ours)), default=0)
        below = [best - value for values in ours for value in values]
        axes.plot(below, [row] * len(below), "o", color="C0", alpha=0.5, markersize=5, label="ours, one seed")
        below = [max(theirs) - value for value in theirs]
        axes.plot(below, [row + 0.3] * len(below), "D", color="C1", markersize=4, label="published")
    axes.set_xscale("symlog", linthresh=1)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(sources)), labels, fontsize=10)
    axes.invert_yaxis()
    axes.set_xlabel("below the best setting of the row (pp)")
    _legend(figure, axes)


def noise(figure, source):
    """The variance of a batch gradient over the square of the whole one, and the law of it."""
    experiment, directory = source
    axes = figure.subplots()
    for number, run in enumerate(experiment.runs):
        color, label = f"C{number}", run.name.replace("-", " ")
        for result in results.read_all(directory, run):
            sizes, measured, law = result["history"].values()
            axes.loglog(sizes, law, "-", color=color, linewidth=1)
            axes.loglog(sizes, measured, "o", color=color, markersize=4, label=label)
    axes.axhline(1, color="C4", linestyle="--", linewidth=1)
    axes.set(xlabel="batch size", ylabel="noise over gradient, both squared")
    _legend(figure, axes)


def _percents(run, directory):
    return [METRICS[METRIC].scale * result["metrics"][METRIC] for result in results.read_all(directory, run)]


def _published(run):
    return [METRICS[METRIC].scale * run.published[METRIC].value] if METRIC in run.published else []


def _legend(figure, axes):
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))  # one for each label
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=2, fontsize=11)


def _sweep(setting, experiments, labels, bottom=None):
    return experiments, partial(sweep, setting, labels, bottom)


def _softmax(name, setting):
    labels = ["not in the gradient", "$\\lambda$ in the gradient"]
    return _sweep(setting, [f"{SOFTMAX}{name}", f"{SOFTMAX}{name}-penalized"], labels)


EFFECTS = {
    f"{SOFTMAX}regularization": "softmax, printed $\\lambda$",
    f"{SOFTMAX}regularization-penalized": "softmax, $\\lambda$ in gradient",
    f"{SOFTMAX}rates": "softmax, rate",
    f"{SOFTMAX}batches": "softmax, batch",
    f"{SOFTMAX}epochs": "softmax, epochs",
    "report-001-rates": "512-256, rate, decay 0.1",
    "mlp-rates-decayed": "128, rate, decay 0.1",
    "mlp-rates": "128, rate, no decay",
    "mlp-batches": "128, batch",
    "report-001-decay": "512-256, decay",
    "mlp-decay": "128, decay",
}
FIGURES = {
    "hyper-effects": (list(EFFECTS), partial(effects, list(EFFECTS.values()))),
    "sweep-softmax-strength": _softmax("regularization", "strength $\\lambda$"),
    "sweep-softmax-rates": _softmax("rates", "learning rate"),
    "sweep-softmax-batches": _softmax("batches", "batch size"),
    "sweep-softmax-epochs": _softmax("epochs", "epochs"),
    "sweep-rates": _sweep(
        "learning rate",
        ["report-001-rates", "mlp-rates-decayed", "mlp-rates"],
        ["512-256, decay 0.1", "128, decay 0.1", "128, no decay"],
    ),
    "sweep-decay": _sweep(
        "weight decay",
        ["report-001-decay", "mlp-decay", "mlp-decay-fast"],
        ["512-256, rate 0.001", "128, rate 0.001", "128, rate 0.1"],
    ),
    "sweep-batches": _sweep(
        "batch size",
        ["mlp-batches", "mlp-batches-scaled"],
        ["rate 0.1", "rate 0.001 $\\times$ batch size"],
    ),
    "rate-and-width": _sweep(
        "learning rate", ["rate-and-width"], ["no hidden layer", "16 units", "64 units", "256 units"], 84
    ),
    "curves-mlp-epochs": (["mlp-epochs"], partial(curves, "")),
    "gradient-noise": (["gradient-noise"], noise),
}
