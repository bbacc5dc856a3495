"""Which mistake is it? What came back is compared with what each known mistake would give.

The rule is: no name is better than a wrong name. A name is given only if one mistake alone explains the
numbers, in every probe.
"""

import itertools
from typing import NamedTuple

import numpy as np

from mlpedu.classroom.formulas import evaluate
from mlpedu.classroom.perform import perform
from mlpedu.classroom.protocols import FLOAT32, LARGE, sizes
from mlpedu.gradient_check import relative_error

TOLERANCE = 1e-5  # the largest error of a right implementation is 3e-6, the smallest of a mistake 8e-4
FLOOR = 1e-12
CONSISTENT = "Your backward is the derivative of your forward, so look at the forward."
NOT_ATTEMPTED = "NotImplementedError"


class Finding(NamedTuple):
    """One thing that was found.

    Attributes
    ----------
    group : str
        "forward", "gradient" or "robustness"; "file" if nothing could be run.
    text : str
        One or two sentences.
    id : str or None
        The name of the mistake, if there is one.
    symbol : str or None
        Which result shows it.
    factor : str or None
        "N", "-1": the result is right but for this constant.
    lines : tuple
        The student's own lines of a traceback: number, function, code.
    kind : str
        "fault"; "remark", which costs nothing; or "not attempted".
    """

    group: str
    text: str
    id: str | None = None
    symbol: str | None = None
    factor: str | None = None
    lines: tuple = ()
    kind: str = "fault"


class _Probe(NamedTuple):
    """One case: what went in, what is right, what came back, and what each form of a mistake would give."""

    inputs: dict
    expected: dict
    got: dict
    note: dict
    predictions: list


def diagnose(exercise, cases, answer):
    """What is to say about an answer of the worker.

    Parameters
    ----------
    exercise : Exercise
    cases : list of Case
    answer : Answer

    Returns
    -------
    list of Finding
        Empty if all is right.
    """
    if answer.failure or answer.loaded:
        return [_not_run(answer)]
    expected, _ = perform(exercise.protocol, exercise.solution(), cases, file="")
    probes = {
        case.name: _probe(
            exercise, case, _of_case(expected, case), _of_case(answer.arrays, case), answer.notes
        )
        for case in cases
    }
    values = [probe for name, probe in probes.items() if name != FLOAT32 and not name.startswith(LARGE)]
    return list(_values(exercise, values)) or list(_robustness(exercise, probes, values))


def _of_case(arrays, case):
    prefix = f"{case.name}/"
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _probe(exercise, case, expected, got, notes):
    names = case.inputs | sizes(case.inputs)
    names |= {symbol.replace("/", "_"): value for symbol, value in expected.items()}
    names |= {symbol.replace(" ", "_"): value for symbol, value in got.items() if symbol.endswith(" after")}
    for name, formula in exercise.names.items():
        names[name] = evaluate(formula, names)
    predictions = [
        {symbol: evaluate(formula, names) for symbol, formula in form.formulas.items()}
        for _, form in _forms(exercise)
    ]
    return _Probe(case.inputs, expected, got, notes[case.name], predictions)


def _forms(exercise):
    return [(mistake, form) for mistake in exercise.mistakes for form in mistake.forms]


def _not_run(answer):
    if answer.failure == "time":
        where = f" It was in line {answer.line}." if answer.line else ""
        return Finding("file", f"Still running after 5 s: does this loop end?{where}", id="still-running")
    if answer.failure == "output":
        return Finding(
            "file", "It printed or returned so much that the check gave up: is there a print in a loop?"
        )
    if answer.failure == "exit":
        return Finding(
            "file",
            "The process ended before it had answered: does the file call exit, or use a lot of memory?",
        )
    error = answer.loaded
    return Finding("file", f"The file doesn't load: {error['type']}: {error['text']}", lines=_lines(error))


def _lines(error):
    return tuple(tuple(line) for line in error["lines"])


def _values(exercise, probes):
    """Findings about the values; none if all are right."""
    results = exercise.protocol.RESULTS
    raised = next((p.note["raised"] for p in probes if p.note["raised"]), None)
    if raised and raised["type"] == NOT_ATTEMPTED:
        raised = None
    seen = [symbol for symbol in results if any(_came(p, symbol) for p in probes)]
    wrong = [symbol for symbol in seen if not _all_match(probes, symbol, _expected(symbol))]
    named = _explaining(exercise, probes, seen) if wrong else None
    consistent = wrong and results[wrong[0]][0] == "forward" and _self_consistent(probes, results)
    if named:
        mistake, form = named
        symbol = next((s for s in wrong if s in form.formulas), wrong[0])
        text = f"{mistake.look} {CONSISTENT}" if consistent else mistake.look
        yield Finding(
            results[symbol][0],
            text,
            mistake.id,
            symbol,
            _factor(probes, symbol),
            lines=_lines(raised) if raised else (),
        )
        raised = None
    else:
        if consistent:
            wrong = [symbol for symbol in wrong if results[symbol][0] == "forward"]
        for symbol in wrong:
            finding = _about(exercise, probes, symbol)
            yield finding._replace(text=f"{finding.text} {CONSISTENT}") if consistent else finding
    if raised:
        yield _raised(raised, probes[0].inputs)
    elif missing := [symbol for symbol in results if symbol not in seen]:
        group = results[missing[0]][0]
        yield Finding(
            group,
            f"Not attempted yet: {_label(results, missing[0])}.",
            symbol=missing[0],
            kind="not attempted",
        )


