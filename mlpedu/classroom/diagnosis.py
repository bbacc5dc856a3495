"""Which mistake is it? What came back is compared with what each known mistake would give.

The rule is: no name is better than a wrong name. A name is given only if one mistake alone explains the
numbers, in every probe. How it works: :doc:`/exercises/diagnosis`.
"""

import itertools
from typing import NamedTuple

import numpy as np

from mlpedu.classroom.agreement import FLOOR, TOLERANCE, same
from mlpedu.classroom.formulas import evaluate
from mlpedu.classroom.perform import perform
from mlpedu.classroom.protocols import FLOAT32, IN_CODE, LARGE, LATER, SHIFTED, Case, H, sizes
from mlpedu.classroom.stubs import objects_with
from mlpedu.gradient_check import relative_error

ROUGHLY = 1e-2  # for shifted inputs: float32 near 900 has steps of 6e-5
CONSTANTS = ("-1", "2", "1/2", "-2", "-1/2", "N", "1/N", "-N", "-1/N", "2*N", "2/N", "N/2", "1/N**2")
CONSTANTS += ("C", "1/C", "2/C", "N*C", "N/C", "1/N/C", "D", "1/D", "M", "1/M")
CONSISTENT = "Your backward is the derivative of your forward, so look at the forward."


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


def right_results(exercise, cases, objects=None):
    """What the library gives in the cases that are compared, or other objects."""
    compared = [case for case in cases if not case.hidden]
    return perform(exercise.protocol, objects or exercise.solution(), compared, file="")[0]


def ordinary(case):
    """Whether the values of a case count."""
    return not (case.hidden or case.name == FLOAT32 or case.name.startswith((LARGE, LATER)))


def diagnose(exercise, cases, answer, expected=None, accept=()):
    """What is to say about an answer of the worker.

    Parameters
    ----------
    exercise : Exercise
    cases : list of Case
    answer : Answer
    expected : dict of str to ndarray, optional
        The right results, if they are known already.
    accept : sequence of str
        The conventions of the course. If the answer follows one, it is compared with that.

    Returns
    -------
    list of Finding
        Empty if all is right.
    """
    if answer.failure or answer.loaded:
        return [_not_run(answer)]
    expected = right_results(exercise, cases) if expected is None else expected
    if followed := _followed(exercise, cases, answer, expected, accept):
        convention, expected = followed
        text = "This follows the convention {}, which your course accepts: {}."
        remarks = [
            Finding("forward", text.format(id, says), id, kind="remark")
            for id, says in exercise.sayings(convention.ids).items()
        ]
        return _found(exercise, cases, answer, expected, True) + remarks
    return _found(exercise, cases, answer, expected)


def _followed(exercise, cases, answer, expected, accept):
    """The accepted convention that comes nearer to the answer than the library, and its results; or None."""

    def distance(expected):
        wrong = [
            group
            for case in cases
            for symbol, (group, _) in exercise.protocol.RESULTS.items()
            if ordinary(case)
            and not same(*(a.get(f"{case.name}/{symbol}") for a in (answer.arrays, expected)))
        ]
        return "forward" in wrong, len(wrong)

    best, followed = distance(expected), None
    for convention in exercise.accepted(accept) if best > (False, 0) else ():
        results = right_results(exercise, cases, objects_with(exercise, convention.code))
        if (here := distance(results)) < best:
            best, followed = here, (convention, results)
    return followed


def _found(exercise, cases, answer, expected, convention=False):
    compared = [case for case in cases if not case.hidden]
    probes = {case.name: _Probe.of(exercise, case, expected, answer) for case in compared}
    comparison = _Comparison(exercise, [probes[case.name] for case in cases if ordinary(case)])
    if convention and any(map(comparison.factor, comparison.results)):
        comparison.forms = []  # they are those of the library: here the factor says it better
    later = [probe for name, probe in probes.items() if name.startswith(LATER)]
    about_values = list(comparison.findings())
    if later and not about_values:
        about_values = [f for f in _Comparison(exercise, later).findings() if f.kind == "fault"]
    overwritten = [finding for finding in _changed(comparison) if finding.id] if about_values else []
    if overwritten:  # by forward? This may be all that is wrong with a gradient, so that one gets no name
        safe = {"forward"} if any(f.symbol != "G after" for f in overwritten) else {"forward", "gradient"}
        if not any(finding.id and finding.group in safe for finding in about_values):
            return [overwritten[0], *(finding for finding in about_values if not finding.id)]
    if about_values:
        return about_values
    judged = [_judged(exercise, case, answer) for case in cases if case.hidden]
    return [*filter(None, judged), *_robustness(exercise, probes, comparison)]


