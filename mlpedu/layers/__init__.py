"""Layers: functions of a batch that pass a gradient back."""

from mlpedu.layers.gelu import GELU
from mlpedu.layers.layer import Layer
from mlpedu.layers.linear import Linear
from mlpedu.layers.relu import ReLU
from mlpedu.layers.sequential import Sequential
from mlpedu.layers.sigmoid import Sigmoid
from mlpedu.layers.tanh import Tanh

__all__ = ["GELU", "Layer", "Linear", "ReLU", "Sequential", "Sigmoid", "Tanh"]
