"""Optimizers: how a gradient changes a parameter."""

from mlpedu.optimizers.sgd import SGD

__all__ = ["SGD"]