def _came(probe, symbol):
    return symbol in probe.got or symbol in probe.note["not arrays"]


def _expected(symbol):
    return lambda probe: probe.expected[symbol]


def _match(got, wanted):
    if got is None or wanted is None or np.shape(got) != np.shape(wanted):
        return False
    with np.errstate(all="ignore"):
        return bool(relative_error(np.ravel(got) * 1.0, np.ravel(wanted) * 1.0, FLOOR) <= TOLERANCE)


def _all_match(probes, symbol, wanted):
    """Whether a result is `wanted(probe)` in every probe that got as far."""
    ran = [probe for probe in probes if _came(probe, symbol)]
    return bool(ran) and all(_match(probe.got.get(symbol), wanted(probe)) for probe in ran)


def _explaining(exercise, probes, seen):
    """The mistake and form that gives all that came back, if one mistake alone does."""
    found = {}
    for i, (mistake, form) in enumerate(_forms(exercise)):
        if form.recognise:
            recognise = getattr(exercise.protocol, form.recognise)
            explains = all(recognise(p.inputs, p.expected, p.got) for p in probes)
        else:
            wanted = {s: _predicted(i, s) if s in form.formulas else _expected(s) for s in seen}
            explains = bool(form.formulas.keys() & wanted.keys()) and all(
                _all_match(probes, symbol, wanted[symbol]) for symbol in seen
            )
        if explains:
            found.setdefault(mistake.id, (mistake, form))
    return next(iter(found.values())) if len(found) == 1 else None


def _predicted(i, symbol):
    return lambda probe: probe.predictions[i][symbol]


def _self_consistent(probes, results):
    """Whether the student's backward is the derivative of the student's forward, along one direction."""
    value, gradient = list(results)[:2]
    for probe in probes:
        above, below = probe.got.get(f"{value} above"), probe.got.get(f"{value} below")
        slope, direction = probe.got.get(gradient), probe.inputs.get("V")
        if above is None or below is None or slope is None or np.shape(slope) != np.shape(direction):
            return False
        weights = probe.inputs["G"] if "G" in probe.inputs else 1.0
        if np.shape(above) != np.shape(below) or (np.ndim(above) and np.shape(above) != np.shape(weights)):
            return False
        numeric = float((weights * (above - below)).sum()) / 2e-5
        analytic = float((slope * direction).sum())
        if not abs(numeric - analytic) <= 1e-6 * max(abs(numeric), abs(analytic), 1e-3):
            return False
    return True


def _about(exercise, probes, symbol):
    """What is to say about one wrong result alone: the first that applies, and only if it is unique."""
    group, label = exercise.protocol.RESULTS[symbol][0], _label(exercise.protocol.RESULTS, symbol)
    say = lambda text, **more: Finding(group, text, symbol=symbol, **more)  # noqa: E731
    for probe in probes:
        if symbol in probe.note["not arrays"]:
            what = probe.note["not arrays"][symbol]
            remedy = " Does every way through it end with return?" if what == "None" else ""
            return say(f"{label} is {what}.{remedy}")
    forms = [(i, mistake) for i, (mistake, form) in enumerate(_forms(exercise)) if symbol in form.formulas]
    ids = {m.id: m for i, m in forms if _all_match(probes, symbol, _predicted(i, symbol))}
    factor = _factor(probes, symbol)
    if len(ids) == 1:
        (mistake,) = ids.values()
        return say(mistake.look, id=mistake.id, factor=factor)
    for probe in probes:
        if symbol in probe.got and np.shape(probe.got[symbol]) != np.shape(probe.expected[symbol]):
            return say(_about_shape(label, probe, symbol))
    if not all(np.isfinite(probe.got[symbol]).all() for probe in probes if symbol in probe.got):
        return say(f"{label} holds NaN or infinity, for ordinary inputs.")
    if factor:
        return say(f"{label} is right but for the constant factor {factor}: who owns it?", factor=factor)
    multiples = {
        (m.id, name): m
        for (i, m), (name, constant) in itertools.product(forms, CONSTANTS.items())
        if _all_match(probes, symbol, _times(constant, _predicted(i, symbol)))
    }
    if len(multiples) == 1:
        (((_, name), mistake),) = multiples.items()
        return say(
            f"{mistake.look} And a constant factor, {name}, is off as well.", id=mistake.id, factor=name
        )
    place = _place(exercise, probes, symbol)
    return say(f"{label} is wrong {place}, and right elsewhere." if place else f"{label} is not right.")


