"""A class is graded: exact tables, hidden inputs, a run that goes on where it was stopped, honest flags."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from mlpedu.classroom import grading, supervision
from mlpedu.classroom.assignment import Assignment, UsageError, default
from mlpedu.classroom.exercises import load
from mlpedu.classroom.grading import grade
from mlpedu.classroom.likeness import shapes
from mlpedu.classroom.stubs import stub, with_bodies

RELU, SIGMOID = load("relu"), load("sigmoid")
OWN_RELU = {  # right, and not the library's code
    "ReLU.forward": "self.positive = x > 0\nreturn x * self.positive",
    "ReLU.backward": "gradient = grad_output.copy()\ngradient[~self.positive] = 0\nreturn gradient",
}
TEXTS = {
    "right": RELU.source,
    "own": with_bodies(RELU, OWN_RELU),
    "renamed": with_bodies(RELU, {name: body.replace("positive", "on") for name, body in OWN_RELU.items()}),
    "wrong": with_bodies(RELU, OWN_RELU | {"ReLU.backward": "return grad_output * (grad_output > 0)"}),
    "half": with_bodies(RELU, OWN_RELU | {"ReLU.backward": "raise NotImplementedError"}),
    "changes": with_bodies(
        RELU, OWN_RELU | {"ReLU.forward": "self.positive = x > 0\nx *= self.positive\nreturn x"}
    ),
    "raises": with_bodies(RELU, OWN_RELU | {"ReLU.backward": "return 1 / 0"}),
    "stub": stub(RELU),
    "broken": "class ReLU(",
    "hostile": "import os\nos._exit(0)",
    "loop": "while True: pass",
}
POINTS = {"relu": {"forward": 1, "gradient": 2, "robustness": 0.5}}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """`desk(texts)` grades ``{student: text of relu, or {exercise: text}}`` and returns the results."""
    monkeypatch.setattr(supervision, "SECONDS", 1.0)

    def run(texts, roster=None, secret="secret", assignment=None, **options):
        given = tmp_path / "given"
        given.mkdir(exist_ok=True)
        for student, text in texts.items():
            for exercise, content in ({"relu": text} if isinstance(text, str) else text).items():
                (given / f"{student}_{exercise}.py").write_text(content, "utf-8")
        write_roster(tmp_path / "roster.csv", roster or {student: student.title() for student in texts})
        assignment = assignment or default(["relu"])
        records = grade(given, tmp_path / "roster.csv", secret, tmp_path / "out", assignment, **options)
        return {record["student"]: record for record in records}

    run.out = tmp_path / "out"
    return run


def write_roster(path, students):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("student", "name"), *students.items()])


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_class_of_30(tmp_path, monkeypatch):
    monkeypatch.setattr(supervision, "SECONDS", 1.0)
    kinds = ["right"] * 4 + [
        "own",
        "renamed",
        "wrong",
        "wrong",
        "half",
        "changes",
        "raises",
        "stub",
        "broken",
    ]
    kinds += ["hostile", "loop", "missing", "missing", "twice", "zip", "folder", "=name", "latin", "escape"]
    kinds += ["large", "no zip", "empty", "half", "own", "hostile", "right"]
    given = tmp_path / "given"
    given.mkdir()
    for number, kind in enumerate(kinds):
        student = f"s{number:02}"
        if kind in TEXTS:
            (given / f"{student}_02_relu.py").write_text(TEXTS[kind], "utf-8")
        elif kind == "twice":
            for version in ("wrong", "right"):
                with zipfile.ZipFile(given / f"{student}-{'wr'.index(version[0])}.zip", "w") as archive:
                    archive.writestr("relu.py", TEXTS[version])
        elif kind in ("zip", "escape", "large", "no zip"):
            with zipfile.ZipFile(given / f"{student}.zip", "w") as archive:
                name = "../relu.py" if kind == "escape" else "relu.py"
                archive.writestr(name, bytes(10**6) if kind == "large" else TEXTS["wrong"])
            if kind == "no zip":
                (given / f"{student}.zip").write_bytes(b"PK")
        elif kind in ("folder", "empty"):
            (given / student).mkdir()
            if kind == "folder":
                (given / student / "relu.py").write_text(TEXTS["own"])
        elif kind == "=name":
            (given / f"{student}_relu.py").write_text(TEXTS["right"])
        elif kind == "latin":
            (given / f"{student}_relu.py").write_bytes(b"# \xe4\n" + TEXTS["right"].encode())
    (given / "stranger_relu.py").write_text(TEXTS["right"])
    assert len(kinds) == 30
    write_roster(tmp_path / "roster.csv", {f"s{n:02}": f"={kind}" for n, kind in enumerate(kinds)})
    assignment = Assignment(("relu",), POINTS)
    grade(given, tmp_path / "roster.csv", "x", tmp_path / "out", assignment)
    earned = {"right": "3.5", "own": "3.5", "renamed": "3.5", "wrong": "1", "half": "1", "changes": "3"}
    earned["raises"] = "1"
    earned |= {"twice": "3.5", "zip": "1", "folder": "3.5", "=name": "3.5", "latin": "3.5"}
    library = "as in the library: relu"
    alike = {
        kind: [f"s{n:02}" for n, other in enumerate(kinds) if other in same]
        for same in (("right", "twice", "=name", "latin"), ("own", "renamed", "folder"), ("wrong", "zip"))
        for kind in same
    } | {"half": ["s08", "s26"]}
    expected = [["student", "name", "relu", "total", "of", "flags"]]
    for number, kind in enumerate(kinds):
        student, points = f"s{number:02}", earned.get(kind, "0")
        flags = []
        if others := [f"{other} (1 of 1)" for other in alike.get(kind, []) if other != student]:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            flags.append(f"same code as {', '.join(others[:3])}{more}")
        if kind in ("right", "twice", "=name", "latin"):
            flags.append(library)
        if kind == "missing":
            flags.append("missing")
        expected.append([student, f"'={kind}", points, points, "3.5", "; ".join(flags)])
    assert rows(tmp_path / "out" / "grades.csv") == expected
    log = dict(rows(tmp_path / "out" / "log.csv"))
    about = {"s15", "s16", "s17", "s21", "s22", "s23", "s24", "s25", "stranger_relu.py", "about"}
    assert set(log) == about
    names = {path.stem for path in (tmp_path / "out" / "results").glob("*.json")}
    assert names == {path.stem for path in (tmp_path / "out" / "feedback").glob("*.txt")}
    assert names == {f"s{number:02}" for number in range(30)}
    mistakes = rows(tmp_path / "out" / "mistakes.csv")
    assert mistakes[0] == ["student", "exercise", "group", "id", "text"]
    assert ["s06", "relu", "gradient", "relu.gate-wrong"] in [row[:4] for row in mistakes]
    assert {row[0] for row in mistakes[1:]} == {f"s{n:02}" for n in (6, 7, 9, 10, 12, 13, 14, 18, 28)}


@pytest.mark.parametrize(
    ("kind", "status", "groups"),
    [
        ("own", "passed", {"forward", "gradient", "robustness"}),
        ("wrong", "failed", {"forward"}),
        ("half", "not attempted", {"forward"}),
        ("changes", "failed", {"forward", "gradient"}),
        ("raises", "failed", {"forward"}),
        ("stub", "not attempted", set()),
        ("broken", "failed", set()),
        ("hostile", "failed", set()),
        ("loop", "failed", set()),
    ],
)
def test_credit_by_group(desk, kind, status, groups):
    result = desk({"ada": TEXTS[kind]})["ada"]["exercises"]["relu"]
    assert result["status"] == status
    assert {group for group, earned in result["groups"].items() if earned} == groups
    assert result["points"] == len(groups)


def test_the_same_secret_gives_the_same_grades_and_another_one_other_inputs(desk, monkeypatch):
    seeds, ask = [], grading.cases_of
    monkeypatch.setattr(
        grading, "cases_of", lambda e, seed, accept: seeds.append(seed) or ask(e, seed, accept)
    )
    texts = {"ada": TEXTS["wrong"], "bo": TEXTS["right"]}
    first = desk(texts, secret="one")
    assert len(set(seeds)) == 1
    (desk.out / "results" / "ada.json").unlink()
    assert desk(texts, secret="one") == first
    assert len(set(seeds)) == 1
    second = desk(texts, secret="two")
    assert len(set(seeds)) == 2
    assert [r["total"] for r in second.values()] == [r["total"] for r in first.values()]


def test_what_is_written_about_a_student(desk):
    desk({"ada": TEXTS["wrong"]}, roster={"ada": "Ada", "bo": "Bo"})
    record = json.loads((desk.out / "results" / "ada.json").read_text("utf-8"))
    assert (record["student"], record["name"], record["total"], record["of"]) == ("ada", "Ada", 1, 3)
    result = record["exercises"]["relu"]
    assert result["findings"][0]["id"] == "relu.gate-wrong"
    assert result["findings"][0].keys() == {"group", "text", "id", "symbol", "factor", "lines", "kind"}
    text = (desk.out / "feedback" / "ada.txt").read_text("utf-8")
    assert text.startswith("Ada: 1 of 3 points\n")
    assert "Which numbers decided" in text
    assert "--seed" not in text
    missing = json.loads((desk.out / "results" / "bo.json").read_text("utf-8"))
    assert missing["exercises"]["relu"]["status"] == "missing"
    assert missing["flags"] == ["missing"]
    assert "not handed in" in (desk.out / "feedback" / "bo.txt").read_text("utf-8")


@pytest.mark.parametrize(
    "student", ["Łukasz", "李小龍", "محمد", "a/b", "..", "CON", "x" * 300, "Ada.", "=1+1", "ぱ" * 90]
)
def test_an_id_of_any_kind_becomes_a_file(desk, student):
    desk({}, roster={student: "Name", "other": "ا"})
    rest = [path for path in (desk.out / "results").iterdir() if path.name != "other.json"]
    assert len(rest) == 1
    assert json.loads(rest[0].read_text("utf-8"))["student"] == student
    assert rows(desk.out / "grades.csv")[2][1] == "ا"


def test_names_that_no_encoding_holds(desk, tmp_path):
    if sys.platform != "linux":
        pytest.skip("only Linux has such names")
    (tmp_path / "given").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "given") + b"/\xff\xfe_relu.py")).write_text("x")
    desk({"ada": TEXTS["own"]})
    assert "\\udcff" in (desk.out / "log.csv").read_text("utf-8-sig")


def test_a_second_run_keeps_what_is_finished(desk, monkeypatch):
    texts = {"ada": TEXTS["own"], "bo": TEXTS["wrong"], "cy": TEXTS["renamed"]}
    first = desk(texts)
    graded, check = [], grading._Desk._check
    monkeypatch.setattr(
        grading._Desk, "_check", lambda self, *a: graded.append(a[1]["relu"]) or check(self, *a)
    )
    assert desk(texts) == first
    assert graded == []
    assert desk(texts | {"bo": TEXTS["own"]})["bo"]["total"] == 3
    assert graded == [RELU.source, TEXTS["own"]]


@pytest.mark.parametrize("change", ["total", "flags", "broken", "empty", "swapped"])
def test_a_result_that_was_changed_is_made_again(desk, change):
    texts = {"ada": TEXTS["wrong"], "bo": TEXTS["own"]}
    first = desk(texts)
    file, other = desk.out / "results" / "ada.json", desk.out / "results" / "bo.json"
    record = json.loads(file.read_text("utf-8"))
    if change in record:
        file.write_text(json.dumps(record | {change: 3 if change == "total" else []}))
        if change == "flags":
            file.write_text(json.dumps(record | {"flags": ["praise"]}))
    else:
        file.write_text({"broken": "{", "empty": "[]", "swapped": other.read_text("utf-8")}[change])
    assert desk(texts) == first
    assert json.loads(file.read_text("utf-8")) == record


def test_another_assignment_is_graded_anew(desk):
    assert desk({"ada": TEXTS["own"]})["ada"]["of"] == 3
    assert desk({"ada": TEXTS["own"]}, assignment=Assignment(("relu",), POINTS))["ada"]["of"] == 3.5


def test_conventions_that_are_accepted_pass(desk):
    loss = load("euclidean")
    form = next(c for c in loss.conventions if "euclidean.factor-2" in c.ids)
    texts = {"ada": {"euclidean": with_bodies(loss, form.code)}}
    assert desk(texts, assignment=default(["euclidean"]))["ada"]["total"] < 3
    accepting = default(["euclidean"])._replace(accept=form.ids)
    result = desk(texts, assignment=accepting)["ada"]["exercises"]["euclidean"]
    assert (result["status"], result["points"]) == ("passed", 3)


def test_a_part_that_isnt_right_costs_once(desk):
    assignment = default(("relu", "train", *load("train").needs))
    texts = {name: load(name).source for name in assignment.exercises}
    texts["linear"] = with_bodies(load("linear"), {"Linear.backward": "return grad_output"})
    results = desk({"ada": texts}, assignment=assignment)["ada"]["exercises"]
    assert [name for name, result in results.items() if result["status"] != "passed"] == ["linear"]
    (remark,) = [f for f in results["train"]["findings"] if f["kind"] == "remark"]
    assert remark["text"].startswith("Graded with the library's linear")


def test_code_like_the_librarys_is_flagged_and_costs_nothing(desk):
    text = RELU.source.replace("grad_output", "g").replace("active", "mask").replace("x)", "x )")
    result = desk({"ada": text})["ada"]["exercises"]["relu"]
    assert result["points"] == 3
    assert result["flags"] == [
        "as in the library: ReLU.forward (2 lines of code), ReLU.backward (2 lines of code)"
    ]


def test_the_same_code_is_flagged_and_costs_nothing(desk):
    texts = {
        "ada": TEXTS["own"],
        "bo": TEXTS["renamed"],
        "cy": TEXTS["half"],
        "di": TEXTS["stub"],
        "ed": TEXTS["stub"],
    }
    records = desk(texts)
    assert records["ada"]["flags"] == ["same code as bo (1 of 1)"]
    assert records["bo"]["exercises"]["relu"]["flags"] == ["same code as ada"]
    assert [records[s]["flags"] for s in ("cy", "di", "ed")] == [[], [], []]
    assert records["ada"]["total"] == records["bo"]["total"] == 3


def test_shapes_differ_by_more_than_names():
    def shape(body):
        return shapes(f"class A:\n    def f(self, x: int):\n        {body}\n")["A.f"]

    assert shape("return np.maximum(x, 0)") == shape('"""Text."""; return numpy.maximum(x, 0)  # text')
    assert shape("self.a = x; return self.a") == shape("self.kept = x; return self.kept")
    for other in (
        "return np.minimum(x, 0)",
        "return np.maximum(x, 1)",
        "return np.maximum(0, x)",
        "return x.T",
    ):
        assert shape("return np.maximum(x, 0)") != shape(other)
    assert shape("return max(x)") != shape("return min(x)")
    assert shape("a = x; b = x; return a") != shape("a = x; b = x; return b")


def test_progress_is_told(desk):
    told = []
    texts = {"ada": TEXTS["own"], "bo": TEXTS["wrong"]}
    desk(texts, progress=lambda *numbers: told.append(numbers))
    desk(texts, progress=lambda *numbers: told.append(numbers))
    assert told == [(0, 2), (1, 2), (2, 2), (2, 2)]


def test_nobody_is_graded_where_the_library_fails(desk, monkeypatch):
    monkeypatch.setattr(supervision, "SECONDS", 0.0)
    with pytest.raises(UsageError, match="own relu fails here, so nothing was graded"):
        desk({"ada": TEXTS["own"]})


@pytest.fixture
def started(tmp_path):
    """Start the command on a class of 6 whose submissions take half a second each."""
    (tmp_path / "given").mkdir()
    for number in range(6):
        text = with_bodies(RELU, OWN_RELU) + f"\nimport time\ntime.sleep(0.5)\n# {number}\n"
        (tmp_path / "given" / f"s{number}_relu.py").write_text(text)
    write_roster(tmp_path / "roster.csv", {f"s{number}": "" for number in range(6)})
    (tmp_path / "assignment.toml").write_text(default(["relu"]).text(), "utf-8")
    code = "import sys; from mlpedu.classroom.command import main; sys.exit(main(sys.argv[1:]))"
    command = [
        sys.executable,
        "-c",
        code,
        "grade",
        "given",
        "--roster",
        "roster.csv",
        "--seed",
        "x",
        "--out",
        "out",
    ]
    environment = os.environ | {"PYTHONPATH": str(Path(grading.__file__).parents[2])}

    def start():
        return subprocess.Popen(
            [*command, "--jobs", "1"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def finished(tmp_path):
    return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "results").glob("*.json")}


def wait_for(tmp_path, count):
    deadline = time.monotonic() + 30
    while len(finished(tmp_path)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_run_that_was_stopped_goes_on(started, tmp_path, how):
    run = started()
    wait_for(tmp_path, 2)
    run.send_signal(getattr(signal, how))
    began = time.monotonic()
    _, errors = run.communicate(timeout=10)
    if how == "SIGINT":
        assert run.returncode == 130
        assert "the same command goes on from there" in errors
        assert "Traceback" not in errors
        assert time.monotonic() - began < 2
    before = finished(tmp_path)
    assert 2 <= len(before) <= 4
    for path in (tmp_path / "out" / "results").glob("*.json"):
        json.loads(path.read_text("utf-8"))
    again = started()
    output, errors = again.communicate(timeout=60)
    assert again.returncode == 0, errors
    assert f"{len(before)} of 6 students graded" in errors
    assert "Graded 6 students" in output
    assert [row[3] for row in rows(tmp_path / "out" / "grades.csv")[1:]] == ["3"] * 6
    assert not list((tmp_path / "out").rglob("*.part"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_killed_at_any_moment_it_loses_at_most_what_is_in_progress(started, tmp_path):
    rng = random.Random(0)
    done = {}
    for _ in range(4):
        run = started()
        time.sleep(rng.uniform(0.3, 2.0))
        run.kill()
        run.communicate()
        texts = {
            name: (tmp_path / "out" / "results" / name).read_text("utf-8") for name in finished(tmp_path)
        }
        assert all(json.loads(text)["total"] == 3 for text in texts.values())
        assert done.items() <= texts.items()
        done = texts
    run = started()
    run.communicate(timeout=60)
    assert len(finished(tmp_path)) == 6


def test_the_command_says_what_is_missing(mlpedu, tmp_path):
    run = mlpedu(
        "grade", tmp_path, "--roster", tmp_path / "roster.csv", "--seed", "x", "--out", tmp_path / "out"
    )
    assert run.code == 2
    assert "roster.csv" in run.err
