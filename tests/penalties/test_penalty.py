"""What every penalty promises and refuses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpedu import L1, L2, Parameter, Penalty, check_penalty

PENALTIES = [L1, L2]


@pytest.fixture
def parameters(rng):
    """A matrix and a vector, away from the kink of L1."""
    draw = [rng.choice([-1.0, 1.0], shape) * (0.05 + rng.exponential(1, shape)) for shape in ((4, 3), (3,))]
    return [Parameter(data) for data in draw]


def test_every_penalty_is_tested():
    own = {kind for kind in Penalty.__subclasses__() if kind.__module__.startswith("mlpedu.penalties")}
    assert set(PENALTIES) == own


@pytest.mark.parametrize("penalty", PENALTIES)
@given(
    rows=st.integers(1, 6),
    columns=st.integers(1, 6),
    strided=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_a_penalty_keeps_its_promises_for_every_shape(penalty, rows, columns, strided, seed, dtype):
    rng = np.random.default_rng(seed)
    values = rng.choice([-1.0, 1.0], (rows, columns)) * (0.05 + rng.exponential(1, (rows, columns)))
    data = np.repeat(values, 2, axis=1)[:, ::2].astype(dtype) if strided else values.astype(dtype)
    p = Parameter(data.T if strided else data)
    before = p.data.copy()
    p.grad = np.ones_like(p.data)
    penalty = penalty(0.3, [p])
    value = penalty.forward()
    penalty.backward()
    assert type(value) is float
    assert value > 0
    assert (p.grad.dtype, p.grad.shape) == (p.data.dtype, p.data.shape)
    np.testing.assert_array_equal(p.data, before)
    if dtype is np.float64:
        assert max(check_penalty(penalty).values()) < 1e-7


@pytest.mark.parametrize("penalty", PENALTIES)
def test_backward_adds_to_the_gradient_of_the_loss(penalty, parameters):
    penalty = penalty(0.3, parameters)
    for p in parameters:
        p.grad = np.zeros_like(p.data)
    penalty.backward()
    alone = [p.grad.copy() for p in parameters]
    for p in parameters:
        p.grad = np.full_like(p.data, 10)
    penalty.backward()
    for p, own in zip(parameters, alone, strict=True):
        np.testing.assert_allclose(p.grad, 10 + own, rtol=1e-15)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_only_its_own_parameters_pay(penalty, parameters):
    weight, bias = parameters
    weight.grad, bias.grad = np.zeros((4, 3)), np.zeros(3)
    penalty(0.3, [weight]).backward()
    assert not bias.grad.any()


@pytest.mark.parametrize("penalty", PENALTIES)
def test_a_strength_of_0_costs_nothing(penalty, parameters):
    assert penalty(0, parameters).forward() == 0


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(
    ("strength", "error"),
    [(-0.1, ValueError), (math.nan, ValueError), (math.inf, ValueError), ("1", TypeError)],
)
def test_it_refuses_a_wrong_strength(penalty, strength, error, parameters):
    with pytest.raises(error, match=rf"{penalty.__name__}: strength: expected a .*number") as caught:
        penalty(strength, parameters)
    assert repr(strength) in str(caught.value)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_it_refuses_to_have_no_parameters(penalty):
    with pytest.raises(
        ValueError, match=f"{penalty.__name__}: parameters: expected at least one parameter, got none"
    ):
        penalty(0.1, [])


@pytest.mark.parametrize("penalty", PENALTIES)
def test_it_refuses_backward_before_the_backward_pass_of_the_network(penalty, parameters):
    with pytest.raises(RuntimeError, match=f"{penalty.__name__}: backward before .* sets the gradients"):
        penalty(0.1, parameters).backward()


@pytest.mark.parametrize("penalty", PENALTIES)
def test_one_parameter_without_a_gradient_is_one_too_many(penalty, parameters):
    first, *others = parameters
    first.grad = np.zeros_like(first.data)
    for p in others:
        p.grad = None
    with pytest.raises(RuntimeError, match="backward before the backward pass of the network"):
        penalty(0.3, parameters).backward()
