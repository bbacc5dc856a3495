"""Half the squared distance. Derivation: :doc:`/losses/euclidean`."""

from mlpedu.losses.loss import Loss


class EuclideanLoss(Loss):
    """½ ‖scores - targets‖², summed over the outputs, averaged over the batch [1]_.

    PyTorch's ``MSELoss`` averages over the outputs too and has no ½: EuclideanLoss = MSELoss · C/2. The
    targets may be any finite numbers.

    References
    ----------
    .. [1] C. Bishop, *Pattern Recognition and Machine Learning*, Springer 2006, equation 5.11, there a sum
       over the examples.
    """

    def forward(self, scores, targets):
        self._require_batch(scores, targets)
        difference = scores - targets
        self._save_for_backward(difference)
        return float(0.5 * (difference**2).sum() / len(scores))

    def backward(self):
        (difference,) = self._saved_arrays
        return difference / len(difference)
