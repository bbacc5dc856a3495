"""A run that trains a network of sigmoid units and measures how far they are saturated."""

import dataclasses
import math

import mlpedu
from experiments.kinds.training import Training

SATURATED = 0.05  # a slope below this one; the largest is 0.25


@dataclasses.dataclass(frozen=True, kw_only=True)
class SigmoidSlopes(Training):
    """Settings of a run that also measures the slopes of its hidden units and the size of its weights."""

    main_metrics = ("test_accuracy", "mean_slope", "saturated", "weight_norm")

    def measured(self, network):
        """Slopes for the images that passed last, which are the last thousand of the test set."""
        (hidden,) = [layer for layer in network.layers if isinstance(layer, mlpedu.Sigmoid)]
        slopes = hidden.backward(1.0)  # a gradient of 1 from above: what comes out is the slope
        weights = [p.data for p in network.parameters() if p.data.ndim == 2]
        return {
            "mean_slope": float(slopes.mean()),
            "saturated": float((slopes < SATURATED).mean()),
            "weight_norm": math.sqrt(math.fsum(float((w**2).sum()) for w in weights)),
        }
