"""Stochastic gradient descent: its rule by hand, against PyTorch over 20 steps, and what it refuses."""

import math

import numpy as np
import pytest

from mlpedu import (
    GELU,
    L2,
    SGD,
    EuclideanLoss,
    HingeLoss,
    Linear,
    Parameter,
    ReLU,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
)
from mlpedu.initializers import normal

LAYERS = {
    "sigmoid": (Sigmoid, lambda torch: torch.nn.Sigmoid()),
    "tanh": (Tanh, lambda torch: torch.nn.Tanh()),
    "relu": (ReLU, lambda torch: torch.nn.ReLU()),
    "gelu": (GELU, lambda torch: torch.nn.GELU(approximate="tanh")),
    "exact gelu": (lambda: GELU("none"), lambda torch: torch.nn.GELU()),
}
LOSSES = {
    "euclidean": (EuclideanLoss(), lambda torch, s, t: torch.nn.functional.mse_loss(s, t) * 3 / 2),
    "softmax": (SoftmaxCrossEntropy(), lambda torch, s, t: torch.nn.functional.cross_entropy(s, t)),
    "hinge": (HingeLoss(1), lambda torch, s, t: torch.nn.functional.multi_margin_loss(s, t.argmax(1)) * 3),
}
MOMENTA = [0.0, 0.5, 0.9]
DECAYS = [0.0, 0.05]


def parameter(*values, grad=None):
    p = Parameter(np.array(values, dtype=np.float64))
    p.grad = None if grad is None else np.full(p.data.shape, float(grad))
    return p


def walk(values, gradients, **settings):
    """Where the steps of an SGD with these gradients lead from `values`, step by step."""
    p = parameter(*values)
    optimizer = SGD([p], **settings)
    path = []
    for gradient in gradients:
        p.grad = np.full(p.data.shape, float(gradient))
        optimizer.step()
        path.append(p.data.tolist())
    return np.array(path)


def test_a_plain_step_by_hand():
    # 1 - 0.1 · 2 = 0.8; 0.8 - 0.1 · (-4) = 1.2
    np.testing.assert_allclose(walk([1], [2, -4], lr=0.1), [[0.8], [1.2]], rtol=1e-15)


def test_classical_momentum_by_hand():
    # v = 2; 0.5 · 2 + 1 = 2; 0.5 · 2 + 0 = 1
    # 1 - 0.1 · 2 = 0.8; 0.8 - 0.1 · 2 = 0.6; 0.6 - 0.1 · 1 = 0.5
    path = walk([1], [2, 1, 0], lr=0.1, momentum=0.5)
    np.testing.assert_allclose(path, [[0.8], [0.6], [0.5]], rtol=1e-15)


def test_averaged_momentum_by_hand():
    # v = 0.5 · 2 = 1; 0.5 · 1 + 0.5 · 1 = 1; 0.5 · 1 + 0 = 0.5
    # 1 - 0.1 · 1 = 0.9; 0.9 - 0.1 · 1 = 0.8; 0.8 - 0.1 · 0.5 = 0.75
    path = walk([1], [2, 1, 0], lr=0.1, momentum=0.5, averaged=True)
    np.testing.assert_allclose(path, [[0.9], [0.8], [0.75]], rtol=1e-15)


def test_weight_decay_by_hand():
    # With zero gradient both shrink by lr · weight_decay = 5 %: 2 - 0.1 · (0.5 · 2) = 1.9
    np.testing.assert_allclose(walk([2, -2], [0], lr=0.1, weight_decay=0.5), [[1.9, -1.9]], rtol=1e-15)
    # It passes through the momentum: v = 0.5 · 2 = 1; 0.5 · 1 + 0.5 · 1.9 = 1.45; 1.9 - 0.1 · 1.45 = 1.755
    path = walk([2], [0, 0], lr=0.1, momentum=0.5, weight_decay=0.5)
    np.testing.assert_allclose(path, [[1.9], [1.755]], rtol=1e-15)


