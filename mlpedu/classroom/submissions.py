"""What a class has handed in: the roster, and one submission a student, read in memory and never unpacked.

Whatever is wrong with a file or its name becomes a line of a log, and the others are read all the same.
"""

import codecs
import csv
import io
import itertools
import os
import re
import stat
import unicodedata
import zipfile
from pathlib import Path
from typing import NamedTuple

from mlpedu.classroom.assignment import UsageError
from mlpedu.classroom.exercises import ORDER

SOURCE = 200_000  # bytes of an exercise file; the longest solution has 5,000
DIRECTORY = 1_000_000  # bytes of a zip's list of files
MEMBERS = 2_000  # files of one submission
TOLD = 20  # lines of the log about one submission
NAMES = {  # as 02_relu.py, relu.py, s123_relu.py, 02_relu (1).py
    name: re.compile(rf"(?:^|[\W_]){name.replace('_', '[-_]')}(?: ?\(\d+\))?\.py$") for name in ORDER
}


class Member(NamedTuple):
    """A file of a submission: its name in there, and how to read it."""

    name: str
    size: int
    read: object  # a function that returns so many bytes
    problem: str = ""


def read_roster(path):
    """``{student: name}`` of a CSV file with the columns student and name.

    Raises
    ------
    UsageError
        It holds no such column, no student, or one twice.
    """
    path = Path(path)
    text, _ = decode(path.read_bytes())
    heading = text.partition("\n")[0]
    lines = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=heading.count))
    columns = {column.strip().lower(): column for column in lines.fieldnames or ()}
    if "student" not in columns:
        raise UsageError(
            f"{path}: expected a first line with the columns student and name; got {heading.strip()[:80]!r}"
        )
    roster, keys = {}, {}
    for line in lines:
        student = (line[columns["student"]] or "").strip()
        name = (line.get(columns.get("name"), "") or "").strip()
        if not student and not name:
            continue
        if not _key(student) or _key(student) in keys:
            before = f", as is line {keys[_key(student)]}" if student else ""
            problem = f"is about {student!r}{before}: each student needs one id"
            raise UsageError(f"{path}, line {lines.line_num} {problem}. Change the file")
        keys[_key(student)] = lines.line_num
        roster[student] = name
    if not roster:
        raise UsageError(f"{path} names no student. Give each a line below the heading")
    return roster


def collect(folder, roster):
    """Find what each student has handed in.

    A file or folder belongs to the student whose id is in its name: ``s123.zip``, ``s123/``,
    ``s123_relu.py``, ``name_s123_02_relu.py``. Of several zips and folders the last by name counts, with
    numbers in their order, and a zip or folder counts more than single files.

    Parameters
    ----------
    folder : path
    roster : iterable of str
        The ids.

    Returns
    -------
    submissions : dict
        ``{student: {exercise: text}}``
    log : list of (str, str)
        About whom or what, and what.
    """
    folder, log, found = Path(folder), [], {}
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder. Give the folder that holds the submissions, unpacked")
    ids = {student: _pattern(student) for student in sorted(roster, key=len, reverse=True)}
    for entry in sorted(folder.iterdir(), key=_natural):
        if entry.name.startswith((".", "__")):
            continue
        owners = _owners(entry, ids)
        if len(owners) == 1:
            found.setdefault(owners[0], []).append(entry)
        else:
            why = f"its name fits {', '.join(owners)}" if owners else "no id of the roster is in its name"
            log.append((entry.name, f"not graded: {why}"))
    submissions = {}
    for student, entries in found.items():
        problems = []
        try:
            submissions[student] = _read(entries, problems)
        except OSError as error:
            problems.append(f"{error.filename} can't be read: {error.strerror}")
        more = len(problems) - TOLD
        problems[TOLD:] = [f"and {more} problems more"] * (more > 0)
        log += [(student, problem) for problem in problems]
    return submissions, log


def _owners(entry, ids):
    """The students whose id is in a name; of ids within each other the longest."""
    name = _key(entry.name)
    exercise, start = _exercise(name)
    owners = _named(name[:start], ids)
    if exercise and len(owners) > 1:  # is one of them the number of the exercise?
        owners = _named(re.sub(rf"(?<![^\W_])0?{ORDER.index(exercise) + 1}$", "", name[:start]), ids)
    return owners


def _named(name, ids):
    found = []
    for student, pattern in ids.items():
        name, count = pattern.subn(" ", name)
        found += [student] * bool(count)
    return found


def _pattern(student):
    return re.compile(rf"(?<![^\W_]){re.escape(_key(student))}(?![^\W_])")


