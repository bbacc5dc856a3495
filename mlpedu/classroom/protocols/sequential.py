"""Layers one after the other: a network of small layers that note nothing but what every layer keeps."""

import numpy as np

from mlpedu.classroom.agreement import same
from mlpedu.classroom.protocols import Case, rows_and_columns
from mlpedu.layers.layer import Layer
from mlpedu.parameter import Parameter

RESULTS = {
    "Z": ("forward", "what forward returns"),
    "dL/dX": ("gradient", "what backward returns"),
    "asked": ("forward", "which layers have run in forward"),
    "dL/dW1": ("gradient", "the gradient of the first layer's weight after backward"),
    "dL/dW2": ("gradient", "the gradient of the last layer's weight after backward"),
    "Z again": ("robustness", "what forward returns for a second batch"),
    "parameters": ("gradient", "the list of parameters"),
}
PARAMETERS = ("W1", "b1", "W2", "b2")  # arrays that are no arguments


class Affine(Layer):
    """A layer with parameters; it says in words which width it takes."""

    def __init__(self, weight, bias):
        self.weight, self.bias = Parameter(weight), Parameter(bias)

    def forward(self, x):
        self._take("forward", x, 0)
        self._save_for_backward(x)
        return x @ self.weight.data + self.bias.data

    def backward(self, grad_output):
        (x,) = self._saved_arrays
        self._take("backward", grad_output, 1)
        self.weight.grad, self.bias.grad = x.T @ grad_output, grad_output.sum(axis=0)
        return grad_output @ self.weight.data.T

    def parameters(self):
        return [self.weight, self.bias]

    def _take(self, method, array, axis):
        shape = self.weight.data.shape
        if np.shape(array)[1:] != shape[axis : axis + 1]:
            name = f"{method} of the layer with {shape[0]} inputs and {shape[1]} outputs"
            raise ValueError(f"{name} takes an array (N, {shape[axis]}), got {np.shape(array)}")


class Squash(Layer):
    """A layer without parameters."""

    def forward(self, x):
        y = 1 / (1 + np.exp(-x))
        self._save_for_backward(y)
        return y

    def backward(self, grad_output):
        (y,) = self._saved_arrays
        return grad_output * y * (1 - y)


def probe(rng):
    def inputs(n, d, h, c, nested=False):
        shapes = {"X": (n, d), "G": (n, c), "W1": (d, h), "b1": (h,), "W2": (h, c), "b2": (c,)}
        return {name: rng.standard_normal(shape) for name, shape in shapes.items()} | {"nested": nested}

    return [
        Case("widths 5, 4, 3", inputs(7, 5, 4, 3)),
        Case("widths 4, 4, 4", inputs(6, 4, 4, 4)),  # where every order of the layers fits
        Case("a network in a network", inputs(4, 3, 5, 6, nested=True)),
    ]


def run(objects, X, G, W1, b1, W2, b2, nested):
    (sequential,) = objects
    X2, G2 = X[:0:-1].copy(), G[:0:-1].copy()
    first, last, one_more = Affine(W1, b1), Affine(W2, b2), Affine(W2.T, b1)
    rest = [sequential(Squash(), last)] if nested else [Squash(), last]
    network = sequential(first, *rest)
    yield "Z", network.forward(X)
    yield "asked", [int(layer._saved is not None) for layer in (first, last)]
    yield "dL/dX", network.backward(G)
    for name, layer in {"dL/dW1": first, "dL/dW2": last}.items():
        grad = layer.weight.grad
        yield name, np.zeros_like(layer.weight.data) if grad is None else grad  # 0: nothing has reached it
    yield "Z again", network.forward(X2)
    yield "dL/dX again", network.backward(G2)
    network = sequential(first, *rest, one_more)
    known = [p for layer in (first, last, one_more) for p in layer.parameters()]
    yield "parameters", _numbers(network.parameters(), known)
    yield "parameters again", _numbers(network.parameters(), known)


def parameters_changed(inputs, expected, got):
    """The first batch is right, and then the weights aren't what they were."""
    right = all(same(got.get(key), expected[key]) for key in ("Z", "dL/dX"))
    return right and any(not np.array_equal(got[f"{name} after"], inputs[name]) for name in PARAMETERS)


def _numbers(found, known):
    """The numbers of the parameters in a list; for what isn't one, a number below 0 by its type."""
    if not np.iterable(found):
        return found
    other = {list: -1, tuple: -1, np.ndarray: -2}
    return [next((i for i, p in enumerate(known) if p is x), other.get(type(x), -3)) for x in found]


def places(symbol, inputs):
    shapes = {"Z": inputs["G"].shape, "dL/dX": inputs["X"].shape}
    return rows_and_columns(shapes[symbol]) if symbol in shapes else {}
