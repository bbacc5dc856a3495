"""Times: of a training step in several programs, of networks, and of parts alone."""

from functools import partial

import numpy as np

from experiments import results, verdicts
from experiments.kinds.speed import Speed
from experiments.metrics import METRICS

PROGRAMS = [*Speed.main_metrics, "products_ratio"]


def bars(metrics, label, figure, *sources, without=""):
    """A bar for each metric of each run: mean ± standard deviation over the seeds."""
    measured = [(run, found) for run, found in _measured(sources) if run.name != without]
    figure.set_figheight(1.4 + 0.17 * len(measured) * (len(metrics) + 1))
    axes = figure.subplots()
    rows, height = np.arange(len(measured)), 0.85 / len(metrics)
    for position, name in enumerate(metrics):
        metric = METRICS[name]
        values = [[metric.scale * metric.value(name, result) for result in found] for _, found in measured]
        spread = [np.std(seeds, ddof=1) if len(seeds) > 1 else 0 for seeds in values]
        bar = {"xerr": spread, "ecolor": "C4", "label": metric.label}
        places = rows + height * (position + 0.5) - 0.425
        axes.barh(places, [np.mean(seeds) for seeds in values], height, color=f"C{position}", **bar)
    axes.set_yticks(rows, [run.name.replace("-10-", "-10\n") for run, _ in measured], fontsize=10)
    axes.invert_yaxis()
    axes.set(xlabel=label, axisbelow=True)
    figure.legend(loc="outside upper center", ncols=2, fontsize=11)


def by_size(label, size, figure, source):
    """Time of a step for one example by a setting, a line for each program: mean over the seeds."""
    axes = figure.subplots()
    measured = [(run.settings, found) for run, found in _measured([source])]
    sizes = [size(settings) for settings, _ in measured]
    for name in PROGRAMS:
        times = [
            1e6 * verdicts.mean(found, name) * verdicts.mean(found, "products") / settings.batch_size
            for settings, found in measured
        ]
        axes.loglog(sizes, times, marker="o", markersize=4, label=METRICS[name].label)
    axes.set_xticks(sizes, sizes)
    axes.minorticks_off()
    axes.set(xlabel=label, ylabel="time of one example (µs)")
    figure.legend(loc="outside upper center", ncols=2, fontsize=11)


def _measured(sources):
    """Pairs of a run and its results, of all runs that have some."""
    read = [(run, results.read_all(directory, run)) for one, directory in sources for run in one.runs]
    return [(run, found) for run, found in read if found]


RATIO = "time of a step / time of its products"
PARTS = partial(bars, ["forward", "backward"], "time (ms)", without="gelu-exact")
FIGURES = {
    "speed": (["speed"], partial(bars, Speed.main_metrics, RATIO)),
    "speed-batch-size": (["speed-batch-size"], partial(by_size, "batch size", lambda run: run.batch_size)),
    "speed-width": (["speed-width"], partial(by_size, "hidden units", lambda run: run.hidden[0])),
    "part-time": (["activation-time", "loss-time"], PARTS),
    "network-time": (["network-time"], partial(bars, ["step", "products"], "time (ms)")),
}
