"""What training recorded, epoch by epoch."""

from dataclasses import dataclass, field

from mlpedu.arguments import one_of

MONITORS = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


@dataclass
class History:
    """One list a quantity, one entry an epoch.

    Attributes
    ----------
    train_loss, train_accuracy : list of float
        Mean over the epoch's batches, each measured before its step, penalties not included. Accuracies are
        shares between 0 and 1.
    validation_loss, validation_accuracy : list of float
        Of the whole validation set after the epoch.
    seconds : list of float
        Of training alone, without the evaluation.
    """

    train_loss: list = field(default_factory=list)
    train_accuracy: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    seconds: list = field(default_factory=list)

    def __len__(self):
        return len(self.train_loss)

    def best_epoch(self, monitor):
        """Number of the best epoch by one column, 1 for the first; of equals the earliest.

        Parameters
        ----------
        monitor : str
            A loss (smallest is best) or an accuracy (largest is best).

        Raises
        ------
        ValueError
            Another column, or no epochs yet.
        """
        values = getattr(self, one_of("best_epoch: monitor", monitor, MONITORS))
        best = max(values) if monitor.endswith("accuracy") else min(values)
        return values.index(best) + 1
