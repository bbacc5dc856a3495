"""The folder to hand out, and the file in it that says what is asked."""

import re
import shlex
from pathlib import Path

import pytest

from mlpedu.classroom import command as command_line
from mlpedu.classroom.assignment import FILE, GROUPS, Assignment, UsageError, default
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.stubs import stub, with_bodies

SUM = "loss.sum-not-mean"
ONE = {"forward": 1, "gradient": 1, "robustness": 1}


@pytest.fixture
def toml(tmp_path):
    """Write an assignment."""

    def write(text):
        path = tmp_path / FILE
        path.write_text(text, "utf-8")
        return path

    return write


def test_what_is_written_is_read_again(toml):
    points = {"relu": {"forward": 1, "gradient": 2.5, "robustness": 0}, "hinge": ONE}
    for assignment in (default(), default(["hinge", "relu"]), Assignment(("relu", "hinge"), points, (SUM,))):
        assert Assignment.read(toml(assignment.text())) == assignment


def test_the_default_is_one_point_a_group_that_the_exercise_has():
    assert default().exercises == ORDER
    assert default().accept == ()
    assert default(["sgd", "relu"]) == Assignment(("relu", "sgd"), {"relu": ONE, "sgd": ONE})
    assert default().points["early_stopping"]["gradient"] == 0
    for name in ORDER:
        assert [*default().points[name]] == list(GROUPS)


def test_what_the_file_leaves_out_is_one_point(toml):
    path = toml('exercises = ["sgd", "relu"]\n[points.relu]\ngradient = 3\n')
    assert Assignment.read(path).points == {"relu": ONE | {"gradient": 3}, "sgd": ONE}


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("", "exercises", 'got nothing. To mend it, write exercises = ["linear", "relu"]'),
        ("exercises = []", "exercises", "at least one name"),
        ("exercises = 3", "exercises", "a list of names; got 3"),
        ("exercises = [3]", "exercises", "a list of names; got [3]"),
        ('exercises = ["rule"]', "exercises", "one of linear, relu"),
        ('exercises = ["train", "linear"]', "exercises", "got no relu. To mend it, add relu"),
        ('exercises = ["relu"]\naccepts = []', "accepts", "one of exercises, accept, points"),
        ('exercises = ["relu"]\naccept = "loss.sum-not-mean"', "accept", "a list of names"),
        ('exercises = ["relu"]\naccept = ["loss.sum-not-mean"]', "accept", "have no conventions"),
        ('exercises = ["hinge"]\naccept = ["loss.sum"]', "accept", f"{SUM}); got loss.sum"),
        ('exercises = ["sgd"]\naccept = ["sgd.momentum"]', "accept", "(sgd.averaged-momentum, sgd.bias"),
        ('exercises = ["relu"]\npoints = 3', "points", "a table"),
        ('exercises = ["relu"]\npoints.relu = 3', "points.relu", "a table; got 3"),
        ('exercises = ["relu"]\npoints.hinge.forward = 3', "points.hinge", "of this assignment"),
        ('exercises = ["relu"]\npoints.relu.forwards = 3', "points.relu.forwards", "one of forward"),
        ('exercises = ["relu"]\npoints.relu.forward = -1', "points.relu.forward", "0 or larger; got -1"),
        ('exercises = ["relu"]\npoints.relu.forward = nan', "points.relu.forward", "0 or larger; got nan"),
        ('exercises = ["relu"]\npoints.relu.forward = true', "points.relu.forward", "larger; got True"),
        ('exercises = ["relu"]\npoints.relu.forward = "2"', "points.relu.forward", "larger; got '2'"),
        (
            'exercises = ["early_stopping"]\npoints.early_stopping.gradient = 1',
            "points.early_stopping.gradient",
            "has no such results",
        ),
    ],
)
def test_a_fault_is_told_with_file_key_and_remedy(toml, text, key, words):
    path = toml(text)
    with pytest.raises(UsageError) as caught:
        Assignment.read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, {key}: expected ")
    assert words in message
    assert "To mend it, " in message


@pytest.mark.parametrize("content", [b"exercises = [", b"\xff\xfe\x00", b'exercises = ["\xe9"]'])
def test_a_file_that_is_no_toml(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UsageError, match="is no TOML in UTF-8"):
        Assignment.read(tmp_path / FILE)


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(UsageError, match=r"assignment.toml isn't there. mlpedu assign writes one"):
        Assignment.read(tmp_path / FILE)


def test_a_file_from_windows(tmp_path):
    (tmp_path / FILE).write_bytes(b'\xef\xbb\xbfexercises = ["relu"]\r\n')
    assert Assignment.read(tmp_path / FILE) == default(["relu"])


