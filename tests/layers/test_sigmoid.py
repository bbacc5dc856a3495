"""y = 1 / (1 + exp(-x))."""

import math

import numpy as np
import pytest

from mlpedu import Sigmoid, check_layer


def test_three_values_and_slopes_by_hand():
    layer = Sigmoid()
    # exp(-ln 3) = 1/3: y = 1 / (1 + 1/3) = 3/4. exp(ln 3) = 3: y = 1 / (1 + 3) = 1/4.
    y = layer.forward(np.array([[0, math.log(3), -math.log(3)]]))
    np.testing.assert_allclose(y, [[1 / 2, 3 / 4, 1 / 4]], rtol=1e-15)
    # y (1 - y): 1/2 · 1/2, 3/4 · 1/4 twice; times the gradient from above.
    grad_input = layer.backward(np.array([[1.0, 2, -1]]))
    np.testing.assert_allclose(grad_input, [[1 / 4, 2 * 3 / 16, -3 / 16]], rtol=1e-15)


def test_it_is_pytorchs_sigmoid(torch, x, assert_same_as_torch):
    assert_same_as_torch(Sigmoid(), torch.nn.Sigmoid(), x)


def test_its_gradient_is_right(x, rng):
    assert check_layer(Sigmoid(), x, rng)["input"] < 1e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_it_is_exactly_0_or_1_without_a_warning(dtype):
    layer = Sigmoid()
    np.testing.assert_array_equal(layer.forward(np.array([[-1e4, 1e4]], dtype)), [[0, 1]])
    np.testing.assert_array_equal(layer.backward(np.ones((1, 2), dtype)), [[0, 0]])


def test_a_tiny_output_is_exact_to_rounding():
    # For x = -700 the 1 in 1 + exp(700) doesn't count: y = exp(-700).
    assert Sigmoid().forward(np.array([[-700.0]])) == pytest.approx(math.exp(-700), rel=1e-15)


def test_it_refuses_backward_before_forward():
    with pytest.raises(RuntimeError, match="Sigmoid: backward before forward"):
        Sigmoid().backward(np.ones((1, 1)))
