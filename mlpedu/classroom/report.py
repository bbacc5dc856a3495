"""What a class has understood: a table for the terminal, and a page for the next lesson."""

import csv
import html
import json
import re
import statistics
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from mlpedu.classroom.assignment import UsageError
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.messages import Line, table

PAGE = "report.html"
TEMPLATE = Path(__file__).with_name(PAGE)
COMMONEST, LARGEST = 3, 8  # mistakes of an exercise; groups in the terminal


class Stuck(NamedTuple):
    """Students with the same mistake: `students` by exercise, what it is called and what they were told."""

    name: str
    text: str
    students: dict

    @property
    def everybody(self):
        return sorted(set().union(*self.students.values()))

    def where(self):
        """The exercises, in the order of the book."""
        return sorted(self.students, key=ORDER.index)


class Picture(NamedTuple):
    """A graded class.

    Attributes
    ----------
    names : dict of str to str
        All students of the roster.
    exercises : dict
        ``{exercise: {student: status}}``
    stuck : list of Stuck
        The most students first.
    flags : list
        ``(student, flag)``
    totals : list of float
        Of those who handed something in.
    of : float
    log : list
        ``(student or file, what)``
    """

    names: dict
    exercises: dict
    stuck: list
    flags: list
    totals: list
    of: float
    log: list

    @property
    def missing(self):
        """Who handed nothing in."""
        there = set().union(*self.exercises.values())
        return [student for student in self.names if student not in there]

    def count(self, exercise, status):
        return sum(one == status for one in self.exercises[exercise].values())

    def commonest(self, exercise):
        """The mistakes of an exercise, with the number of students."""
        counts = [(len(s.students[exercise]), s.name) for s in self.stuck if exercise in s.students]
        return sorted(counts, key=lambda one: (-one[0], one[1]))

    def who(self, student):
        return f"{self.names[student]} ({student})" if self.names.get(student) else student


def read(directory):
    """The picture of a class that `mlpedu grade` has left in a folder.

    Parameters
    ----------
    directory : path

    Returns
    -------
    Picture

    Raises
    ------
    UsageError
        It isn't such a folder.
    """
    directory = Path(directory)
    listed = {row["student"] for row in _rows(directory / "grades.csv")}
    texts = [path.read_text("utf-8") for path in sorted((directory / "results").glob("*.json"))]
    records = [one for one in map(json.loads, texts) if {one["student"], f"'{one['student']}"} & listed]
    if not records:
        raise UsageError(f"{directory} holds no grades. Give the DIR that mlpedu grade --out DIR has written")
    there = [one for one in records if any(r["status"] != "missing" for r in one["exercises"].values())]
    statuses, stuck = {name: {} for name in ORDER if name in records[0]["exercises"]}, {}
    for record in there:
        for name, result in record["exercises"].items():
            statuses[name][record["student"]] = result["status"]
            for finding in result["findings"]:
                if finding["kind"] == "fault":
                    id, short = finding["id"], _short(finding["text"])
                    new = Stuck(id or short, finding["text"] if id else "", defaultdict(set))
                    stuck.setdefault(id or (name, short), new).students[name].add(record["student"])
    return Picture(
        {one["student"]: one["name"] for one in records},
        statuses,
        sorted(stuck.values(), key=lambda one: (-len(one.everybody), one.name)),
        [(one["student"], flag) for one in there for flag in one["flags"]],
        [one["total"] for one in there],
        records[0]["of"],
        [tuple(row.values()) for row in _rows(directory / "log.csv")],
    )


def _rows(path):
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _short(text):
    """What was told without a name, less what differs from one student to the next."""
    return re.sub(r"\d+ ?%", "too few", re.split("[:;.] ", text)[0])