def test_the_folder_to_hand_out(mlpedu, tmp_path):
    points = tmp_path / "points.toml"
    points.write_text("[points.relu]\ngradient = 2\n", "utf-8")
    out = tmp_path / "out"
    run = mlpedu(
        "assign", out, "--exercises", "hinge, relu,07_euclidean.py", "--accept", SUM, "--points", points
    )
    assert (run.code, run.err) == (0, "")
    assert "Made 3 exercises, 10 points" in run.out
    assert sorted(path.name for path in out.iterdir()) == [
        "02_relu.py",
        "07_euclidean.py",
        "09_hinge.py",
        "README.md",
        FILE,
    ]
    assert Assignment.read(out / FILE) == Assignment(
        ("relu", "euclidean", "hinge"),
        {"relu": ONE | {"gradient": 2}, "euclidean": ONE, "hinge": ONE},
        (SUM,),
    )
    readme = (out / "README.md").read_text("utf-8")
    assert "- Points: `relu` 4, `euclidean` 3, `hinge` 3." in readme
    assert readme.count(f"- Your course accepts {SUM} too: the loss is the sum over the batch") == 1
    assert not re.search(r"\{\w+\}", readme)


def test_all_exercises(mlpedu, tmp_path):
    assert mlpedu("assign", tmp_path / "out", "--exercises", "all").code == 0
    assert Assignment.read(tmp_path / "out" / FILE) == default()


def test_a_stub_gains_one_line_for_each_convention(mlpedu, tmp_path):
    everything = {id for name in ORDER for convention in load(name).conventions for id in convention.ids}
    mlpedu("assign", tmp_path / "out", "--exercises", "all", "--accept", ",".join(everything))
    for name in ORDER:
        exercise, plain = load(name), stub(load(name)).splitlines()
        lines = (tmp_path / "out" / exercise.file).read_text("utf-8").splitlines()
        added = [line for line in lines if line not in plain]
        assert [line for line in lines if line not in added] == plain
        ids = [id for id in everything if any(id in convention.ids for convention in exercise.conventions)]
        assert len(added) == len(ids)
        assert all(any(f"# Your course accepts {id} too: " in line for line in added) for id in ids)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--exercises", "rule"], "rule is no exercise"),
        (["--exercises", ""], "at least one name"),
        (["--exercises", "train"], "add linear"),
        (["--exercises", "relu", "--accept", SUM], "accept: expected a convention of these exercises"),
        (["--exercises", "relu", "--points", "missing.toml"], "missing.toml isn't there"),
        ([], "the following arguments are required: --exercises"),
    ],
)
def test_a_misuse_makes_nothing(mlpedu, tmp_path, arguments, words):
    run = mlpedu("assign", tmp_path / "out", *arguments)
    assert run.code == 2
    assert words in run.err
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(mlpedu, tmp_path):
    (tmp_path / FILE).write_text("mine", "utf-8")
    run = mlpedu("assign", tmp_path, "--exercises", "relu")
    assert run.code == 2
    assert "assign overwrites nothing. Choose another folder: mlpedu assign DIR" in run.err
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.fixture
def handed_out(mlpedu, tmp_path, monkeypatch):
    """The folder of an assignment, which is the current directory."""
    mlpedu("assign", tmp_path / "out", "--exercises", "relu,euclidean", "--accept", SUM)
    monkeypatch.chdir(tmp_path / "out")
    return tmp_path / "out"


def test_the_student_sees_the_exercises_of_the_assignment_only(mlpedu, handed_out):
    assert mlpedu("status").out.count("not attempted") == 2
    assert "Of 2 exercises: 2 not attempted yet" in mlpedu("check").out
    assert "hinge isn't part of this assignment, which has relu, euclidean" in mlpedu("check", "hinge").err
    assert "Packed 2 files" in mlpedu("pack").out
    assert "fresh already" in mlpedu("reset", "euclidean").out


def test_the_check_of_the_student_accepts_what_the_assignment_accepts(mlpedu, handed_out):
    exercise = load("euclidean")
    summed, twice = (with_bodies(exercise, exercise.conventions[i].code) for i in (0, 2))
    (handed_out / exercise.file).write_text(summed, "utf-8")
    run = mlpedu("check", "euclidean")
    assert run.code == 0
    assert f"convention {SUM}, which your course accepts: the loss is the sum over the batch" in run.out
    assert "done" in mlpedu("status").out
    (handed_out / exercise.file).write_text(twice, "utf-8")
    assert "euclidean.factor-2" in mlpedu("check", "euclidean").out
    (handed_out / exercise.file).write_text(summed, "utf-8")
    (handed_out / FILE).unlink()
    assert mlpedu("check", "euclidean").code == 1


def test_a_fault_in_the_file_of_the_folder_is_told(mlpedu, handed_out):
    (handed_out / FILE).write_text('exercises = ["rule"]', "utf-8")
    run = mlpedu("check")
    assert run.code == 2
    assert "assignment.toml, exercises: expected one of linear" in run.err


PAGE = (Path(__file__).parents[2] / "docs" / "exercises" / "teaching.md").read_text("utf-8")


def test_the_commands_of_the_page_are_such_commands():
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE, flags=re.M | re.S)
    commands = re.findall(r"(?:^|/| -m )mlpedu (\w+ .*)", "\n".join(blocks), flags=re.M)
    assert {command.split()[0] for command in commands} == {"assign", "grade", "report"}
    for command in commands:
        command_line._parser().parse_args(shlex.split(command))  # ends with an exit code if it is none


def test_the_file_of_the_page_is_one(toml):
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE, flags=re.M | re.S)
    assert Assignment.read(toml(example)).points["relu"] == ONE | {"gradient": 2}
