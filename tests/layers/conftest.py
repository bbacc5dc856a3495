"""The oracle of every layer: PyTorch, in float64."""

import numpy as np
import pytest


@pytest.fixture
def assert_same_as_torch(torch):
    """``(layer, oracle, x)``: same output, input gradient and parameter gradients to 1e-10.

    The oracle's parameters must be in the order of the layer's; a matrix of it is the transpose of ours.
    """

    def assert_same(layer, oracle, x):
        x_torch = torch.tensor(x, requires_grad=True)
        y_torch = oracle(x_torch)
        grad_output = np.random.default_rng(7).standard_normal(y_torch.shape)
        y_torch.backward(torch.tensor(grad_output))
        np.testing.assert_allclose(layer.forward(x), y_torch.detach().numpy(), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(layer.backward(grad_output), x_torch.grad.numpy(), rtol=1e-10, atol=1e-12)
        for ours, theirs in zip(layer.parameters(), oracle.parameters(), strict=True):
            np.testing.assert_allclose(ours.grad, theirs.grad.numpy().T, rtol=1e-10, atol=1e-12)

    return assert_same


@pytest.fixture
def x(rng):
    """A batch of 7 examples with 5 features: of both signs, small and large, away from kinks."""
    return rng.choice([-1.0, 1.0], (7, 5)) * (0.05 + rng.exponential(2, (7, 5)))
