"""The exercise set tests itself: stubs, hints, the library, and every implementation of the catalogue."""

import ast

import numpy as np

from mlpedu.classroom.diagnosis import FLOOR, diagnose
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.perform import perform
from mlpedu.classroom.protocols import FLOAT32, LARGE, questions
from mlpedu.classroom.stubs import functions_of, objects_with, stub, unwritten
from mlpedu.classroom.supervision import Answer
from mlpedu.gradient_check import relative_error


class Trial:
    """One implementation of an exercise, run in this process."""

    def __init__(self, exercise, bodies):
        self.exercise = exercise
        self.objects = objects_with(exercise, bodies)
        self.objects += [item for part in exercise.needs for item in load(part).solution()]

    def findings(self, seed):
        self.cases = questions(self.exercise.protocol, seed)
        self.got = perform(self.exercise.protocol, self.objects, self.cases, self.exercise.file)
        return diagnose(self.exercise, self.cases, Answer(*self.got))

    def deviation(self):
        """The largest relative error of an ordinary result of the last run; infinity if one is missing."""
        solution = self.exercise.solution() + self.objects[len(self.exercise.objects) :]
        expected, _ = perform(self.exercise.protocol, solution, self.cases, "")
        errors = [0.0]
        for case in self.cases:
            for symbol in self.exercise.protocol.RESULTS if _ordinary(case) else ():
                got, wanted = (arrays.get(f"{case.name}/{symbol}") for arrays in (self.got[0], expected))
                if wanted is None:  # this case doesn't ask for it
                    continue
                fits = got is not None and np.shape(got) == np.shape(wanted)
                errors.append(relative_error(np.ravel(got), np.ravel(wanted), FLOOR) if fits else np.inf)
        return max(errors)


def _ordinary(case):
    return case.name != FLOAT32 and not case.name.startswith(LARGE)


def selftest(seeds, names=ORDER):
    """Try everything.

    Parameters
    ----------
    seeds : int
        How many probes each implementation gets.
    names : sequence of str
        The exercises.

    Returns
    -------
    failures : list of str
        What isn't as it should be, a sentence each.
    figures : dict
        Counts and measures, as the book shows them.
    """
    failures = []
    figures = {
        "seeds": seeds,
        "wrong": {"implementations": 0, "rejected": 0, "named": 0, "misnamed": 0},
        "outside": {"implementations": 0, "rejected": 0, "named": 0, "misnamed": 0},
        "right": {"implementations": 0, "accepted": 0, "largest_error": 0.0},
        "smallest_mistake": np.inf,
        "exercises": {},
    }
    for exercise in map(load, names):
        failures += [f"{exercise.name}: {sentence}" for sentence in _about_stub(exercise)]
        wrong = [(m.id, form.code, (m.id,)) for m in exercise.mistakes for form in m.forms if form.code]
        outside = [(name, code, code.get("ids", ())) for name, code in exercise.outside.items()]
        right = {"the library": {}} | exercise.right
        for kind, trials in (("wrong", wrong), ("outside", outside)):
            for name, code, ids in trials:
                failures += _about_wrong(figures, kind, Trial(exercise, _bodies(code)), name, ids, seeds)
        for name, code in right.items():
            failures += _about_right(figures, Trial(exercise, code), name, seeds)
        counts = {"mistakes": len(exercise.mistakes), "wrong": len(wrong), "right": len(right)}
        figures["exercises"][exercise.name] = counts
    return failures, figures


def _bodies(code):
    return {name: body for name, body in code.items() if name != "ids"}


def _about_stub(exercise):
    functions = functions_of(exercise.source)
    solution = {ast.dump(line) for name in exercise.cut for line in _statements(functions[name])}
    solution -= {ast.dump(line) for name in exercise.shown for line in _statements(functions[name])}
    left = {ast.dump(line) for line in _statements(ast.parse(stub(exercise)))}
    if given := solution & left:
        yield f"the stub holds a statement of its solution: {sorted(given)[0]}"
    kinds = {finding.kind for finding in Trial(exercise, unwritten(exercise)).findings(0)}
    if kinds != {"not attempted"}:
        yield f"an untouched stub is {kinds or 'passed'}, not 'not attempted'"
    if len(exercise.hints) != 3:
        yield f"it has {len(exercise.hints)} hints, not three"


def _statements(tree):
    """The simple statements below a node, without docstrings."""
    for node in ast.walk(tree):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr) and not docstring:
            yield node


def _about_wrong(figures, kind, trial, name, ids, seeds):
    count = figures[kind]
    rejected = named = True
    misnamed = set()
    for seed in range(seeds):
        found = [finding for finding in trial.findings(seed) if finding.kind == "fault"]
        names = {finding.id for finding in found} - {None}
        rejected &= bool(found)
        named &= bool(names)
        misnamed |= names - set(ids)
        if kind == "wrong" and all(finding.group != "robustness" for finding in found):
            figures["smallest_mistake"] = min(figures["smallest_mistake"], trial.deviation() or np.inf)
    count["implementations"] += 1
    count["rejected"] += rejected
    count["named"] += named and not misnamed
    count["misnamed"] += bool(misnamed)
    where = f"{trial.exercise.name}: {name}"
    if not rejected:
        yield f"{where} isn't rejected"
    if misnamed:
        yield f"{where} gets the name {', '.join(sorted(misnamed))}"
    elif kind == "wrong" and not named:
        yield f"{where} gets no name"


def _about_right(figures, trial, name, seeds):
    count = figures["right"]
    refused = None
    for seed in range(seeds):
        faults = [finding for finding in trial.findings(seed) if finding.kind == "fault"]
        refused = refused or (faults and f"{trial.exercise.name}: {name}, seed {seed}: {faults[0].text}")
        count["largest_error"] = max(count["largest_error"], trial.deviation())
    count["implementations"] += 1
    count["accepted"] += not refused
    if refused:
        yield refused
