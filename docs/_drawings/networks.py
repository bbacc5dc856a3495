"""Networks as columns of units, read off a `Sequential`; and a linear layer as blocks of cells."""

import matplotlib as mpl
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap

from mlpedu import Linear, ReLU, Sequential, Sigmoid

SHOWN = 10  # a wider column gets an ellipsis
RNG = np.random.default_rng(0)  # only the shapes of the weights are drawn


def network_linear(figure):
    """One layer, small enough to see every weight."""
    _network(figure, Sequential(Linear(5, 3, RNG)))


def network_small(figure):
    """The network of the page on `Sequential`."""
    _network(figure, Sequential(Linear(5, 4, RNG), Sigmoid(), Linear(4, 3, RNG)))


def network_softmax_regression(figure):
    """No hidden layer."""
    _network(figure, Sequential(Linear(784, 10, RNG)))


def network_one_hidden_layer(figure):
    """The network of the first run."""
    _network(figure, Sequential(Linear(784, 128, RNG), ReLU(), Linear(128, 10, RNG)))


def network_two_hidden_layers(figure):
    """As in report 003, which doesn't tell its widths."""
    hidden = Linear(784, 128, RNG), ReLU(), Linear(128, 64, RNG), ReLU()
    _network(figure, Sequential(*hidden, Linear(64, 10, RNG)))


def linear_shapes(figure):
    """X @ W + b = Y. Filled is what makes one entry of Y."""
    figure.set_figheight(2.3)
    axes, layer, x = figure.subplots(), Linear(5, 3, RNG), np.ones((7, 5), np.float32)
    arrays = x, layer.weight.data, layer.bias.data, layer.forward(x)
    left, filled = 0, (np.s_[2], np.s_[:, 1], np.s_[1], np.s_[2, 1])
    for name, array, entries, sign in zip("XWbY", arrays, filled, "@+= ", strict=True):
        cells = np.zeros(array.shape)
        cells[entries] = 1
        height, width = np.atleast_2d(cells).shape
        edges = np.arange(width + 1) + left, height / 2 - np.arange(height + 1)
        colours = {"cmap": ListedColormap(["none", "C0"]), "edgecolors": mpl.rcParams["text.color"]}
        axes.pcolormesh(*edges, np.atleast_2d(cells), vmin=0, vmax=1, linewidth=1, clip_on=False, **colours)
        label = f"{name}\n{' × '.join(map(str, array.shape))}"
        axes.text(left + width / 2, height / 2 + 0.4, label, ha="center")
        axes.text(left + width + 0.8, 0, sign, ha="center", va="center")
        left += width + 1.6
    axes.set(aspect="equal")
    axes.set_axis_off()


def _network(figure, network):
    """Draw any network with a weight matrix: a column of units for its input and behind each matrix."""
    axes, ink = figure.subplots(), mpl.rcParams["text.color"]
    columns = _columns(network)
    last, top = len(columns) - 1, max(_heights(units)[0] for units, *_ in columns)
    for x, (units, matrix, others) in enumerate(columns):
        y = _heights(units)
        axes.plot([x] * len(y), y, "o" if x else "s", color="C0", markersize=11)
        if units > SHOWN:
            axes.plot([x] * 3, [-0.6, 0, 0.6], "o", color="C0", markersize=3)
        role = "inputs" if x == 0 else "outputs" if x == last else "hidden"
        axes.text(x, -top - 0.7, "\n".join([str(units), role, *others]), ha="center", va="top")
        if x:
            lines = [((x - 1, a), (x, b)) for a in _heights(columns[x - 1][0]) for b in y]
            axes.add_collection(LineCollection(lines, colors=ink, linewidths=0.5, alpha=0.5, zorder=1))
            axes.text(x - 0.5, top + 0.7, matrix, ha="center")
    axes.set_axis_off()


def _columns(network):
    """``[units, the layer in front with its matrix, the layers behind without one]`` for each column."""
    columns = [[next(len(p.data) for p in network.parameters() if p.data.ndim == 2), "", []]]
    for layer in _flat(network):
        name, shapes = type(layer).__name__, [p.data.shape for p in layer.parameters() if p.data.ndim == 2]
        if shapes:
            columns.append([shapes[0][1], f"{name}\n{shapes[0][0]} × {shapes[0][1]}", []])
        else:
            columns[-1][2].append(name)
    return columns


def _flat(layer):
    inner = getattr(layer, "layers", None)
    return [layer] if inner is None else [flat for part in inner for flat in _flat(part)]


def _heights(units):
    """Of the units that are shown, from above; a gap of two stands for those that aren't."""
    shown = np.arange(min(units, SHOWN))
    heights = shown.mean() - shown
    return heights if units <= SHOWN else heights[abs(heights) > 1]
