"""A stub is the library's source without the bodies to write."""

import ast

import pytest

from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.stubs import functions_of, stub, with_bodies

RELU = load("relu")


def test_signature_docstring_and_imports_stay():
    text = stub(RELU)
    assert "from mlpedu.layers.layer import Layer" in text
    assert "Elementwise y = max(0, x)" in text
    assert "def backward(self, grad_output):" in text


def test_the_body_goes():
    body = functions_of(stub(RELU))["ReLU.forward"].body
    assert [ast.unparse(line) for line in body] == [
        "raise NotImplementedError('relu: ReLU.forward is not written yet')"
    ]


def test_other_bodies_take_its_place_and_the_rest_stays():
    text = with_bodies(RELU, {"ReLU.backward": "a = 1\nreturn a"})
    assert "        a = 1\n        return a\n" in text
    assert "return np.maximum(x, 0)" in text
    assert "grad_output * active" not in text


def test_without_other_bodies_it_is_the_library():
    assert with_bodies(RELU, {}) == RELU.source


def test_lines_for_the_top_stand_behind_the_imports():
    tree = ast.parse(with_bodies(RELU, {"": "HALF = 0.5"}))
    kinds = [type(node).__name__ for node in tree.body]
    assert kinds == ["Expr", "Import", "ImportFrom", "Assign", "ClassDef"]


def test_a_docstring_of_a_method_stays():
    text = stub(load("sgd"))
    assert "Change every parameter in place by its present gradient." in text
    assert "v *= self.momentum" not in text


@pytest.mark.parametrize("name", ORDER)
def test_every_stub_is_python_and_tells_its_task(name):
    exercise = load(name)
    text = stub(exercise)
    ast.parse(text)
    assert text.startswith(f"# Exercise {exercise.number}, {name}.")
