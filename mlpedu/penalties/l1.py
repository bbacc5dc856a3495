"""The sum of absolute values. Derivation: :doc:`/penalties/l1`."""

import numpy as np

from mlpedu.penalties.penalty import Penalty


class L1(Penalty):
    """strength · Σ abs(w) over all entries of the parameters [1]_. At w = 0 the derivative is taken as 0.

    Parameters and errors as in `Penalty`.

    References
    ----------
    .. [1] R. Tibshirani, "Regression shrinkage and selection via the lasso", J. R. Stat. Soc. B 58, 1996.
    """

    def forward(self):
        return self.strength * sum(float(np.abs(p.data).sum()) for p in self.parameters)

    def backward(self):
        self._require_gradients()
        for p in self.parameters:
            p.grad += self.strength * np.sign(p.data)
