"""The error of difference quotients by their step."""

import numpy as np


def difference_steps(figure):
    """Measured on exp at 200 points, beside what truncation and rounding predict. The slope of exp is exp."""
    figure.set_figheight(4.6)
    axes = figure.subplots()
    h = np.logspace(-12, 0, 49)
    _plot_error(axes, h, np.float64, two_sided=False, color="C3", marker="v", label="one-sided, float64")
    _plot_error(axes, h, np.float64, two_sided=True, color="C0", marker="o", label="two-sided, float64")
    _plot_error(axes, h, np.float32, two_sided=True, color="C1", marker="s", label="two-sided, float32")
    axes.loglog(h, h / 2, ":", color="C4", lw=1.3)
    axes.loglog(h, h**2 / 6, "-", color="C4", lw=1.3)
    for dtype in (np.float64, np.float32):
        axes.loglog(h, np.finfo(dtype).eps / 2 / h, "--", color="C4", lw=1.3)
    axes.annotate(r"$h/2$", (1e-4, 5e-5), (3e-6, 3e-4))
    axes.annotate(r"$h^2/6$", (1e-3, 1.7e-7), (2e-4, 3e-10))
    axes.annotate(r"$u/h$", (1e-9, 1e-7), (2e-11, 1e-8))
    axes.annotate(r"$u/h$", (1e-5, 6e-3), (3e-5, 8e-3))
    axes.set(xlim=(1e-12, 2), ylim=(1e-13, 5), xlabel="step h", ylabel="relative error")
    figure.legend(loc="outside upper center", ncols=1)


def _plot_error(axes, h, dtype, two_sided, color, marker, label):
    """The root mean square of the relative error over the points, for each step."""
    x = np.random.default_rng(0).uniform(0, 1, (200, 1)).astype(dtype)
    h = h.astype(dtype)
    below = x - h if two_sided else x
    difference = (np.exp(x + h) - np.exp(below)) / ((2 if two_sided else 1) * h)
    error = difference.astype(np.float64) / np.exp(x.astype(np.float64)) - 1
    error = np.sqrt((error**2).mean(axis=0))
    axes.loglog(
        h, np.minimum(error, 10), linestyle="none", marker=marker, markersize=4, color=color, label=label
    )
