"""A check of a file and of objects, and two errors that cancel."""

import pytest

from mlpedu import Layer
from mlpedu.classroom import check
from mlpedu.classroom.checking import Report, cancelling, check_file
from mlpedu.classroom.diagnosis import Finding
from mlpedu.classroom.exercises import load
from mlpedu.classroom.stubs import stub, with_bodies


class ReLU(Layer):
    def forward(self, x):
        self.x = x
        return x * (x > 0)

    def backward(self, grad_output):
        return grad_output * (grad_output > 0)


def report(exercise, factor, id=None):
    return Report(exercise, 1, [Finding("gradient", "Look.", id, factor=factor)])


def test_objects_of_a_notebook():
    found = check("relu", ReLU, seed=3)
    assert (found.status, found.seed) == ("failed", 3)
    assert found.findings[0].id == "relu.gate-wrong"


def test_an_unknown_exercise_is_refused_with_all_names():
    with pytest.raises(ValueError, match=r"expected one of linear, relu, .*got 'rellu'"):
        check("rellu", ReLU)


def test_a_missing_object_is_refused():
    with pytest.raises(ValueError, match="expected ReLU; missing: ReLU"):
        check("relu", Layer)


def test_the_same_seed_gives_the_same_report():
    assert check("relu", ReLU, seed=5) == check("relu", ReLU, seed=5)


@pytest.mark.parametrize(
    ("text", "status"), [("source", "passed"), ("stub", "not attempted"), ("wrong", "failed")]
)
def test_a_file(tmp_path, text, status):
    relu = load("relu")
    wrong = with_bodies(relu, {"ReLU.backward": "return grad_output"})
    file = tmp_path / relu.file
    file.write_text({"source": relu.source, "stub": stub(relu), "wrong": wrong}[text], encoding="utf-8")
    assert check_file("relu", {"relu": file}).status == status


def test_a_missing_mean_and_an_extra_mean_cancel():
    (sentence,) = cancelling([report("linear", "1/N"), report("euclidean", "N"), report("relu", "2")])
    assert sentence.startswith("linear is off by the factor 1/N and euclidean by N. Together they cancel")


def test_two_signs_cancel():
    (sentence,) = cancelling([report("hinge", "-1"), report("sgd", "-1", "sgd.momentum")])
    assert "hinge is off by the factor -1 and sgd by -1" in sentence


def test_minus_n_and_minus_one_over_n_cancel():
    assert len(cancelling([report("euclidean", "-N"), report("linear", "-1/N")])) == 1


def test_two_losses_of_two_networks_dont():
    assert cancelling([report("euclidean", "-1"), report("hinge", "-1")]) == []
    assert cancelling([report("euclidean", "N"), report("linear", "-1/N")]) == []