def networks(torch, layer):
    """The same small network twice: ours and PyTorch's, in float64."""
    ours, theirs = LAYERS[layer]
    rng, init = np.random.default_rng(0), normal(0.7, random_bias=True)
    network = Sequential(
        Linear(5, 4, rng, np.float64, init=init), ours(), Linear(4, 3, rng, np.float64, init=init)
    )
    first, second = torch.nn.Linear(5, 4), torch.nn.Linear(4, 3)
    oracle = torch.nn.Sequential(first, theirs(torch), second).double()
    with torch.no_grad():
        for theirs, ours in zip(oracle.parameters(), network.parameters(), strict=True):
            theirs.copy_(torch.tensor(ours.data.T))
    return network, oracle


def assert_20_steps_agree(torch, network, oracle, loss, optimizer, their_optimizer):
    """Train both on the same 20 batches and compare loss and parameters after every step."""
    ours, theirs = LOSSES[loss]
    rng = np.random.default_rng(1)
    for _ in range(20):
        x, t = rng.standard_normal((7, 5)), np.eye(3)[rng.integers(0, 3, 7)]
        value = ours.forward(network.forward(x), t)
        network.backward(ours.backward())
        optimizer.step()

        their_optimizer.zero_grad()
        their_value = theirs(torch, oracle(torch.tensor(x)), torch.tensor(t))
        their_value.backward()
        their_optimizer.step()

        assert value == pytest.approx(their_value.item(), rel=1e-10)
        for p, q in zip(network.parameters(), oracle.parameters(), strict=True):
            np.testing.assert_allclose(p.data, q.detach().numpy().T, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("weight_decay", DECAYS)
@pytest.mark.parametrize("momentum", MOMENTA)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layer", LAYERS)
def test_20_steps_are_pytorchs(layer, loss, momentum, weight_decay, torch):
    network, oracle = networks(torch, layer)
    settings = {"lr": 0.1, "momentum": momentum, "weight_decay": weight_decay}
    optimizer = SGD(network.parameters(), **settings)
    assert_20_steps_agree(
        torch, network, oracle, loss, optimizer, torch.optim.SGD(oracle.parameters(), **settings)
    )


@pytest.mark.parametrize("momentum", MOMENTA)
def test_20_steps_with_decay_of_the_weights_alone_are_pytorchs_with_parameter_groups(momentum, torch):
    network, oracle = networks(torch, "gelu")
    weights = [p for p in network.parameters() if p.data.ndim == 2]
    optimizer = SGD(network.parameters(), lr=0.1, momentum=momentum, weight_decay=0.05, decayed=weights)
    groups = [
        {"params": [q for q in oracle.parameters() if q.ndim == 2], "weight_decay": 0.05},
        {"params": [q for q in oracle.parameters() if q.ndim == 1], "weight_decay": 0.0},
    ]
    theirs = torch.optim.SGD(groups, lr=0.1, momentum=momentum)
    assert_20_steps_agree(torch, network, oracle, "softmax", optimizer, theirs)


@pytest.mark.parametrize("weight_decay", DECAYS)
@pytest.mark.parametrize("momentum", MOMENTA)
def test_20_averaged_steps_are_pytorchs_classical_ones_at_a_smaller_rate(momentum, weight_decay, torch):
    network, oracle = networks(torch, "gelu")
    settings = {"momentum": momentum, "weight_decay": weight_decay}
    optimizer = SGD(network.parameters(), lr=0.1, averaged=True, **settings)
    theirs = torch.optim.SGD(oracle.parameters(), lr=0.1 * (1 - momentum), **settings)
    assert_20_steps_agree(torch, network, oracle, "softmax", optimizer, theirs)


@pytest.mark.parametrize("momentum", MOMENTA)
def test_averaged_momentum_is_the_rule_of_report_004(momentum, rng):
    gradients = rng.standard_normal(20)
    theta, v, expected = 1.5, 0.0, []
    for g in gradients:
        v = momentum * v + (1 - momentum) * g
        theta = theta - 0.1 * v
        expected.append([theta])
    path = walk([1.5], gradients, lr=0.1, momentum=momentum, averaged=True)
    np.testing.assert_allclose(path, expected, rtol=1e-13)


def test_weight_decay_is_the_l2_penalty_of_the_same_strength(rng):
    gradients = rng.standard_normal((20, 3))
    decayed, penalised = parameter(1, -2, 3), parameter(1, -2, 3)
    decay = SGD([decayed], lr=0.1, momentum=0.9, weight_decay=0.05)
    plain, penalty = SGD([penalised], lr=0.1, momentum=0.9), L2(0.05, [penalised])
    for gradient in gradients:
        decayed.grad, penalised.grad = gradient.copy(), gradient.copy()
        penalty.backward()
        decay.step()
        plain.step()
    np.testing.assert_allclose(decayed.data, penalised.data, rtol=1e-14)


@pytest.mark.parametrize("averaged", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_is_in_place_and_keeps_the_dtype_and_the_gradient(dtype, averaged):
    p = Parameter(np.ones((2, 3), dtype))
    array, p.grad = p.data, np.full((2, 3), 0.5, dtype)
    # NumPy scalars of float64 as settings must not turn float32 into float64.
    optimizer = SGD([p], np.float64(0.1), np.float64(0.9), np.float64(0.05), averaged=averaged)
    optimizer.step()
    optimizer.step()
    assert p.data is array
    assert p.data.dtype == dtype
    np.testing.assert_array_equal(p.grad, np.full((2, 3), 0.5, dtype))


def test_parameters_have_velocities_of_their_own():
    one, other = parameter(0, grad=1), parameter(0, grad=0)
    optimizer = SGD([one, other], lr=1, momentum=0.5)
    optimizer.step()
    optimizer.step()
    assert (one.data.item(), other.data.item()) == (-1 - 1.5, 0)


def test_a_learning_rate_of_0_changes_nothing():
    np.testing.assert_array_equal(walk([1, -2], [3, 4], lr=0, momentum=0.9, weight_decay=0.1), [[1, -2]] * 2)


def test_lr_may_be_changed_between_steps():
    p = parameter(1, grad=1)
    optimizer = SGD([p], lr=0.5)
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert p.data == 1 - 0.5 - 0.25


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"lr": -0.1}, ValueError, ["lr", "at least 0", "-0.1"]),
        ({"lr": math.nan}, ValueError, ["lr", "finite", "nan"]),
        ({"lr": math.inf}, ValueError, ["lr", "finite", "inf"]),
        ({"lr": "0.1"}, TypeError, ["lr", "number", "str"]),
        ({"lr": None}, TypeError, ["lr", "number", "None"]),
        ({"lr": np.array([0.1])}, TypeError, ["lr", "number", "ndarray"]),
        ({"momentum": -0.1}, ValueError, ["momentum", "at least 0 and below 1", "-0.1"]),
        ({"momentum": 1}, ValueError, ["momentum", "at least 0 and below 1", "1"]),
        ({"momentum": math.nan}, ValueError, ["momentum", "finite", "nan"]),
        ({"momentum": True}, TypeError, ["momentum", "number", "bool"]),
        ({"weight_decay": -0.1}, ValueError, ["weight_decay", "at least 0", "-0.1"]),
        ({"weight_decay": math.nan}, ValueError, ["weight_decay", "finite", "nan"]),
        ({"parameters": []}, ValueError, ["expected at least one parameter", "none"]),
        ({"decayed": [parameter(1)]}, ValueError, ["decayed", "isn't among the parameters"]),
    ],
)
def test_it_refuses_wrong_settings(settings, error, words):
    with pytest.raises(error) as caught:
        SGD(**{"parameters": [parameter(1)], "lr": 0.1} | settings)
    assert all(word in str(caught.value) for word in ["SGD", *words]), str(caught.value)


def test_it_refuses_one_parameter_given_twice():
    p = parameter(1)
    with pytest.raises(ValueError, match="SGD: parameters: a parameter is given twice"):
        SGD([p, parameter(2), p], lr=0.1)


def test_it_refuses_a_step_before_the_first_backward_pass_and_changes_nothing():
    ready, unready = parameter(1, grad=1), parameter(1)
    with pytest.raises(RuntimeError, match="SGD: step before the backward pass"):
        SGD([ready, unready], lr=0.1).step()
    assert ready.data == 1


def test_weight_decay_can_be_changed_on_the_way():
    p = Parameter(np.array([2.0]))
    optimizer = SGD([p], lr=0.5)
    p.grad = np.array([0.0])
    optimizer.step()
    assert p.data.tolist() == [2.0]
    optimizer.weight_decay = 0.1
    optimizer.step()
    assert p.data.tolist() == [1.9]  # 2 - 0.5 · 0.1 · 2