def terminal(picture):
    """Lines for a terminal."""
    heading, *rest = _summary(picture)
    yield Line(heading, style="bold")
    yield from map(Line, rest)
    yield Line("")
    rows = [("exercise", "passed", "unfinished", "commonest mistakes")]
    for name in picture.exercises:
        passed, _, blank = _shares(picture, name)
        common = ", ".join(f"{mistake} {count}" for count, mistake in picture.commonest(name)[:COMMONEST])
        rows.append((name, passed, blank, common))
    yield from table(rows)
    groups = [one for one in picture.stuck if len(one.everybody) > 1]
    for one in groups[:LARGEST]:
        yield Line("")
        yield Line(f"{_students(len(one.everybody))}: {one.name}, in {', '.join(one.where())}", style="bold")
        yield Line(", ".join(map(picture.who, one.everybody)), 2)
    if len(groups) > LARGEST:
        yield Line("")
        yield Line(f"The page has {len(groups) - LARGEST} smaller groups.")


def _summary(picture):
    missing, count = len(picture.missing), len(picture.names)
    yield f"{_students(count)}: {count - missing} handed something in, {missing} didn't."
    if totals := sorted(picture.totals):
        middle = f"{statistics.median(totals):g} of {picture.of:g} points"
        yield f"The median of those who did is {middle}, the most {totals[-1]:g}."


def _students(count):
    return f"{count} student" + "s" * (count != 1)


def _shares(picture, name):
    """How many passed, as text and in percent; how many have left something unwritten."""
    count, passed = len(picture.names), picture.count(name, "passed")
    blank = count - passed - picture.count(name, "failed")
    percent = round(100 * passed / count)
    return f"{passed} of {count}, {percent} %", percent, str(blank)


def page(picture):
    """The page, as HTML in one file that asks for nothing else."""
    groups, alone = ([o for o in picture.stuck if (len(o.everybody) > 1) == many] for many in (True, False))
    parts = {
        "summary": _tag("p", " ".join(_summary(picture))),
        "exercises": "".join(_row(picture, name) for name in picture.exercises),
        "stuck": "".join(_group(picture, one) for one in groups) or _tag("p", "No two of them."),
        "alone": _folded(
            "mistake", (f"{o.name}, in {o.where()[0]}: {picture.who(*o.everybody)}" for o in alone)
        ),
        "flags": _folded("flag", [f"{picture.who(student)}: {flag}" for student, flag in picture.flags]),
        "missing": _folded("student", map(picture.who, picture.missing)),
        "log": _folded("line", (": ".join(filter(None, row)) for row in picture.log)),
    }
    text = TEMPLATE.read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"<!-- {name} -->", part)
    return text


def _tag(tag, text, **attributes):
    given = "".join(f' {key}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f"<{tag}{given}>{html.escape(text)}</{tag}>\n"


def _row(picture, name):
    share, percent, blank = _shares(picture, name)
    common = [_tag("li", f"{count} × {mistake}") for count, mistake in picture.commonest(name)[:COMMONEST]]
    bar = f'<span class="bar" aria-hidden="true"><span style="width: {percent}%"></span></span>'
    return (
        f'<tr role="row">{_tag("th", name, scope="row", role="rowheader")}'
        f'<td role="cell">{share} {bar}</td><td role="cell">{blank}</td>'
        f'<td role="cell">{"<ul>" + "".join(common) + "</ul>" if common else "none"}</td></tr>\n'
    )


def _group(picture, one):
    where = ", ".join(f"{name} ({len(one.students[name])})" for name in one.where())
    pages = sorted({load(name).page for name in one.students})
    text = _tag("h3", one.name) + (_tag("p", one.text) if one.text else "")
    text += _tag("p", f"In {where}. In the book: {', '.join(pages)}.")
    return f"<section>{text}{_folded('student', map(picture.who, one.everybody))}</section>\n"


def _folded(what, items):
    items = list(items)
    if not items:
        return _tag("p", "None.")
    listed = "".join(f"<li>{_tag('bdi', item)}</li>" for item in items)
    count = f"{len(items)} {what}" + "s" * (len(items) != 1)
    return f"<details>{_tag('summary', count)}<ul>{listed}</ul></details>\n"
