"""Results on disk: one JSON a run and seed, with everything that made it."""

import dataclasses
import json
import os
import platform
import re
import tempfile
from pathlib import Path

import numpy as np

import mlpedu
from experiments import declaration

RECORDED = Path(__file__).parent / "results"  # committed: what the book shows
LIVE = Path(__file__).parent / "live"  # ignored by git: what you run yourself


def live(experiment, source, quick):
    """Where your own results of an experiment go: miniatures and other data apart."""
    return LIVE / (f"{source}-quick" if quick else source) / experiment


def latest(experiment):
    """The folder of your latest miniature of an experiment, on whichever data."""
    folders = [live(experiment, source, quick=True) for source in ("mnist", "synthetic")]
    return max(folders, key=lambda folder: max((f.stat().st_mtime for f in folder.glob("*.json")), default=0))


def write(task, outcome):
    """Write the outcome of a task, whole or not at all."""
    result = {
        "experiment": task.experiment,
        "run": task.run,
        "seed": task.seed,
        "settings": dataclasses.asdict(task.settings),
        **outcome,
        "versions": {
            "mlpedu": mlpedu.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "processor": _processor(),
    }
    target = _path(task.directory, task.run, task.seed)
    part = target.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(_readable(result), encoding="utf-8")
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def prepare(directory):
    """Make a folder for results; OSError before anything runs if nothing can be written there."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory):
        pass


def read(directory, run, seed):
    """The result of a run and seed under the settings of the run; None where there is none or another's.

    Raises
    ------
    ValueError
        A file that is no result.
    """
    path = _path(directory, run.name, seed)
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        return result if result["settings"] == dataclasses.asdict(run.settings) else None
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is no result ({error!r}); delete it and run again") from error


def read_all(directory, run):
    """The results of all seeds of a run, in the order of the seeds."""
    seeds = (file.stem.removeprefix(f"{run.name}-seed") for file in directory.glob(f"{run.name}-seed*.json"))
    found = (read(directory, run, seed) for seed in sorted(map(int, filter(str.isdigit, seeds))))
    return [result for result in found if result is not None]


def histories(directory, run, column):
    """A column of the history for each seed of a run."""
    return [result["history"][column] for result in read_all(directory, run)]


def recorded(path):
    """The run at ``EXPERIMENT/RUN`` and its results in the book.

    Raises
    ------
    ValueError
        An experiment or a run that isn't declared.
    """
    name, _, run_name = path.partition("/")
    for run in declaration.load(name).runs:
        if run.name == run_name:
            return run, read_all(RECORDED / name, run)
    raise ValueError(f"{name} has no run {run_name!r}")


def _path(directory, run, seed):
    return directory / f"{run}-seed{seed}.json"


def _readable(result):
    """JSON with a list of numbers on one line, so that a diff shows which quantity changed."""
    text = json.dumps(result, indent=1, allow_nan=False)
    return re.sub(r"\[[^][{}]*\]", lambda found: json.dumps(json.loads(found[0])), text) + "\n"


def _processor():
    try:
        return re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))[1]
    except (OSError, TypeError):
        return platform.processor() or platform.machine()
