"""Over- and under-fitting, on polynomials through a few noisy points."""

import numpy as np

NOISE, POINTS = 0.3, 12


def fitting_degrees(figure):
    """Three fits to the same points, and the error of all degrees."""
    figure.set_figheight(6.8)
    upper, lower = figure.subplots(2)
    x, y = _examples(POINTS, seed=2)
    grid = np.linspace(-1, 1, 201)
    upper.plot(x, y, "o", color="C4", markersize=5, label="training points")
    for degree, colour, style in ((1, "C0", "-"), (3, "C1", "--"), (10, "C2", "-.")):
        upper.plot(grid, _fit(x, y, degree)(grid), color=colour, linestyle=style, label=f"degree {degree}")
    upper.set(xlabel="input", ylabel="output", ylim=(-2.2, 2.2))
    upper.legend(fontsize=11, ncols=2)
    degrees = range(11)
    errors = np.array([_errors(POINTS, degree, seed=2) for degree in degrees])
    lower.semilogy(degrees, errors[:, 0], marker="o", markersize=5, label="training")
    lower.semilogy(degrees, errors[:, 1], marker="s", markersize=5, label="validation")
    lower.set(xlabel="degree of the polynomial", ylabel="error", xticks=degrees)
    lower.legend(fontsize=11)


def fitting_examples(figure):
    """Training and validation error of degree 10 by the number of training points; median of 10 draws."""
    figure.set_figheight(3.6)
    axes = figure.subplots()
    sizes = (12, 16, 24, 36, 60, 100, 200)
    errors = np.array([np.median([_errors(n, 10, seed) for seed in range(10)], axis=0) for n in sizes])
    for column, label, marker in ((0, "training", "o"), (1, "validation", "s")):
        axes.semilogx(sizes, errors[:, column], marker=marker, markersize=5, label=label)
    axes.axhline(NOISE, color="C4", linestyle=":", lw=1.3, label="noise, 0.3")
    axes.set(xlabel="number of training points", ylabel="error", ylim=(0, None))
    axes.set_xticks(ticks := (12, 24, 60, 200), ticks, minor=False)
    axes.set_xticks([], minor=True)
    axes.legend(fontsize=11)


def _examples(n, seed):
    """Inputs at equal distances; the outputs are a sine with noise."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-1, 1, n)
    return x, np.sin(3 * x) + NOISE * rng.standard_normal(n)


def _fit(x, y, degree):
    return np.polynomial.Polynomial.fit(x, y, degree, domain=[-1, 1])


def _errors(n, degree, seed):
    """Root mean squared error on the n training points, and on 501 others."""
    x, y = _examples(n, seed)
    fit = _fit(x, y, degree)
    return [np.sqrt(((fit(u) - v) ** 2).mean()) for u, v in ((x, y), _examples(501, seed + 1000))]
