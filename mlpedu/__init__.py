"""The multi-layer perceptron by hand: a textbook in the form of a package."""

from mlpedu import data, gradient_check, initializers, layers, losses, optimizers, penalties, training
from mlpedu.data import *
from mlpedu.gradient_check import *
from mlpedu.layers import *
from mlpedu.losses import *
from mlpedu.optimizers import *
from mlpedu.parameter import Parameter
from mlpedu.penalties import *
from mlpedu.training import *

__version__ = "0.1.0"
_PARTS = (data, gradient_check, layers, losses, optimizers, penalties, training)
__all__ = sorted({"Parameter", "initializers"}.union(*(part.__all__ for part in _PARTS)))
