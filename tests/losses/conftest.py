"""Scores, targets and the oracle of every loss: PyTorch, in float64."""

import numpy as np
import pytest


@pytest.fixture
def scores(rng):
    """Scores of 7 examples and 5 classes, quarters, so that no hinge of margin 0.9 is near its kink."""
    return rng.integers(-12, 13, (7, 5)) / 4


@pytest.fixture
def targets(rng):
    return np.eye(5)[rng.integers(0, 5, 7)]


@pytest.fixture
def assert_same_as_torch(torch):
    """``(loss, oracle, scores, targets)``: same value and gradient to 1e-10."""

    def assert_same(loss, oracle, scores, targets):
        scores_torch = torch.tensor(scores, requires_grad=True)
        value = oracle(scores_torch, torch.tensor(targets))
        value.backward()
        assert loss.forward(scores, targets) == pytest.approx(value.item(), rel=1e-10)
        np.testing.assert_allclose(loss.backward(), scores_torch.grad.numpy(), rtol=1e-10, atol=1e-12)

    return assert_same
