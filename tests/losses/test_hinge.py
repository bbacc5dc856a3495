"""The multi-class hinge loss."""

import math

import numpy as np
import pytest

from mlpedu import HingeLoss, check_loss


def test_a_batch_of_two_by_hand():
    loss = HingeLoss(margin=1)
    value = loss.forward(np.array([[2, 1.5, 0], [-1, 3, 1]]), np.array([[1.0, 0, 0], [1, 0, 0]]))
    # Right score 2:  max(0, 1 + 1.5 - 2) + max(0, 1 + 0 - 2) = 0.5 + 0.
    # Right score -1: max(0, 1 + 3 + 1) + max(0, 1 + 1 + 1) = 5 + 3. Mean of 0.5 and 8.
    assert value == 4.25
    # 1 for each wrong class that is too near, minus their count for the right one, divided by 2 examples.
    np.testing.assert_array_equal(loss.backward(), [[-0.5, 0.5, 0], [-1, 0.5, 0.5]])


@pytest.mark.parametrize("margin", [0.9, 5.0])
def test_it_is_pytorchs_multi_margin_loss_times_c(margin, torch, scores, targets, assert_same_as_torch):
    oracle = torch.nn.MultiMarginLoss(margin=margin)
    assert_same_as_torch(
        HingeLoss(margin), lambda s, t: oracle(s, t.argmax(dim=1)) * 5, scores + 0.01, targets
    )


def test_its_gradient_is_right(scores, targets):
    assert check_loss(HingeLoss(0.9), scores, targets)["scores"] < 1e-7


def test_at_the_kink_the_derivative_is_taken_as_0():
    loss = HingeLoss(margin=1)
    # 1 + 2 - 3 = 0 exactly.
    assert loss.forward(np.array([[3.0, 2]]), np.array([[1.0, 0]])) == 0
    np.testing.assert_array_equal(loss.backward(), [[0, 0]])


def test_a_margin_of_0_asks_only_for_the_right_order():
    assert HingeLoss(0).forward(np.array([[3.0, 2.999]]), np.array([[1.0, 0]])) == 0


def test_a_single_class_costs_nothing():
    loss = HingeLoss(1)
    assert loss.forward(np.array([[-7.0]]), np.array([[1.0]])) == 0
    np.testing.assert_array_equal(loss.backward(), [[0]])


@pytest.mark.parametrize(
    ("margin", "error"),
    [(-1, ValueError), (math.nan, ValueError), (math.inf, ValueError), ("1", TypeError), (None, TypeError)],
)
def test_it_refuses_a_wrong_margin(margin, error):
    with pytest.raises(error, match=r"HingeLoss: margin: expected a .*number") as caught:
        HingeLoss(margin)
    assert repr(margin) in str(caught.value)


def test_it_refuses_targets_that_are_probabilities():
    with pytest.raises(
        ValueError, match=r"HingeLoss: targets: expected every row to hold a single 1, else 0; row 0"
    ):
        HingeLoss(1).forward(np.ones((1, 2)), np.array([[0.5, 0.5]]))


def test_it_refuses_backward_before_forward():
    with pytest.raises(RuntimeError, match="HingeLoss: backward before forward"):
        HingeLoss(1).backward()
