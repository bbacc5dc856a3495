"""When to stop, in both rules, on sequences worked by hand."""

import math

import numpy as np
import pytest

from mlpedu import EarlyStopping, History, Parameter


def stops_after(values, monitor="validation_loss", **settings):
    """The epoch after which training stops, None if the sequence ends first."""
    stopping, history = EarlyStopping(monitor, **settings), History()
    for epoch, value in enumerate(values, start=1):
        history.train_loss.append(0)  # the length of a history
        if monitor != "train_loss":
            getattr(history, monitor).append(value)
        if stopping.should_stop(history):
            return epoch
    return None


@pytest.mark.parametrize(
    ("losses", "patience", "epoch"),
    [
        ([5, 4, 3, 2, 1], 1, None),
        ([3, 4], 1, 2),  # 4 is no better than 3
        ([3, 3], 1, 2),  # a tie is no better
        ([3, 2, 4, 1, 5], 2, None),  # one bad epoch, then a best one, then one bad epoch
        ([3, 2, 4, 2.5, 1], 2, 4),  # 4 and 2.5 are both no better than 2, though 2.5 is better than 4
        ([3, 2, 2, 2, 2], 3, 5),  # three ties
        ([1, 2, 3, 4], 3, 4),
        ([1, 2, 3], 3, None),
    ],
)
def test_against_the_best_epoch(losses, patience, epoch):
    assert stops_after(losses, patience=patience) == epoch
    accuracies = [-loss for loss in losses]
    assert stops_after(accuracies, "validation_accuracy", patience=patience) == epoch


@pytest.mark.parametrize(
    ("losses", "patience", "epoch"),
    [
        ([5, 4, 3, 2, 1], 1, None),
        ([3, 4], 1, 2),
        ([3, 3, 3, 3], 1, None),  # a tie is not worse
        ([3, 2, 4, 2.5, 2.6], 2, None),  # 4 is worse than 2, but 2.5 is better than 4: the count begins anew
        ([1, 2, 3, 4], 3, 4),  # worse three times in a row
        ([1, 2, 3, 3, 4, 5, 6], 3, 7),  # the tie ends the first row of two
        ([1, 2, 3], 3, None),
        ([9, 1, 2, 3, 4], 3, 5),  # the row ends with the last epoch; the first one doesn't count
    ],
)
def test_against_the_previous_epoch(losses, patience, epoch):
    assert stops_after(losses, patience=patience, against="previous") == epoch
    accuracies = [-loss for loss in losses]
    assert stops_after(accuracies, "validation_accuracy", patience=patience, against="previous") == epoch


@pytest.mark.parametrize("against", ["best", "previous"])
def test_the_first_epoch_never_stops_training(against):
    assert stops_after([1], patience=1, against=against) is None


@pytest.mark.parametrize("against", ["best", "previous"])
def test_the_parameters_of_the_best_epoch_come_back(against):
    p, other = Parameter(np.zeros(2)), Parameter(np.zeros(2))
    stopping, history = EarlyStopping("validation_loss", 3, against, restore=[p]), History()
    for epoch, loss in enumerate([3, 1, 2, 1, 5], start=1):
        p.data[...] = other.data[...] = epoch
        history.train_loss.append(0)
        history.validation_loss.append(loss)
        stopping.should_stop(history)
    array = p.data
    stopping.restore_best()
    # Epochs 2 and 4 are equally good: the earlier one counts. Parameters that aren't named stay.
    np.testing.assert_array_equal(p.data, [2, 2])
    np.testing.assert_array_equal(other.data, [5, 5])
    assert p.data is array


def test_used_for_a_second_training_it_starts_anew():
    p = Parameter(np.zeros(1))
    stopping = EarlyStopping("validation_loss", 1, restore=[p])
    for value, loss in ((1, 0.1), (2, 7)):
        p.data[...] = value
        history = History(train_loss=[0], validation_loss=[loss])
        assert not stopping.should_stop(history)
    stopping.restore_best()
    assert p.data == 2


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"monitor": "val_loss"}, ValueError, ["monitor", "validation_loss", "'val_loss'"]),
        ({"monitor": "seconds"}, ValueError, ["monitor", "train_accuracy", "'seconds'"]),
        ({"against": "last"}, ValueError, ["against", "'best' or 'previous'", "'last'"]),
        ({"patience": 0}, ValueError, ["patience", "at least 1", "0"]),
        ({"patience": 2.0}, TypeError, ["patience", "whole number", "2.0"]),
        ({"patience": math.nan}, TypeError, ["patience", "whole number", "nan"]),
    ],
)
def test_it_refuses_wrong_settings(settings, error, words):
    with pytest.raises(error) as caught:
        EarlyStopping(**{"monitor": "train_loss", "patience": 1} | settings)
    assert all(word in str(caught.value) for word in ["EarlyStopping", *words]), str(caught.value)
