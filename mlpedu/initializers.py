"""First values of a linear layer: functions (rng, in_features, out_features) -> weight, bias.

They draw in float64, so a float32 and a float64 layer of one seed start from the same numbers.
Why small random numbers, and how small: see :doc:`/ideas/initialization`.
"""

import math

import numpy as np

from mlpedu.arguments import finite_number


def zeros():
    """All weights and biases 0: fine without a hidden layer, useless with one (all units stay equal)."""
    return _initializer(lambda rng, shape: np.zeros(shape), lambda fan_in, fan_out: 1.0)


def normal(std, random_bias=False):
    """Weights from N(0, std²); biases 0, or from the same distribution if `random_bias`.

    Reports 002 and 003 use ``normal(0.01)``. A negative `std` raises ValueError.
    """
    std = finite_number("normal: std", std)
    return _initializer(_standard_normal, lambda fan_in, fan_out: std, random_bias)


def uniform(low, high, random_bias=False):
    """Weights from the interval [low, high); biases 0, or from the same interval if `random_bias`.

    Report 004 fits ``uniform(0, 0.01, random_bias=True)``: no weight is negative. A `high` below
    `low` raises ValueError.
    """
    low = finite_number("uniform: low", low, low=-math.inf)
    high = finite_number("uniform: high", high, low=low)
    return _initializer(
        lambda rng, shape: rng.uniform(low, high, shape), lambda fan_in, fan_out: 1.0, random_bias
    )


def xavier_normal(gain=1.0, random_bias=False):
    """Weights from N(0, s²), s = gain · sqrt(2 / (in + out)) [1]_; biases as in `normal`, by `random_bias`.

    Reports 000 and 001 fit ``xavier_normal(math.sqrt(2), random_bias=True)``: s = sqrt(4 / (in + out)).
    A negative `gain` raises ValueError.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
       networks", AISTATS 2010, equation 12 and section 4.2.1.
    """
    gain = finite_number("xavier_normal: gain", gain)
    return _initializer(
        _standard_normal, lambda fan_in, fan_out: gain * math.sqrt(2 / (fan_in + fan_out)), random_bias
    )


def xavier_uniform(gain=1.0):
    """Weights uniform in ± gain · sqrt(6 / (in + out)), the variance of `xavier_normal`; biases 0 [1]_.

    A negative `gain` raises ValueError.

    References
    ----------
    .. [1] X. Glorot and Y. Bengio, AISTATS 2010, equation 16.
    """
    gain = finite_number("xavier_uniform: gain", gain)
    return _initializer(
        lambda rng, shape: rng.uniform(-1, 1, shape),
        lambda fan_in, fan_out: gain * math.sqrt(6 / (fan_in + fan_out)),
    )


def he_normal():
    """Weights from N(0, 2 / in), which keeps the size of signals through ReLU layers; biases 0 [1]_.

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015, equation 10.
    """
    return _initializer(_standard_normal, lambda fan_in, fan_out: math.sqrt(2 / fan_in))


def _standard_normal(rng, shape):
    return rng.standard_normal(shape)


def _initializer(draw, scale, random_bias=False):
    def init(rng, in_features, out_features):
        s = scale(in_features, out_features)
        weight = s * draw(rng, (in_features, out_features))
        bias = s * draw(rng, (out_features,)) if random_bias else np.zeros(out_features)
        return weight, bias

    return init
