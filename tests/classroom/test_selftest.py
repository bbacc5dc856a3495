"""The catalogue: every wrong implementation is rejected under its own name, every right one accepted."""

import dataclasses

import pytest

from mlpedu.classroom import selftest as module
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.perform import perform
from mlpedu.classroom.protocols import questions
from mlpedu.classroom.selftest import selftest

SEEDS, RIGHT_SEEDS = 2, 20  # make audit takes 1,000 for the right ones
GATE = "return grad_output * (grad_output > 0)"


@pytest.fixture(scope="module")
def results():
    return {name: selftest(SEEDS, [name], RIGHT_SEEDS) for name in ORDER}


@pytest.mark.parametrize("name", ORDER)
def test_an_exercise(results, name):
    failures, _ = results[name]
    assert failures == []


def total(results, kind):
    keys = results["relu"][1][kind]
    return {key: sum(figures[kind][key] for _, figures in results.values()) for key in keys}


def test_the_catalogue_is_large_enough(results):
    wrong, outside, right = (total(results, kind) for kind in ("wrong", "outside", "right"))
    assert wrong["implementations"] >= 80
    assert outside["implementations"] >= 15
    assert right["implementations"] - len(ORDER) >= 30
    assert all(figures["exercises"][name]["wrong"] >= 4 for name, (_, figures) in results.items())


def test_the_librarys_own_network_reads_more_digits_than_are_asked_for():
    exercise, shares = load("train"), []
    parts = [item for name in ("train", *exercise.needs) for item in load(name).solution()]
    for seed in range(5):
        (case,) = (case for case in questions(exercise.protocol, seed) if case.hidden)
        arrays, _ = perform(exercise.protocol, parts, [case], file="")
        answers = arrays[f"{case.name}/scores"].argmax(axis=1)
        shares.append((answers == case.hidden["labels"]).mean())
    assert min(shares) > exercise.protocol.ACCURACY + 0.02


def test_all_wrong_ones_are_rejected_and_none_is_misnamed(results):
    for kind in ("wrong", "outside"):
        count = total(results, kind)
        assert count["rejected"] == count["implementations"]
        assert count["misnamed"] == 0


def test_nearly_all_of_the_catalogue_are_named(results):
    wrong = total(results, "wrong")
    assert wrong["named"] >= 0.95 * wrong["implementations"]


def test_the_tolerance_lies_between_right_and_wrong(results):
    assert max(figures["right"]["largest_error"] for _, figures in results.values()) < 5e-6
    assert min(figures["smallest_mistake"] for _, figures in results.values()) > 5e-5


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"hints": ("one",)}, "it has 1 hints, not three"),
        ({"right": {"not so": {"ReLU.backward": "return grad_output"}}}, "not so, seed 0"),
        ({"outside": {"none": {}}}, "none isn't rejected"),
        ({"outside": {"gate": {"ReLU.backward": GATE}}}, "gate gets the name relu.gate-wrong"),
        ({"mistakes": load("tanh").mistakes}, "gets no name"),
    ],
)
def test_a_fault_of_the_exercise_set_is_found(monkeypatch, change, failure):
    if "mistakes" in change:  # their formulas are those of another layer
        gate = dataclasses.replace(change["mistakes"][0].forms[0], code={"ReLU.backward": GATE})
        change = {"mistakes": (dataclasses.replace(change["mistakes"][0], forms=(gate,)),)}
    broken = dataclasses.replace(load("relu"), **change)
    monkeypatch.setattr(module, "load", lambda name: broken)
    failures, _ = selftest(1, ["relu"])
    assert any(failure in sentence for sentence in failures), failures


def test_a_stub_that_gives_its_solution_away_is_found(monkeypatch):
    monkeypatch.setattr(module, "stub", lambda exercise: load("relu").source)
    failures, _ = selftest(1, ["relu"])
    assert any("the stub holds a statement of its solution" in sentence for sentence in failures)
