"""What training recorded."""

import pytest

from mlpedu import History


def test_the_best_epoch_by_hand():
    history = History(
        train_loss=[3, 2, 1],
        train_accuracy=[0.1, 0.2, 0.3],
        validation_loss=[2.0, 1.0, 1.5],
        validation_accuracy=[0.5, 0.4, 0.3],
        seconds=[1, 1, 1],
    )
    # A loss is best where it is smallest, an accuracy where it is largest; epochs count from 1.
    assert history.best_epoch("train_loss") == 3
    assert history.best_epoch("train_accuracy") == 3
    assert history.best_epoch("validation_loss") == 2
    assert history.best_epoch("validation_accuracy") == 1
    assert len(history) == 3


def test_of_equal_epochs_the_earliest_is_best():
    history = History(validation_loss=[2, 1, 1], validation_accuracy=[0.5, 0.6, 0.6])
    assert history.best_epoch("validation_loss") == 2
    assert history.best_epoch("validation_accuracy") == 2


def test_two_new_histories_share_no_list():
    History().train_loss.append(1)
    assert len(History()) == 0


def test_it_refuses_to_name_the_best_of_no_epochs():
    with pytest.raises(ValueError, match="empty"):
        History().best_epoch("train_loss")


@pytest.mark.parametrize("monitor", ["accuracy", "seconds", "val_loss"])
def test_it_refuses_a_column_that_has_no_best(monitor):
    history = History([1], [1], [1], [1], [1])
    with pytest.raises(ValueError, match=rf"monitor: expected .*'validation_accuracy', got '{monitor}'"):
        history.best_epoch(monitor)