def _judged(exercise, case, answer):
    """A case that isn't compared: the protocol judges what came back."""
    if raised := answer.notes[case.name]["raised"]:
        if raised["type"] == "NotImplementedError":
            return Finding("robustness", f"Not attempted yet: {raised['text']}.", kind="not attempted")
        return _raised(raised, case.inputs)
    sentence = exercise.protocol.judge(_of(case, answer.arrays), **case.hidden)
    return Finding("robustness", sentence) if sentence else None


def _of(case, arrays):
    prefix = f"{case.name}/"
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _not_run(answer):
    if answer.failure == "time":
        where = f" It was in line {answer.line}." if answer.line else ""
        return Finding("file", f"Still running after {answer.seconds:g} s: does this loop end?{where}")
    if answer.failure == "output":
        text = "It printed or returned so much that the check gave up: is there a print in a loop?"
        return Finding("file", text)
    if answer.failure == "exit":
        text = "The process ended before it had answered: does the file call exit, or use a lot of memory?"
        return Finding("file", text)
    error = answer.loaded
    return Finding("file", f"The file doesn't load: {error['type']}: {error['text']}", lines=_lines(error))


def _lines(error):
    return tuple(tuple(line) for line in error["lines"])


class _Probe(NamedTuple):
    """One case: what went in, what is right, what came back, and what each form of a mistake would give."""

    inputs: dict
    expected: dict
    got: dict
    not_arrays: dict
    raised: dict | None
    names: dict
    predictions: dict

    @classmethod
    def of(cls, exercise, case, expected, answer):
        expected, got = _of(case, expected), _of(case, answer.arrays)
        names = case.inputs | sizes(case.inputs)
        names |= {symbol.replace("/", "_"): value for symbol, value in expected.items()}
        names |= {k.replace(" ", "_"): value for k, value in got.items() if k.endswith(" after")}
        for name, formula in exercise.names.items():
            names[name] = evaluate(formula, names)
        note = answer.notes[case.name]
        return cls(case.inputs, expected, got, note["not arrays"], note["raised"], names, {})

    def came(self, symbol):
        return symbol in self.got or symbol in self.not_arrays

    def is_(self, symbol, wanted):
        return same(self.got.get(symbol), wanted)


