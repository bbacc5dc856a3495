"""A penalty on three parameters: its number, and what backward adds to the gradients that are there.

Two of them are 0 at first, so that R is what it is on the page, where one weight pays.
"""

import numpy as np

from mlpedu.classroom.protocols import FLOAT32, LARGE, Case, away_from_zero, cast, rows_and_columns
from mlpedu.parameter import Parameter

RESULTS = {
    "R": ("forward", "what forward returns"),
    "dJ/dW": ("gradient", "the gradient of a parameter after backward"),
    "W": ("gradient", "the data of a parameter after backward"),
}


def probe(rng):
    def inputs(n, d, m, place):
        shapes = {"X": (n, d), "G": (n, m), "W": (d, m), "P": (4,)}
        arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
        arrays["W"] = away_from_zero(arrays["W"])
        return arrays | {"lam": rng.uniform(0.2, 0.4), "place": place}

    first, second = inputs(7, 5, 3, place=0), inputs(4, 3, 6, place=2)
    second["W"] = np.asfortranarray(second["W"])
    plain = {name: value for name, value in first.items() if name != "P"}
    with_zeros = np.where(np.arange(5)[:, None] == 0, 0, first["W"])
    return [
        Case("7 x 5 to 3, the first of three parameters", first),
        Case("4 x 3 to 6, the last of three parameters", second),
        Case(FLOAT32, cast(plain, np.float32)),
        Case(LARGE + "a weight of 0", plain | {"W": with_zeros}),
    ]


def run(objects, X, G, W, lam, place, P=None):
    (penalty_class,) = objects
    weight, *others = parameters = [Parameter(array) for array in (W.copy(), *np.zeros((2, 4), W.dtype))]
    penalty = penalty_class(lam, [*others[:place], weight, *others[place:]])
    yield "R", penalty.forward()
    for p in parameters:
        p.grad = X.T @ G if p is weight else np.zeros_like(p.data)
    penalty.backward()
    yield "dJ/dW", weight.grad
    yield "W", weight.data
    if P is not None:
        for p, data in zip(parameters, (-0.5 * W, 2 * P, -P), strict=True):
            p.data, p.grad = data, 3 * data
        yield "R again", penalty.forward()
        penalty.backward()
        yield "dJ/dW again", np.concatenate([np.ravel(p.grad) for p in parameters])


def places(symbol, inputs):
    W = inputs["W"]
    signs = {"where the weight is negative": W < 0, "where the weight is positive": W > 0}
    return signs | rows_and_columns(W.shape) if symbol != "R" else {}
