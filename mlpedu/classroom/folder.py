"""A student's folder: one file an exercise, and a small memory of hints given and checks made."""

import contextlib
import hashlib
import io
import itertools
import json
import os
import zipfile
from pathlib import Path

from mlpedu.classroom import exercises
from mlpedu.classroom.assignment import FILE, Assignment, UsageError
from mlpedu.classroom.exercises import load
from mlpedu.classroom.stubs import stub

MEMORY = ".mlpedu.json"
STATES = {"passed": "done", "failed": "failing", "not attempted": "not attempted"}
UNCHECKED = "not checked yet"
TEMPLATE = Path(__file__).with_name("folder.md")


def create(directory, assignment=None, command="start"):
    """Make an exercise folder, whole or not at all.

    Parameters
    ----------
    directory : path
        It may be there already, if it holds none of the files.
    assignment : Assignment, optional
        All exercises if None.
    command : str
        For the messages.

    Returns
    -------
    list of str
        The names of the files.

    Raises
    ------
    UsageError
        One of the files is there already: nothing is overwritten.
    """
    directory = Path(directory)
    given = assignment or Assignment(exercises.ORDER, {})
    texts = {"README.md": _readme(given)}
    texts |= {load(name).file: stub(load(name), given.accept) for name in given.exercises}
    texts |= {FILE: assignment.text()} if assignment else {}
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is a file, not a folder. Choose another name: mlpedu {command} DIR")
    if there := [name for name in texts if os.path.lexists(directory / name)]:
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise UsageError(
            f"{directory} holds {', '.join(there[:3])}{more} already, and {command} overwrites nothing. "
            f"Choose another folder: mlpedu {command} DIR. For one fresh file in this one: mlpedu reset NAME"
        )
    made = []
    try:
        for parent in reversed([directory, *directory.parents]):
            if not parent.exists():
                parent.mkdir()
                made.append(parent)
        for name, text in texts.items():
            _write_new(directory / name, text.encode())
            made.append(directory / name)
    except BaseException:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()
        raise
    return list(texts)


def _readme(given):
    """What the folder says about itself; what `mlpedu assign` makes, also about points and conventions."""
    named = list(map(load, given.exercises))
    rows = [f"| `{e.file}` | {e.task} | `{e.page}` |" for e in named]
    terms = [f"`{name}` {sum(points.values()):g}" for name, points in given.points.items()]
    terms = (
        [f"- Points: {', '.join(terms)}. An exercise that is partly right earns part of them."]
        if terms
        else []
    )
    for id, says in {id: says for e in named for id, says in e.sayings(given.accept).items()}.items():
        terms.append(f"- Your course accepts {id} too: {says}.")
    text = TEMPLATE.read_text("utf-8").replace("{exercises}", "\n".join(rows))
    return text.replace("{terms}\n", "".join(f"{term}\n" for term in terms)).replace("{name}", named[0].name)


def _write_new(path, content):
    """Write a file that must not be there yet; a half-written one is removed."""
    with path.open("xb") as file:
        try:
            file.write(content)
            file.flush()
        except BaseException:
            file.close()
            path.unlink()
            raise


def named(text):
    """The exercise that a name or a file name means."""
    name = Path(text).name.lower().removesuffix(".py").replace("-", "_")
    number, _, rest = name.partition("_")
    name = rest if number.isdigit() else name
    if name not in exercises.ORDER:
        names = ", ".join(exercises.ORDER)
        raise UsageError(f"{text} is no exercise. There are {names}; a file name as 02_relu.py will do too")
    return name


