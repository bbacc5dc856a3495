"""Early stopping: after which epoch it stops, and which parameters come back."""

import numpy as np

from mlpedu.classroom.protocols import Case
from mlpedu.parameter import Parameter
from mlpedu.training.history import MONITORS, History

RESULTS = {
    "stop": ("forward", "the epoch at which should_stop says stop"),
    "restored": ("forward", "what restore_best writes into the parameters"),
}
EPOCHS = 12
PATIENCE = 1, 2, 3, 3


def probe(rng):
    return [
        Case(f"{monitor} {against}", {"columns": _columns(rng), "monitor": monitor, "against": against})
        for monitor in MONITORS
        for against in ("best", "previous")
    ]


def _columns(rng):
    """All columns of a history, for each training: between 0 and 1, with ties, better and worse in turn."""
    # A loss gets better.
    steps = rng.choice([-3, -2, -1, 0, 1, 2], (4 * len(PATIENCE), len(MONITORS), EPOCHS))
    steps[6] = np.resize([1, 1, -3], EPOCHS)  # never three bad epochs in a row, with a patience of 3
    steps[:, [name.endswith("accuracy") for name in MONITORS]] *= -1
    steps[::4] *= -1
    return 0.5 + steps.cumsum(axis=2) / 128


def run(objects, columns, monitor, against):
    (stopping_class,) = objects
    stops, parameters = zip(*_trainings(stopping_class, columns, monitor, against), strict=True)
    yield "stop", list(stops)
    restored = []
    for stopping, trained in parameters:
        stopping.restore_best()
        restored += [parameter.data.mean() for parameter in trained]
    yield "restored", restored


def _trainings(stopping_class, columns, monitor, against):
    for number, training in enumerate(columns):
        trained = [Parameter(np.zeros((2, 3))), Parameter(np.zeros(3))]
        patience = PATIENCE[number % len(PATIENCE)]
        stopping = stopping_class(monitor, patience, against, restore=trained if number else ())
        history, stop = History(), 0
        for epoch in range(1, EPOCHS + 1):
            trained[0].data += 1  # in place, as the optimizer does it
            trained[1].data -= 1
            for name, value in zip(MONITORS, training[:, epoch - 1], strict=True):
                getattr(history, name).append(float(value))
            if stopping.should_stop(history):
                stop = epoch
                break
        for parameter in trained:
            parameter.data += 100  # what was kept as a reference goes along
            parameter.data = parameter.data + 900
        yield stop, (stopping, trained)


def places(symbol, inputs):
    return {}
