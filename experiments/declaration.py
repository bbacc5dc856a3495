"""Reads the declarations: what to run, under which settings, and what was published."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from experiments.kinds import KINDS
from experiments.metrics import METRICS

DECLARATIONS = Path(__file__).parent / "declarations"


@dataclasses.dataclass(frozen=True)
class Published:
    """A number of a report, and what was declared about it."""

    value: float
    tolerance: float | None = None  # without one it can't be compared
    mistake_in: str = ""  # "EXPERIMENT/RUN" with a suspected mistake switched on that gives this number
    other_reading: str = (
        ""  # "EXPERIMENT/RUN" that reads what the report leaves open in another way, and gives it
    )
    copied: str = ""  # where the report has it from: it contradicts itself
    note: str = ""  # more about the difference


@dataclasses.dataclass(frozen=True)
class Run:
    """One row of a published table: settings, and `Published` values by the name of the metric."""

    name: str
    settings: Any
    published: dict


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One declaration file."""

    name: str
    title: str
    source: str
    kind: type  # of experiments.kinds
    seeds: int
    runs: list
    unstated: list  # sentences: the settings that the report doesn't state


def names():
    """The names of all experiments."""
    return sorted(path.stem for path in DECLARATIONS.glob("*.toml"))


def load(name, quick=False):
    """Read one experiment by name; `quick` puts the declaration's miniature settings over the full ones.

    Raises
    ------
    ValueError
        An unknown name, or a declaration with a misspelt, missing or mistyped key; the message names the run
        and the key.
    """
    if name not in names():
        raise ValueError(f"no experiment {name!r}; there are: {', '.join(names())}")
    try:
        declared = tomllib.loads((DECLARATIONS / f"{name}.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{name}: {error}") from None
    _require_keys(
        name, declared, {"title", "source", "kind", "seeds", "settings", "quick", "run"}, {"unstated"}
    )
    if declared["kind"] not in KINDS:
        raise ValueError(f"{name}: kind must be one of {', '.join(KINDS)}; got {declared['kind']!r}")
    if not isinstance(declared["seeds"], int) or declared["seeds"] < 1:
        raise ValueError(f"{name}: seeds must be a whole number of at least 1, got {declared['seeds']!r}")
    kind = KINDS[declared["kind"]]
    _require_keys(f"{name}, quick", declared["quick"], (), {field.name for field in dataclasses.fields(kind)})
    runs = [
        _run(name, kind, declared["settings"], run, declared["quick"] if quick else None)
        for run in declared["run"]
    ]
    if len({run.name for run in runs}) < len(runs):
        raise ValueError(f"{name}: two runs have the same name: {', '.join(run.name for run in runs)}")
    told = {key: declared[key] for key in ("title", "source", "seeds")}
    return Experiment(name, kind=kind, runs=runs, unstated=declared.get("unstated", []), **told)


def _run(experiment, kind, shared, run, miniature):
    """One run; a miniature of it is compared with nothing published."""
    where = f"{experiment}, run {run.get('name')!r}"
    _require_keys(where, run, {"name"}, {"settings", "published"})
    settings = {**shared, **run.get("settings", {}), **(miniature or {})}
    fields = {field.name: field.type for field in dataclasses.fields(kind)}
    _require_keys(where, settings, set(fields))
    for key, expected in fields.items():
        got = settings[key]
        if expected is float and type(got) is int:
            settings[key] = float(got)
        elif not isinstance(got, expected) or (isinstance(got, bool) and expected is not bool):
            expected = getattr(expected, "__name__", expected)
            raise ValueError(
                f"{where}: setting {key!r} must be {expected}, got {type(got).__name__} ({got!r})"
            )
    published = run.get("published", {})
    _require_keys(f"{where}, published", published, (), METRICS)
    published = {
        metric: _published(f"{where}, published {metric!r}", declared)
        for metric, declared in published.items()
    }
    return Run(run["name"], kind(**settings), {} if miniature is not None else published)


def _published(where, declared):
    _require_keys(where, declared, {"value"}, {field.name for field in dataclasses.fields(Published)})
    for key, part in declared.items():
        numeric = key in ("value", "tolerance")
        if not isinstance(part, (int, float) if numeric else str):
            raise ValueError(f"{where}: {key} must be {'a number' if numeric else 'a text'}, got {part!r}")
    return Published(**declared)


def _require_keys(where, got, required, optional=()):
    if not isinstance(got, dict):
        raise ValueError(f"{where}: expected {{ key = value, ... }}, got {got!r}")
    known = {*required, *optional}
    for key in got.keys() - known:
        raise ValueError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")
    for key in sorted(set(required) - got.keys()):
        raise ValueError(f"{where}: key {key!r} is missing")