class Folder:
    """An exercise folder.

    Parameters
    ----------
    path : path

    Raises
    ------
    UsageError
        It holds no exercise file.
    """

    def __init__(self, path):
        self.path = Path(path)
        file = self.path / FILE
        self.assignment = Assignment.read(file) if file.is_file() else Assignment(exercises.ORDER, {})
        if not self.path.is_dir():
            raise UsageError(f"{path} is no folder. Give the folder that mlpedu start has made: --folder DIR")
        if not _has_exercises(self.path):
            here = "This folder" if self.path == Path() else f"The folder {path}"
            below = next((f": cd {d.name}" for d in sorted(self.path.iterdir()) if _has_exercises(d)), "")
            go = f"Go to the folder that mlpedu start has made{below or ', or make one: mlpedu start DIR'}"
            raise UsageError(f"{here} holds no exercises. {go}")

    def file(self, name):
        return self.path / load(name).file

    def files(self, name):
        """The files that a check needs, by exercise."""
        return {part: self.file(part) for part in (name, *load(name).needs)}

    def content(self, name):
        """The student's file; None if it can't be read."""
        try:
            return self.file(name).read_bytes()
        except OSError:
            return None

    def untouched(self, name):
        content = self.content(name)
        return content is not None and content.replace(b"\r\n", b"\n") == self._stub(name)

    def _stub(self, name):
        return stub(load(name), self.assignment.accept).encode()

    def names(self, given):
        """The exercises that names or file names mean, in the order of the book; all of them for none."""
        there = self.assignment.exercises
        wanted = {named(text) for text in given} or there
        for path in map(Path, given):
            if path.parent != Path() and path.resolve().parent != self.path.resolve():
                raise UsageError(f"{path} isn't in {self.path.resolve()}. For another folder: --folder DIR")
        if other := [name for name in wanted if name not in there]:
            raise UsageError(f"{other[0]} isn't part of this assignment, which has {', '.join(there)}")
        return [name for name in there if name in wanted]

    def digest(self, name):
        """What a check depends on, in short; None if the file is missing."""
        contents = [self.content(part) for part in self.files(name)]
        if contents[0] is None:
            return None
        return hashlib.sha256(b"\0".join(content or b"" for content in contents)).hexdigest()

    def state(self, name):
        """How an exercise stands, by its file and its last check: a word for the table of `mlpedu status`."""
        digest = self.digest(name)
        if digest is None:
            return "missing"
        if self.untouched(name):
            return "not attempted"
        checked = self._memory()["checks"].get(name)
        if not isinstance(checked, dict):
            return UNCHECKED
        if checked.get("digest") != digest:
            return "changed since the last check"
        return STATES.get(str(checked.get("status")), UNCHECKED)

    def done(self, name):
        return self.state(name) == "done"

    def remember_check(self, report, digest):
        """Keep the result of a check of the files with that digest."""
        self._remember("checks", report.exercise, {"digest": digest, "status": report.status})

    def next_hint(self, name):
        """The number of the next hint, 0 to 2; after the last comes the first again."""
        given = self._memory()["hints"].get(name)
        number = given % len(load(name).hints) if isinstance(given, int) else 0
        self._remember("hints", name, number + 1)
        return number

    def reset(self, name):
        """Put a fresh stub in the place of a student's file; returns the path of the old one, kept.

        None if there was nothing to keep: the file is missing or a fresh stub.
        """
        path, text, kept = self.file(name), self._stub(name), None
        if os.path.lexists(path):
            if self.untouched(name):
                return None
            kept = _free(path.with_name(f"{path.stem}.old-{{}}{path.suffix}"))
            path.rename(kept)
        try:
            _write_new(path, text)
        except BaseException:
            if kept:
                kept.rename(path)
            raise
        self._remember("hints", name, 0)
        return kept

    def pack(self):
        """One zip of the exercise files and nothing else; equal files give equal bytes.

        Returns
        -------
        path : Path
        files : list of str
        """
        contents = {self.file(name).name: self.content(name) for name in self.assignment.exercises}
        contents = {name: content for name, content in contents.items() if content is not None}
        if not contents:
            raise UsageError(f"None of the exercise files in {self.path.resolve()} can be read")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in contents.items():
                entry = zipfile.ZipInfo(name)  # of 1980, whenever it is made
                entry.create_system, entry.external_attr = 3, 0o644 << 16  # on Windows too
                archive.writestr(entry, content)
        path = _free(self.path / "hand-in-{}.zip")
        _write_new(path, packed.getvalue())
        return path, list(contents)

    def _memory(self):
        """What is remembered; a missing or broken file is no memory."""
        try:
            stored = json.loads((self.path / MEMORY).read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            stored = {}
        parts = {part: stored.get(part) if isinstance(stored, dict) else {} for part in ("hints", "checks")}
        return {part: values if isinstance(values, dict) else {} for part, values in parts.items()}

    def _remember(self, part, name, value):
        memory = self._memory()
        memory[part][name] = value
        new = self.path / f"{MEMORY}.{os.getpid()}"
        with contextlib.suppress(OSError):  # a folder that can't be written is checked all the same
            new.write_text(json.dumps(memory, indent=1), "utf-8")
            try:
                new.replace(self.path / MEMORY)
            except OSError:
                new.unlink()


def _has_exercises(path):
    files = itertools.chain([MEMORY], (load(name).file for name in exercises.ORDER))
    return any(os.path.isfile(path / file) for file in files)


def _free(path):
    """The first path of a numbered pattern that is free."""
    candidates = (path.with_name(path.name.format(number)) for number in itertools.count(1))
    return next(path for path in candidates if not os.path.lexists(path))
