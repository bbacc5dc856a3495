"""What another course does differently passes where it is accepted, and nowhere else."""

import re
from pathlib import Path

import pytest

from mlpedu.classroom.checking import check, check_file
from mlpedu.classroom.diagnosis import diagnose
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.messages import about, text
from mlpedu.classroom.selftest import Trial
from mlpedu.classroom.stubs import objects_with, with_bodies
from mlpedu.classroom.supervision import Answer

SUM, ALL, TWICE = "loss.sum-not-mean", "loss.mean-over-all-entries", "euclidean.factor-2"
AVERAGED, NO_BIASES = "sgd.averaged-momentum", "sgd.biases-not-decayed"
REJECTED_AS = {AVERAGED: "sgd.momentum", NO_BIASES: "sgd.decay"}
CONVENTIONS = [(name, convention) for name in ORDER for convention in load(name).conventions]
CASES = [pytest.param(*case, id=f"{case[0]}-{'-'.join(case[1].ids)}") for case in CONVENTIONS]
KEEP = "self._save_for_backward(scores - targets)\n"
TAKE = "(difference,) = self._saved_arrays\n"


def checked(name, code, accept=(), seed=0):
    return check(name, *objects_with(load(name), code), seed=seed, accept=accept)


def faults(report):
    return [finding for finding in report.findings if finding.kind == "fault"]


def euclidean(forward, backward, accept=(SUM,)):
    code = {"EuclideanLoss.forward": KEEP + forward, "EuclideanLoss.backward": TAKE + backward}
    return checked("euclidean", code, accept)


@pytest.mark.parametrize(("name", "convention"), CASES)
def test_an_accepted_convention_passes_with_its_name_in_the_message(name, convention):
    for seed in range(3):
        report = checked(name, convention.code, convention.ids, seed)
        assert report.passed
        message = text(about(report))
        assert all(f"convention {id}, which your course accepts" in message for id in convention.ids)


@pytest.mark.parametrize(("name", "convention"), CASES)
def test_a_convention_that_is_not_accepted_is_rejected(name, convention):
    for seed in range(3):
        report = checked(name, convention.code, (), seed)
        names = {finding.id for finding in faults(report)}
        assert names
        known = {REJECTED_AS.get(id, id) for id in convention.ids}
        assert names <= known | {None}
        if len(convention.ids) == 1:
            assert names == known


@pytest.mark.parametrize(("name", "convention"), CASES)
def test_another_convention_that_is_accepted_does_not_help(name, convention):
    others = {id for _, other in CONVENTIONS for id in other.ids} - set(convention.ids)
    assert not checked(name, convention.code, others).passed


@pytest.mark.parametrize("name", ORDER)
def test_the_library_passes_without_a_word_whatever_is_accepted(name):
    exercise = load(name)
    accept = {id for _, convention in CONVENTIONS for id in convention.ids}
    parts = [item for part in (name, *exercise.needs) for item in load(part).solution()]
    assert check(name, *parts, seed=0, accept=accept).findings == []


@pytest.mark.parametrize("name", sorted({name for name, _ in CONVENTIONS}))
def test_every_convention_says_what_it_is(name):
    exercise = load(name)
    ids = {id for convention in exercise.conventions for id in convention.ids}
    assert exercise.sayings(ids).keys() == ids
    assert {REJECTED_AS.get(id, id) for id in ids} <= {mistake.id for mistake in exercise.mistakes}
    assert all(c.code.keys() <= {*exercise.cut, ""} for c in exercise.conventions)


SUMMED = "return 0.5 * ((scores - targets) ** 2).sum()"


@pytest.mark.parametrize(
    ("forward", "backward", "group", "words"),
    [  # all of them sum over the batch
        (SUMMED, "return -difference", "gradient", "factor -1:"),
        (SUMMED, "return 2 * difference", "gradient", "factor 2:"),
        (SUMMED, "return difference / len(difference)", "gradient", "factor 1/N:"),
        (SUMMED, "return difference + 1", "gradient", "not right"),
        ("return ((scores - targets) ** 2).sum()", "return difference", "forward", "factor 2:"),
        (
            "scores -= targets\nself._save_for_backward(scores)\nreturn 0.5 * (scores**2).sum()",
            "return difference",
            "robustness",
            "look at the array you were given",
        ),
    ],
)
def test_a_mistake_beside_a_convention_is_found(forward, backward, group, words):
    report = euclidean(forward, backward)
    assert report.status == "failed"
    (fault,) = faults(report)
    assert fault.group == group
    assert words in fault.text


