"""A layer without parameters that works entry by entry."""

import numpy as np

from mlpedu.classroom.protocols import FLOAT32, LARGE, Case, H, away_from_zero, cast, rows_and_columns

RESULTS = {"Y": ("forward", "what forward returns"), "dL/dX": ("gradient", "what backward returns")}


def probe(rng):
    def inputs(*shape):
        x, g, v = (rng.standard_normal(shape) for _ in range(3))
        x = away_from_zero(1.5 * x)
        x[0, :2], x[1:, 1] = (abs(x[0, 0]), -abs(x[0, 1])), abs(x[1:, 1])  # row 0 has its own signs
        x[-1, :2] = -0.06, 0.06  # where a shifted kink shows it
        x[:, 2] = -1 - abs(x[:, 2])
        return {"X": x, "G": g, "V": v}

    first, second = inputs(7, 5), inputs(4, 3)
    first["X"][1, :2] = -8, 8  # where a function that is cut off shows it
    second["X"] = np.asfortranarray(second["X"])
    x, g, far = first["X"], first["G"], 1000 * np.sign(first["X"])
    return [
        Case("7 x 5", first),
        Case("4 x 3", second),
        Case(FLOAT32, cast({"X": x, "G": g}, np.float32)),
        Case(LARGE + "far", {"X": far, "G": g}),
    ]


def run(objects, X, G, V=None):
    (layer_class,) = objects
    layer, kept, X2, G2 = layer_class(), X.copy(), *(a[len(a) % 2 :][::-1].copy() for a in (X, G))
    yield "Y", layer.forward(X)
    yield "dL/dX", layer.backward(G)
    if V is not None:
        yield "Y again", layer.forward(X2)
        layer_class().forward(X2[::-1].copy())  # what a layer keeps is its own
        yield "dL/dX again", layer.backward(G2)
        yield "Y above", layer.forward(kept + H * V)
        yield "Y below", layer.forward(kept - H * V)


def places(symbol, inputs):
    X, G = inputs["X"], inputs["G"]
    signs = {"where x is negative": X < 0, "where x is positive": X > 0}
    signs |= {"where the incoming gradient is negative": G < 0, "where it is positive": G > 0}
    return signs | rows_and_columns(X.shape)
