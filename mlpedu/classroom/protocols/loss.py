"""A loss of scores and one-hot targets, and its gradient."""

import numpy as np

from mlpedu.classroom.agreement import same
from mlpedu.classroom.protocols import FLOAT32, LARGE, SHIFTED, Case, H, cast, rows_and_columns

RESULTS = {"L": ("forward", "what forward returns"), "dL/dZ": ("gradient", "what backward returns")}
MARGIN = 1.5  # of the hinge loss: scores keep away from its kinks


def probe(rng):
    first, second = _inputs(rng, 7, 3), _inputs(rng, 4, 6)
    second["Z"], second["T"] = np.asfortranarray(second["Z"]), np.asfortranarray(second["T"])
    z, t = first["Z"], first["T"]
    up_and_down = np.where(np.arange(7) % 2, -900, 900)[:, None]
    return [
        Case("7 x 3", first),
        Case("4 x 6", second),
        Case(FLOAT32, cast({"Z": z, "T": t}, np.float32)),
        Case(SHIFTED + "up", {"Z": z + 900, "T": t}),
        Case(SHIFTED + "down", {"Z": z - 900, "T": t}),
        Case(SHIFTED + "apart", {"Z": z + up_and_down, "T": t}),
        Case(LARGE + "very wrong", {"Z": z - 900 * t, "T": t}),
    ]


def _inputs(rng, n, c):
    """Scores that tell the mistakes apart.

    They keep away from the kinks of the hinge; several classes are too near in row 0, one in row 1, none in
    row 2, and so on; right scores are positive and negative by turns; no probability is tiny.
    """
    targets = np.eye(c)[rng.permutation(np.arange(n) % c)]
    right = (rng.uniform(0.2, 1, n) * (-1) ** np.arange(n))[:, np.newaxis]
    count = np.resize([rng.integers(2, c), 1, 0], n)[:, np.newaxis]
    rank = (rng.random((n, c)) + targets).argsort(axis=1).argsort(axis=1)  # the right class comes last
    missing = np.where(rank < count, rng.uniform(0.1, 3, (n, c)), rng.uniform(-1.5, -0.1, (n, c)))
    scores = np.where(targets, right, right - MARGIN + missing)
    return {"Z": scores, "T": targets, "V": rng.standard_normal((n, c))}


def run(objects, Z, T, V=None, Delta=None):
    (loss_class,) = objects
    kept, targets = Z.copy(), T.copy()
    loss = loss_class() if Delta is None else loss_class(float(Delta))
    yield "L", loss.forward(Z, T)
    yield "dL/dZ", loss.backward()
    if V is not None:
        yield "L again", loss.forward(kept[1:], targets[1:])
        yield "dL/dZ again", loss.backward()
        yield "L above", loss.forward(kept + H * V, targets)
        yield "L below", loss.forward(kept - H * V, targets)


def places(symbol, inputs):
    T = inputs["T"]
    columns = {"in the column of the right class": T == 1, "in the columns of the wrong classes": T == 0}
    return (columns | rows_and_columns(T.shape)) if symbol == "dL/dZ" else {}


def no_scalar(inputs, expected, got):
    """Whether the loss still has axes, and the gradient is that of its mean or of its sum."""
    right = expected["dL/dZ"]
    gradient = got.get("dL/dZ", right)
    if np.ndim(got.get("L", 0)) == 0 or gradient.shape != right.shape:
        return False
    return any(same(gradient, factor * right) for factor in (1, len(right)))
