"""Grade a class: every submission with the same hidden inputs, one worker a submission and exercise.

A finished student's result is kept in a file with a seal. A second run goes on from there, and what was
changed since, the submission, the assignment or the result, is graded again.
"""

import contextlib
import csv
import functools
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

import mlpedu
from mlpedu.classroom import confinement, messages, submissions, supervision
from mlpedu.classroom.assignment import GROUPS, UsageError
from mlpedu.classroom.checking import Report, cases_of
from mlpedu.classroom.diagnosis import Finding, diagnose
from mlpedu.classroom.exercises import load
from mlpedu.classroom.likeness import shapes
from mlpedu.classroom.stubs import stub

ALL = frozenset(GROUPS)
ALIKE = 3  # students named in a flag
NO_ANSWER = "What came back is no answer to the questions: does the file change NumPy, or write to pipes?"


def grade(folder, roster, secret, out, assignment, jobs=2, progress=lambda done, count: None):
    """Grade the submissions in a folder, and write everything about them to another.

    Parameters
    ----------
    folder : path
        As `submissions.collect` reads it.
    roster : path
        As `submissions.read_roster` reads it.
    secret : str
        The inputs follow from it, the same for all students.
    out : path
        Where `grades.csv`, `mistakes.csv`, `log.csv`, `results/` and `feedback/` are written.
    assignment : Assignment
    jobs : int
        How many submissions are graded at a time.
    progress : function
        Is called with the numbers of students that are done and of all.

    Returns
    -------
    list of dict
        The results, as in the files of `results/`, in the order of the roster.
    """
    students, out = submissions.read_roster(roster), Path(out)
    found, log = submissions.collect(folder, students)
    for part in ("results", "feedback"):
        (out / part).mkdir(parents=True, exist_ok=True)
        for half in (out / part).glob("*.part"):  # of a run that was killed
            half.unlink()
    desk = _Desk(secret, assignment, out)
    records = {student: desk.kept(student, name, found.get(student)) for student, name in students.items()}
    todo = [student for student, record in records.items() if record is None]
    if todo:
        desk.refuse_to_be_unfair()
    pool = ThreadPoolExecutor(jobs)
    try:
        running = {pool.submit(desk.grade, s, students[s], found.get(s)): s for s in todo}
        progress(len(students) - len(todo), len(students))
        for done, future in enumerate(as_completed(running), len(students) - len(todo) + 1):
            records[running[future]] = future.result()
            progress(done, len(students))
    except BaseException:  # Ctrl-C as well
        desk.closed.set()
        supervision.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    records = list(records.values())
    _flag_equals(records)
    for record in records:
        desk.keep(record, found.get(record["student"]))
        _replace(out / "feedback" / f"{_file(record['student'])}.txt", _feedback(record))
    log += [(student, "nothing handed in") for student in students if student not in found]
    _tables(out, assignment, records, log)
    return records