class _Comparison:
    """All ordinary probes of one check beside what is right and what the mistakes would give."""

    def __init__(self, exercise, probes):
        self.exercise, self.probes = exercise, probes
        self.results = exercise.protocol.RESULTS
        self.forms = [(mistake, form) for mistake in exercise.mistakes for form in mistake.forms]
        self.after = [key for key in probes[0].expected if key.endswith(" after")]
        self._told = {}

    def findings(self):
        """What is wrong with the values; nothing if all are right."""
        raised = next((probe.raised for probe in self.probes if probe.raised), None)
        unwritten = raised is not None and raised["type"] == "NotImplementedError"
        seen = [symbol for symbol in self.results if any(probe.came(symbol) for probe in self.probes)]
        wrong = [symbol for symbol in seen if not self.all_right(symbol)]
        consistent = bool(wrong) and self.group(wrong[0]) == "forward" and self.self_consistent()
        if wrong and (explained := self.explanation(wrong, seen)):
            mistake, form = explained
            first = {self.group(symbol): symbol for symbol in reversed(wrong)}  # of each group
            found = [
                Finding(
                    group, form.look or mistake.look, mistake.id, symbol, form.factor or self.factor(symbol)
                )
                for group, symbol in sorted(first.items())
            ]
            if raised and not unwritten:  # the other order of a product fits in one probe only
                found[0] = found[0]._replace(lines=_lines(raised))
                raised = None
        else:
            told = [s for s in wrong if self.group(s) == "forward"] if consistent else wrong
            if raised and not unwritten:  # what only some probes came to is no news beside the exception
                told = [s for s in told if all(probe.came(s) for probe in self.probes)]
            found = []
            for symbol in told:  # a gradient of a forward that is wrong in an unknown way gets no name
                before = [finding for finding in found if finding.group == "forward"]
                known = all(finding.id or finding.factor for finding in before)
                if "N" in (self.factor(symbol) or ""):  # of a sum? Then no mean is missing
                    known &= not any("N" in (finding.factor or "") for finding in before)
                found.append(self.about(symbol, self.forms if known else []))
        if consistent:
            found = [finding._replace(text=f"{finding.text} {CONSISTENT}") for finding in found]
        yield from found
        if raised and not unwritten:  # what came back before stands
            lost = [s for s in self.results if not all(probe.came(s) for probe in self.probes)]
            for group in dict.fromkeys(map(self.group, lost)) or ["robustness"]:
                yield _raised(raised, self.probes[0].inputs)._replace(group=group)
        elif missing := [symbol for symbol in self.results if symbol not in seen]:
            text = f"Not attempted yet: {self.results[missing[0]][1]}."
            yield Finding(self.group(missing[0]), text, symbol=missing[0], kind="not attempted")

    def group(self, symbol):
        return self.results[symbol][0]

    def all_are(self, symbol, wanted):
        """Whether a result is `wanted(probe)` in every probe that got as far."""
        ran = [probe for probe in self.probes if probe.came(symbol)]
        return bool(ran) and all(probe.is_(symbol, wanted(probe)) for probe in ran)

    def all_right(self, symbol):
        return self.all_are(symbol, lambda probe: probe.expected.get(symbol))

    def all_predicted(self, i, symbol, constant="1"):
        """Whether a result is what form `i` would give, times a constant."""
        wanted = lambda probe: _times(probe, constant, self.prediction(probe, i).get(symbol))  # noqa: E731
        return self.all_are(symbol, wanted)

    def prediction(self, probe, i):
        """What form `i` would give, by symbol."""
        if i not in probe.predictions:
            formulas = self.forms[i][1].formulas
            if formulas.keys().isdisjoint(self.results):
                question = (i, *(np.asarray(value).tobytes() for value in probe.inputs.values()))
                if question not in self.exercise.answers:
                    case, objects = Case("", probe.inputs), self.exercise.imitations[i]
                    values, _ = perform(self.exercise.protocol, objects, [case], file="")
                    self.exercise.answers[question] = {k.removeprefix("/"): v for k, v in values.items()}
                probe.predictions[i] = self.exercise.answers[question]
            else:
                asked = formulas.keys() & self.results.keys()
                probe.predictions[i] = {s: evaluate(formulas[s], probe.names) for s in asked}
        return probe.predictions[i]

    def told(self, i):
        """The results that form `i` says something about, in its formulas or else in its code."""
        if i not in self._told:
            form = self.forms[i][1]
            told = form.formulas.keys() & self.results.keys()
            if not told and not form.recognise:
                told = {key for key in (*self.results, *self.after) if self.spoils(i, key)}
            self._told[i] = told
        return self._told[i]

    def spoils(self, i, key):
        asked = [probe for probe in self.probes if key in probe.expected]
        return not all(same(self.prediction(probe, i).get(key), probe.expected[key]) for probe in asked)

    def explanation(self, wrong, seen):
        """The mistake and the form that give all that came back, if one mistake alone does."""
        found = {}
        for i, (mistake, form) in enumerate(self.forms):
            if form.recognise:
                explains = self.recognised(form, self.probes)
            elif explains := all(self.all_predicted(i, symbol) for symbol in wrong):  # the quickest question
                told = self.told(i)
                explains = not told.isdisjoint(seen) and all(
                    self.all_predicted(i, symbol) if symbol in told else self.all_right(symbol)
                    for symbol in (*seen, *told.intersection(self.after))
                )
            if explains:
                found.setdefault(mistake.id, (mistake, form))
        return next(iter(found.values())) if len(found) == 1 else None

    def recognised(self, form, probes, symbol=None):
        """Whether the protocol knows a form in what came back, or in one result as if the rest were right."""
        recognise = getattr(self.exercise.protocol, form.recognise)
        try:
            return all(
                recognise(p.inputs, p.expected, p.expected | {symbol: p.got[symbol]} if symbol else p.got)
                for p in probes
            )
        except (ValueError, IndexError, KeyError):  # of a shape that it doesn't know
            return False

    def self_consistent(self):
        """Whether the student's backward is the derivative of the student's forward, in one direction."""
        value, gradient = list(self.results)[:2]
        for probe in self.probes:
            above, below, slope = (
                probe.got.get(key) for key in (f"{value} above", f"{value} below", gradient)
            )
            direction, weights = probe.inputs.get("V"), probe.inputs.get("G", np.float64(1))
            if any(array is None for array in (above, below, slope, direction)):
                return False
            fits = np.shape(above) == np.shape(below) == weights.shape and np.shape(slope) == direction.shape
            if not fits or not np.any(slope):  # 0 is the derivative of anything flat
                return False
            pair = [(weights * (above - below)).sum() / (2 * H)], [(slope * direction).sum()]
            if not relative_error(*pair) <= 1e-6:
                return False
        return True

    def about(self, symbol, forms):
        """What is to say about one wrong result alone: the first that applies, and only if it is unique."""
        label = _sentence_start(self.results[symbol][1])
        finding = Finding(self.group(symbol), f"{label} is not right.", symbol=symbol)
        for probe in self.probes:
            if what := probe.not_arrays.get(symbol):
                remedy = " Does every way through it end with return?" if what == "None" else ""
                return finding._replace(text=f"{label} is {what}.{remedy}")
        fitting = [(i, mistake) for i, (mistake, _) in enumerate(forms) if self.fits_beside(symbol, i)]
        factor = self.factor(symbol)
        names = {mistake.id: mistake.look for i, mistake in fitting if self.all_predicted(i, symbol)}
        came = [probe for probe in self.probes if symbol in probe.got]
        known = [m for m, form in forms if form.recognise and self.recognised(form, came, symbol)]
        names |= {mistake.id: mistake.look for mistake in known}
        if len(names) == 1:
            ((name, look),) = names.items()
            return finding._replace(text=look, id=name, factor=factor)
        for probe in came:
            if np.shape(probe.got[symbol]) != np.shape(probe.expected[symbol]):
                return finding._replace(text=_about_shape(label, probe, symbol))
        if not all(np.isfinite(probe.got[symbol]).all() for probe in came):
            return finding._replace(text=f"{label} holds NaN or infinity, for ordinary inputs.")
        if factor:
            text = f"{label} is right but for the constant factor {factor}: where does it come from?"
            return finding._replace(text=text, factor=factor)
        multiples = [
            (mistake.id, constant, mistake.look)
            for (i, mistake), constant in itertools.product(fitting, CONSTANTS)
            if self.all_predicted(i, symbol, constant)
        ]
        if len({name for name, *_ in multiples}) == 1:
            name, factor, look = multiples[0]
            factor = factor if len({constant for _, constant, _ in multiples}) == 1 else None
            text = f"{look} And a constant factor{f', {factor},' if factor else ''} is off as well."
            return finding._replace(text=text, id=name, factor=factor)
        if place := self.place(symbol, came):
            return finding._replace(text=f"{label} is wrong {place}, and right elsewhere.")
        return finding

    def fits_beside(self, symbol, i):
        """Whether form `i` tells of this result, and all else that it tells of is as it says."""
        told = self.told(i)
        return symbol in told and all(self.all_predicted(i, other) for other in told - {symbol})

    def factor(self, symbol):
        """The name of the constant that a result is off by, if there is only one."""
        names = [
            name
            for name in CONSTANTS
            if self.all_are(symbol, lambda probe, name=name: _times(probe, name, probe.expected[symbol]))
        ]
        return names[0] if len(names) == 1 else None

    def place(self, symbol, probes):
        """The smallest named place that holds all wrong entries, if it is the same in every probe."""

        def places(probe):
            got, wanted = probe.got[symbol] * 1.0, probe.expected[symbol] * 1.0
            wrong = abs(got - wanted) > TOLERANCE * max(abs(wanted).max(), FLOOR)
            named = self.exercise.protocol.places(symbol, probe.inputs)
            return {name: m.sum() for name, m in named.items() if not (wrong & ~m).any() and not m.all()}

        found = [places(probe) for probe in probes]
        common = set.intersection(*map(set, found))
        return min(sorted(common), key=lambda name: found[0][name], default=None)


