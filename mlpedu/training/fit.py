"""The training loop, and the measurement of a trained network."""

import time
from typing import NamedTuple

from mlpedu.arguments import whole_number
from mlpedu.training.history import History

EVALUATION_BATCH = 1000  # bounds the memory of an evaluation; the result doesn't depend on it


class Evaluation(NamedTuple):
    """Mean loss, and accuracy: the share of right answers, between 0 and 1. Both over a whole dataset."""

    loss: float
    accuracy: float


def fit(network, loss, optimizer, train, validation, *, epochs, batch_size, rng,
        penalties=(), early_stopping=None, on_epoch=None):  # fmt: skip
    """Train a network by mini-batch gradient descent.

    Parameters
    ----------
    network : Layer
    loss : Loss
    optimizer : SGD
    train, validation : Dataset
    epochs : int
        Passes over `train`, at least 1.
    batch_size : int
        Examples a step, from 1 to the size of `train`.
    rng : numpy.random.Generator or None
        Shuffles `train` anew each epoch; None keeps its order.
    penalties : sequence of Penalty
        Added to the objective.
    early_stopping : EarlyStopping, optional
    on_epoch : callable, optional
        ``on_epoch(history)`` is called after each epoch: to show progress, plot, or measure.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        `epochs` or `batch_size` out of range; scores that are no longer finite, because training diverged.
    """
    history, penalties = History(), tuple(penalties)
    for _ in range(whole_number("fit: epochs", epochs)):
        started = time.perf_counter()
        total_loss = total_right = 0
        for inputs, targets in train.batches(batch_size, rng):
            scores = network.forward(inputs)
            total_loss += loss.forward(scores, targets) * len(inputs)
            total_right += _count_right(scores, targets)
            network.backward(loss.backward())
            for penalty in penalties:
                penalty.backward()
            optimizer.step()
        history.seconds.append(time.perf_counter() - started)
        history.train_loss.append(total_loss / len(train))
        history.train_accuracy.append(total_right / len(train))
        measured = evaluate(network, loss, validation)
        history.validation_loss.append(measured.loss)
        history.validation_accuracy.append(measured.accuracy)
        if on_epoch is not None:
            on_epoch(history)
        if early_stopping is not None and early_stopping.should_stop(history):
            break
    if early_stopping is not None:
        early_stopping.restore_best()
    return history


def evaluate(network, loss, dataset):
    """Measure a network on a whole dataset.

    Parameters
    ----------
    network : Layer
    loss : Loss
    dataset : Dataset

    Returns
    -------
    Evaluation
        ``(loss, accuracy)``; the answer is the class of the highest score.

    Raises
    ------
    TypeError, ValueError
        Those of the network and the loss, for a dataset of another width or dtype.
    """
    total_loss = total_right = 0
    for inputs, targets in dataset.batches(min(EVALUATION_BATCH, len(dataset)), rng=None):
        scores = network.forward(inputs)
        total_loss += loss.forward(scores, targets) * len(inputs)
        total_right += _count_right(scores, targets)
    return Evaluation(total_loss / len(dataset), total_right / len(dataset))


def _count_right(scores, targets):
    return int((scores.argmax(axis=1) == targets.argmax(axis=1)).sum())
