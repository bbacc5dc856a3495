"""What the first weights do to the signal."""

import math

import numpy as np

import mlpedu as m

WIDTH, EXAMPLES, LAYERS = 100, 100, 8


def activation_spread(figure):
    """The middle half and the middle 90 % of outputs of each tanh layer, for three standard deviations."""
    figure.set_figheight(6.4)
    panels = figure.subplots(3, sharex=True, sharey=True)
    layers = np.arange(1, LAYERS + 1)
    stds = (0.01, 1 / math.sqrt(WIDTH), 0.5)
    for axes, std, name in zip(panels, stds, ("0.01", r"$1/\sqrt{D} = 0.1$", "0.5"), strict=True):
        outputs = _outputs(m.Tanh, m.initializers.normal(std))
        low, lower, upper, high = (np.percentile(outputs, q, axis=(1, 2)) for q in (5, 25, 75, 95))
        axes.fill_between(layers, low, high, color="C0", alpha=0.25, lw=0, label="middle 90 %")
        axes.fill_between(layers, lower, upper, color="C0", alpha=0.7, lw=0, label="middle 50 %")
        axes.set_title(f"standard deviation s = {name}", fontsize=12)
        axes.set(ylim=(-1.1, 1.1), ylabel="output")
    axes.set(xlabel="layer", xticks=layers)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)


def relu_signal(figure):
    """Root mean square of the outputs of each ReLU layer, for three initializations."""
    figure.set_figheight(3.8)
    axes = figure.subplots()
    inits = (
        (r"He, $s = \sqrt{2/D}$", m.initializers.he_normal(), "o"),
        (r"Glorot, $s = \sqrt{2/(D+M)}$", m.initializers.xavier_normal(), "s"),
        (r"$s = 0.01$", m.initializers.normal(0.01), "v"),
    )
    for label, init, marker in inits:
        size = np.sqrt((_outputs(m.ReLU, init) ** 2).mean(axis=(1, 2)))
        axes.semilogy(range(1, LAYERS + 1), size, marker=marker, markersize=5, label=label)
    axes.set(xlabel="layer", ylabel="root mean square", xticks=range(1, LAYERS + 1))
    figure.legend(loc="outside upper center", ncols=1)


def _outputs(activation, init):
    """The outputs of every layer for one random batch: (layer, example, unit)."""
    rng = np.random.default_rng(0)
    signal, outputs = rng.standard_normal((EXAMPLES, WIDTH)), []
    for _ in range(LAYERS):
        linear = m.Linear(WIDTH, WIDTH, rng, np.float64, init=init)
        signal = activation().forward(linear.forward(signal))
        outputs.append(signal)
    return np.array(outputs)
