"""Softmax and cross-entropy in one, and both softmax functions alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpedu import SoftmaxCrossEntropy, check_loss, log_softmax, softmax

DTYPES = [np.float32, np.float64]


def test_a_batch_of_two_by_hand():
    loss = SoftmaxCrossEntropy()
    scores = np.array([[0, math.log(3)], [5, 5]])
    # exp: (1, 3), sum 4; (e⁵, e⁵), sum 2e⁵. Probabilities (1/4, 3/4) and (1/2, 1/2).
    np.testing.assert_allclose(softmax(scores), [[1 / 4, 3 / 4], [1 / 2, 1 / 2]], rtol=1e-15)
    value = loss.forward(scores, np.array([[1.0, 0], [0, 1]]))
    # -ln 1/4 and -ln 1/2: their mean is ½ (2 ln 2 + ln 2).
    assert value == pytest.approx(1.5 * math.log(2), rel=1e-15)
    # Probabilities less targets, divided by the 2 examples: (1/4 - 1, 3/4) / 2 and (1/2, 1/2 - 1) / 2.
    np.testing.assert_allclose(loss.backward(), [[-3 / 8, 3 / 8], [1 / 4, -1 / 4]], rtol=1e-15)


def test_it_is_pytorchs_cross_entropy(torch, scores, targets, assert_same_as_torch):
    assert_same_as_torch(SoftmaxCrossEntropy(), torch.nn.CrossEntropyLoss(), scores, targets)


def test_it_is_pytorchs_cross_entropy_also_for_targets_that_are_probabilities(
    torch, scores, rng, assert_same_as_torch
):
    targets = rng.dirichlet(np.ones(5), 7)
    assert_same_as_torch(SoftmaxCrossEntropy(), torch.nn.CrossEntropyLoss(), scores, targets)


def test_both_softmax_functions_are_pytorchs(torch, scores):
    theirs = torch.tensor(scores)
    np.testing.assert_allclose(softmax(scores), theirs.softmax(1).numpy(), rtol=1e-10)
    np.testing.assert_allclose(log_softmax(scores), theirs.log_softmax(1).numpy(), rtol=1e-10, atol=1e-14)


def test_its_gradient_is_right(scores, targets):
    assert check_loss(SoftmaxCrossEntropy(), scores, targets)["scores"] < 1e-7


@pytest.mark.parametrize("dtype", DTYPES)
def test_scores_of_1e4_neither_overflow_nor_lose_the_loss(dtype):
    loss = SoftmaxCrossEntropy()
    scores = np.array([[1e4, -1e4], [1e4, -1e4], [-1e4, -1e4]], dtype)
    targets = np.array([[1, 0], [0, 1], [1, 0]], dtype)
    # The right class leads by 2e4: cost 0; trails by 2e4: cost 2e4; is level: ln 2.
    assert loss.forward(scores, targets) == pytest.approx((0 + 2e4 + math.log(2)) / 3, rel=1e-6)
    np.testing.assert_allclose(loss.backward(), np.array([[0, 0], [1, -1], [-0.5, 0.5]]) / 3, rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_row_far_below_the_others_keeps_its_probabilities(dtype):
    # A shift by the maximum of the whole batch, not of the row, would leave 0/0 in the second row.
    np.testing.assert_allclose(softmax(np.array([[900, 900], [-900, -900]], dtype)), 0.5)


def test_a_hopeless_class_keeps_its_logarithm():
    # exp(-2e4) is 0 in float64, its logarithm isn't minus infinity.
    np.testing.assert_array_equal(log_softmax(np.array([[1e4, -1e4]])), [[0, -2e4]])


@given(
    row=st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=6),
    shift=st.integers(-1000, 1000),
    dtype=st.sampled_from(DTYPES),
)
def test_each_row_of_softmax_sums_to_1_whatever_is_added_to_it(row, shift, dtype):
    scores = np.array([row], dtype)
    probabilities = softmax(scores)
    assert probabilities.dtype == log_softmax(scores).dtype == dtype
    assert (probabilities >= 0).all()
    assert probabilities.sum() == pytest.approx(1, rel=1e-5)
    np.testing.assert_allclose(softmax(scores + dtype(shift)), probabilities, rtol=1e-2, atol=1e-6)


def test_knowing_nothing_costs_ln_c():
    loss = SoftmaxCrossEntropy()
    assert loss.forward(np.zeros((3, 10)), np.eye(10)[[0, 4, 9]]) == pytest.approx(math.log(10), rel=1e-15)


def test_each_row_of_its_gradient_sums_to_0(scores, targets):
    loss = SoftmaxCrossEntropy()
    loss.forward(scores, targets)
    np.testing.assert_allclose(loss.backward().sum(axis=1), 0, atol=1e-16)


def test_it_refuses_backward_before_forward():
    with pytest.raises(RuntimeError, match="SoftmaxCrossEntropy: backward before forward"):
        SoftmaxCrossEntropy().backward()


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        (np.ones(3), ValueError, r"softmax: scores: expected shape \(N, C\), one example a row; got \(3,\)"),
        (np.ones((0, 3)), ValueError, r"got \(0, 3\)"),
        (np.ones((2, 3), int), TypeError, "softmax: scores: expected a float32 or float64 array, got int64"),
        ([[1.0, 2.0]], TypeError, "got list"),
    ],
)
def test_both_softmax_functions_refuse_what_is_no_batch_of_scores(function, scores, error, message):
    with pytest.raises(error, match=message):
        function(scores)
