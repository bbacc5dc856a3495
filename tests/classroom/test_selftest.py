"""The catalogue: every wrong implementation is rejected under its own name, every right one accepted."""

import dataclasses

import pytest

from mlpedu.classroom import selftest as module
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.selftest import selftest

SEEDS = 20


@pytest.fixture(scope="module")
def results():
    return {name: selftest(SEEDS, [name]) for name in ORDER}


@pytest.mark.parametrize("name", ORDER)
def test_an_exercise(results, name):
    failures, _ = results[name]
    assert failures == []


def total(results, kind):
    return {
        key: sum(figures[kind][key] for _, figures in results.values()) for key in results["relu"][1][kind]
    }


def test_the_catalogue_is_large_enough(results):
    wrong, outside, right = (total(results, kind) for kind in ("wrong", "outside", "right"))
    assert wrong["implementations"] >= 80
    assert wrong["rejected"] == wrong["implementations"]
    assert wrong["named"] >= 0.95 * wrong["implementations"]
    assert outside["implementations"] >= 15
    assert outside["rejected"] == outside["implementations"]
    assert right["implementations"] - len(ORDER) >= 30
    assert wrong["misnamed"] == outside["misnamed"] == 0
    assert all(figures["exercises"][name]["wrong"] >= 4 for name, (_, figures) in results.items())


def test_the_tolerance_lies_between_right_and_wrong(results):
    assert max(figures["right"]["largest_error"] for _, figures in results.values()) < 1e-5
    assert min(figures["smallest_mistake"] for _, figures in results.values()) > 1e-4


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"hints": ("one",)}, "it has 1 hints, not three"),
        ({"cut": ("ReLU.forward",)}, "an untouched stub is"),
        ({"right": {"not so": {"ReLU.backward": "return grad_output"}}}, "not so, seed 0"),
        ({"outside": {"none": {}}}, "none isn't rejected"),
        (
            {"outside": {"gate": {"ReLU.backward": "return grad_output * (grad_output > 0)"}}},
            "gets the name relu.gate-wrong",
        ),
    ],
)
def test_a_fault_of_the_exercise_set_is_found(monkeypatch, change, failure):
    broken = dataclasses.replace(load("relu"), **change)
    monkeypatch.setattr(module, "load", lambda name: broken)
    failures, _ = selftest(1, ["relu"])
    assert any(failure in sentence for sentence in failures), failures
