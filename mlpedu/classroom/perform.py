"""Ask code its questions, and note what comes back: the same for a student's objects and the library's.

Everything noted is plain: arrays, and a dictionary that JSON can hold.
"""

import traceback

import numpy as np

MAX_SIZE = 1_000_000  # numbers in a result
LINES, LINE = 10, 200  # of a traceback, which an endless recursion makes long; characters of each


def perform(protocol, objects, cases, file):
    """Run all cases.

    Parameters
    ----------
    protocol : module
        See `mlpedu.classroom.protocols`.
    objects : list
        What the exercise asks for: classes or functions.
    cases : list of Case
    file : str
        The student's file: only lines of it are noted when something is raised.

    Returns
    -------
    arrays : dict of str to ndarray
        ``"case/symbol"``: each result, and each argument after the run as ``"case/X after"``.
    notes : dict
        ``{case: {"not arrays": {symbol: what it is}, "raised": None or what happened}}``
    """
    arrays, notes = {}, {}
    for case in cases:
        inputs = {k: v.copy(order="K") if isinstance(v, np.ndarray) else v for k, v in case.inputs.items()}
        note = notes[case.name] = {"not arrays": {}, "raised": None}
        try:
            with np.errstate(all="ignore"):
                for symbol, value in protocol.run(objects, **inputs):
                    _take(arrays, note, f"{case.name}/{symbol}", symbol, value)
        except Exception as error:
            note["raised"] = raised(error, file)
        for name, value in inputs.items():
            if isinstance(value, np.ndarray):
                arrays.setdefault(f"{case.name}/{name} after", value)  # if the protocol didn't say itself
    return arrays, notes


def _take(arrays, note, key, symbol, value):
    if value is None:
        note["not arrays"][symbol] = "None"
        return
    try:
        array = np.array(value)
        numeric = array.dtype.kind in "biuf" and array.size <= MAX_SIZE
    except Exception:  # whatever an object of the student does when NumPy asks it for numbers
        numeric = False
    if numeric:
        arrays[key] = array
    else:
        note["not arrays"][symbol] = f"of type {type(value).__name__}, not numbers"


def raised(error, file):
    """What the message tells of an exception: type, text and the student's own lines, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [[f.lineno, f.name, (f.line or "")[:LINE]] for f in frames if f.filename == file][-LINES:]
    if isinstance(error, SyntaxError) and error.filename == file:
        own = [[error.lineno or 0, "the file", (error.text or "").strip()[:LINE]]]
    return {"type": type(error).__name__, "text": str(error)[:500], "lines": own}
