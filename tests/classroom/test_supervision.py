"""A student's code can loop, print, exit or eat memory: the check answers in time and says so."""

import subprocess
import sys
import time

import numpy as np
import pytest

from mlpedu.classroom import supervision
from mlpedu.classroom.exercises import load
from mlpedu.classroom.stubs import with_bodies

RELU = load("relu")
CASES = RELU.protocol.probe(np.random.default_rng(0))


@pytest.fixture
def answer(tmp_path):
    """What the worker answers for a file's text."""

    def ask(text, **limits):
        file = tmp_path / RELU.file
        file.write_text(text, encoding="utf-8")
        return supervision.ask(RELU.protocol, {file: RELU.objects}, CASES, **limits)

    return ask


def backward(body):
    return with_bodies(RELU, {"ReLU.backward": body})


def test_arrays_come_back(answer):
    got = answer(RELU.source)
    assert got.failure is got.loaded is None
    x = CASES[0].inputs["X"]
    np.testing.assert_array_equal(got.arrays[f"{CASES[0].name}/Y"], np.maximum(x, 0))


def test_an_endless_loop_is_stopped_and_its_line_told(answer):
    text = backward("while True:\n    pass")
    started = time.perf_counter()
    got = answer(text, seconds=1)
    assert (got.failure, got.seconds) == ("time", 1)
    assert text.splitlines()[got.line - 1].strip() in ("while True:", "pass")
    assert time.perf_counter() - started < 1 + 2


def test_a_loop_that_catches_everything_is_stopped(answer):
    inner = "    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    assert answer(backward(f"while True:\n{inner}"), seconds=1).failure == "time"


def test_what_the_student_prints_comes_back_and_spoils_nothing(answer):
    body = "print('here', grad_output.shape)\nreturn grad_output * self._saved_arrays[0]"
    got = answer(backward(body))
    assert got.failure is None
    assert "here (7, 5)" in got.printed


def test_a_flood_of_output_is_cut(answer):
    got = answer(backward("while True:\n    print('x' * 1000)"))
    assert got.failure == "output"
    assert len(got.printed) <= supervision.PRINTED


@pytest.mark.parametrize("body", ["import os; os._exit(0)", "raise SystemExit(0)", "raise KeyboardInterrupt"])
def test_an_exit_without_an_answer_is_a_failure(answer, body):
    assert answer(backward(body)).failure == "exit"


def test_an_endless_recursion_is_told_in_a_few_lines(answer):
    got = answer(backward("return self.backward(grad_output)"))
    raised = got.notes[CASES[0].name]["raised"]
    assert raised["type"] == "RecursionError"
    assert len(raised["lines"]) == 10


def test_an_exit_while_loading_is_told(answer):
    assert answer("import sys\nsys.exit(0)\n").loaded["type"] == "SystemExit"


def test_bytes_among_the_results_are_a_failure(answer):
    write = "    try:\n        os.write(n, b'forged')\n    except OSError:\n        pass"
    assert answer(backward(f"import os\nfor n in range(3, 20):\n{write}")).failure == "exit"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_memory_is_bounded(answer):
    got = answer(backward("return np.ones(10**10)"))
    assert got.notes[CASES[0].name]["raised"]["type"] == "MemoryError"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")
def test_no_child_of_the_student_lives_on(answer, tmp_path):
    child = "[sys.executable, '-c', 'import time; time.sleep(60)', 'leftover']"
    answer(backward(f"import subprocess, sys\nsubprocess.Popen({child})"))
    assert "leftover" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    "line",
    [
        "from mlpedu import ReLU",
        "from mlpedu.layers import ReLU",
        "from mlpedu.layers.relu import ReLU",
        "import mlpedu",
        "import mlpedu.layers.relu as theirs",
        "import torch",
        "from jax import numpy",
        "from autograd import grad",
        "import tensorflow as tf",
    ],
)
def test_the_solution_may_not_be_imported(answer, line):
    error = answer(f"import numpy as np\n{line}\n").loaded
    assert error["type"] == "ImportError"
    assert error["text"].startswith("line 2 imports ")


@pytest.mark.parametrize(
    "line",
    [
        "import importlib; ReLU = importlib.import_module('mlpedu.layers.relu').ReLU",
        "import sys; ReLU = sys.modules['mlpedu'].ReLU",
        "import sys; ReLU = sys.modules['mlpedu.layers'].ReLU",
        "ReLU = __import__('mlpedu').ReLU",
    ],
)
def test_a_way_round_doesnt_find_it_either(answer, line):
    assert answer(line + "\n").loaded["type"] in ("ModuleNotFoundError", "AttributeError")


@pytest.mark.parametrize(
    "line",
    [
        "from mlpedu import Layer",
        "from mlpedu import Layer, Loss, Parameter",
        "from mlpedu.layers.layer import Layer",
        "from mlpedu.initializers import xavier_normal",
    ],
)
def test_contracts_may_be_imported(answer, line):
    assert answer(f"{line}\nclass ReLU: pass\n").loaded is None


def test_a_missing_class_is_told(answer):
    assert answer("class Relu: pass\n").loaded["text"].startswith("02_relu.py defines no ReLU")


def test_a_file_beside_it_cannot_shadow_numpy(answer, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('shadowed')")
    monkeypatch.chdir(tmp_path)
    assert answer(RELU.source).failure is None
