"""The sum of absolute values."""

import numpy as np
import pytest

from mlpedu import L1, Parameter, check_penalty


def parameter(values):
    p = Parameter(np.array(values, dtype=np.float64))
    p.grad = np.zeros_like(p.data)
    return p


def test_a_matrix_and_a_vector_by_hand():
    weight, bias = parameter([[1, -2], [0.5, 3]]), parameter([-4])
    penalty = L1(0.5, [weight, bias])
    # 0.5 (1 + 2 + 0.5 + 3 + 4)
    assert penalty.forward() == 5.25
    penalty.backward()
    # The strength, with the sign of each entry.
    np.testing.assert_array_equal(weight.grad, [[0.5, -0.5], [0.5, 0.5]])
    np.testing.assert_array_equal(bias.grad, [-0.5])


def test_pytorchs_autograd_agrees(torch, rng):
    p = parameter(rng.standard_normal((4, 3)))
    theirs = torch.tensor(p.data, requires_grad=True)
    value = 0.3 * theirs.abs().sum()
    value.backward()
    penalty = L1(0.3, [p])
    penalty.backward()
    assert penalty.forward() == pytest.approx(value.item(), rel=1e-10)
    np.testing.assert_allclose(p.grad, theirs.grad.numpy(), rtol=1e-10)


def test_its_gradient_is_right():
    assert max(check_penalty(L1(0.3, [parameter([[1, -2], [0.5, 3]])])).values()) < 1e-7


def test_at_0_it_does_not_pull():
    p = parameter([0.0])
    L1(0.5, [p]).backward()
    assert p.grad == 0


def test_it_refuses_a_negative_strength():
    with pytest.raises(ValueError, match="L1: strength: expected a finite number, at least 0; got -1"):
        L1(-1, [parameter([1])])
