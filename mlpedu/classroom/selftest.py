"""The exercise set tests itself: stubs, hints, the library, and every implementation of the catalogue."""

import ast
import functools

import numpy as np

from mlpedu.classroom.agreement import deviation
from mlpedu.classroom.diagnosis import diagnose, ordinary, right_results
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.perform import perform
from mlpedu.classroom.protocols import questions
from mlpedu.classroom.stubs import functions_of, objects_with, stub, unwritten
from mlpedu.classroom.supervision import Answer


@functools.lru_cache(maxsize=1)
def _question(name, seed):
    """The cases of a seed, and what the library gives."""
    exercise = load(name)
    cases = questions(exercise.protocol, seed, judged=seed == 0)  # once is enough for those
    return cases, right_results(exercise, cases)


class Trial:
    """One implementation of an exercise, run in this process."""

    def __init__(self, exercise, bodies):
        self.exercise = exercise
        self.objects = objects_with(exercise, {k: v for k, v in bodies.items() if k != "ids"})
        self.objects += [item for part in exercise.needs for item in load(part).solution()]

    def findings(self, seed):
        self.cases, self.expected = _question(self.exercise.name, seed)
        self.got = perform(self.exercise.protocol, self.objects, self.cases, self.exercise.file)
        return diagnose(self.exercise, self.cases, Answer(*self.got), self.expected)

    def deviation(self):
        """The largest relative error of an ordinary result of the last run; infinity if one is missing."""
        errors = [0.0]
        for case in self.cases:
            for symbol in self.exercise.protocol.RESULTS if ordinary(case) else ():
                got, wanted = (a.get(f"{case.name}/{symbol}") for a in (self.got[0], self.expected))
                if wanted is not None:  # else this case doesn't ask for it
                    errors.append(deviation(got, wanted))
        return max(errors)


class Wrong(Trial):
    """A wrong implementation; `ids` are the names that are right for it, its own one if it has one."""

    def __init__(self, exercise, name, bodies, ids):
        super().__init__(exercise, bodies)
        self.name, self.ids, self.catalogued = name, set(ids), name in ids
        self.rejected = self.named = True
        self.misnames = set()
        self.smallest = np.inf

    def take(self, seed):
        found = [finding for finding in self.findings(seed) if finding.kind == "fault"]
        names = {finding.id for finding in found} - {None}
        self.rejected &= bool(found)
        self.named &= bool(names) and names <= self.ids
        self.misnames |= names - self.ids
        if all(finding.group != "robustness" for finding in found):
            self.smallest = min(self.smallest, self.deviation() or np.inf)

    def failures(self):
        if not self.rejected:
            yield f"{self.name} isn't rejected"
        if self.misnames:
            yield f"{self.name} gets the name {', '.join(sorted(self.misnames))}"
        elif self.catalogued and not self.named:
            yield f"{self.name} gets no name"


class Right(Trial):
    """An implementation that looks different and is right."""

    def __init__(self, exercise, name, bodies):
        super().__init__(exercise, bodies)
        self.name, self.refused, self.largest = name, "", 0.0

    def take(self, seed):
        faults = [finding.text for finding in self.findings(seed) if finding.kind == "fault"]
        if faults and not self.refused:
            self.refused = f"{self.name}, seed {seed}: {faults[0]}"
        self.largest = max(self.largest, self.deviation())

    def failures(self):
        if self.refused:
            yield self.refused


def selftest(seeds, names=ORDER, right_seeds=None):
    """Try everything.

    Parameters
    ----------
    seeds : int
        How many probes each implementation gets.
    names : sequence of str
        The exercises.
    right_seeds : int, optional
        How many the right ones get, if not the same.

    Returns
    -------
    failures : list of str
        What isn't as it should be, a sentence each.
    figures : dict
        Counts and measures, as the book shows them.
    """
    right_seeds = seeds if right_seeds is None else right_seeds
    failures, everything, counts = [], [], {}
    for exercise in map(load, names):
        failures += [f"{exercise.name}: {sentence}" for sentence in _about_stub(exercise)]
        forms = [(mistake, form) for mistake in exercise.mistakes for form in mistake.forms if form.code]
        wrong = [Wrong(exercise, mistake.id, form.code, [mistake.id]) for mistake, form in forms]
        outside = [
            Wrong(exercise, name, code, code.get("ids", ())) for name, code in exercise.outside.items()
        ]
        right = [Right(exercise, name, code) for name, code in ({"the library": {}} | exercise.right).items()]
        for seed in range(max(seeds, right_seeds)):
            for trial in (wrong + outside) * (seed < seeds) + right * (seed < right_seeds):
                trial.take(seed)
        trials = wrong + outside + right
        failures += [f"{exercise.name}: {sentence}" for trial in trials for sentence in trial.failures()]
        everything.append((wrong, outside, right))
        counts[exercise.name] = {"mistakes": len(exercise.mistakes), "wrong": len(wrong), "right": len(right)}
    wrong, outside, right = (
        [trial for part in parts for trial in part] for parts in zip(*everything, strict=True)
    )
    figures = {
        "seeds": seeds,
        "wrong": _counted(wrong),
        "outside": _counted(outside),
        "right": {
            "implementations": len(right),
            "accepted": sum(not trial.refused for trial in right),
            "seeds": right_seeds,
            "largest_error": max(trial.largest for trial in right),
        },
        "smallest_mistake": min(trial.smallest for trial in wrong),
        "exercises": counts,
    }
    return failures, figures


def _counted(trials):
    return {
        "implementations": len(trials),
        "rejected": sum(trial.rejected for trial in trials),
        "named": sum(trial.named for trial in trials),
        "misnamed": sum(bool(trial.misnames) for trial in trials),
    }


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
