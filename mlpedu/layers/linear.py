"""The linear layer, y = x W + b. Derivation: :doc:`/layers/linear`."""

import numpy as np

from mlpedu.arguments import floating_dtype, generator, whole_number
from mlpedu.initializers import xavier_normal
from mlpedu.layers.layer import Layer
from mlpedu.parameter import Parameter


class Linear(Layer):
    """Each output is a weighted sum of all inputs plus a bias: y = x W + b [1]_.

    Parameters
    ----------
    in_features, out_features : int
        D and M, at least 1.
    rng : numpy.random.Generator
        Where the first weights come from.
    dtype : float32 or float64
        Of the parameters, and of every batch.
    init : callable, default ``xavier_normal()``
        ``init(rng, D, M)`` returns the first weight (D, M) and bias (M,); see `mlpedu.initializers`.
    needs_input_grad : bool
        False spares the first layer of a network a third of its work: `backward` then returns None.

    Attributes
    ----------
    weight : Parameter, shape (D, M)
        Column m holds the weights of output m: the transpose of PyTorch's ``Linear.weight``.
    bias : Parameter, shape (M,)

    Raises
    ------
    ValueError
        Sizes below 1; first values, a batch or a gradient of the wrong shape.
    TypeError
        No array, or another dtype than the layer's: nothing is cast silently.

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, MIT Press 2016, section 6.1.
    """

    def __init__(self, in_features, out_features, rng, dtype=np.float32, init=None, needs_input_grad=True):
        in_features = whole_number("Linear: in_features", in_features)
        out_features = whole_number("Linear: out_features", out_features)
        dtype = floating_dtype("Linear: dtype", dtype)
        weight, bias = (init or xavier_normal())(generator("Linear: rng", rng), in_features, out_features)
        if weight.shape != (in_features, out_features) or bias.shape != (out_features,):
            raise ValueError(
                f"Linear: init must return a weight of shape {(in_features, out_features)} and a bias of "
                f"shape {(out_features,)}, got {weight.shape} and {bias.shape}"
            )
        self.weight = Parameter(weight.astype(dtype))
        self.bias = Parameter(bias.astype(dtype))
        self.needs_input_grad = needs_input_grad

    def forward(self, x):
        self._require("input", x, "N", self.weight.data.shape[0])
        self._save_for_backward(x)
        return x @ self.weight.data + self.bias.data

    def backward(self, grad_output):
        (x,) = self._saved_arrays
        self._require("grad_output", grad_output, len(x), self.weight.data.shape[1])
        self.weight.grad = x.T @ grad_output
        self.bias.grad = grad_output.sum(axis=0)
        return grad_output @ self.weight.data.T if self.needs_input_grad else None

    def parameters(self):
        return [self.weight, self.bias]

    def _require(self, name, array, rows, columns):
        dtype = self.weight.data.dtype
        if not isinstance(array, np.ndarray):
            raise TypeError(f"Linear: {name} must be a {dtype} array, got {type(array).__name__}")
        if array.ndim != 2 or array.shape[1] != columns or rows not in ("N", len(array)):
            raise ValueError(
                f"Linear: {name} must have shape ({rows}, {columns}), one example a row; got {array.shape}"
            )
        if array.dtype != dtype:
            raise TypeError(
                f"Linear: {name} must be {dtype} like the weights, got {array.dtype}; "
                f"cast it with .astype({str(dtype)!r}), or make the layer with dtype={str(array.dtype)!r}"
            )
