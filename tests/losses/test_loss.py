"""The promises of all losses, for every shape and both precisions, and what every loss refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlpedu import EuclideanLoss, HingeLoss, Loss, SoftmaxCrossEntropy
from mlpedu.checks import PROMISES

SIZES = st.integers(1, 6)
LOSSES = {"Euclidean": EuclideanLoss, "softmax": SoftmaxCrossEntropy, "hinge": lambda: HingeLoss(0.9)}


def test_every_loss_is_in_the_table():
    tested = {type(make()) for make in LOSSES.values()}
    assert tested == {kind for kind in Loss.__subclasses__() if kind.__module__.startswith("mlpedu.losses")}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", LOSSES)
@given(n=SIZES, c=SIZES, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_a_loss_keeps_its_promises_for_every_shape(promise, name, n, c, seed):
    rng = np.random.default_rng(seed)
    # Quarters: with a margin of 0.9 no hinge is near its kink.
    scores, targets = rng.integers(-12, 13, (n, c)) / 4, np.eye(c)[rng.integers(0, c, n)]
    promise(lambda dtype: LOSSES[name](), (scores, targets))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_the_value_is_a_python_float(name, dtype, scores, targets):
    assert type(LOSSES[name]().forward(scores.astype(dtype), targets.astype(dtype))) is float


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_of_a_batch_does_not_depend_on_how_often_its_examples_are_repeated(name, scores, targets):
    loss = LOSSES[name]()
    once = loss.forward(scores, targets)
    assert loss.forward(np.tile(scores, (3, 1)), np.tile(targets, (3, 1))) == pytest.approx(once, rel=1e-14)


ONE_HOT = np.eye(3)[[0, 2]]


@pytest.mark.parametrize(
    ("scores", "targets", "error", "words"),
    [
        (np.ones((2, 3)), np.ones((2, 4)), ValueError, ["targets", "(2, 3)", "(2, 4)"]),
        (np.ones((2, 3)), np.array([0, 2]), ValueError, ["targets", "(2, 3)", "(2,)", "one_hot makes them"]),
        (np.ones(3), np.ones(3), ValueError, ["(N, C)", "(3,)", "one example a row"]),
        (np.ones((0, 3)), np.ones((0, 3)), ValueError, ["(N, C)", "(0, 3)"]),
        (np.ones((2, 0)), np.ones((2, 0)), ValueError, ["(N, C)", "(2, 0)"]),
        (
            np.ones((2, 3), np.float32),
            ONE_HOT,
            TypeError,
            ["targets", "a float32 array", "float64", ".astype('float32')"],
        ),
        (
            np.ones((2, 3)),
            ONE_HOT.astype(int),
            TypeError,
            ["targets", "a float64 array", "int64", ".astype('float64')"],
        ),
        (np.ones((2, 3), int), ONE_HOT.astype(int), TypeError, ["float32 or float64", "int64"]),
        (
            np.ones((2, 3), np.float16),
            ONE_HOT.astype(np.float16),
            TypeError,
            ["float32 or float64", "float16"],
        ),
        ([[1.0, 2.0, 3.0]] * 2, ONE_HOT, TypeError, ["scores", "array", "list"]),
        (np.ones((2, 3)), ONE_HOT.tolist(), TypeError, ["targets", "array", "list"]),
        (
            np.array([[1, 2, 3], [4, np.nan, 6]]),
            ONE_HOT,
            ValueError,
            ["scores", "finite", "row 1", "lower lr"],
        ),
        (
            np.array([[1, np.inf, 3], [4, 5, 6]]),
            ONE_HOT,
            ValueError,
            ["scores", "finite", "row 0", "lower lr"],
        ),
        (np.ones((2, 3)), np.array([[1, 0, 0], [np.nan, 0, 1]]), ValueError, ["targets", "finite", "row 1"]),
    ],
)
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_refuses_a_wrong_batch(name, scores, targets, error, words):
    loss = LOSSES[name]()
    with pytest.raises(error) as caught:
        loss.forward(scores, targets)
    assert all(word in str(caught.value) for word in [type(loss).__name__, *words]), str(caught.value)


@pytest.mark.parametrize("name", LOSSES)
def test_nan_in_the_targets_is_not_blamed_on_the_learning_rate(name):
    with pytest.raises(ValueError, match="targets") as caught:
        LOSSES[name]().forward(np.ones((1, 2)), np.array([[np.nan, 1]]))
    assert "lr" not in str(caught.value)


@pytest.mark.parametrize("row", [[0, 0, 0], [1, 0, 1], [2, -1, 0], [0.5, 0, 0]])
@pytest.mark.parametrize("make", [SoftmaxCrossEntropy, lambda: HingeLoss(1)])
def test_a_classification_loss_refuses_targets_that_name_no_class(make, row):
    targets = np.array([[0, 1.0, 0], row])
    with pytest.raises(ValueError, match=r"targets: expected every row to .*; row 1 fails"):
        make().forward(np.ones((2, 3)), targets)


@pytest.mark.parametrize("name", LOSSES)
def test_backward_before_forward_says_what_to_call_first(name):
    with pytest.raises(RuntimeError, match=r"backward before forward; call \w+\.forward on the batch first"):
        LOSSES[name]().backward()


def test_a_loss_without_forward_and_backward_cannot_be_made():
    class Unfinished(Loss):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Unfinished()
