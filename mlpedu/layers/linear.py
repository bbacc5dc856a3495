"""The linear layer, y = x W + b. Derivation: :doc:`/layers/linear`."""

import numpy as np

from mlpedu.arguments import float_array, floating_dtype, generator, whole_number
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
        weight = float_array("Linear: weight from init", weight, (in_features, out_features))
        bias = float_array("Linear: bias from init", bias, (out_features,))
        self.weight = Parameter(weight.astype(dtype))
        self.bias = Parameter(bias.astype(dtype))
        self.needs_input_grad = needs_input_grad

    def forward(self, x):
        weight = self.weight.data
        float_array("Linear: input", x, ("N", len(weight)), weight.dtype)
        self._save_for_backward(x)
        return x @ weight + self.bias.data

    def backward(self, grad_output):
        (x,) = self._saved_arrays
        weight = self.weight.data
        float_array("Linear: grad_output", grad_output, (len(x), weight.shape[1]), weight.dtype)
        self.weight.grad = x.T @ grad_output
        self.bias.grad = grad_output.sum(axis=0)
        return grad_output @ weight.T if self.needs_input_grad else None

    def parameters(self):
        return [self.weight, self.bias]
