"""A loss of scores and one-hot targets, and its gradient."""

import numpy as np

from mlpedu.classroom.protocols import FLOAT32, LARGE, Case, H, cast, rows_and_columns

RESULTS = {"L": ("forward", "what forward returns"), "dL/dZ": ("gradient", "what backward returns")}
MARGIN = 1.5  # of the hinge loss: scores keep away from its kinks


def probe(rng):
    def inputs(n, c):
        targets = np.eye(c)[rng.permutation(np.arange(n) % c)]
        scores = 1.5 * rng.standard_normal((n, c))
        while (
            near := (abs(_missing(scores, targets)) < 0.05).any(axis=1)
        ).any():  # off the kinks of the hinge
            scores[near] = 1.5 * rng.standard_normal((near.sum(), c))
        return {"Z": scores, "T": targets, "V": rng.standard_normal((n, c))}

    first, second = inputs(7, 3), inputs(4, 6)
    second["Z"], second["T"] = np.asfortranarray(second["Z"]), np.asfortranarray(second["T"])
    z, t = first["Z"], first["T"]
    up_and_down = np.where(np.arange(7) % 2, -900, 900)[:, None]
    return [
        Case("7 x 3", first),
        Case("4 x 6", second),
        Case(FLOAT32, cast({"Z": z, "T": t}, np.float32)),
        Case(LARGE + "high", {"Z": z + 900, "T": t}),
        Case(LARGE + "rows apart", {"Z": z + up_and_down, "T": t}),
        Case(LARGE + "very wrong", {"Z": z - 900 * t, "T": t}),
    ]


def _missing(scores, targets):
    """By how much each wrong class is too near; the right class is far from any kink."""
    return MARGIN + scores - (scores * targets).sum(axis=1, keepdims=True)


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
