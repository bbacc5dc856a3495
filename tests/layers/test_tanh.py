"""y = tanh(x)."""

import math

import numpy as np
import pytest

from mlpedu import Tanh, check_layer


def test_two_values_and_slopes_by_hand():
    layer = Tanh()
    # tanh(ln 2) = (2 - 1/2) / (2 + 1/2) = 3/5.
    np.testing.assert_allclose(layer.forward(np.array([[0, math.log(2)]])), [[0, 3 / 5]], rtol=1e-15)
    # 1 - y²: 1 and 1 - 9/25 = 16/25, times the gradient from above.
    np.testing.assert_allclose(layer.backward(np.array([[5.0, -2]])), [[5, -2 * 16 / 25]], rtol=1e-15)


def test_it_is_pytorchs_tanh(torch, x, assert_same_as_torch):
    assert_same_as_torch(Tanh(), torch.nn.Tanh(), x)


def test_its_gradient_is_right(x, rng):
    assert check_layer(Tanh(), x, rng)["input"] < 1e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_it_is_exactly_1_or_minus_1(dtype):
    layer = Tanh()
    np.testing.assert_array_equal(layer.forward(np.array([[-1e4, 1e4]], dtype)), [[-1, 1]])
    np.testing.assert_array_equal(layer.backward(np.ones((1, 2), dtype)), [[0, 0]])


def test_it_refuses_backward_before_forward():
    with pytest.raises(RuntimeError, match="Tanh: backward before forward"):
        Tanh().backward(np.ones((1, 1)))
