"""The promises of all layers, for every shape and both precisions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpedu import GELU, Layer, Linear, ReLU, Sequential, Sigmoid, Tanh
from mlpedu.checks import PROMISES
from mlpedu.initializers import normal

SIZES = st.integers(1, 6)


def linear(dtype, d, m, seed=1):
    return Linear(d, m, np.random.default_rng(seed), dtype, init=normal(1.0, random_bias=True))


# name: (dtype, D, M) -> layer; the elementwise ones have M = D.
LAYERS = {
    "Linear": linear,
    "Sigmoid": lambda dtype, d, m: Sigmoid(),
    "Tanh": lambda dtype, d, m: Tanh(),
    "ReLU": lambda dtype, d, m: ReLU(),
    "GELU tanh": lambda dtype, d, m: GELU("tanh"),
    "GELU exact": lambda dtype, d, m: GELU("none"),
    "Sequential": lambda dtype, d, m: Sequential(linear(dtype, d, 4), Tanh(), linear(dtype, 4, m, seed=2)),
}


def test_every_layer_is_in_the_table():
    tested = {type(make(np.float64, 2, 3)) for make in LAYERS.values()}
    assert tested == {kind for kind in Layer.__subclasses__() if kind.__module__.startswith("mlpedu.layers")}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", LAYERS)
@given(n=SIZES, d=SIZES, m=SIZES, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_a_layer_keeps_its_promises_for_every_shape(promise, name, n, d, m, seed):
    rng = np.random.default_rng(seed)
    x = rng.choice([-1.0, 1.0], (n, d)) * (0.05 + rng.exponential(1, (n, d)))
    grad_output = rng.standard_normal((n, m if name in ("Linear", "Sequential") else d))
    promise(lambda dtype: LAYERS[name](dtype, d, m), (x,), (grad_output,))


@pytest.mark.parametrize("name", LAYERS)
def test_both_precisions_agree(name, rng):
    x = rng.standard_normal((7, 5))
    single = LAYERS[name](np.float32, 5, 3).forward(x.astype(np.float32))
    np.testing.assert_allclose(single, LAYERS[name](np.float64, 5, 3).forward(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_backward_before_forward_says_what_to_call_first(name):
    layer = LAYERS[name](np.float64, 5, 3)
    with pytest.raises(RuntimeError, match=r"backward before forward; call \w+\.forward on the batch first"):
        layer.backward(np.ones((2, 3)))


def test_elementwise_layers_have_no_parameters():
    assert [layer().parameters() for layer in (Sigmoid, Tanh, ReLU, GELU)] == [[], [], [], []]


def test_a_layer_without_forward_and_backward_cannot_be_made():
    class Unfinished(Layer):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Unfinished()
