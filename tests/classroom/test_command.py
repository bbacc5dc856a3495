"""The command `mlpedu`: exit codes, what it prints, and that bad input ends in a sentence."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

import mlpedu as library
from mlpedu.classroom import checking, command, selftest
from mlpedu.classroom.exercises import load

WRONG = {"ReLU.backward": "return grad_output * (grad_output > 0)"}


@pytest.fixture
def checks(monkeypatch):
    """The names of the exercises that are checked, as they are."""
    names = []
    original = checking.check_file

    def check_file(name, files, seed, accept):
        names.append(name)
        return original("relu", {"relu": files[name]}, seed)._replace(exercise=name)

    monkeypatch.setattr(checking, "check_file", check_file)
    return names


def test_start_says_what_it_made_and_what_is_next(few, mlpedu, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = mlpedu("start")
    assert done.code == 0
    assert done.out.startswith("Made 3 exercises in mlpedu-exercises.\nNext: cd mlpedu-exercises\n")
    again = mlpedu("start")
    assert (again.code, again.out) == (2, "")
    assert again.err.startswith("mlpedu: mlpedu-exercises holds README.md, 01_relu.py, 02_twin.py and 1 more")


def test_check_passes_only_if_all_that_were_named_pass(place, write, checks, mlpedu):
    write("relu")
    write("twin", WRONG)
    assert mlpedu("check", "relu").code == 0
    done = mlpedu("check", "02_twin.py", "--seed", 5)
    assert done.code == 1
    assert done.out.splitlines()[0] == "02_twin.py: not right yet"
    assert done.out.splitlines()[-1] == "  The same case again: mlpedu check twin --seed 5"
    both = mlpedu("check", "twin", "relu")
    assert both.code == 1
    assert both.out.splitlines()[0] == "01_relu.py: right"
    assert both.out.splitlines()[-1] == "Of 2 exercises: 1 right, 1 not right yet."
    assert checks[:2] + sorted(checks[2:]) == ["relu", "twin", "relu", "twin"]  # two at a time


def test_an_untouched_folder_is_not_attempted(place, checks, mlpedu):
    done = mlpedu("check")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "Of 3 exercises: 3 not attempted yet."
    assert "wrong" not in done.out
    assert "right" not in done.out.replace("aren't right yet: relu, twin", "")


def test_the_same_seed_gives_the_same_message(place, write, mlpedu):
    write("relu", {"ReLU.backward": "return np.random.default_rng(0).random(grad_output.shape)"})
    assert mlpedu("check", "relu", "--seed", 3).out == mlpedu("check", "relu", "--seed", 3).out


def test_json_goes_alone_to_the_output(place, write, mlpedu):
    write("relu", {"ReLU.forward": "print('here')\nreturn None"})
    done = mlpedu("check", "relu", "--json", "--seed", 2)
    (record,) = json.loads(done.out)
    assert done.code == 1
    assert (record["exercise"], record["status"], record["seed"]) == ("relu", "failed", 2)
    assert record["printed"].startswith("here\n")


def test_a_missing_file_is_told(place, mlpedu):
    place.file("relu").unlink()
    done = mlpedu("check", "relu")
    assert done.code == 1
    assert "01_relu.py isn't in this folder, or can't be read. A fresh one: mlpedu reset relu" in done.out
    assert json.loads(mlpedu("check", "relu", "--json").out)[0]["seed"] is None
    assert mlpedu("reset", "relu").out == "01_relu.py is there again.\n"


def test_parts_that_are_needed_come_first(place, write, checks, mlpedu):
    for name in ("relu", "twin", "both"):
        write(name)
    write("twin", WRONG)
    done = mlpedu("check", "both")
    assert done.code == 1
    assert "It uses your own parts, and these aren't right yet: twin. Finish them first." in done.out
    assert sorted(checks) == ["relu", "twin"]
    write("twin")
    assert mlpedu("check", "both").code == 0
    assert checks[2:] == ["twin", "both"], "relu is known to be right"
    assert mlpedu("check", "both").code == 0
    assert checks[4:] == ["both"]


def test_a_stub_that_waits_for_its_parts_is_not_attempted(place, checks, mlpedu):
    assert json.loads(mlpedu("check", "both", "--json").out)[0]["status"] == "not attempted"


def test_exercises_are_checked_two_at_a_time_and_told_in_order(place, write, monkeypatch, mlpedu):
    together = threading.Barrier(2, timeout=10)

    def check_file(name, files, seed, accept):
        if name != "both":
            together.wait()
        time.sleep(0.2 if name == "relu" else 0)
        return checking.Report(name, 1, [])

    monkeypatch.setattr(checking, "check_file", check_file)
    for name in ("relu", "twin", "both"):
        write(name)
    done = mlpedu("check")
    assert done.code == 0
    assert [line.split(":")[0] for line in done.out.splitlines()[:3]] == [
        "01_relu.py",
        "02_twin.py",
        "03_both.py",
    ]


def test_hints_name_the_page_and_start_again(place, mlpedu, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "__file__", str(tmp_path / "mlpedu" / "__init__.py"))
    first, second, third, fourth = (mlpedu("hint", "relu").out for _ in range(4))
    assert load("relu").hints[0] in first
    assert "To read about it: the page layers/relu of the book" in second
    assert "The next call starts again with the first." in third
    assert fourth == first
    page = tmp_path / "docs" / "_build" / "html" / "layers" / "relu.html"
    page.parent.mkdir(parents=True)
    page.write_text("")
    assert str(page) in mlpedu("hint", "relu").out


def test_status_says_what_is_next(place, write, checks, mlpedu):
    assert mlpedu("status").out.splitlines() == [
        "01_relu.py  not attempted",
        "02_twin.py  not attempted",
        "03_both.py  not attempted",
        "",
        "0 of 3 done.",
        "Next: open 01_relu.py, read the page layers/relu, then: mlpedu check relu",
    ]
    write("relu", WRONG)
    assert mlpedu("status").out.splitlines()[0] == "01_relu.py  not checked yet"
    mlpedu("check", "relu")
    assert mlpedu("status").out.splitlines()[0] == "01_relu.py  failing"
    assert "Next: mlpedu check relu, or mlpedu hint relu" in mlpedu("status").out
    for name in ("relu", "twin", "both"):
        write(name)
    assert mlpedu("status").out.splitlines()[0] == "01_relu.py  changed since the last check"
    mlpedu("check")
    assert mlpedu("status").out.splitlines()[-2:] == [
        "3 of 3 done.",
        "To hand it in: mlpedu pack",
    ]


def test_reset_says_where_the_old_file_is(place, write, mlpedu):
    assert mlpedu("reset", "relu").out == "01_relu.py is fresh already: nothing to do.\n"
    write("relu")
    assert "Your old one is kept as 01_relu.old-1.py." in mlpedu("reset", "relu").out


def test_pack_says_what_is_in_it_and_what_is_not_done(place, write, checks, mlpedu):
    write("relu")
    mlpedu("check", "relu")
    shown = mlpedu("pack").out.splitlines()
    assert shown[0] == f"Packed 3 files into {Path('hand-in-1.zip').resolve()}:"
    assert shown[1:] == [
        "  01_relu.py",
        "  02_twin.py",
        "  03_both.py",
        "Not done, by the last checks: twin, both.",
    ]
    assert zipfile.ZipFile("hand-in-1.zip").namelist() == ["01_relu.py", "02_twin.py", "03_both.py"]


def test_the_folder_can_be_named(place, write, mlpedu, tmp_path, monkeypatch):
    write("relu")
    monkeypatch.chdir(tmp_path)
    assert mlpedu("check", "relu", "--folder", "work").code == 0
    assert mlpedu("check", "work/01_relu.py", "--folder", "work").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "usage: mlpedu"),
        (("probe",), "invalid choice: 'probe'"),
        (("check", "rleu"), "rleu is no exercise. There are relu, twin, both"),
        (("check", "--seed", "-1"), "expected a whole number, 0 or larger; got '-1'"),
        (("check", "--seed", "one"), "expected a whole number, 0 or larger; got 'one'"),
        (("check", "--folder", "nowhere"), "nowhere is no folder"),
        (("hint",), "required: NAME"),
        (("hint", "relu", "twin"), "unrecognized arguments: twin"),
        (("start", "README.md"), "README.md is a file, not a folder"),
        (("start", "."), "start overwrites nothing"),
        (("start", "README.md/x"), "README.md"),
    ],
)
def test_misuse_ends_in_a_sentence(place, mlpedu, arguments, message):
    done = mlpedu(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", ["check", "watch", "hint relu", "status", "reset relu", "pack"])
def test_every_command_asks_for_an_exercise_folder(few, mlpedu, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    done = mlpedu(*name.split())
    assert done.code == 2
    assert done.err.startswith(
        "mlpedu: This folder holds no exercises. Go to the folder that mlpedu start has made"
    )
    assert list(tmp_path.iterdir()) == []


def test_watch_checks_what_was_saved_until_it_is_interrupted(place, write, checks, mlpedu, monkeypatch):
    saves = iter([None, "relu", "gone", "both"])

    def sleep(seconds):
        name = next(saves, KeyboardInterrupt)
        if name is KeyboardInterrupt:
            raise name
        if name == "gone":  # an editor that replaces the file
            place.file("twin").unlink()
        elif name:
            write(name, WRONG)

    monkeypatch.setattr(command, "time", SimpleNamespace(sleep=sleep, strftime=time.strftime))
    done = mlpedu("watch")
    assert done.code == 0
    assert done.out.startswith("Watching ")
    assert "01_relu.py: not right yet" in done.out
    assert "02_twin.py" not in done.out
    assert "03_both.py: not right yet" in done.out
    assert done.out.endswith("No longer watching. What is done so far: mlpedu status\n")
    assert place.state("relu") == "failing"


def test_an_interrupted_check_ends_politely(place, mlpedu, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command.messages, "about", interrupted)
    done = mlpedu("check", "relu")
    assert (done.code, done.err) == (130, "mlpedu: interrupted\n")


def test_a_disk_error_is_told_without_a_traceback(place, mlpedu, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "hand-in-1.zip")

    monkeypatch.setattr(command.Folder, "pack", full)
    done = mlpedu("pack")
    assert done.code == 2
    assert done.err.startswith("mlpedu: hand-in-1.zip: No space left on device. Look whether")


def test_a_narrow_encoding_of_the_output_is_no_error(tmp_path):
    program = "from mlpedu.classroom.messages import *; from mlpedu.classroom.command import main\n"
    program += "try: main(['--help'])\nexcept SystemExit: pass\nshow(Line('∂L/∂X'))"
    environment = os.environ | {
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": str(Path(library.__file__).parents[1]),
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.endswith(b"?L/?X" + os.linesep.encode())


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes of POSIX")
def test_a_reader_that_stops_reading_is_no_error():
    program = "import sys; from mlpedu.classroom import command\n"
    program += "def _status(_):\n    for i in range(10**5): print(i)\n"
    program += "command._status = _status\nsys.exit(command.main(['status']))"
    environment = os.environ | {"PYTHONPATH": str(Path(library.__file__).parents[1])}
    writer = subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with writer:
        writer.stdout.readline()
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 1


def test_errors_that_cancel_are_told_beside_the_reports(place, checks, mlpedu, monkeypatch):
    monkeypatch.setattr(checking, "cancelling", lambda reports: [f"Of {len(reports)}, two cancel."])
    assert "\nOf 3, two cancel.\n\nOf 3 exercises:" in mlpedu("check").out
    assert "cancel" not in mlpedu("check", "relu").out


def test_selftest_counts_and_says_what_failed(mlpedu, monkeypatch):
    done = mlpedu("selftest", "relu", "--seeds", 1)
    assert done.code == 0
    assert done.out.startswith("relu: ")
    assert done.out.endswith("right implementations accepted\n")
    figures = {"wrong": {"named": 4, "implementations": 5}, "right": {"accepted": 2, "implementations": 2}}
    monkeypatch.setattr(selftest, "selftest", lambda *_: (["relu: gate gets no name"], figures))
    done = mlpedu("selftest", "relu")
    assert done.code == 1
    assert done.out.splitlines()[0] == "relu: 4 of 5 mistakes named, 2 of 2 right implementations accepted"
    assert done.out.splitlines()[1] == "  relu: gate gets no name"


def test_python_m_mlpedu_is_the_command():
    environment = os.environ | {"PYTHONPATH": str(Path(library.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "mlpedu"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: mlpedu")
