"""Half the squared distance."""

import numpy as np
import pytest

from mlpedu import EuclideanLoss, check_loss


def test_a_batch_of_two_by_hand():
    loss = EuclideanLoss()
    value = loss.forward(np.array([[1.0, 2], [3, 5]]), np.array([[1.0, 0], [0, 1]]))
    # Differences (0, 2) and (3, 4): ½ (0 + 4) = 2 and ½ (9 + 16) = 12.5, mean 7.25.
    assert value == 7.25
    # The differences, divided by the 2 examples.
    np.testing.assert_array_equal(loss.backward(), [[0, 1], [1.5, 2]])


def test_it_is_pytorchs_mean_squared_error_times_c_over_2(torch, scores, targets, assert_same_as_torch):
    oracle = torch.nn.MSELoss()
    assert_same_as_torch(EuclideanLoss(), lambda s, t: oracle(s, t) * 5 / 2, scores, targets)


def test_its_gradient_is_right(scores, targets):
    assert check_loss(EuclideanLoss(), scores, targets)["scores"] < 1e-7


def test_right_scores_cost_nothing_and_pull_nowhere(targets):
    loss = EuclideanLoss()
    assert loss.forward(targets.copy(), targets) == 0
    np.testing.assert_array_equal(loss.backward(), np.zeros((7, 5)))


def test_its_targets_may_be_any_numbers():
    # ½ (3 - (-2))² = 12.5
    assert EuclideanLoss().forward(np.array([[3.0]]), np.array([[-2.0]])) == 12.5


def test_it_refuses_backward_before_forward():
    with pytest.raises(RuntimeError, match="EuclideanLoss: backward before forward"):
        EuclideanLoss().backward()
