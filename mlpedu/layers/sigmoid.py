"""The logistic sigmoid. Derivation: :doc:`/layers/sigmoid`."""

import numpy as np

from mlpedu.layers.layer import Layer


class Sigmoid(Layer):
    """Elementwise y = 1 / (1 + exp(-x)), between 0 and 1 [1]_.

    Input and output have shape (N, D) and the same dtype. Exact to rounding for every finite x: the exponent
    is never positive, so nothing overflows.

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, MIT Press 2016, equation 3.30.
    """

    def forward(self, x):
        u = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, u) / (1 + u)
        self._save_for_backward(y)
        return y

    def backward(self, grad_output):
        (y,) = self._saved_arrays
        return grad_output * y * (1 - y)
