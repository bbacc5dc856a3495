"""Check an exercise: ask the code, diagnose the answer, and put it into a report."""

import itertools
import math
import random
from typing import NamedTuple

import numpy as np

from mlpedu.classroom import supervision
from mlpedu.classroom.diagnosis import diagnose
from mlpedu.classroom.exercises import MODULES, load
from mlpedu.classroom.perform import perform
from mlpedu.classroom.protocols import questions

LARGEST_SEED = 9999


class Report(NamedTuple):
    """What a check found.

    Attributes
    ----------
    exercise : str
    seed : int or None
        It repeats the inputs; None if nothing was run.
    findings : list of Finding
        Empty if all is right and there is nothing to remark.
    printed : str
        What the student's code printed.
    """

    exercise: str
    seed: int | None
    findings: list
    printed: str = ""

    @property
    def status(self):
        """ "passed", "failed" or "not attempted"."""
        kinds = {finding.kind for finding in self.findings}
        if "fault" in kinds:
            return "failed"
        return "not attempted" if "not attempted" in kinds else "passed"

    @property
    def passed(self):
        return self.status == "passed"

    def __repr__(self):
        """What a notebook shows: the message."""
        from mlpedu.classroom import messages

        repeat = f"check({self.exercise!r}, ..., seed={self.seed})"
        return messages.text(messages.about(self, repeat))


def check_file(name, files, seed=None, accept=()):
    """Check the student's file of an exercise, in a process of its own.

    Parameters
    ----------
    name : str
        Of the exercise.
    files : dict of str to path
        The student's files by exercise: that of `name`, and those whose parts it needs.
    seed : int, optional
        Of the inputs; a random one if None.
    accept : sequence of str
        The conventions of the course, by their ids.

    Returns
    -------
    Report
    """
    exercise, seed = load(name), _seed(seed)
    cases = cases_of(exercise, seed, accept)
    wanted = {str(files[part]): load(part).objects for part in (name, *exercise.needs)}
    answer = supervision.ask(exercise.protocol, wanted, cases)
    return Report(name, seed, diagnose(exercise, cases, answer, accept=accept), answer.printed)


def cases_of(exercise, seed, accept=()):
    """The questions of a check; parts that follow a convention may need another learning rate to train."""
    rates = [1]
    for part in exercise.needs:
        own = {1, *(convention.rate for convention in load(part).accepted(accept))}
        rates = sorted({rate * more for rate in rates for more in own}, key=lambda rate: abs(math.log(rate)))
    cases = questions(exercise.protocol, seed)
    if len(rates) == 1:
        return cases
    return [c._replace(inputs=c.inputs | {"rates": np.array(rates)}) if c.hidden else c for c in cases]


def check(name, *objects, seed=None, accept=()):
    """Check classes or functions that are already there, as in a notebook: ``check("relu", ReLU)``.

    The code runs in this process, without limits.

    Parameters
    ----------
    name : str
        Of the exercise.
    *objects : class or function
        What it asks for, in any order; for an exercise that needs others also their parts.
    seed : int, optional
    accept : sequence of str
        The conventions of the course, by their ids.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        An unknown exercise; an object that it needs is missing.
    """
    exercise, seed = load(name), _seed(seed)
    given = {getattr(item, "__name__", repr(item)): item for item in objects}
    wanted = [key for part in (name, *exercise.needs) for key in load(part).objects]
    if missing := [key for key in wanted if key not in given]:
        raise ValueError(f"check {name!r}: expected {', '.join(wanted)}; missing: {', '.join(missing)}")
    cases = cases_of(exercise, seed, accept)
    file = getattr(getattr(given[wanted[0]], "__init__", None), "__code__", None)
    found = perform(exercise.protocol, [given[key] for key in wanted], cases, file and file.co_filename)
    return Report(name, seed, diagnose(exercise, cases, supervision.Answer(*found), accept=accept))


def cancelling(reports):
    """Errors of two exercises that no check of a whole network sees, because their factors multiply to 1.

    Parameters
    ----------
    reports : sequence of Report

    Returns
    -------
    list of str
        A sentence each.
    """
    found = [
        (report.exercise, finding.factor)
        for report in reports
        for finding in report.findings
        if finding.factor and (finding.group == "gradient" or report.exercise == "sgd")
    ]
    sizes = {"N": 7, "D": 5, "M": 11, "C": 3}
    return [
        f"{first} is off by the factor {a} and {second} by {b}. Together they cancel: a network trains as if "
        "nothing were wrong, until one of them is mended. Mend both."
        for (first, a), (second, b) in itertools.combinations(found, 2)
        if first != second and abs(eval(f"({a}) * ({b})", {}, sizes) - 1) < 1e-9 and _meet(first, second)
    ]


def _meet(first, second):
    """Whether two exercises stand in one chain of factors: two losses don't, nor do two activations."""
    return MODULES[first].split(".")[1] != MODULES[second].split(".")[1]


def _seed(seed):
    return random.randint(0, LARGEST_SEED) if seed is None else seed