class _Desk:
    """What grading needs beside the submissions."""

    def __init__(self, secret, assignment, out):
        self.secret, self.assignment, self.out = secret.encode(), assignment, out
        self.closed = threading.Event()

    def seed(self, exercise):
        return int.from_bytes(self.digest("seed", exercise)[:6], "big")

    def digest(self, *parts):
        return hmac.digest(self.secret, json.dumps(parts, sort_keys=True).encode(), hashlib.sha256)

    def seal(self, record, texts):
        sealed = {key: value for key, value in record.items() if key != "seal"}
        return self.digest(mlpedu.__version__, list(self.assignment), texts, sealed).hex()

    def kept(self, student, name, texts):
        """The result of an earlier run, if it is about this submission."""
        with contextlib.suppress(OSError, ValueError, RecursionError, TypeError, KeyError):
            record = json.loads(self.path(student).read_text("utf-8"))
            theirs = record["student"], record["name"], record["seal"]
            if theirs == (student, name, self.seal(record, texts)):
                return record
        return None

    def keep(self, record, texts):
        record["seal"] = self.seal(record, texts)
        _replace(self.path(record["student"]), json.dumps(record, indent=1))

    def path(self, student):
        return self.out / "results" / f"{_file(student)}.json"

    def refuse_to_be_unfair(self):
        """UsageError if the library itself doesn't pass on this system: then nobody would."""
        solutions = {name: load(name).source for name in self.assignment.exercises}
        record = self.grade("", "", solutions, keep=False)
        failed = [name for name, result in record["exercises"].items() if result["status"] != "passed"]
        if failed:
            finding = record["exercises"][failed[0]]["findings"][0]["text"]
            raise UsageError(f"The library's own {failed[0]} fails here, so nothing was graded: {finding}")

    def grade(self, student, name, texts, keep=True):
        """The result of one student; `texts` is None if nothing was handed in."""
        record = {"student": student, "name": name, "exercises": {}, "code": {}, "flags": []}
        for exercise in self.assignment.exercises:
            parts = {exercise: (texts or {}).get(exercise)}
            borrowed = []
            for part in load(exercise).needs:
                right = record["exercises"][part]["status"] == "passed"
                parts[part] = texts[part] if right else load(part).source
                borrowed += [part] * (not right)
            result, code = self._graded(exercise, parts, borrowed)
            record["exercises"][exercise] = result
            if code:
                record["code"][exercise] = code
        results = record["exercises"].values()
        record |= {key: sum(result[key] for result in results) for key in ("points", "of")}
        record["total"] = record.pop("points")
        if texts is None:
            record["flags"].append("missing")
        if keep:
            self.keep(record, texts)
        return record

    def _graded(self, exercise, parts, borrowed):
        """The result of an exercise, and what tells whether two have the same code."""
        points, status, findings = self.assignment.points[exercise], "missing", []
        flags, lost, code = [], ALL, None
        if parts[exercise] is not None:
            status, findings, lost, shape = self._check(exercise, parts)
            if borrowed and status != "not attempted":
                text = f"Graded with the library's {', '.join(borrowed)}, as yours isn't right yet."
                findings.append(Finding("file", text, kind="remark"))
            library, unwritten = _shapes(exercise)
            if shape and shape != unwritten:
                flags = _library_code(exercise, shape, library)
                code = hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()
        groups = {group: group not in lost for group in points if points[group]}
        result = {
            "status": status,
            "points": sum(points[group] for group, earned in groups.items() if earned),
            "of": sum(points.values()),
            "groups": groups,
            "findings": json.loads(json.dumps([finding._asdict() for finding in findings])),
            "flags": flags,
            "seed": self.seed(exercise),
        }
        return result, code

    def _check(self, exercise, texts):
        """Status, findings, groups that are lost, and the shapes of the functions, of a text."""
        exercise, seed = load(exercise), self.seed(exercise)
        cases = cases_of(exercise, seed, self.assignment.accept)
        folder = tempfile.mkdtemp(prefix="mlpedu-")
        try:
            confinement.hand_over(folder)
            wanted = {}
            for part, text in texts.items():
                path = Path(folder, load(part).file)
                path.write_text(text, "utf-8", errors="replace", newline="")
                wanted[str(path)] = load(part).objects
            if self.closed.is_set():
                raise InterruptedError
            answer = supervision.ask(exercise.protocol, wanted, cases, supervision.SECONDS, folder=folder)
        finally:
            _remove(folder)
        if self.closed.is_set():
            raise InterruptedError  # the worker didn't end by itself
        try:
            with np.errstate(all="ignore"):
                findings = diagnose(exercise, cases, answer, accept=self.assignment.accept)
            findings = [f._replace(text=f.text.replace(folder + os.sep, "")) for f in findings]
            json.dumps(findings)
            lost = _lost(exercise, findings, answer)
        except Exception:  # forged: right answers don't come in these shapes
            findings, lost = [Finding("file", NO_ANSWER)], ALL
        return Report(exercise.name, seed, findings).status, findings, lost, answer.code


def _lost(exercise, findings, answer):
    """The groups of checks that aren't passed. Robustness is looked at only where all values are right."""
    lost = {finding.group for finding in findings if finding.kind != "remark"}
    if any(finding.kind == "not attempted" for finding in findings):
        came = {key.partition("/")[2] for key in answer.arrays}
        came |= {symbol for note in answer.notes.values() for symbol in note["not arrays"]}
        lost |= {group for symbol, (group, _) in exercise.protocol.RESULTS.items() if symbol not in came}
    return ALL if "file" in lost else lost | ({"robustness"} if lost else set())


@functools.cache
def _shapes(exercise):
    """Of the library's functions, and of those in a fresh exercise file."""
    return shapes(load(exercise).source), shapes(stub(load(exercise)))


