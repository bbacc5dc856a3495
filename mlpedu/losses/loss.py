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
        for kind, array in (("scores", scores), ("targets", targets)):
            if not isinstance(array, np.ndarray):
                raise TypeError(f"{name}: {kind} must be an array, got {type(array).__name__}")
        if scores.ndim != 2 or targets.shape != scores.shape or scores.size == 0:
            raise ValueError(
                f"{name}: scores and targets must both have shape (N, C), one example a row; got "
                f"{scores.shape} and {targets.shape}; make targets of labels with one_hot(labels, C)"
            )
        if scores.dtype not in (np.float32, np.float64) or targets.dtype != scores.dtype:
            raise TypeError(
                f"{name}: scores and targets must share one dtype, float32 or float64; got {scores.dtype} "
                f"and {targets.dtype}; cast one of them with .astype(...)"
            )
        remedies = "if training diverged, lower lr", "check the data"
        for kind, array, remedy in zip(("scores", "targets"), (scores, targets), remedies, strict=True):
            if not np.isfinite(array).all():
                row = int(np.isfinite(array).all(axis=1).argmin())
                raise ValueError(f"{name}: {kind} must be finite, got NaN or infinity in row {row}; {remedy}")

    def _require_probabilities(self, targets):
        good = (targets >= 0).all(axis=1) & (abs(targets.sum(axis=1) - 1) < 1e-5)
        self._require_rows(targets, "be 0 or more and sum to 1", good)

    def _require_one_hot(self, targets):
        good = ((targets == 0) | (targets == 1)).all(axis=1) & (targets.sum(axis=1) == 1)
        self._require_rows(targets, "hold a single 1, else 0", good)

    def _require_rows(self, targets, expected, good):
        if not good.all():
            row = int(good.argmin())
            raise ValueError(
                f"{type(self).__name__}: each row of targets must {expected}; "
                f"got row {row} = {targets[row]}; make targets with one_hot(labels, C)"
            )
