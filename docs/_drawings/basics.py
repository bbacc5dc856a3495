"""The pictures of the basics: slopes, a product of matrices, broadcasting, likelihood."""

import matplotlib as mpl
import numpy as np
from matplotlib.patches import Rectangle


def secant_and_tangent(figure):
    """The exponential at 0: the tangent, a secant to one side, and the secant through both sides."""
    axes = figure.subplots()
    x = np.linspace(-1.25, 1.25, 80)
    axes.plot(x, np.exp(x), label="$y = e^x$")
    for name, (left, right) in {"secant from 0 to 1": (0, 1), "secant from −1 to 1": (-1, 1)}.items():
        slope = (np.exp(right) - np.exp(left)) / (right - left)
        (line,) = axes.plot(x, np.exp(left) + slope * (x - left), lw=1.5, label=f"{name}: slope {slope:.3f}")
        axes.plot([left, right], np.exp([left, right]), "o", color=line.get_color())
    axes.plot(x, 1 + x, lw=1.5, label="tangent at 0: slope 1")
    axes.set(xlabel="x", ylabel="y", ylim=(-0.4, 3.6))
    axes.legend(fontsize=11)


def descent_on_a_parabola(figure):
    """Four steps against the slope of (x - 3)²."""
    axes = figure.subplots()
    x = np.linspace(-0.4, 6.4, 80)
    axes.plot(x, (x - 3) ** 2)
    steps = np.array([0, 1.5, 2.25, 2.625])
    axes.plot(steps, (steps - 3) ** 2, "o-", color="C1")
    for step, name in zip(steps[:3], ("start", "step 1", "step 2"), strict=True):
        axes.annotate(name, (step, (step - 3) ** 2), xytext=(9, 2), textcoords="offset points")
    axes.set(xlabel="x", ylabel="$(x - 3)^2$")


def matrix_product(figure):
    """Row 2 of X beside column 1 of W: the entry where they meet."""
    figure.set_figheight(4.6)
    left, right = np.array([[1, 2, 0], [0, 1, -1]]), np.array([[1, 0], [2, -1], [0, 3]])
    axes = figure.subplots()
    _table(axes, left, (0, 3.6), marked=[(1, d) for d in range(3)], name="$X$, 2 × 3", below=True)
    _table(axes, right, (3.6, 0), marked=[(d, 0) for d in range(3)], name="$W$, 3 × 2")
    _table(axes, left @ right, (3.6, 3.6), marked=[(1, 0)], name="$X\\,W$, 2 × 2", below=True, colour="C1")
    _sheet(axes, (-0.2, 6), (-0.7, 6.4))


def broadcasting(figure):
    """Shape (3,) minus (3,), entry by entry, and (3,) minus (3, 1), every entry with every other."""
    figure.set_figheight(3.2)
    axes = figure.subplots()
    row, column = np.array([[5, 7, 9]]), np.array([[4], [7], [9]])
    _table(axes, row, (0, 0), name="shape (3,)")
    _table(axes, column.T, (3.9, 0), name="shape (3,)")
    _table(axes, row - column.T, (7.8, 0), name="shape (3,)", colour="C1")
    _table(axes, np.repeat(row, 3, axis=0), (0, 2.4), copied=0, name="(3,), 3 times")
    _table(axes, np.repeat(column, 3, axis=1), (3.9, 2.4), copied=1, name="(3, 1), 3 times")
    _table(axes, row - column, (7.8, 2.4), name="shape (3, 3)", colour="C1")
    for x, y, sign in ((3.45, 0.5, "−"), (7.35, 0.5, "="), (3.45, 3.9, "−"), (7.35, 3.9, "=")):
        axes.text(x, y, sign, ha="center", va="center", fontsize=15)
    _sheet(axes, (-0.1, 10.9), (-0.8, 5.6))


def minus_log(figure):
    """The price of a probability: minus its logarithm."""
    axes = figure.subplots()
    p = np.geomspace(0.004, 1, 100)
    axes.plot(p, -np.log(p))
    for q in (0.01, 0.1, 0.5, 1.0):
        axes.plot(q, -np.log(q), "o", color="C1")
        text = f"p = {q:g}: {abs(np.log(q)):.2f}"
        axes.annotate(text, (q, -np.log(q)), xytext=(9, 4), textcoords="offset points")
    axes.set_xlim(-0.04, 1.32)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set(xlabel="probability p of the observed label", ylabel="$-\\ln\\,p$")


def coin_likelihood(figure):
    """Seven heads in ten throws: the likelihood, and minus its logarithm by throw."""
    figure.set_figheight(5)
    upper, lower = figure.subplots(2, sharex=True)
    p = np.linspace(0.1, 0.98, 120)
    likelihood = p**7 * (1 - p) ** 3
    upper.plot(p, 1000 * likelihood)
    lower.plot(p, -np.log(likelihood) / 10)
    for axes in (upper, lower):
        axes.axvline(0.7, color="C1", lw=1.5, ls="--")
    upper.annotate("p = 0.7", (0.7, 0.3), xytext=(-6, 0), textcoords="offset points", ha="right", color="C1")
    upper.set(ylabel="likelihood × 1000")
    lower.set(xlabel="probability p of heads", ylabel="−ln likelihood / 10")


def _table(axes, numbers, corner, *, name, marked=(), below=False, colour="C0", copied=None):
    """A matrix as boxes, its upper left corner at `corner`; pale where it repeats along axis `copied`."""
    for (i, j), number in np.ndenumerate(numbers):
        left, top = corner[0] + j, corner[1] + i
        pale = copied is not None and (i, j)[copied] > 0
        if (i, j) in marked:
            axes.add_patch(Rectangle((left, top), 1, 1, facecolor=colour, alpha=0.25, lw=0))
        edge = mpl.rcParams["grid.color"] if pale else colour
        axes.add_patch(Rectangle((left, top), 1, 1, fill=False, edgecolor=edge, lw=1.2))
        style = "italic" if pale else "normal"
        text = str(number).replace("-", "−")
        axes.text(left + 0.5, top + 0.5, text, ha="center", va="center", style=style)
    height, width = numbers.shape
    y, side = (corner[1] + height + 0.15, "top") if below else (corner[1] - 0.15, "bottom")
    axes.text(corner[0] + width / 2, y, name, ha="center", va=side, fontsize=12)


def _sheet(axes, x, y):
    axes.set(xlim=x, ylim=y[::-1], aspect="equal")
    axes.set_axis_off()
