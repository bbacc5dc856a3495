"""The multi-layer perceptron by hand: a textbook in the form of a package."""

from mlpedu import data, initializers
from mlpedu.data import SYNTHETIC_DIGITS, Dataset, load_mnist, one_hot, synthetic_digits
from mlpedu.gradient_check import (
    central_difference,
    check_layer,
    check_loss,
    check_network,
    check_penalty,
    numerical_gradient,
    relative_error,
)
from mlpedu.layers import GELU, Layer, Linear, ReLU, Sequential, Sigmoid, Tanh
from mlpedu.losses import EuclideanLoss, HingeLoss, Loss, SoftmaxCrossEntropy, log_softmax, softmax
from mlpedu.optimizers import SGD
from mlpedu.parameter import Parameter
from mlpedu.penalties import L1, L2, Penalty
from mlpedu.training import EarlyStopping, Evaluation, History, evaluate, fit

__version__ = "0.1.0"
__all__ = [
    "GELU",
    "L1",
    "L2",
    "SGD",
    "SYNTHETIC_DIGITS",
    "Dataset",
    "EarlyStopping",
    "EuclideanLoss",
    "Evaluation",
    "HingeLoss",
    "History",
    "Layer",
    "Linear",
    "Loss",
    "Parameter",
    "Penalty",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
    "central_difference",
    "check_layer",
    "check_loss",
    "check_network",
    "check_penalty",
    "data",
    "evaluate",
    "fit",
    "initializers",
    "load_mnist",
    "log_softmax",
    "numerical_gradient",
    "one_hot",
    "relative_error",
    "softmax",
    "synthetic_digits",
]
