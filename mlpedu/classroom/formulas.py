"""Formulas of mistakes, as they stand on the pages: NumPy notation in the names of the book."""

import functools
import math
import re

import numpy as np

from mlpedu.losses.softmax_cross_entropy import softmax

FUNCTIONS = {name: getattr(np, name) for name in ("einsum", "tanh", "exp", "log", "sqrt", "sign", "maximum")}
FUNCTIONS |= {"pi": math.pi, "abs": np.abs, "where": np.where, "eye": np.eye, "softmax": softmax}
FUNCTIONS["erf"] = np.vectorize(math.erf, otypes=[float])


def evaluate(formula, names):
    """The value of the last line; lines ``name = expression`` before it name its parts.

    Parameters
    ----------
    formula : str
        Each line may end with its reason: ``expression  # reason``.
    names : dict
        Arrays and numbers by name.

    Returns
    -------
    ndarray or None
        None where the shapes don't fit, as in a wrong order of a product.
    """
    known = FUNCTIONS | names
    value = None
    for name, code in _lines(formula):
        try:
            with np.errstate(all="ignore"):
                value = eval(code, known)
        except ValueError:
            return None
        if name:
            known[name] = value
    return np.asarray(value)


@functools.cache
def _lines(formula):
    lines = (
        re.fullmatch(r"\s*(?:(\w+) = )?(.*?)(?:\s+# .*)?", line) for line in formula.strip().splitlines()
    )
    return [(line[1], compile(line[2], formula, "eval")) for line in lines]
