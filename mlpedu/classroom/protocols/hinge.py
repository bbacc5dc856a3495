"""The hinge loss: a loss with a margin."""

from mlpedu.classroom.protocols import loss
from mlpedu.classroom.protocols.loss import MARGIN, RESULTS, no_scalar, places, run  # noqa: F401


def probe(rng):
    return [case._replace(inputs=case.inputs | {"Delta": MARGIN}) for case in loss.probe(rng)]
