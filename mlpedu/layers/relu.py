"""The rectified linear unit. Derivation: :doc:`/layers/relu`."""

import numpy as np

from mlpedu.layers.layer import Layer


class ReLU(Layer):
    """Elementwise y = max(0, x) [1]_.

    Input and output have shape (N, D) and the same dtype. At the kink, x = 0, the derivative is taken as 0,
    as in PyTorch; report 001 takes 1.

    References
    ----------
    .. [1] V. Nair and G. Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
    """

    def forward(self, x):
        self._save_for_backward(x > 0)
        return np.maximum(x, 0)

    def backward(self, grad_output):
        (active,) = self._saved_arrays
        return grad_output * active
