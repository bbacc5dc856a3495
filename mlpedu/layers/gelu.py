"""The Gaussian error linear unit, in its tanh and its exact form. Derivation: :doc:`/layers/gelu`."""

import math

import numpy as np

from mlpedu.arguments import one_of
from mlpedu.layers.layer import Layer

SCALE = math.sqrt(2 / math.pi)
CUBIC = 0.044715


class GELU(Layer):
    r"""Elementwise :math:`y = x\,\Phi(x)`, with the distribution function of the standard normal [1]_.

    Input and output have shape (N, D) and the same dtype.

    Parameters
    ----------
    approximate : "tanh" or "none"
        ``"tanh"``: :math:`\Phi(x) \approx \tfrac12(1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\,x^3)))`, off by at
        most 4.7e-4 in y. ``"none"``: :math:`\Phi(x) = \tfrac12\operatorname{erfc}(-x/\sqrt2)`, exact but
        slow, because NumPy has no error function and ours visits the numbers one by one.

    Raises
    ------
    ValueError
        If `approximate` is neither.

    References
    ----------
    .. [1] D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", arXiv
       1606.08415, 2016, section 2.
    """

    def __init__(self, approximate="tanh"):
        self.approximate = one_of("GELU: approximate", approximate, ("tanh", "none"))

    def forward(self, x):
        if self.approximate == "tanh":
            # x + c x^3 factored: NumPy squares fast but takes the slow pow for cubes.
            cdf = 0.5 * (1 + np.tanh(SCALE * x * (1 + CUBIC * x**2)))
        else:
            cdf = 0.5 * _erfc(-x / math.sqrt(2))
        self._save_for_backward(x, cdf)
        return x * cdf

    def backward(self, grad_output):
        x, cdf = self._saved_arrays
        if self.approximate == "tanh":
            density = 2 * cdf * (1 - cdf) * SCALE * (1 + 3 * CUBIC * x**2)
        else:
            density = np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
        return grad_output * (cdf + x * density)


def _erfc(x):
    return np.frompyfunc(math.erfc, 1, 1)(x).astype(x.dtype)
