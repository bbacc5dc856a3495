"""Softmax and cross-entropy in one. Derivation: :doc:`/losses/softmax_cross_entropy`."""

import numpy as np

from mlpedu.arguments import every_row, float_array
from mlpedu.losses.loss import Loss


def log_softmax(scores):
    """The logarithm of `softmax`, exact where a probability is too small to write down.

    Parameters
    ----------
    scores : ndarray, shape (N, C)

    Returns
    -------
    ndarray, shape (N, C)
        At most 0, of the dtype of `scores`.

    Raises
    ------
    TypeError, ValueError
        Scores that are no float32 or float64 array of that shape.
    """
    float_array("softmax: scores", scores, ("N", "C"))
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax(scores):
    """Scores to probabilities, row by row: exp(scores) divided by its sum over the classes [1]_.

    Parameters
    ----------
    scores : ndarray, shape (N, C)
        Any finite numbers, also very large ones.

    Returns
    -------
    ndarray, shape (N, C)
        Between 0 and 1, each row sums to 1; of the dtype of `scores`.

    Raises
    ------
    TypeError, ValueError
        As `log_softmax`.

    References
    ----------
    .. [1] C. Bishop, *Pattern Recognition and Machine Learning*, Springer 2006, equation 4.62.
    """
    return np.exp(log_softmax(scores))


class SoftmaxCrossEntropy(Loss):
    """-ln of the probability that `softmax` gives to the right class, averaged over the batch [1]_.

    The same as PyTorch's ``CrossEntropyLoss``. It takes scores, not probabilities. The targets may also be
    probabilities that sum to 1 in each row.

    References
    ----------
    .. [1] C. Bishop, *Pattern Recognition and Machine Learning*, Springer 2006, equation 4.108, there a sum
       over the examples.
    """

    def forward(self, scores, targets):
        self._require_batch(scores, targets)
        sums_to_one = (targets >= 0).all(axis=1) & (abs(targets.sum(axis=1) - 1) < 1e-5)
        every_row("SoftmaxCrossEntropy: targets", targets, "be 0 or more and sum to 1", sums_to_one)
        log_probabilities = log_softmax(scores)
        self._save_for_backward(np.exp(log_probabilities), targets)
        return float(-(targets * log_probabilities).sum() / len(scores))

    def backward(self):
        probabilities, targets = self._saved_arrays
        return (probabilities - targets) / len(targets)
