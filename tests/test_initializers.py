"""First values of a linear layer."""

import math

import numpy as np
import pytest

from mlpedu import initializers
from mlpedu.initializers import he_normal, normal, uniform, xavier_normal, xavier_uniform, zeros

# D = 300, M = 200: 60,000 weights, so a standard deviation is known to 1 / sqrt(2 · 60,000) = 0.3 %.
D, M = 300, 200
ALL = {
    "zeros": zeros(),
    "normal": normal(0.01),
    "normal with bias": normal(0.01, random_bias=True),
    "uniform": uniform(0, 0.01),
    "uniform with bias": uniform(0, 0.01, random_bias=True),
    "xavier_normal": xavier_normal(),
    "xavier_normal with bias": xavier_normal(math.sqrt(2), random_bias=True),
    "xavier_uniform": xavier_uniform(),
    "he_normal": he_normal(),
}


def test_every_initializer_is_in_the_table():
    public = {
        name
        for name, thing in vars(initializers).items()
        if callable(thing) and thing.__module__ == initializers.__name__ and not name.startswith("_")
    }
    assert public == {name.split()[0] for name in ALL}


@pytest.mark.parametrize(
    ("init", "std"),
    [
        (normal(0.01), 0.01),
        # From low to high: the standard deviation is (high - low) / sqrt 12.
        (uniform(-1, 2), 3 / math.sqrt(12)),
        # sqrt(2 / (300 + 200)) = sqrt(1/250), for both forms; a gain multiplies it.
        (xavier_normal(), math.sqrt(1 / 250)),
        (xavier_normal(3), 3 * math.sqrt(1 / 250)),
        (xavier_uniform(), math.sqrt(1 / 250)),
        (xavier_uniform(3), 3 * math.sqrt(1 / 250)),
        # sqrt(2 / 300): the number of inputs alone.
        (he_normal(), math.sqrt(1 / 150)),
    ],
)
def test_the_weights_have_the_standard_deviation_of_the_formula(init, std, rng):
    weight, _ = init(rng, D, M)
    assert weight.std() == pytest.approx(std, rel=0.015)


@pytest.mark.parametrize("name", ["normal with bias", "uniform with bias", "xavier_normal with bias"])
def test_a_random_bias_is_spread_like_the_weights(name, rng):
    weight, bias = ALL[name](rng, 20, 20_000)
    assert bias.std() == pytest.approx(weight.std(), rel=0.03)
    assert bias.mean() == pytest.approx(weight.mean(), abs=0.03 * weight.std())


@pytest.mark.parametrize(
    ("init", "low", "high"),
    # sqrt(6 / (300 + 200)) = sqrt 0.012
    [
        (uniform(0, 0.01), 0, 0.01),
        (uniform(-1, 2), -1, 2),
        (xavier_uniform(), -math.sqrt(0.012), math.sqrt(0.012)),
    ],
)
def test_a_uniform_initializer_fills_its_interval(init, low, high, rng):
    weight, _ = init(rng, D, M)
    width = high - low
    assert low <= weight.min() < low + 0.001 * width
    assert high - 0.001 * width < weight.max() <= high


def test_he_and_xavier_are_pytorchs(torch, rng):
    matrix = torch.empty(M, D)  # PyTorch's weight is the transpose
    theirs = {
        "he_normal": torch.nn.init.kaiming_normal_(matrix.clone(), nonlinearity="relu"),
        "xavier_normal": torch.nn.init.xavier_normal_(matrix.clone()),
        "xavier_uniform": torch.nn.init.xavier_uniform_(matrix.clone()),
    }
    for name, weight in theirs.items():
        assert ALL[name](rng, D, M)[0].std() == pytest.approx(weight.std().item(), rel=0.02)


@pytest.mark.parametrize("name", ALL)
def test_shapes_and_dtype(name, rng):
    weight, bias = ALL[name](rng, 4, 3)
    assert (weight.shape, bias.shape) == ((4, 3), (3,))
    assert weight.dtype == bias.dtype == np.float64


@pytest.mark.parametrize("name", ALL)
def test_the_bias_is_0_unless_it_is_asked_to_be_random(name, rng):
    _, bias = ALL[name](rng, 4, 3)
    assert bias.any() == name.endswith("with bias")


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_draws_the_same_and_a_second_draw_others(name):
    rng = np.random.default_rng(3)
    first, second = ALL[name](rng, 4, 3)[0], ALL[name](rng, 4, 3)[0]
    np.testing.assert_array_equal(first, ALL[name](np.random.default_rng(3), 4, 3)[0])
    assert (first == second).all() == (name == "zeros")


def test_a_spread_of_0_draws_zeros(rng):
    assert not normal(0)(rng, 4, 3)[0].any()
    assert not uniform(0, 0)(rng, 4, 3)[0].any()


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (normal, "normal: std"),
        (xavier_normal, "xavier_normal: gain"),
        (xavier_uniform, "xavier_uniform: gain"),
    ],
)
def test_a_wrong_spread_is_refused(make, name, value):
    with pytest.raises(ValueError, match=f"{name}: expected a finite number, at least 0; got {value}"):
        make(value)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1, 0, ["uniform: high", "at least 1", "0"]),
        (math.nan, 0, ["uniform: low", "finite", "nan"]),
        (0, math.inf, ["uniform: high", "finite", "inf"]),
    ],
)
def test_a_wrong_interval_is_refused(low, high, words):
    with pytest.raises(ValueError, match="uniform") as caught:
        uniform(low, high)
    assert all(word in str(caught.value) for word in words), str(caught.value)
