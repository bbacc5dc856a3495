"""Half the sum of squares. Derivation: :doc:`/penalties/l2`."""

from mlpedu.penalties.penalty import Penalty


class L2(Penalty):
    """strength · ½ Σ w² over all entries of the parameters [1]_.

    With plain SGD the same as ``weight_decay=strength`` for these parameters.
    Parameters and errors as in `Penalty`.

    References
    ----------
    .. [1] A. Krogh and J. Hertz, "A simple weight decay can improve generalization", NIPS 1991, equation 2.
    """

    def forward(self):
        return self.strength * 0.5 * sum(float((p.data**2).sum()) for p in self.parameters)

    def backward(self):
        self._require_gradients()
        for p in self.parameters:
            p.grad += self.strength * p.data
