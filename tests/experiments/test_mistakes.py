"""The deliberate mistakes make what they say, and nothing else."""

import dataclasses
import math

import numpy as np
import pytest

import mlpedu
from experiments import declaration, mistakes


@pytest.fixture
def run(declare):
    """A function that runs the tiny experiment with other settings."""
    settings = declaration.load(declare()).runs[0].settings
    return lambda **change: dataclasses.replace(settings, **change).run(0, "synthetic", lambda *_: None)


def test_the_unsquared_loss_is_the_norm_of_each_batch_and_its_gradient_that_of_the_square(rng):
    scores, targets = rng.standard_normal((2, 250, 10))
    loss = mistakes.UnsquaredEuclidean()
    norms = [
        np.linalg.norm((scores - targets)[part]) for part in (slice(100), slice(100, 200), slice(200, 250))
    ]
    expected = (norms[0] / 200 + norms[1] / 200 + norms[2] / 100) / 3
    assert loss.forward(scores, targets) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(loss.backward(), (scores - targets) / 250)


def test_a_flipped_penalty_makes_the_weights_grow():
    p = mlpedu.Parameter(np.array([2.0, -1.0]))
    p.grad = np.array([5.0, 5.0])
    penalty = mistakes.Flipped(mlpedu.L2(0.5, [p]))
    assert penalty.forward() == 0.5 * 0.5 * 5
    penalty.backward()
    assert p.grad.tolist() == [5 - 0.5 * 2, 5 + 0.5 * 1]


def test_an_absolute_slope_adds_the_size_of_a_weight_in_the_place_of_its_sign():
    p = mlpedu.Parameter(np.array([2.0, -1.0]))
    p.grad = np.array([5.0, 5.0])
    penalty = mistakes.AbsoluteSlope(0.5, [p])
    assert penalty.forward() == 0.5 * 3  # the penalty itself is L1
    penalty.backward()
    assert p.grad.tolist() == [5 + 0.5 * 2, 5 + 0.5 * 1]


def test_the_mistakes_in_reporting_leave_the_training_as_it_is(run):
    right = run()
    wrong = run(mistakes={"last_batch": True, "reported_norm": 0.2})
    assert wrong["history"]["train_loss"] == right["history"]["train_loss"]
    assert wrong["metrics"]["train_loss"] != right["metrics"]["train_loss"]
    assert wrong["metrics"]["train_accuracy"] * 20 == pytest.approx(
        round(wrong["metrics"]["train_accuracy"] * 20)
    )  # a batch of 20


def test_the_reported_norm_is_not_squared(run):
    without, with_norm = (
        run(mistakes={"last_batch": True, "reported_norm": strength})["metrics"]["train_loss"]
        for strength in (0.0, 2.0)
    )
    # The weights are nearly those drawn, N(0, 0.1²): their norm is about 0.1 times the root of their number.
    assert with_norm - without == pytest.approx(0.1 * math.sqrt(784 * 8 + 8 * 10), rel=0.05)


def test_the_mistakes_in_training_change_it(run):
    penalized = {"penalties": {"l2": 0.1}, "momentum": 0.0}
    right, none = run(**penalized), run(momentum=0.0)
    flipped = run(**penalized, mistakes={"flipped_penalty": True})
    last = [outcome["history"]["train_loss"][-1] for outcome in (flipped, none, right)]
    assert last == sorted(last)
    assert last[0] < last[1] < last[2]
    squeezed = run(activation="sigmoid", mistakes={"output_activation": True})
    assert squeezed["metrics"]["train_loss"] > math.log(9 + math.e) - 1  # no score above 1, none below 0
