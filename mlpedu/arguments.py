"""Checks at the border: each returns a good argument and refuses a bad one in one sentence."""

import math
import numbers

import numpy as np


def finite_number(name, value, low=0.0, below=math.inf):
    """`value` as a float if it is a finite real number with low <= value < below.

    Raises TypeError for what is no number, ValueError for NaN, infinity and what is out of range.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: expected a number, got {type(value).__name__} ({value!r})")
    if not (math.isfinite(value) and low <= value < below):
        bounds = f"at least {low:g}" + (f" and below {below:g}" if below < math.inf else "")
        raise ValueError(f"{name}: expected a finite number, {bounds}; got {value!r}")
    return float(value)


def whole_number(name, value, low=1):
    """`value` as an int if it is a whole number of at least `low`.

    Raises TypeError for what is no whole number, ValueError for a smaller one.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: expected a whole number, got {type(value).__name__} ({value!r})")
    if value < low:
        raise ValueError(f"{name}: expected a whole number of at least {low}, got {value!r}")
    return int(value)


def one_of(name, value, choices):
    """`value` if it is one of the strings `choices`; ValueError if not."""
    if value not in choices:
        raise ValueError(f"{name}: expected {' or '.join(map(repr, choices))}, got {value!r}")
    return value


def floating_dtype(name, dtype):
    """`dtype` as a NumPy dtype if it is float32 or float64; TypeError if not."""
    if getattr(dtype, "__name__", str(dtype)) not in ("float32", "float64"):
        raise TypeError(f"{name}: expected float32 or float64, got {dtype}")
    return np.dtype(dtype)


def generator(name, rng):
    """`rng` if it is a numpy.random.Generator; TypeError if not."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"{name}: expected a numpy.random.Generator, for example np.random.default_rng(0); got {rng!r}"
        )
    return rng
