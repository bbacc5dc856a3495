"""What simpler tests miss: the wrong implementations of the catalogue, given to tests that look at less.

The book shows the counts. To write them again: ``python tests/classroom/test_lazy.py``.
"""

import json
from pathlib import Path

import numpy as np

from mlpedu.classroom import agreement
from mlpedu.classroom.diagnosis import CONSISTENT
from mlpedu.classroom.exercises import load
from mlpedu.classroom.perform import perform
from mlpedu.classroom.selftest import Trial

RECORDED = Path(__file__).parents[2] / "docs" / "exercises" / "lazy.json"
EXERCISES = ("linear", "relu", "sigmoid", "tanh", "gelu", "euclidean", "softmax_cross_entropy", "hinge")


def _same(name, array):
    return array


def _rows(count):
    def change(name, array):
        return np.resize(array, (count, array.shape[1])) if name in "XGZTV" else array

    return change


def _ones(name, array):
    return np.ones_like(array) if name == "G" else array


def _positive(name, array):
    return abs(array) if name in "XZ" else _ones(name, array)


def _roughly(got, wanted):
    return np.allclose(got, wanted, rtol=0.01, atol=0.01)


ALL = "forward", "gradient"
TESTS = {  # the change of the inputs, the results that are looked at, when two arrays are taken for equal
    "one example": [_rows(1)],
    "ones from above": [_ones],
    "positive": [_positive],
    "forward only": [_same, ("forward",)],
    "loose": [_rows(100), ("gradient",), _roughly],
}


def missed():
    """How many implementations with wrong values for the first probe each test takes for right."""
    counts, implementations = dict.fromkeys([*TESTS, "own forward"], 0), 0
    for exercise in map(load, EXERCISES):
        right = Trial(exercise, {})
        for form in (form for mistake in exercise.mistakes for form in mistake.forms):
            wrong = Trial(exercise, form.code)
            if not _accepts(wrong, right):
                implementations += 1
                counts["own forward"] += any(CONSISTENT in finding.text for finding in wrong.findings(0))
                for name, test in TESTS.items():
                    counts[name] += _accepts(wrong, right, *test)
    return {"implementations": implementations, "missed": counts}


def _accepts(wrong, right, change=_same, groups=ALL, equal=agreement.same):
    protocol = right.exercise.protocol
    case = protocol.probe(np.random.default_rng(0))[0]
    inputs = {k: change(k, v) if isinstance(v, np.ndarray) else v for k, v in case.inputs.items()}
    inputs.pop("V")  # nothing but the first batch
    got, wanted = (
        perform(protocol, t.objects, [case._replace(inputs=inputs)], "")[0] for t in (wrong, right)
    )
    keys = [f"{case.name}/{symbol}" for symbol, (group, _) in protocol.RESULTS.items() if group in groups]
    return all(np.shape(got.get(k)) == np.shape(wanted[k]) and equal(got[k], wanted[k]) for k in keys)


def test_the_counts_of_the_book_are_those_of_the_catalogue():
    assert json.loads(RECORDED.read_text(encoding="utf-8")) == missed(), (
        "the catalogue has changed: python tests/classroom/test_lazy.py"
    )


def test_every_test_but_the_whole_probe_misses_something():
    assert min(missed()["missed"].values()) > 0


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(missed(), indent=1) + "\n", encoding="utf-8")
