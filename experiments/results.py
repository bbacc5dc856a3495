"""Results on disk: one JSON a run and seed, with everything that made it."""

import dataclasses
import json
import os
import platform
import re
from pathlib import Path

import numpy as np

import mlpedu

COMMITTED = Path(__file__).parent / "results"
LIVE = Path(__file__).parent / "live"


def write(directory, task, outcome):
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
    directory.mkdir(parents=True, exist_ok=True)
    target = _path(directory, task.run, task.seed)
    part = target.with_suffix(".part")
    part.write_text(_readable(result), encoding="utf-8")
    os.replace(part, target)


def read(directory, run, seed):
    """The result of one run and seed; None where there is none."""
    try:
        return json.loads(_path(directory, run, seed).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def read_all(directory, run):
    """The results of all seeds of a run, in the order of the seeds."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in directory.glob(f"{run}-seed*.json")]
    return sorted(found, key=lambda result: result["seed"])


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