CONSTANTS = {
    "-1": lambda n: -1,
    "2": lambda n: 2,
    "1/2": lambda n: 1 / 2,
    "N": lambda n: n["N"],
    "1/N": lambda n: 1 / n["N"],
    "-N": lambda n: -n["N"],
    "-1/N": lambda n: -1 / n["N"],
    "2N": lambda n: 2 * n["N"],
    "2/N": lambda n: 2 / n["N"],
    "N/2": lambda n: n["N"] / 2,
    "-2": lambda n: -2,
    "-1/2": lambda n: -1 / 2,
    "C": lambda n: n["C"],
    "1/C": lambda n: 1 / n["C"],
    "2/C": lambda n: 2 / n["C"],
    "NC": lambda n: n["N"] * n["C"],
    "N/C": lambda n: n["N"] / n["C"],
    "1/(NC)": lambda n: 1 / (n["N"] * n["C"]),
    "D": lambda n: n["D"],
    "1/D": lambda n: 1 / n["D"],
    "M": lambda n: n["M"],
    "1/M": lambda n: 1 / n["M"],
}


def _times(constant, wanted):
    def multiple(probe):
        try:
            value = wanted(probe)
            return None if value is None else constant(sizes(probe.inputs)) * value
        except KeyError:  # a size that this exercise doesn't have
            return None

    return multiple


def _factor(probes, symbol):
    """The name of the constant that a result is off by, if there is just one."""
    ran = [name for name, c in CONSTANTS.items() if _all_match(probes, symbol, _times(c, _expected(symbol)))]
    return ran[0] if len(ran) == 1 else None


def _about_shape(label, probe, symbol):
    got, wanted = np.shape(probe.got[symbol]), np.shape(probe.expected[symbol])
    text = f"{label} has shape {got}; it must have shape {wanted}."
    if len(got) == 2 and got == wanted[::-1]:
        return f"{text} It looks transposed."
    if len(got) == len(wanted) + 1 and got[0] == sizes(probe.inputs).get("N"):
        return f"{text} The batch axis is still there."
    return text


def _place(exercise, probes, symbol):
    """The smallest named place that holds all wrong entries, if it is the same in every probe."""

    def candidates(probe):
        got, wanted = probe.got[symbol], probe.expected[symbol]
        wrong = abs(got - wanted) > TOLERANCE * max(abs(wanted).max(), FLOOR)
        places = exercise.protocol.places(symbol, probe.inputs)
        return {
            place: mask.sum()
            for place, mask in places.items()
            if not (wrong & ~mask).any() and not mask.all()
        }

    ran = [candidates(probe) for probe in probes if symbol in probe.got]
    common = set.intersection(*map(set, ran)) if ran else set()
    return min(sorted(common), key=lambda place: ran[0][place], default=None)


def _label(results, symbol):
    return results[symbol][1][0].upper() + results[symbol][1][1:]


def _raised(error, inputs):
    given = ", ".join(
        f"{k} {np.shape(v)}" for k, v in inputs.items() if isinstance(v, np.ndarray) and k != "V"
    )
    text = f"It raises {error['type']}: {error['text']}. The shapes of what it was given: {given}."
    return Finding("file", text, lines=_lines(error))


def _robustness(exercise, probes, values):
    """Findings about right values: arguments that change, memory of earlier batches, large inputs, dtype."""
    changed = {
        key
        for p in values
        for key in p.expected
        if key.endswith(" after") and not np.array_equal(p.got.get(key), p.expected[key])
    }
    if changed:
        text = "After your call, look at the array you were given: it has changed. It belongs to the caller."
        yield Finding("robustness", text, "act.mutates-argument", min(changed))
    again = [key for key in values[0].expected if key.endswith(" again")]
    for key in again:
        if not _all_match(values, key, _expected(key)):
            symbol = key.removesuffix(" again")
            summed = lambda p: (
                p.expected[key] + p.expected[symbol]
                if np.shape(p.expected[key]) == np.shape(p.expected[symbol])
                else None
            )
            name = "linear.gradient-accumulates" if _all_match(values, key, summed) else None
            text = f"{_label(exercise.protocol.RESULTS, symbol)} is right for the first batch and wrong for the second: should the second answer remember the first?"
            yield Finding("robustness", text, name, symbol)
            break
    for name, probe in probes.items():
        if name.startswith(LARGE) and (
            probe.note["raised"] or not all(np.isfinite(v).all() for v in probe.got.values())
        ):
            case = name.removeprefix(LARGE)
            id = exercise.large.get(case)
            look = next(
                (m.look for m in exercise.mistakes if m.id == id),
                "For large inputs it gives NaN, infinity or an error: which number in between is too large to hold?",
            )
            yield Finding("robustness", look, id)
            break
    narrow = probes.get(FLOAT32)
    if narrow and any(
        narrow.got.get(s, np.float32()).dtype != np.float32
        for s in exercise.protocol.RESULTS
        if narrow.expected[s].ndim
    ):
        text = "float32 goes in and float64 comes out. That costs time: which constant or array in your code is float64?"
        yield Finding("robustness", text, "dtype-changed", kind="remark")
