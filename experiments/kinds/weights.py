"""A run that trains a network, and looks at its weights."""

import dataclasses

import numpy as np

from experiments.kinds.training import Training


@dataclasses.dataclass(frozen=True, kw_only=True)
class Weights(Training):
    """Settings of a training run that counts the weights near 0 at its end."""

    main_metrics = ("near_zero", "test_accuracy")

    near_zero: float  # a weight is near 0 if its size is below this

    def measured(self, network):
        """The share of the weights near 0, and of those that are exactly 0; biases don't count."""
        weights = np.concatenate([p.data.ravel() for p in network.parameters() if p.data.ndim == 2])
        sizes = np.abs(weights)
        return {"near_zero": float((sizes < self.near_zero).mean()), "zero": float((sizes == 0).mean())}
