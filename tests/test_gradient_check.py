"""The judge of gradients: it accepts right ones, rejects wrong ones, and leaves everything as it was."""

import math

import numpy as np
import pytest

from mlpedu import (
    GELU,
    L1,
    L2,
    EuclideanLoss,
    HingeLoss,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    central_difference,
    check_layer,
    check_loss,
    check_network,
    check_penalty,
    numerical_gradient,
    relative_error,
)
from mlpedu.initializers import normal

LAYERS = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU, "gelu": GELU, "exact gelu": lambda: GELU("none")}
LOSSES = {"euclidean": EuclideanLoss, "softmax": SoftmaxCrossEntropy, "hinge": lambda: HingeLoss(1)}


def network(activation, **first):
    rng, init = np.random.default_rng(2), normal(0.7, random_bias=True)
    return Sequential(
        Linear(5, 4, rng, np.float64, init, **first),
        activation(),
        Linear(4, 6, rng, np.float64, init),
        activation(),
        Linear(6, 3, rng, np.float64, init),
    )


@pytest.fixture
def x(rng):
    return rng.standard_normal((7, 5))


@pytest.fixture
def targets(rng):
    return np.eye(3)[rng.integers(0, 3, 7)]


def test_a_central_difference_by_hand():
    # f(x) = x³ at 2 with h = 1: (27 - 1) / 2 = 13; the derivative is 12, the rest is h².
    assert central_difference(lambda x: float(x[0] ** 3), np.array([2.0]), (0,), h=1) == 13


def test_a_central_difference_of_an_array_is_a_column_of_the_jacobian():
    x = np.array([[2.0, 3.0]])
    column = central_difference(lambda x: np.array([x[0, 0] * x[0, 1], x[0, 1] ** 2]), x, (0, 1), h=0.5)
    # (x y)' = x = 2 and (y²)' = 2 y = 6, both exact because the third derivatives are 0.
    np.testing.assert_array_equal(column, [2, 6])


def test_a_numerical_gradient_has_the_shape_of_its_variable():
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(numerical_gradient(lambda x: float((x**2).sum()), x), 2 * x, atol=1e-9)
    np.testing.assert_allclose(
        numerical_gradient(lambda x: float((x**2).sum()), x[:, ::2]), 2 * x[:, ::2], atol=1e-9
    )
    assert numerical_gradient(lambda x: float(x) ** 2, np.array(3.0)) == pytest.approx(6)
    assert numerical_gradient(lambda x: 0.0, np.empty((0, 3))).shape == (0, 3)


def test_the_argument_is_put_back_exactly_also_when_f_raises():
    x = np.array([0.1, 0.2, 0.3])
    before = x.copy()
    numerical_gradient(lambda x: float((x**3).sum()), x)
    np.testing.assert_array_equal(x, before)
    with pytest.raises(ZeroDivisionError):
        central_difference(lambda x: 1 / 0, x, (1,))
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("x", [np.ones(2, np.float32), np.ones(2, int), [1.0, 2.0], 1.0])
def test_it_refuses_anything_but_float64(x):
    with pytest.raises(TypeError, match=r"central_difference: x: expected a float64 array, got "):
        central_difference(lambda x: 0.0, x, (0,))


def test_float32_is_refused_not_misjudged(x, targets, rng):
    with pytest.raises(TypeError, match="float64"):
        check_layer(Tanh(), x.astype(np.float32), rng)
    with pytest.raises(TypeError, match="float64"):
        check_loss(EuclideanLoss(), targets.astype(np.float32), targets.astype(np.float32))


def test_relative_errors_by_hand():
    g = np.array([3.0, 4.0])  # norm 5
    assert relative_error(g, g) == 0
    assert relative_error(g, 2 * g) == 0.5  # 5 / 10
    assert relative_error(g, -g) == 2  # 10 / 5
    assert relative_error(g, np.array([3.0, 5.0])) == pytest.approx(1 / math.sqrt(34))


def test_the_floor_forgives_rounding_around_0_and_nothing_else():
    assert relative_error(np.array([1e-12]), np.array([-1e-12])) == pytest.approx(2e-9)  # 2e-12 / 1e-3
    assert relative_error(np.array([1e-12]), np.array([-1e-12]), floor=0) == 2
    assert relative_error(np.array([0.01]), np.array([0.02])) == 0.5