def test_a_forward_by_the_convention_and_a_backward_by_the_library_do_not_pass():
    for accept in ((), (SUM,), (SUM, ALL, TWICE)):
        report = euclidean("return (difference**2).sum()", "return difference / len(difference)", accept)
        assert not report.passed


def test_the_mean_with_the_gradient_of_the_sum_keeps_its_name():
    report = euclidean("return 0.5 * ((scores - targets) ** 2).sum() / len(scores)", "return difference")
    assert [finding.id for finding in report.findings] == ["loss.gradient-missing-1/N"]


def test_a_mistake_in_the_decay_beside_averaged_momentum_is_told_alone():
    (averaged, *_) = load("sgd").conventions
    code = {"SGD.step": averaged.code["SGD.step"].replace("wd * p.data", "wd")}
    assert {finding.symbol for finding in faults(checked("sgd", code, [AVERAGED]))} == {"decay", "both"}
    assert {finding.symbol for finding in faults(checked("sgd", code))} > {"decay", "both"}


@pytest.mark.parametrize(
    "accept",
    [(), (SUM,), (ALL,), (AVERAGED,), (SUM, AVERAGED), (ALL, AVERAGED, NO_BIASES)],
    ids=lambda accept: "-".join(accept) or "none",
)
def test_a_network_of_parts_by_a_convention_trains(accept):
    exercise = load("train")
    parts = exercise.solution()
    for part in map(load, exercise.needs):
        followed = max(part.accepted(accept), key=lambda convention: len(convention.ids), default=None)
        parts += objects_with(part, followed.code) if followed else part.solution()
    for seed in range(3):
        assert check("train", *parts, seed=seed, accept=accept).passed
        if SUM in accept and AVERAGED not in accept:  # its steps are far too long
            assert not check("train", *parts, seed=seed).passed


@pytest.mark.parametrize("name", sorted({name for name, _ in CONVENTIONS}))
def test_no_other_mistake_passes_or_is_misnamed_when_all_conventions_are_accepted(name):
    exercise = load(name)
    accept = {id for convention in exercise.conventions for id in convention.ids}
    passing = {REJECTED_AS.get(id, id) for id in accept}
    wrong = [
        (form.code, {mistake.id}) for mistake in exercise.mistakes for form in mistake.forms if form.code
    ]
    for code, ids in wrong + [(code, set(code.get("ids", ()))) for code in exercise.outside.values()]:
        trial = Trial(exercise, code)
        trial.findings(seed=0)
        found = diagnose(exercise, trial.cases, Answer(*trial.got), trial.expected, accept)
        names = {finding.id for finding in found if finding.kind == "fault"}
        followed = {REJECTED_AS.get(finding.id, finding.id) for finding in found if finding.kind == "remark"}
        assert names <= ids | {None}, code
        assert names or followed - {None} <= passing, code
        assert names or followed & (ids or passing), code


def test_in_a_process_of_its_own(tmp_path):
    exercise = load("hinge")
    file = tmp_path / exercise.file
    file.write_text(with_bodies(exercise, exercise.conventions[0].code), "utf-8")
    report = check_file("hinge", {"hinge": file}, 1, [SUM])
    assert report.passed
    assert [finding.id for finding in report.findings if finding.id] == [SUM]
    assert not check_file("hinge", {"hinge": file}, 1).passed


def test_the_page_lists_all_conventions_with_their_exercises():
    page = (Path(__file__).parents[2] / "docs" / "exercises" / "teaching.md").read_text("utf-8")
    table = page.partition("## Conventions")[2].partition("\n## ")[0]
    rows = [re.findall(r"`([\w.-]+)`", row) for row in re.findall(r"^\| (`.*?\|.*?)\|", table, re.M)]
    named = {}
    for name, convention in CONVENTIONS:
        for id in convention.ids:
            named.setdefault(id, []).append(name)
    assert {id: names for id, *names in rows} == {
        id: list(dict.fromkeys(names)) for id, names in named.items()
    }
