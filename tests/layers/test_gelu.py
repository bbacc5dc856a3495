"""y = x Φ(x), in the tanh form and exactly."""

import math

import numpy as np
import pytest

from mlpedu import GELU, check_layer

FORMS = ["tanh", "none"]


def test_the_tanh_form_at_1_by_hand():
    layer = GELU("tanh")
    # u = sqrt(2/π) (1 + 0.044715) = 0.797885 · 1.044715 = 0.833562; tanh u = 0.682384
    # y = ½ (1 + 0.682384) = 0.841192
    assert layer.forward(np.array([[1.0]])) == pytest.approx(0.841192, abs=1e-6)
    # du/dx = 0.797885 (1 + 3 · 0.044715) = 0.904919; 1 - tanh² u = 0.534352
    # dy/dx = 0.841192 + ½ · 0.534352 · 0.904919 = 1.082964
    assert layer.backward(np.array([[2.0]])) == pytest.approx(2 * 1.082964, abs=2e-6)


def test_the_exact_form_at_1_by_hand():
    layer = GELU("none")
    # From a table of the standard normal: Φ(1) = 0.841345, density φ(1) = 0.241971.
    assert layer.forward(np.array([[1.0]])) == pytest.approx(0.841345, abs=1e-6)
    # dy/dx = Φ(x) + x φ(x)
    assert layer.backward(np.array([[2.0]])) == pytest.approx(2 * (0.841345 + 0.241971), abs=4e-6)


@pytest.mark.parametrize("form", FORMS)
def test_it_is_pytorchs_gelu(form, torch, x, assert_same_as_torch):
    assert_same_as_torch(GELU(form), torch.nn.GELU(approximate=form), x)


@pytest.mark.parametrize("form", FORMS)
def test_its_gradient_is_right(form, x, rng):
    assert check_layer(GELU(form), x, rng)["input"] < 1e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", FORMS)
def test_far_out_it_is_0_or_x_without_a_warning(form, dtype):
    layer = GELU(form)
    np.testing.assert_array_equal(layer.forward(np.array([[-1e4, 0, 1e4]], dtype)), np.array([[0, 0, 1e4]]))
    np.testing.assert_array_equal(layer.backward(np.ones((1, 3), dtype)), [[0, 0.5, 1]])


def test_the_two_forms_differ_by_at_most_4_7e_4():
    x = np.linspace(-6, 6, 20_001)[None]
    difference = np.abs(GELU("tanh").forward(x) - GELU("none").forward(x)).max()
    assert 4.6e-4 < difference < 4.75e-4


def test_far_left_the_exact_form_keeps_its_small_values():
    # 1 + erf(-8 / sqrt 2) would be 1 - 1 = 0; the tail itself is 6e-16.
    tail = 0.5 * math.erfc(8 / math.sqrt(2))
    assert GELU("none").forward(np.array([[-8.0]])) == pytest.approx(-8 * tail, rel=1e-12, abs=0)


def test_it_refuses_an_unknown_form():
    with pytest.raises(ValueError, match="GELU: approximate: expected 'tanh' or 'none', got True"):
        GELU(True)


def test_it_refuses_backward_before_forward():
    with pytest.raises(RuntimeError, match="GELU: backward before forward"):
        GELU().backward(np.ones((1, 1)))
