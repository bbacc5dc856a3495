"""The digits that the package draws."""

import numpy as np

import mlpedu


def synthetic_digits(figure):
    """Ten digits of each class, as they come."""
    digits = mlpedu.synthetic_digits(200, np.random.default_rng(0))
    rows = [digits.inputs[digits.labels == label][:10].reshape(10, 28, 28) for label in range(10)]
    axes = figure.subplots()
    axes.imshow(np.block([list(row) for row in rows]), cmap="gray")
    axes.set_axis_off()
    axes.set_title(digits.name, fontsize=12)
