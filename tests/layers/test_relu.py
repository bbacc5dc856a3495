"""y = max(0, x)."""

import numpy as np
import pytest

from mlpedu import ReLU, check_layer


def test_four_values_and_slopes_by_hand():
    layer = ReLU()
    np.testing.assert_array_equal(layer.forward(np.array([[-3.0, -0.5, 0.5, 3]])), [[0, 0, 0.5, 3]])
    # The slope is 0 left of 0 and 1 right of it; x decides, not the sign of the gradient from above.
    np.testing.assert_array_equal(layer.backward(np.array([[7.0, -7, 7, -7]])), [[0, 0, 7, -7]])


def test_it_is_pytorchs_relu_also_at_the_kink(torch, x, assert_same_as_torch):
    x[0, 0], x[1, 1] = 0.0, -0.0
    assert_same_as_torch(ReLU(), torch.nn.ReLU(), x)


def test_its_gradient_is_right(x, rng):
    assert check_layer(ReLU(), x, rng)["input"] < 1e-7


def test_at_the_kink_the_slope_is_taken_as_0():
    layer = ReLU()
    assert layer.forward(np.array([[0.0]])) == 0
    assert layer.backward(np.array([[5.0]])) == 0


def test_a_nan_stays_a_nan():
    assert np.isnan(ReLU().forward(np.array([[np.nan]])))


def test_it_refuses_backward_before_forward():
    with pytest.raises(RuntimeError, match="ReLU: backward before forward"):
        ReLU().backward(np.ones((1, 1)))
