"""What a teacher sets: the exercises, their points, and the conventions of other courses that pass."""

import json
import math
import tomllib
from pathlib import Path
from typing import NamedTuple

from mlpedu.classroom import exercises
from mlpedu.classroom.exercises import load

FILE = "assignment.toml"
GROUPS = ("forward", "gradient", "robustness")
KEYS = ("exercises", "accept", "points")


class UsageError(Exception):
    """What a user can put right: the message says what was expected, what was got and what to do."""


class Assignment(NamedTuple):
    """An assignment, as it stands in `assignment.toml`.

    Attributes
    ----------
    exercises : tuple of str
        Their names, in the order of the book.
    points : dict
        ``{exercise: {"forward": 1, "gradient": 1, "robustness": 1}}``
    accept : tuple of str
        The ids of the conventions that pass.
    """

    exercises: tuple
    points: dict
    accept: tuple = ()

    @classmethod
    def read(cls, path):
        """The assignment of a file; UsageError with the file, the key and the remedy if it isn't one."""
        values = _values(path)
        if "exercises" not in values:
            raise _error(
                path, "exercises", "a list of names", "nothing", 'write exercises = ["linear", "relu"]'
            )
        return cls.of(values, path)

    @classmethod
    def of(cls, values, path):
        """An assignment from what a file holds, or the options of a command; `path` is for the messages."""
        if unknown := [key for key in values if key not in KEYS]:
            raise _error(path, unknown[0], f"one of {', '.join(KEYS)}", "this key", "take it out")
        names = _list(path, "exercises", values.get("exercises", list(exercises.ORDER)))
        names = tuple(name for name in exercises.ORDER if name in _known(path, names))
        for part in (part for name in names for part in load(name).needs if part not in names):
            raise _error(path, "exercises", "also the parts that train needs", f"no {part}", f"add {part}")
        points = values.get("points", {})
        if not isinstance(points, dict):
            raise _error(path, "points", "a table", points, "write [points.relu], and below it forward = 2")
        if extra := [name for name in points if name not in names]:
            raise _error(
                path, f"points.{extra[0]}", "an exercise of this assignment", extra[0], "take it out"
            )
        points = {name: _points(path, name, points.get(name, {})) for name in names}
        accept = tuple(dict.fromkeys(_list(path, "accept", values.get("accept", []))))
        there = {id for name in names for convention in load(name).conventions for id in convention.ids}
        for id in accept:
            if id not in there:
                choice = ", ".join(sorted(there)) or "none: these exercises have no conventions"
                raise _error(path, "accept", f"a convention of these exercises ({choice})", id, "take it out")
        return cls(names, points, accept)

    def text(self):
        """What `assignment.toml` holds."""
        listed = "".join(f'    "{name}",\n' for name in self.exercises)
        lines = ["# What this assignment asks for. `mlpedu check` and `mlpedu grade` read it.", ""]
        lines += [f"exercises = [\n{listed}]", f"accept = {json.dumps(self.accept)}"]
        for name, points in self.points.items():
            lines += ["", f"[points.{name}]", *(f"{group} = {value}" for group, value in points.items())]
        return "\n".join(lines) + "\n"


def default(names=()):
    """The assignment of these exercises, or of all: one point a group, nothing accepted."""
    return Assignment.of({"exercises": list(names or exercises.ORDER)}, "exercises")


def points_of(path):
    """The points in a TOML file: its tables ``[points.relu]``."""
    return _values(path).get("points", {})


def _values(path):
    try:
        return tomllib.loads(Path(path).read_text("utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(
            f"{path} isn't there. mlpedu assign writes one, with every folder it makes"
        ) from None
    except ValueError as error:  # of TOML, or an encoding
        raise UsageError(f"{path} is no TOML in UTF-8: {error}. Mend it there, or make a new one") from None


def _error(path, key, expected, got, remedy):
    return UsageError(f"{path}, {key}: expected {expected}; got {got}. To mend it, {remedy}")


def _list(path, key, value):
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _error(path, key, "a list of names", repr(value), f'write {key} = ["..."], with quotes')
    return value


def _known(path, names):
    for name in names:
        if name not in exercises.ORDER:
            choice = f"one of {', '.join(exercises.ORDER)}"
            raise _error(path, "exercises", choice, repr(name), "look how it is spelt")
    if not names:
        raise _error(path, "exercises", "at least one name", "none", 'write one, as "relu"')
    return names


def _points(path, name, given):
    """The points of one exercise: 1 for each group that it has, unless the file says otherwise."""
    groups = {group for group, _ in load(name).protocol.RESULTS.values()} | {"robustness"}
    if not isinstance(given, dict):
        raise _error(path, f"points.{name}", "a table", repr(given), f"write [points.{name}] and forward = 2")
    for group, value in given.items():
        key, number = f"points.{name}.{group}", isinstance(value, int | float) and not isinstance(value, bool)
        if group not in GROUPS:
            raise _error(path, key, f"one of {', '.join(GROUPS)}", group, "look how it is spelt")
        if not number or not math.isfinite(value) or value < 0:
            raise _error(path, key, "a number, 0 or larger", repr(value), "write one")
        if value and group not in groups:
            raise _error(path, key, f"0, because {name} has no such results", value, "take it out")
    return {group: given.get(group, int(group in groups)) for group in GROUPS}
