"""The picture of a graded class: who passed what, and who is stuck on the same thing."""

import csv
import json
import re
from html.parser import HTMLParser

import pytest

from mlpedu.classroom import report
from mlpedu.classroom.assignment import UsageError

GATE = {"id": "relu.gate-wrong", "text": "Which numbers decided? Look at the condition.", "group": "gradient"}
MEAN = {"id": "loss.gradient-missing-1/N", "text": "Your loss is an average.", "group": "gradient"}
RAISES = {
    "id": None,
    "text": "It raises ValueError: shapes {}. The shapes of what it was given: x (7, 5).",
    "group": "file",
}
ODD = {"id": None, "text": "What backward returns is not right.", "group": "gradient"}
REMARK = {
    "id": "loss.sum-not-mean",
    "text": "This follows the convention.",
    "group": "forward",
    "kind": "remark",
}
EVIL = "<script>alert('&')</script>"


def result(status, *findings, flags=()):
    findings = [{"kind": "fault"} | finding for finding in findings]
    points = 3 if status == "passed" else 2 if status == "failed" else 0
    return {
        "status": status,
        "points": points,
        "of": 3,
        "groups": {},
        "findings": findings,
        "flags": list(flags),
    }


def raises(text):
    return RAISES | {"text": RAISES["text"].format(text)}


CLASS = {
    "s1": ("Ada", result("passed"), result("passed", REMARK), result("passed")),
    "s2": ("Bo", result("failed", GATE), result("failed", MEAN), result("failed", MEAN)),
    "s3": ("Çelik", result("failed", GATE), result("passed"), result("failed", MEAN)),
    "s4": (
        EVIL,
        result("failed", raises("(7, 5)")),
        result("failed", raises("(4,)")),
        result("not attempted"),
    ),
    "s5": ("Ed", result("failed", raises("(3,)"), ODD), result("failed", ODD), result("missing")),
    "-6": ("", *[result("missing")] * 3),
}
NAMES = "relu", "euclidean", "hinge"


@pytest.fixture
def graded(tmp_path):
    """What `mlpedu grade` leaves."""
    (tmp_path / "results").mkdir()
    rows = []
    for student, (name, *results) in CLASS.items():
        total = sum(one["points"] for one in results)
        flags = ["same code as s3 (2 of 3)"] if student == "s2" else []
        record = {"student": student, "name": name, "exercises": dict(zip(NAMES, results, strict=True))}
        record |= {"total": total, "of": 9, "flags": flags}
        (tmp_path / "results" / f"{student}.json").write_text(json.dumps(record), "utf-8")
        rows.append({"student": f"'{student}" if student == "-6" else student, "name": name, "total": total})
    for table, lines in (
        ("grades", rows),
        ("log", [{"about": "s7.zip", "what": "no student of the roster"}]),
    ):
        with (tmp_path / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, lines[0].keys())
            writer.writeheader()
            writer.writerows(lines)
    return tmp_path


@pytest.fixture
def picture(graded):
    return report.read(graded)


def test_all_of_the_roster_are_in_the_picture(picture):
    assert picture.names.keys() == CLASS.keys()
    assert picture.missing == ["-6"]
    assert sorted(picture.totals) == [4, 4, 6, 7, 9]
    assert picture.of == 9
    assert list(picture.exercises) == ["relu", "euclidean", "hinge"]


@pytest.mark.parametrize(
    ("exercise", "passed", "failed"), [("relu", 1, 4), ("euclidean", 2, 3), ("hinge", 1, 2)]
)
def test_who_passed(picture, exercise, passed, failed):
    assert picture.count(exercise, "passed") == passed
    assert picture.count(exercise, "failed") == failed


def test_the_commonest_mistakes_come_first(picture):
    assert picture.commonest("relu") == [
        (2, "It raises ValueError"),
        (2, "relu.gate-wrong"),
        (1, "What backward returns is not right."),
    ]
    assert picture.commonest("hinge") == [(2, "loss.gradient-missing-1/N")]


def test_students_are_grouped_by_the_mistake_across_exercises(picture):
    groups = {(one.name, tuple(one.students)): one.everybody for one in picture.stuck}
    assert groups["loss.gradient-missing-1/N", ("euclidean", "hinge")] == ["s2", "s3"]
    assert groups["relu.gate-wrong", ("relu",)] == ["s2", "s3"]
    assert groups["It raises ValueError", ("relu",)] == ["s4", "s5"]
    assert groups["It raises ValueError", ("euclidean",)] == ["s4"], "nobody knows whether it is the same"
    sizes = [len(one.everybody) for one in picture.stuck]
    assert sizes == sorted(sizes, reverse=True)


