"""The hyperbolic tangent. Derivation: :doc:`/layers/tanh`."""

import numpy as np

from mlpedu.layers.layer import Layer


class Tanh(Layer):
    """Elementwise y = tanh(x), between -1 and 1 [1]_.

    Input and output have shape (N, D) and the same dtype.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp", 1998, section 4.4.
    """

    def forward(self, x):
        y = np.tanh(x)
        self._save_for_backward(y)
        return y

    def backward(self, grad_output):
        (y,) = self._saved_arrays
        return grad_output * (1 - y**2)
