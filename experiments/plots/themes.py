"""What the theme pages show: how fast networks learn, first weights, and the margin of the hinge loss."""

import math
from functools import partial

import numpy as np

from experiments import results
from experiments.metrics import METRICS
from experiments.plots.compared import show_rows

MARKERS = {"sigmoid": "o", "gelu": "s", "relu": "D"}
NEVER = 300  # where what isn't reached is drawn, on an axis of epochs
NAMES = {"sigmoid": "sigmoid", "gelu": "GELU", "relu": "ReLU"}


def epochs_to(metric, figure, *sources):
    """Epochs until an accuracy is reached, for each network and seed; the activations share a row."""
    axes = figure.subplots()
    axes.set_xscale("log")
    labels, headings = [], []
    for experiment, directory in sources:
        headings.append(experiment.name.replace("-", " "))
        labels.append(headings[-1])
        for run in experiment.runs:
            activation = next(name for name in MARKERS if name in run.name)
            label = run.name.replace(f"-{activation}", "").replace(f"{activation}-", "")
            label = label.replace("-hidden-", " hidden, ").replace("euclidean", "Euclidean")
            if label not in labels[labels.index(headings[-1]) :]:
                labels.append(label)
            row = len(labels) - 1 - labels[::-1].index(label)
            found = [METRICS[metric].value(metric, one) for one in results.read_all(directory, run)]
            epochs = [NEVER if math.isnan(epoch) else epoch for epoch in found]
            position = list(MARKERS).index(activation)
            style = {"color": f"C{position}", "mfc": "none", "mew": 1.8, "label": NAMES[activation]}
            axes.plot(epochs, [row] * len(epochs), MARKERS[activation], **style)
    ticks = {1: "1", 3: "3", 10: "10", 30: "30", 100: "100", NEVER: "never"}
    axes.set_xticks(list(ticks), ticks.values(), fontsize=11)
    axes.minorticks_off()
    show_rows(figure, axes, labels, headings, METRICS[metric].label)


def first_weights(figure, *sources):
    """Test accuracy by epoch of sigmoid networks of both depths, from small and from larger first weights."""
    axes = figure.subplots()
    weights = {"report-002": "small", "depth-init": "larger"}
    for experiment, directory in sources:
        for run in experiment.runs:
            curves = results.histories(directory, run, "test_accuracy")
            if curves and run.name.endswith("-euclidean-sigmoid"):
                length = min(map(len, curves))  # early stopping may end one before the others
                mean = 100 * np.mean([curve[:length] for curve in curves], axis=0)
                label = f"{run.name.split('-')[0]} hidden, {weights[experiment.name]}"
                axes.plot(np.arange(1, length + 1), mean, label=label)
    axes.set(xlabel="epoch", ylabel="test accuracy (%)", xlim=(0, 30), ylim=(0, 100))
    axes.legend(loc="lower right", fontsize=11)


def accuracy_by_margin(figure, source):
    """Test accuracy against the margin, by activation and whether it stands behind the output too."""
    experiment, directory = source
    axes = figure.subplots()
    lines = {}
    for run in experiment.runs:
        where = "output too" if run.settings.mistakes else "hidden only"
        accuracies = [100 * one["metrics"]["test_accuracy"] for one in results.read_all(directory, run)]
        lines.setdefault(f"{NAMES[run.settings.activation]}, {where}", []).append(
            (run.settings.loss["margin"], accuracies)
        )
    for label, points in lines.items():
        margins = [margin for margin, _ in points]
        (line,) = axes.plot(margins, [np.mean(accuracies) for _, accuracies in points], label=label)
        for margin, accuracies in points:
            axes.plot([margin] * len(accuracies), accuracies, "o", color=line.get_color(), ms=4)
    axes.set_xscale("log")
    axes.set_xticks([0.5, 1, 5], ["0.5", "1", "5"])
    axes.minorticks_off()
    axes.set(xlabel="margin", ylabel="test accuracy (%)")
    figure.legend(loc="outside upper center", ncols=2, fontsize=11)


FIGURES = {
    "epochs-to-90": (["report-000-tuned", "report-002", "report-003"], partial(epochs_to, "epochs_to_90")),
    "epochs-to-95": (["report-002", "report-003"], partial(epochs_to, "epochs_to_95")),
    "depth-first-weights": (["report-002", "depth-init"], first_weights),
    "hinge-margin": (["hinge-margin"], accuracy_by_margin),
}