def _library_code(exercise, shape, library):
    """A flag if functions that the student had to write look like the library's."""
    same = [name for name in load(exercise).cut if shape.get(name) == library[name]]
    counted = ", ".join(f"{name} ({library[name][1]} lines of code)" for name in same)
    return [f"as in the library: {counted}"] * bool(same)


def _flag_equals(records):
    """Flag students with the same code: each exercise, and the whole if it is half of it or more."""
    owners = {}
    for record in records:
        for result in record["exercises"].values():
            result["flags"] = [flag for flag in result["flags"] if not flag.startswith("same code as")]
        record["flags"] = [flag for flag in record["flags"] if flag == "missing"]
        for exercise, code in record["code"].items():
            owners.setdefault((exercise, code), []).append(record)
    for record in records:
        counts = {}
        for exercise, code in record["code"].items():
            others = [r["student"] for r in owners[exercise, code] if r is not record]
            for other in others:
                counts[other] = counts.get(other, 0) + 1
            if others:
                record["exercises"][exercise]["flags"].append(f"same code as {_some(others)}")
        count = len(record["code"])
        alike = [student for student in counts if 2 * counts[student] >= count]
        alike.sort(key=lambda student: -counts[student])
        if alike:
            told = [f"{student} ({counts[student]} of {count})" for student in alike]
            record["flags"].append(f"same code as {_some(told)}")
        library = [
            name
            for name, result in record["exercises"].items()
            if any(flag.startswith("as in the library") for flag in result["flags"])
        ]
        if library:
            record["flags"].append(f"as in the library: {', '.join(library)}")


def _some(items):
    more = f" and {len(items) - ALIKE} more" if len(items) > ALIKE else ""
    return ", ".join(items[:ALIKE]) + more


def _feedback(record):
    """What a student reads: the points, and what there is to say about each exercise."""
    lines = [f"{record['name'] or record['student']}: {record['total']:g} of {record['of']:g} points"]
    for name, result in record["exercises"].items():
        lines += ["", f"{result['points']:g} of {result['of']:g} points"]
        if result["status"] == "missing":
            lines.append(f"{load(name).file}: not handed in")
            continue
        findings = [Finding(**finding) for finding in result["findings"]]
        lines.append(messages.text(messages.about(Report(name, None, findings))))
    return "\n".join(lines) + "\n"


def _tables(out, assignment, records, log):
    grades = [["student", "name", *assignment.exercises, "total", "of", "flags"]]
    mistakes = [["student", "exercise", "group", "id", "text"]]
    for record in records:
        student, results = record["student"], record["exercises"]
        points = [f"{result['points']:g}" for result in results.values()]
        total = f"{record['total']:g}", f"{record['of']:g}"
        grades.append([student, record["name"], *points, *total, "; ".join(record["flags"])])
        for name, finding in ((name, f) for name, result in results.items() for f in result["findings"]):
            if finding["kind"] == "fault":
                mistakes.append([student, name, finding["group"], finding["id"] or "", finding["text"]])
    tables = {"grades": grades, "mistakes": mistakes, "log": [["about", "what"], *log]}
    for name, rows in tables.items():
        with _replacing(out / f"{name}.csv", "utf-8-sig") as file:  # so that Excel sees every script
            csv.writer(file, lineterminator="\n").writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell):
    """A cell that a spreadsheet doesn't take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _file(student):
    """An id as the name of a file, on every system."""
    safe = re.sub(r"[^\w.-]", "_", unicodedata.normalize("NFC", student)).lstrip(".")[:50]
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?|", safe)
    if safe == student and not reserved and not safe.endswith("."):
        return safe
    return f"{safe}_{hashlib.sha256(student.encode('utf-8', 'replace')).hexdigest()[:8]}"


@contextlib.contextmanager
def _replacing(path, encoding="utf-8"):
    """A file that takes the place of another one when it is whole."""
    new = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with new.open("w", encoding=encoding, errors="backslashreplace", newline="") as file:
            yield file
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _replace(path, text):
    with _replacing(path) as file:
        file.write(text)


def _remove(folder):
    """A folder with whatever a stranger's code has put into it."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.exists(folder) and os.name == "posix":  # nested too deeply, or locked
        for command in (["chmod", "-R", "u+rwx", folder], ["rm", "-rf", folder]):
            with contextlib.suppress(OSError):
                subprocess.run(command, capture_output=True)
