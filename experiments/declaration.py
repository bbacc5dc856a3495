"""Reads the declarations: what to run, under which settings, and what was published."""

import dataclasses
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

from experiments.metrics import METRICS

DECLARATIONS = Path(__file__).parent / "declarations"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of a run that trains a network. There are no defaults: a declaration says it all."""

    needs_digits = True

    normalize: str  # a function of mlpedu.data.normalization
    train: int  # examples to train on
    validation: int  # examples to validate on; 0: the test set serves for both
    random_split: bool  # a seed draws who trains and who validates; else the first train, the next validate
    shuffle: bool
    hidden: list  # units of each hidden layer
    activation: str
    loss: str | dict
    init: dict  # a function of mlpedu.initializers and its arguments
    batch_size: int
    epochs: int
    lr: float
    momentum: float
    averaged: bool  # the form of the momentum
    weight_decay: float
    penalties: dict  # strength of l1 and l2
    biases: str  # "regularized" as the weights are, "free" of it, or "none": they stay 0
    early_stopping: dict  # empty: train to the end; else the arguments of EarlyStopping, with restore = true
    mistakes: dict  # deliberate ones, of experiments.mistakes; empty: none

    @property
    def cost(self):
        """Work of a run, in an arbitrary unit: example visits times weights, roughly."""
        sizes = [784, *self.hidden, 10]
        return self.epochs * self.train * sum(a * b for a, b in pairwise(sizes))


@dataclasses.dataclass(frozen=True, kw_only=True)
class GradientCheck:
    """Settings of a run that checks one weight of a network."""

    needs_digits = True

    normalize: str
    examples: int  # the first of the training set
    hidden: list
    activation: str
    loss: str | dict
    init: dict
    parameter: int  # position in network.parameters()
    entry: list  # index into that parameter
    report_step: float  # the h of the report
    step: float  # the h of the relative error, one for all weights
    steps: list  # values of h for the V

    @property
    def cost(self):
        """Work of a run, in the unit of `Training.cost`."""
        return 2 * len(self.steps) * self.examples * 784 * sum(self.hidden)


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepTime:
    """Settings of a run that times a training step against its bare matrix products, on random numbers."""

    hidden: list
    activation: str
    loss: str | dict
    init: dict
    batch_size: int
    repeats: int  # of each, in turn
    momentum: float

    cost = 1
    needs_digits = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class ActivationTime:
    """Settings of a run that times one activation alone, forward and backward, on random numbers."""

    activation: str | dict
    rows: int
    columns: int
    repeats: int

    cost = 1
    needs_digits = False


KINDS = {
    "training": Training,
    "gradient_check": GradientCheck,
    "step_time": StepTime,
    "activation_time": ActivationTime,
}


@dataclasses.dataclass(frozen=True)
class Run:
    """One row of a published table: settings, and published values by the name of the metric."""

    name: str
    settings: Any
    published: dict


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One declaration file."""

    name: str
    title: str
    source: str
    kind: str
    seeds: int
    runs: list


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
    _require_keys(name, declared, {"title", "source", "kind", "seeds", "settings", "quick", "run"})
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
    return Experiment(name, declared["title"], declared["source"], declared["kind"], declared["seeds"], runs)


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
    for metric, value in published.items():
        _require_keys(f"{where}, published {metric!r}", value, {"value"}, {"tolerance"})
        if not all(isinstance(number, int | float) for number in value.values()):
            raise ValueError(f"{where}, published {metric!r}: expected numbers, got {value}")
    return Run(run["name"], kind(**settings), {} if miniature is not None else published)


def _require_keys(where, got, required, optional=()):
    if not isinstance(got, dict):
        raise ValueError(f"{where}: expected {{ key = value, ... }}, got {got!r}")
    known = {*required, *optional}
    for key in got.keys() - known:
        raise ValueError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")
    for key in sorted(set(required) - got.keys()):
        raise ValueError(f"{where}: key {key!r} is missing")
