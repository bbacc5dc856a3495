"""The contract of a loss, and what every loss refuses."""

from abc import ABC, abstractmethod

from mlpedu.arguments import finite_rows, float_array
from mlpedu.differentiable import Differentiable


class Loss(Differentiable, ABC):
    """How wrong a batch of scores is: one number, the mean over the batch.

    N examples, C classes: one example a row. The mean lives here and nowhere else, so the gradient that
    `backward` starts already contains the factor 1/N.
    """

    @abstractmethod
    def forward(self, scores, targets):
        """Compare scores with targets.

        Parameters
        ----------
        scores : ndarray, shape (N, C)
            The output of the network, finite.
        targets : ndarray, shape (N, C)
            One row an example: 1 in the column of its class, 0 elsewhere (`one_hot`); dtype as `scores`.

        Returns
        -------
        float
            At least 0; the mean over the batch.

        Raises
        ------
        ValueError
            Shapes that differ or are not (N, C), an empty batch, NaN or infinity.
        TypeError
            Dtypes that differ, or are not float32 or float64.
        """

    @abstractmethod
    def backward(self):
        """The derivative of the last loss by its scores.

        Returns
        -------
        ndarray, shape (N, C)
            With the factor 1/N of the mean.

        Raises
        ------
        RuntimeError
            Before the first `forward`.
        """

    def _require_batch(self, scores, targets):
        """The arguments of `forward`, if they are as it wants them."""
        name = type(self).__name__
        float_array(f"{name}: scores", scores, ("N", "C"))
        float_array(f"{name}: targets (one_hot makes them)", targets, scores.shape, scores.dtype)
        finite_rows(f"{name}: scores (if training diverged, lower lr; or an input holds NaN)", scores)
        finite_rows(f"{name}: targets", targets)
