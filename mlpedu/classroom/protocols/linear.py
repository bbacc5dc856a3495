"""The linear layer: its output, and the gradients of input, weight and bias."""

import numpy as np

from mlpedu.classroom.agreement import same
from mlpedu.classroom.protocols import FLOAT32, LARGE, Case, H, cast, rows_and_columns

RESULTS = {
    "Y": ("forward", "what forward returns"),
    "dL/dX": ("gradient", "what backward returns"),
    "dL/dW": ("gradient", "weight.grad after backward"),
    "dL/db": ("gradient", "bias.grad after backward"),
}
PARAMETERS = ("W", "b")  # arrays that are no arguments


def probe(rng):
    def inputs(n, d, m):
        shapes = {"X": (n, d), "G": (n, m), "W": (d, m), "b": (m,), "V": (n, d)}
        return {name: rng.standard_normal(shape) for name, shape in shapes.items()}

    first, second, square = inputs(7, 5, 3), inputs(4, 3, 6), inputs(4, 4, 4)
    second["X"], second["G"] = np.asfortranarray(second["X"]), np.asfortranarray(second["G"])
    plain = {name: first[name] for name in "XGWb"}
    return [
        Case("7 x 5 to 3", first),
        Case("4 x 3 to 6", second),
        Case("4 x 4 to 4", square),  # where every order of a product fits
        Case(FLOAT32, cast(plain, np.float32)),
        Case(LARGE + "far", plain | {"X": 1e4 * first["X"]}),
    ]


def run(objects, X, G, W, b, V=None):
    (layer_class,) = objects
    layer, other = (layer_class(*W.shape, np.random.default_rng(s), dtype=X.dtype) for s in (0, 1))
    layer.weight.data, layer.bias.data = W, b
    kept, X2, G2 = X.copy(), *(a[len(a) % 2 :][::-1].copy() for a in (X, G))
    yield "Y", layer.forward(X)
    yield "dL/dX", layer.backward(G)
    yield "dL/dW", layer.weight.grad
    yield "dL/db", layer.bias.grad
    yield "W after", layer.weight.data
    yield "b after", layer.bias.data
    if V is not None:
        yield "Y again", layer.forward(X2)
        other.forward(X2[::-1].copy())  # what a layer keeps is its own
        yield "dL/dX again", layer.backward(G2)
        yield "dL/dW again", layer.weight.grad
        yield "dL/db again", layer.bias.grad
        yield "Y above", layer.forward(kept + H * V)
        yield "Y below", layer.forward(kept - H * V)


def places(symbol, inputs):
    shape = {"Y": inputs["G"], "dL/dX": inputs["X"], "dL/dW": inputs["W"], "dL/db": inputs["b"]}[symbol].shape
    return rows_and_columns(shape)


def updated_weight(inputs, expected, got):
    """Only dX is wrong: it is that of a weight further down its gradient, whatever the learning rate."""
    error = expected["dL/dX"] - got["dL/dX"]
    step = inputs["G"] @ expected["dL/dW"].T
    wanted = expected | {"dL/dX": expected["dL/dX"] - step * (error * step).sum() / (step**2).sum()}
    return all(same(got[symbol], wanted[symbol]) for symbol in RESULTS)