def _times(probe, constant, value):
    """`value` times a constant by its name; None for a size that the exercise doesn't have."""
    if value is None:
        return None
    try:
        return value * eval(constant, {"__builtins__": {}}, sizes(probe.inputs))
    except NameError:
        return None


def _about_shape(label, probe, symbol):
    got, wanted = np.shape(probe.got[symbol]), np.shape(probe.expected[symbol])
    text = f"{label} has shape {got}; it must have shape {wanted}."
    if len(got) == 2 and got == wanted[::-1]:
        return f"{text} It looks transposed."
    if len(got) == len(wanted) + 1 and got[0] == sizes(probe.inputs).get("N"):
        return f"{text} The batch axis is still there."
    return text


def _sentence_start(label):
    return label[0].upper() + label[1:]


def _raised(error, inputs):
    arrays = {name: value for name, value in inputs.items() if isinstance(value, np.ndarray) and name != "V"}
    given = ", ".join(f"{IN_CODE.get(name, name)} {value.shape}" for name, value in arrays.items())
    text = f"It raises {error['type']}: {error['text']}. The shapes of what it was given: {given}."
    return Finding("file", text, lines=_lines(error))


def _robustness(exercise, probes, ordinary):
    """What else is to say about right values: the first fault, and a remark."""
    yield from itertools.islice(_faults(exercise, probes, ordinary), 1)
    narrow = probes.get(FLOAT32)
    if narrow and any(
        value.dtype != np.float32 for symbol, value in narrow.got.items() if narrow.expected[symbol].ndim
    ):
        text = (
            "float32 goes in and float64 comes out, at twice the cost: which array in your code is float64?"
        )
        yield Finding("robustness", text, kind="remark")


