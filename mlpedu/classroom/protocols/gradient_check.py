"""A gradient check: central differences of functions whose derivative is known, and a judge of gradients.

The judge is asked about planted gradients, right ones and wrong ones: any relative error that tells them
apart will do.
"""

import numpy as np

from mlpedu.classroom.protocols import Case, away_from_zero, rows_and_columns

RESULTS = {
    "Q": ("gradient", "what numerical_gradient returns"),
    "step": ("gradient", "the result of numerical_gradient with its own step"),  # 1 if good
    "x changed": ("robustness", "the array x after numerical_gradient"),
    "error": ("forward", "what relative_error returns"),  # its shape alone
    "right": ("forward", "the judgement of relative_error about right gradients"),  # is it small?
    "wrong": ("forward", "the judgement of relative_error about wrong gradients"),
}
LIMIT = 1e-5  # of a relative error
LARGE_STEP = 0.1  # tells the differences apart that are all good with a small one


def probe(rng):
    def numbers(shape):
        return away_from_zero(rng.uniform(-1, 1, shape), 0.3)

    # Large steps there and back, on any way, move 0.43.
    return [
        Case("3 x 4", {"A": numbers((3, 4)), "x": np.append(0.43, 0.7 * numbers(11)).reshape(3, 4)}),
        Case("5", {"A": numbers(5), "x": np.append(0.43, 0.7 * numbers(4))}),
        Case("planted", {"K": numbers((3, 4)), "noise": rng.uniform(-1e-9, 1e-9, (3, 4))}),
    ]


def run(objects, **inputs):
    numerical_gradient, relative_error = objects
    if "x" in inputs:
        return _of_differences(numerical_gradient, **inputs)
    return _of_errors(relative_error, **inputs)


def _of_differences(numerical_gradient, A, x):
    def f(y):
        return float(100 + np.sin(5 * A * y).sum() * np.cos(y).sum())

    moved = x.copy()
    yield "Q", numerical_gradient(f, moved, LARGE_STEP)
    yield "x changed", int(not np.array_equal(moved, x))
    own = numerical_gradient(f, x.copy())
    yield "Q own", own
    exact = 5 * A * np.cos(5 * A * x) * np.cos(x).sum() - np.sin(5 * A * x).sum() * np.sin(x)
    apart = np.linalg.norm(own - exact) / np.linalg.norm(exact) if np.shape(own) == x.shape else 2
    yield "step", 1 + 1000 * apart if apart > 1e-4 else 1


def _of_errors(relative_error, K, noise):
    exact = (1 + noise) * K
    error = relative_error(K, exact)
    yield "error", error if error is None else np.zeros(np.shape(error))
    # One error after the other: some do better with small gradients, some with large ones.
    yield "right", [_small(relative_error(s * K, s * exact)) for s in (1, -1, 1e-3, 3e-7, 1e8)]
    yield "wrong", [_small(relative_error(planted, s * exact)) for s, planted in _planted(K)]


def _planted(K):
    """Wrong gradients, and how large the right one is."""
    entry, last, half = 0 * K, 0 * K, K.copy()
    entry.flat[1] = last.flat[-1] = 0.5 * abs(K).max()
    half.flat[0] *= -1
    for size in (1, -1, 3e-7, 1e6):
        yield size, -size * K
        yield size, 2 * size * K
        yield size, size * (K + entry)
        yield size, size * (K - last)
        yield size, size * half
        yield size, 0 * K
    yield 1, K + 0.1
    yield 1, K - 0.1
    yield 1, K.reshape(-1)[::-1].reshape(K.shape)


def _small(error):
    """Not so if it isn't a number; the largest of several."""
    return int(np.all(np.asarray(error, float) < LIMIT))


def step_ignored(inputs, expected, got):
    """The result is the same with every step."""
    others = all(np.array_equal(got.get(key), expected[key]) for key in expected if key[0] not in "Qs")
    if "x" not in inputs:
        return others
    same = np.shape(got.get("Q")) == inputs["x"].shape and np.array_equal(got["Q"], got.get("Q own", 0))
    return others and same and np.linalg.norm(got["Q"] - expected["Q"]) < 0.5 * np.linalg.norm(expected["Q"])


def places(symbol, inputs):
    return rows_and_columns(inputs["x"].shape) if symbol == "Q" else {}
