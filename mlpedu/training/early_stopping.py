"""When to stop training, in the two rules of the reports."""

from itertools import pairwise

from mlpedu.arguments import one_of, parameter_list, whole_number
from mlpedu.training.history import MONITORS


class EarlyStopping:
    """Stop after `patience` bad epochs in a row [1]_.

    Report 002: ``EarlyStopping("validation_accuracy", 10)``, with the test set for validation. Report 004:
    ``EarlyStopping("validation_loss", 3, against="previous", restore=network.parameters())``.

    Parameters
    ----------
    monitor : str
        The column of `History` to watch.
    patience : int
        At least 1.
    against : "best" or "previous"
        An epoch is bad if it is no better than the best before it, or if it is worse than the one before it.
    restore : list of Parameter
        They get back the values of the best epoch when training ends; none by default.

    Raises
    ------
    ValueError
        An unknown monitor or rule, a patience below 1.

    References
    ----------
    .. [1] L. Prechelt, "Early stopping - but when?", in *Neural Networks: Tricks of the Trade*, Springer
       1998.
    """

    def __init__(self, monitor, patience, against="best", restore=()):
        self.monitor = one_of("EarlyStopping: monitor", monitor, MONITORS)
        self.patience = whole_number("EarlyStopping: patience", patience)
        self.against = one_of("EarlyStopping: against", against, ("best", "previous"))
        self.restore = parameter_list("EarlyStopping: restore", restore, at_least=0)
        self._best_values = []

    def should_stop(self, history):
        """Whether to stop after the last epoch of `history`; keeps the parameters if it is the best."""
        best = history.best_epoch(self.monitor)
        if best == len(history):
            self._best_values = [p.data.copy() for p in self.restore]
        if self.against == "best":
            return len(history) - best >= self.patience
        recent = getattr(history, self.monitor)[-self.patience - 1 :]
        fell = [later < earlier for earlier, later in pairwise(recent)]
        rose = [later > earlier for earlier, later in pairwise(recent)]
        worse = fell if self.monitor.endswith("accuracy") else rose
        return len(worse) == self.patience and all(worse)

    def restore_best(self):
        """Write the values of the best epoch back into the parameters to restore."""
        for p, best in zip(self.restore, self._best_values, strict=False):
            p.data[...] = best
