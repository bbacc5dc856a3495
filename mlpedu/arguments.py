"""Checks at the border: each returns a good argument and refuses a bad one in one sentence."""

import math
import numbers

import numpy as np

FLOATS = (np.float32, np.float64)


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


def float_array(name, array, shape=None, dtype=None):
    """`array` if it is a float32 or float64 array of that shape and dtype.

    In `shape` a number is that length, and a letter any length but 0; None allows every shape, as it does
    every of the two dtypes. Raises TypeError for no array or another dtype, ValueError for another shape.
    """
    kind = "float32 or float64" if dtype is None else dtype
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name}: expected a {kind} array, got {type(array).__name__} ({array!r:.60})")
    if shape is not None and not _fits(array.shape, shape):
        wanted = str(tuple(shape)).replace("'", "")
        raise ValueError(f"{name}: expected shape {wanted}, one example a row; got {array.shape}")
    if array.dtype.type not in FLOATS or (dtype is not None and dtype != array.dtype):
        cast = f".astype('{FLOATS[0].__name__ if dtype is None else dtype}')"
        raise TypeError(f"{name}: expected a {kind} array, got {array.dtype}; cast it with {cast}")
    return array


def _fits(lengths, shape):
    if len(lengths) != len(shape):
        return False
    pairs = zip(lengths, shape, strict=True)
    return all(got == want or (isinstance(want, str) and got > 0) for got, want in pairs)


def every_row(name, array, expected, good):
    """`array` if `good`, one truth value a row, holds for all of them; ValueError with the first bad row."""
    if not good.all():
        row = int(good.argmin())
        raise ValueError(f"{name}: expected every row to {expected}; row {row} fails")
    return array


def finite_rows(name, array):
    """`array` if it holds neither NaN nor infinity; ValueError if it does."""
    return every_row(name, array, "be finite (no NaN, no infinity)", np.isfinite(array).all(axis=1))


def one_hot_rows(name, array):
    """`array` if each row holds a single 1, else 0; ValueError if not."""
    good = ((array == 0) | (array == 1)).all(axis=1) & (array.sum(axis=1) == 1)
    return every_row(name, array, "hold a single 1, else 0", good)


def parameter_list(name, parameters, at_least=1):
    """The parameters as a new list, if each has a gradient and none stands twice.

    Raises TypeError for what is no list of parameters, ValueError for too few and for one given twice.
    """
    if not isinstance(parameters, list | tuple) or not all(hasattr(p, "grad") for p in parameters):
        got = type(parameters).__name__
        raise TypeError(f"{name}: expected a list of Parameter, such as network.parameters(); got {got}")
    if len(parameters) < at_least:
        raise ValueError(f"{name}: expected at least one parameter, got none")
    if len({id(p) for p in parameters}) < len(parameters):
        raise ValueError(f"{name}: a parameter is given twice; leave one out")
    return list(parameters)