def test_numbers_and_shapes_do_not_keep_students_apart():
    texts = {
        "It raises ValueError: shapes (7,) and (5,). The shapes": "It raises ValueError",
        "The network reads 66% of the digits; it should": "The network reads too few of the digits",
        "Y is right but for the constant factor 2: where": "Y is right but for the constant factor 2",
        "Still running after 5 s: does this loop end?": "Still running after 5 s",
    }
    assert {text: report._short(text) for text in texts} == texts


def test_a_remark_is_no_mistake(picture):
    assert "loss.sum-not-mean" not in {one.name for one in picture.stuck}


def test_who_is_no_longer_in_the_roster_is_left_out(graded):
    old = {"student": "s9", "name": "Typo", "exercises": {}, "total": 0, "of": 9, "flags": []}
    (graded / "results" / "s9.json").write_text(json.dumps(old), "utf-8")
    assert "s9" not in report.read(graded).names


def test_the_table_of_the_terminal(mlpedu, graded):
    run = mlpedu("report", graded)
    assert (run.code, run.err) == (0, "")
    lines = run.out.splitlines()
    assert lines[0] == "6 students: 5 handed something in, 1 didn't."
    assert lines[1] == "The median of those who did is 6 of 9 points, the most 9."
    assert [re.split("  +", line)[:3] for line in lines[3:7]] == [
        ["exercise", "passed", "unfinished"],
        ["relu", "1 of 6, 17 %", "1"],
        ["euclidean", "2 of 6, 33 %", "1"],
        ["hinge", "1 of 6, 17 %", "3"],
    ]
    assert lines[4].endswith(
        "It raises ValueError 2, relu.gate-wrong 2, What backward returns is not right. 1"
    )
    at = lines.index("2 students: loss.gradient-missing-1/N, in euclidean, hinge")
    assert lines[at + 1] == "  Bo (s2), Çelik (s3)"
    assert not any(line.startswith("1 student:") for line in lines)
    assert lines[-1] == f"The page: {graded / 'report.html'}"


class Reader(HTMLParser):
    """Elements that are open, texts, and addresses."""

    VOID = "meta", "br"

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.addresses = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for key, value in attrs if key in ("href", "src", "action", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page(mlpedu, graded):
    mlpedu("report", graded)
    text = (graded / "report.html").read_text("utf-8")
    read = Reader(text)
    assert read.open == []
    assert read.addresses == [], "it asks for nothing and leads nowhere"
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert "<!--" not in text
    assert "script" not in read.tags
    shown = " ".join(" ".join(read.texts).split())
    assert EVIL in shown
    for words in (
        "6 students: 5 handed something in, 1 didn't.",
        "relu 1 of 6, 17 %",
        "2 × relu.gate-wrong",
        "Your loss is an average.",
        "In euclidean (1), hinge (2). In the book: losses/euclidean, losses/hinge.",
        "Bo (s2)",
        "It raises ValueError, in euclidean: <script>alert('&')</script> (s4)",
        "Bo (s2): same code as s3 (2 of 3)",
        "s7.zip: no student of the roster",
    ):
        assert words in shown
    assert text.index("Bo (s2)") > text.index("<details>"), "names are folded"


def test_letters_that_are_none_do_not_stop_the_page(mlpedu, graded):
    path = graded / "results" / "s4.json"
    path.write_text(path.read_text("utf-8").replace("(7, 5)", "\\ud800"), "utf-8")
    record = json.loads(path.read_text("utf-8"))
    record["flags"] = ["\ud800\x00\x1b[31m"]
    path.write_text(json.dumps(record), "utf-8")
    assert mlpedu("report", graded).code == 0
    assert "?" in (graded / "report.html").read_text("utf-8")


def picture_where_all(graded, status):
    """The picture of the class if every exercise of every student had this status."""
    for path in (graded / "results").iterdir():
        record = json.loads(path.read_text("utf-8"))
        record["exercises"] = {name: result(status) for name in NAMES}
        path.write_text(json.dumps(record), "utf-8")
    return report.read(graded)


def test_a_class_without_mistakes(graded):
    picture = picture_where_all(graded, "passed")
    assert "No two of them." in report.page(picture)
    assert picture.missing == []


def test_a_class_that_handed_nothing_in(graded):
    picture = picture_where_all(graded, "missing")
    assert len(picture.missing) == 6
    assert "0 of 6" in report.page(picture)
    assert next(report.terminal(picture)).text == "6 students: 0 handed something in, 6 didn't."


def test_a_folder_without_grades(mlpedu, tmp_path):
    run = mlpedu("report", tmp_path)
    assert run.code == 2
    assert "holds no grades. Give the DIR that mlpedu grade --out DIR has written" in run.err
    with pytest.raises(UsageError):
        report.read(tmp_path / "missing")
