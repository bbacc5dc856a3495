"""Losses: how wrong a batch of scores is, as one number."""

from mlpedu.losses.euclidean import EuclideanLoss
from mlpedu.losses.hinge import HingeLoss
from mlpedu.losses.loss import Loss
from mlpedu.losses.softmax_cross_entropy import SoftmaxCrossEntropy, log_softmax, softmax

__all__ = ["EuclideanLoss", "HingeLoss", "Loss", "SoftmaxCrossEntropy", "log_softmax", "softmax"]