def _key(text):
    """A name as it is compared: the same letter is written in several ways."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _natural(path):
    """Numbers in a name count as numbers: 9 before 10."""
    parts = re.split(r"(\d+)", str(path))
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts], str(path)


def _read(entries, problems):
    """``{exercise: text}`` of one student's files and folders."""
    whole, single = [], []
    for entry in entries:
        if entry.is_symlink():
            problems.append(_link(entry.name))
        elif entry.is_dir() or entry.suffix.lower() == ".zip":
            whole.append(entry)
        elif _exercise(entry.name)[0]:
            single.append(entry)
        else:
            problems.append(f"{entry.name} is no folder, zip or exercise file: not read")
    taken = whole[-1:] or single
    if unused := [entry.name for entry in (*whole, *single) if entry not in taken]:
        problems.append(f"handed in several times: {taken[0].name} counts, not {', '.join(unused)}")
    candidates = {}
    for member in itertools.chain.from_iterable(_members(entry, problems) for entry in taken):
        exercise, _ = _exercise(member.name.rpartition("/")[2])
        if member.problem or member.size > SOURCE:
            problems.append(member.problem or _large(member))
        elif exercise:
            candidates.setdefault(exercise, []).append(member)
    texts = {}
    for exercise, members in candidates.items():
        *others, member = sorted(members, key=lambda m: (-m.name.count("/"), _natural(m.name)))
        if others:
            problems.append(f"{exercise} is there {len(members)} times: {member.name} counts")
        if (text := _text(member, problems)) is not None:
            texts[exercise] = text
    if not texts:
        problems.append("no exercise file in it can be read")
    return texts


def _exercise(name):
    """The exercise that a file is an answer to, by its name, and where in the name that begins."""
    name = _key(name)
    for exercise, pattern in NAMES.items():
        if match := pattern.search(name):
            return exercise, match.start()
    return None, len(name)


def _members(entry, problems):
    """The files of a submission, as many as are read at all."""
    members = _of_folder(entry, problems) if entry.is_dir() else _of_file(entry, entry.name, problems)
    for number, member in enumerate(members):
        if number == MEMBERS:
            problems.append(f"{entry.name} holds more than {MEMBERS} files: the others were left")
            return
        yield member


def _of_folder(folder, problems):
    for place, folders, files in os.walk(folder):
        for name in sorted(folders):
            if os.path.islink(os.path.join(place, name)):
                problems.append(_link(name))
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(files):
            path = Path(place, name)
            yield from _of_file(path, path.relative_to(folder).as_posix(), problems)


def _of_file(path, name, problems):
    """A file as it is, or what a zip holds."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) or not stat.S_ISREG(status.st_mode):
        yield Member(name, 0, None, _link(name))
    elif name.lower().endswith(".zip"):
        try:
            with path.open("rb") as file:
                _refuse_long_list(file)
                with zipfile.ZipFile(file) as archive:
                    yield from (_of_zip(path, info, name) for info in archive.infolist() if not info.is_dir())
        except Exception as error:  # a broken zip can fail in many ways
            problems.append(f"{name} can't be read as a zip: {error}")
    elif not path.name.startswith((".", "__")):
        yield Member(name, status.st_size, lambda size: _head(path, size))


def _refuse_long_list(file):
    """ValueError for a zip whose list of files would fill the memory."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if b"PK\6\7" in tail or int.from_bytes(tail[end:][12:16], "little") > DIRECTORY:
        raise ValueError("it lists too many files")


def _of_zip(path, info, name):
    inner = info.filename.replace("\\", "/")
    full = f"{name}/{inner}"
    if inner.startswith("/") or inner[1:2] == ":" or ".." in inner.split("/"):
        return Member(full, 0, None, f"{full[:200]} leaves the folder: not read")
    if stat.S_ISLNK(info.external_attr >> 16):
        return Member(full, 0, None, _link(full))
    if inner.startswith((".", "__")) or "/." in inner or "/__" in inner:
        return Member(full + "/", 0, None)  # of macOS: no exercise

    def read(size):
        with zipfile.ZipFile(path) as archive, archive.open(info) as file:
            return file.read(size)

    return Member(full, info.file_size, read)


def _head(path, size):
    with path.open("rb") as file:
        return file.read(size)


def _text(member, problems):
    try:
        content = member.read(SOURCE + 1)
    except Exception as error:  # of a damaged or encrypted zip, of a disk
        return problems.append(f"{member.name} can't be read: {error}")
    if len(content) > SOURCE:
        return problems.append(_large(member))
    text, encoding = decode(content)
    if encoding != "utf-8":
        problems.append(f"{member.name} isn't UTF-8: read as {encoding}")
    return text


def decode(content):
    """Bytes as text, and the encoding that fits."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "cp1252"


def _link(name):
    return f"{name[:200]} is a link or no ordinary file: not read"


def _large(member):
    return (
        f"{member.name[:200]} has {member.size:,} bytes: not read, since an exercise has at most {SOURCE:,}"
    )
