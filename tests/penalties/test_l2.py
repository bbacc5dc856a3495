"""Half the sum of squares."""

import numpy as np
import pytest

from mlpedu import L2, Parameter, check_penalty


def parameter(values):
    p = Parameter(np.array(values, dtype=np.float64))
    p.grad = np.zeros_like(p.data)
    return p


def test_a_matrix_and_a_vector_by_hand():
    weight, bias = parameter([[1, -2], [0, 3]]), parameter([-4])
    penalty = L2(0.5, [weight, bias])
    # 0.5 · ½ (1 + 4 + 0 + 9 + 16)
    assert penalty.forward() == 7.5
    penalty.backward()
    # The strength times each entry: the 2 of the square cancels the ½.
    np.testing.assert_array_equal(weight.grad, [[0.5, -1], [0, 1.5]])
    np.testing.assert_array_equal(bias.grad, [-2])


def test_pytorchs_autograd_agrees(torch, rng):
    p = parameter(rng.standard_normal((4, 3)))
    theirs = torch.tensor(p.data, requires_grad=True)
    value = 0.3 * 0.5 * (theirs**2).sum()
    value.backward()
    penalty = L2(0.3, [p])
    penalty.backward()
    assert penalty.forward() == pytest.approx(value.item(), rel=1e-10)
    np.testing.assert_allclose(p.grad, theirs.grad.numpy(), rtol=1e-10)


def test_its_gradient_is_right():
    assert max(check_penalty(L2(0.3, [parameter([[1, -2], [0, 3]])])).values()) < 1e-7


def test_zeros_cost_nothing_and_are_not_pulled():
    p = parameter([0.0])
    penalty = L2(0.5, [p])
    penalty.backward()
    assert penalty.forward() == p.grad == 0


def test_it_refuses_a_negative_strength():
    with pytest.raises(ValueError, match="L2: strength: expected a finite number, at least 0; got -1"):
        L2(-1, [parameter([1])])
