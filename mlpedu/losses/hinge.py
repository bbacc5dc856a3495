"""The multi-class hinge loss. Derivation: :doc:`/losses/hinge`."""

import numpy as np

from mlpedu.arguments import finite_number, one_hot_rows
from mlpedu.losses.loss import Loss


class HingeLoss(Loss):
    """Sum over the wrong classes of max(0, margin + their score - the right score), mean over the batch [1]_.

    PyTorch's ``MultiMarginLoss`` divides by C: HingeLoss = MultiMarginLoss · C. Where a term is exactly 0 its
    derivative is taken as 0.

    Parameters
    ----------
    margin : float
        By how much the right score has to lead, in units of the scores, at least 0. Report 002 takes 5.

    Raises
    ------
    ValueError
        A negative or not finite margin.

    References
    ----------
    .. [1] J. Weston and C. Watkins, "Support vector machines for multi-class pattern recognition",
       ESANN 1999.
    """

    def __init__(self, margin):
        self.margin = finite_number("HingeLoss: margin", margin)

    def forward(self, scores, targets):
        self._require_batch(scores, targets)
        one_hot_rows("HingeLoss: targets", targets)
        right_score = (scores * targets).sum(axis=1, keepdims=True)
        terms = np.maximum(self.margin + scores - right_score, 0) * (1 - targets)
        self._save_for_backward(terms > 0, targets)
        return float(terms.sum() / len(scores))

    def backward(self):
        violated, targets = self._saved_arrays
        count = violated.sum(axis=1, keepdims=True, dtype=targets.dtype)
        return (violated - count * targets) / len(targets)
