"""Training: the loop, its record, and when to stop."""

from mlpedu.training.early_stopping import EarlyStopping
from mlpedu.training.fit import Evaluation, evaluate, fit
from mlpedu.training.history import History

__all__ = ["EarlyStopping", "Evaluation", "History", "evaluate", "fit"]
