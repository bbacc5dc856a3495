"""Layers one after the other."""

import numpy as np
import pytest

from mlpedu import GELU, Linear, ReLU, Sequential, Sigmoid, Tanh, check_layer
from mlpedu.initializers import normal

KINDS = [Sigmoid, Tanh, ReLU, GELU]


def linear(d, m, seed=0, **settings):
    return Linear(d, m, np.random.default_rng(seed), np.float64, init=normal(1, random_bias=True), **settings)


def test_a_network_with_two_hidden_units_by_hand():
    network = Sequential(linear(1, 2), ReLU(), linear(2, 1))
    w1, b1, w2, b2 = (p.data for p in network.parameters())
    w1[...], b1[...], w2[...], b2[...] = [[1, -1]], [0, 1], [[3], [5]], [1]
    # x = 2: hidden (2·1 + 0, 2·(-1) + 1) = (2, -1), after ReLU (2, 0); output 2·3 + 0·5 + 1 = 7.
    assert network.forward(np.array([[2.0]])) == 7
    # From the output back, with gradient 10: the second weights get (2, 0)·10, the second bias 10;
    # the hidden units (3, 5)·10, after ReLU (30, 0); the first weights 2·(30, 0); the input 30·1 + 0·(-1).
    assert network.backward(np.array([[10.0]])) == 30
    grads = [p.grad.tolist() for p in network.parameters()]
    assert grads == [[[60, 0]], [30, 0], [[20], [0]], [10]]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_pytorchs_sequential(kind, torch, x, assert_same_as_torch):
    network = Sequential(linear(5, 4), kind(), linear(4, 3, seed=1))
    activation = torch.nn.GELU(approximate="tanh") if kind is GELU else getattr(torch.nn, kind.__name__)()
    first, second = torch.nn.Linear(5, 4), torch.nn.Linear(4, 3)
    oracle = torch.nn.Sequential(first, activation, second).double()
    with torch.no_grad():
        for theirs, ours in zip(oracle.parameters(), network.parameters(), strict=True):
            theirs.copy_(torch.tensor(ours.data.T))
    assert_same_as_torch(network, oracle, x)


@pytest.mark.parametrize("kind", KINDS)
def test_its_gradient_is_right(kind, x, rng):
    errors = check_layer(Sequential(linear(5, 4), kind(), linear(4, 3, seed=1)), x, rng)
    assert len(errors) == 5
    assert max(errors.values()) < 1e-7


def test_a_network_in_a_network_is_the_same_as_a_flat_one(x, rng):
    first, second, third = linear(5, 4), linear(4, 4, seed=1), linear(4, 3, seed=2)
    flat = Sequential(first, Tanh(), second, Tanh(), third)
    nested = Sequential(first, Sequential(Tanh(), second, Tanh()), third)
    assert nested.parameters() == flat.parameters()
    np.testing.assert_array_equal(nested.forward(x), flat.forward(x))
    grad_output = rng.standard_normal((7, 3))
    np.testing.assert_array_equal(nested.backward(grad_output), flat.backward(grad_output))


def test_one_layer_alone_is_a_network(x):
    layer = linear(5, 3)
    np.testing.assert_array_equal(Sequential(layer).forward(x), layer.forward(x))


def test_only_the_first_layer_may_do_without_its_input_gradient(x, rng):
    network = Sequential(linear(5, 4, needs_input_grad=False), Tanh(), linear(4, 3))
    network.forward(x)
    assert network.backward(rng.standard_normal((7, 3))) is None
    assert not network.needs_input_grad
    assert max(check_layer(network, x, rng).values()) < 1e-7

    for second in (linear(5, 3, needs_input_grad=False), Sequential(linear(5, 3, needs_input_grad=False))):
        with pytest.raises(
            ValueError, match=r"layer 1 has needs_input_grad=False, but layer 0 needs.*only the first"
        ):
            Sequential(Tanh(), second)


def test_it_refuses_to_be_empty():
    with pytest.raises(ValueError, match="Sequential: expected at least one layer, got none"):
        Sequential()


@pytest.mark.parametrize("wrong", [Tanh, np.tanh, [Tanh()], None])
def test_it_refuses_what_is_no_layer(wrong):
    with pytest.raises(TypeError, match="Sequential: layer 1 must be a Layer, got"):
        Sequential(Tanh(), wrong)


def test_it_refuses_one_layer_in_two_places_also_inside_a_network_of_networks():
    layer = Tanh()
    with pytest.raises(ValueError, match="twice"):
        Sequential(layer, Sequential(linear(3, 3), layer))


def test_it_refuses_one_layer_in_two_places():
    layer = Tanh()
    with pytest.raises(ValueError, match="a layer stands in the network twice; make a second one"):
        Sequential(layer, linear(3, 3), layer)
