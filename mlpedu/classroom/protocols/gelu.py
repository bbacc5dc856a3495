"""GELU: elementwise, with typing errors in its constants, which formulas can't list."""

import itertools
import math
import string

import numpy as np

from mlpedu.classroom.agreement import same
from mlpedu.classroom.protocols.elementwise import RESULTS, places, probe, run  # noqa: F401

RIGHT = SCALE, CUBIC = math.sqrt(2 / math.pi), 0.044715
SCALES = [2 / math.pi, math.sqrt(2 * math.pi), math.sqrt(math.pi / 2), math.sqrt(2) / math.pi, math.sqrt(2)]
SCALES += [1 / math.sqrt(math.pi), 2 / math.sqrt(math.pi), math.sqrt(math.pi), 1 / math.sqrt(2), math.pi]
SCALES += [math.pi / 2, math.pi / 4, 0.8, 0.7, 0.789, 0.797, 0.78]
DIGITS = "044715"
TYPED = {"".join(left) for n in (2, 3, 4, 5) for left in itertools.combinations(DIGITS, n)}
TYPED |= {DIGITS[:i] + 2 * DIGITS[i] + DIGITS[i + 1 :] for i in range(6)}
TYPED |= {DIGITS[:i] + DIGITS[i + 1] + DIGITS[i] + DIGITS[i + 2 :] for i in range(5)}
TYPED |= {DIGITS[:i] + digit + DIGITS[i + 1 :] for i in range(6) for digit in string.digits}
CUBICS = sorted({float(f"0.{digits}") for digits in TYPED} - {CUBIC})


def coefficient_typo(inputs, expected, got):
    """Another number in front of the cube: any in forward, a likely one in backward."""
    scale, cubic = _constants(inputs["X"], got.get("Y"))
    if _near(scale, SCALE) and _near(cubic, CUBIC):
        return any(_explains(inputs, got, SCALE, number) for number in CUBICS)
    other_polynomial = cubic < 1e-6 or _near(cubic, CUBIC / SCALE) or _near(cubic, CUBIC**3)
    return _near(scale, SCALE) and not other_polynomial and _explains(inputs, got, scale, cubic)


def scale_typo(inputs, expected, got):
    """Another number in front of the bracket: any in forward, a likely one in backward."""
    scale, cubic = _constants(inputs["X"], got.get("Y"))
    if _near(scale, SCALE) and _near(cubic, CUBIC):
        return any(_explains(inputs, got, number, CUBIC) for number in SCALES)
    other_gate = scale < 0 or _near(scale, SCALE / 2)  # 1 - tanh, or the sigmoid of u
    return _near(cubic, CUBIC) and not other_gate and _explains(inputs, got, scale, cubic)


def inner_derivative(inputs, expected, got):
    """The product rule is there, but the slope of the gate is wrong in one factor or in two."""
    X, G = inputs["X"], inputs["G"]
    u, gate = _inner(X, *RIGHT), _gate(X, *RIGHT)
    t, square, one = np.tanh(u), 3 * CUBIC * X**2, np.ones_like(X)
    outer = [1 - t**2, 1 / np.sinh(u) ** 2, 1 / np.cosh(u), 1 - t, 1 + t**2, 1 - np.tanh(X) ** 2, one]
    outer += [1 - gate**2, 1 - u**2, np.tanh(u) ** 2, (1 - t**2) / 2, t]
    inner = [1 + square, one, 1 + square / 3, 1 + square * 2 / 3, square, 1 + square / X, 1 + square * X]
    inner += [1 + square * X / 3, X + CUBIC * X**3, 1 + 3 * square]
    inner = [*(SCALE * part for part in inner), *inner, SCALE + square]
    found = got.get("dL/dX")
    return same(got.get("Y"), expected["Y"]) and any(
        same(found, G * (gate + 0.5 * X * a * b)) for a, b in itertools.product(outer, inner)
    )


def _inner(x, scale, cubic):
    return scale * (x + cubic * x**3)


def _gate(x, scale, cubic):
    return 0.5 * (1 + np.tanh(_inner(x, scale, cubic)))


def _slope(x, gate, scale, cubic):
    return gate + 2 * x * gate * (1 - gate) * scale * (1 + 3 * cubic * x**2)


def _constants(x, y):
    """The two constants of a tanh form that gives `y`; NaN if none does."""
    nothing = math.nan, math.nan
    if np.shape(y) != x.shape:
        return nothing
    with np.errstate(all="ignore"):
        t = 2 * y / x - 1
        weight = np.where(abs(t) < 1, 1 - t**2, 0.0)  # where the tanh is flat, its inverse is rounding only
        u = np.where(weight > 1e-9, np.arctanh(t), 0.0)
    seen = weight > 1e-9
    if seen.sum() < 3:
        return nothing
    powers = np.stack([x[seen], x[seen] ** 3], axis=1) * weight[seen][:, None]
    a, b = np.linalg.lstsq(powers, (u * weight)[seen], rcond=None)[0]
    return (a, b / a) if same(y, x * _gate(x, a, b / a)) else nothing


def _explains(inputs, got, scale, cubic):
    """Whether backward has these constants in both places, in one of the two, or the right ones."""
    if "dL/dX" not in got:
        return (scale, cubic) == _constants(inputs["X"], got["Y"])
    X, G = inputs["X"], inputs["G"]
    pairs = itertools.product([(scale, cubic), RIGHT], repeat=2)
    return any(same(got["dL/dX"], G * _slope(X, _gate(X, *one), *other)) for one, other in pairs)


def _near(number, wanted):
    return abs(number - wanted) <= 1e-4 * wanted