def _changed(ordinary):
    """Findings about arrays that aren't what they were before the calls."""
    parameters = getattr(ordinary.exercise.protocol, "PARAMETERS", ())
    for probe in ordinary.probes:
        for key in sorted(probe.expected):
            name = key.removesuffix(" after")
            if name != key and not np.array_equal(probe.got.get(key), probe.expected[key]):
                if name in parameters:
                    text = "A parameter has changed during your call. Changing it is the optimizer's work."
                    yield Finding("robustness", text, symbol=key)
                else:
                    text = "After your call, look at the array you were given. It belongs to the caller."
                    yield Finding("robustness", text, "act.mutates-argument", key)


def _faults(exercise, probes, ordinary):
    yield from _changed(ordinary)
    looks = {mistake.id: mistake.look for mistake in exercise.mistakes}
    for key in ordinary.probes[0].expected:
        symbol = key.removesuffix(" again")
        if symbol != key and not ordinary.all_right(key):
            label = _sentence_start(ordinary.results[symbol][1])
            text = f"{label} is right for the first batch and wrong for the second. "
            text += "Should the second answer remember the first, or what another object was given?"
            summed = ordinary.all_are(key, lambda p, s=symbol, k=key: _sum(p.expected[s], p.expected[k]))
            name = "linear.gradient-accumulates"
            yield Finding("robustness", text, name if summed and name in looks else None, symbol)
    for name, probe in probes.items():
        bad = [key for key, value in probe.got.items() if not np.isfinite(value).all()]
        if name.startswith(LARGE) and (probe.raised or bad):
            case, how = name.removeprefix(LARGE), probe.raised["type"] if probe.raised else ", ".join(bad)
            known = exercise.large.get(case) or exercise.large.get(f"{case}: {how}")
            text = (
                "For large inputs it gives NaN, infinity or an error: which number in between is too large?"
            )
            id, look = known if isinstance(known, list) else (known, looks.get(known, text))
            yield Finding("robustness", look, id)
        elif name.startswith(SHIFTED):
            for symbol, (_, label) in ordinary.results.items():
                if not same(probe.got.get(symbol), probe.expected[symbol], ROUGHLY):
                    text = "is finite but not right for scores near 900 and -900: what is cut off?"
                    yield Finding("robustness", f"{_sentence_start(label)} {text}")


def _sum(first, second):
    return first + second if np.shape(first) == np.shape(second) else None