def test_a_nan_is_never_a_small_error():
    assert math.isnan(relative_error(np.array([np.nan]), np.array([1.0])))


def test_gradients_of_different_shapes_are_refused_not_broadcast():
    with pytest.raises(ValueError, match=r"expected equal shapes, got \(2, 1\) and \(1, 2\)"):
        relative_error(np.ones((2, 1)), np.ones((1, 2)))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_whole_networks_are_right(layer, loss, x, targets):
    net = network(LAYERS[layer])
    weights = [p for p in net.parameters() if p.data.ndim == 2]
    errors = check_network(net, LOSSES[loss](), x, targets, [L1(0.01, weights), L2(0.1, net.parameters())])
    assert len(errors) == 7
    assert max(errors.values()) < 1e-7


def test_a_network_without_an_input_gradient_is_judged_by_its_parameters(x, targets):
    errors = check_network(network(Tanh, needs_input_grad=False), SoftmaxCrossEntropy(), x, targets)
    assert "input" not in errors
    assert len(errors) == 6
    assert max(errors.values()) < 1e-7


def test_a_check_leaves_inputs_and_parameters_bit_for_bit_as_they_were(x, targets):
    net = network(GELU)
    arrays = [x, targets, *(p.data for p in net.parameters())]
    before = [array.copy() for array in arrays]
    check_network(net, SoftmaxCrossEntropy(), x, targets, [L2(0.1, net.parameters())])
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def scaled(kind, method, factor):
    """A class like `kind` whose `method` returns the right result times `factor`."""

    def wrong(self, *arguments):
        return factor * getattr(kind, method)(self, *arguments)

    return type(f"Wrong{kind.__name__}", (kind,), {method: wrong})


@pytest.mark.parametrize("factor", [-1, 0, 0.5, 2, 1.0001, math.nan])
@pytest.mark.parametrize("kind", [Sigmoid, Tanh, ReLU, GELU])
def test_a_wrong_layer_is_caught(kind, factor, x, rng):
    assert not check_layer(scaled(kind, "backward", factor)(), x, rng)["input"] < 1e-7


@pytest.mark.parametrize("factor", [-1, 0, 7, 1.0001, math.nan])
@pytest.mark.parametrize("kind", [EuclideanLoss, SoftmaxCrossEntropy])
def test_a_wrong_loss_is_caught(kind, factor, x, rng):
    targets = np.eye(5)[rng.integers(0, 5, 7)]
    assert not check_loss(scaled(kind, "backward", factor)(), x, targets)["scores"] < 1e-7


def test_a_wrong_parameter_gradient_is_caught_by_its_name(x, rng):
    class MeanLinear(Linear):
        def backward(self, grad_output):
            grad_input = super().backward(grad_output)
            self.bias.grad /= len(grad_output)
            return grad_input

    errors = check_layer(MeanLinear(5, 3, rng, np.float64), x, rng)
    wrong = [name for name, error in errors.items() if not error < 1e-7]
    assert wrong == ["parameter 1 (3,)"]


def test_a_wrong_penalty_is_caught(rng):
    class Doubled(L2):
        def backward(self):
            super().backward()
            super().backward()

    assert check_penalty(Doubled(0.1, network(Tanh).parameters()))["parameter 0 (5, 4)"] == pytest.approx(0.5)


@pytest.mark.parametrize(("h", "low", "high"), [(1e-3, 1e-8, 1e-5), (1e-5, 1e-13, 1e-9), (1e-9, 1e-9, 1e-5)])
def test_the_step_of_1e_5_balances_truncation_and_rounding(h, low, high, x, rng):
    assert low < max(check_layer(network(GELU), x, rng, h=h).values()) < high


@pytest.mark.parametrize("h", [0, -1e-5, np.nan])
def test_a_step_that_is_none_is_refused(h):
    with pytest.raises(ValueError, match="central_difference: h: expected a finite number, at least 1e-15"):
        central_difference(np.sum, np.ones(2), (0,), h)
