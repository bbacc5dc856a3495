"""Penalties: terms added to the loss that depend on parameters alone."""

from mlpedu.penalties.l1 import L1
from mlpedu.penalties.l2 import L2
from mlpedu.penalties.penalty import Penalty

__all__ = ["L1", "L2", "Penalty"]
