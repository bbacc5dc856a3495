"""The contract of a loss, and what every loss refuses."""

from abc import ABC, abstractmethod

import numpy as np

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
        name = type(self).__name__
        if np.ndim(scores) != 2 or np.shape(targets) != np.shape(scores) or np.size(scores) == 0:
            raise ValueError(
                f"{name}: scores and targets must both have shape (N, C), one example a row; got "
                f"{np.shape(scores)} and {np.shape(targets)}; make targets of labels with one_hot(labels, C)"
            )
        if scores.dtype not in (np.float32, np.float64) or targets.dtype != scores.dtype:
            raise TypeError(
                f"{name}: scores and targets must share one dtype, float32 or float64; got {scores.dtype} "
                f"and {targets.dtype}; cast one of them with .astype(...)"
            )
        for kind, array in (("scores", scores), ("targets", targets)):
            if not np.isfinite(array).all():
                row = int(np.argmin(np.isfinite(array).all(axis=1)))
                raise ValueError(
                    f"{name}: {kind} must be finite, got NaN or infinity in row {row}; "
                    "if training diverged, lower lr"
                )

    def _require_one_class(self, targets):
        sums = targets.sum(axis=1)
        if abs(sums - 1).max() > 1e-5 or targets.min() < 0:
            row = int(np.argmax((abs(sums - 1) > 1e-5) | (targets < 0).any(axis=1)))
            raise ValueError(
                f"{type(self).__name__}: each row of targets must be 0 or more and sum to 1, got row {row} = "
                f"{targets[row]}; make targets with one_hot(labels, C)"
            )
