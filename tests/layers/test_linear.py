"""y = x W + b."""

import numpy as np
import pytest

from mlpedu import Linear, check_layer
from mlpedu.initializers import normal, zeros


def linear(dtype=np.float64, **settings):
    return Linear(5, 3, np.random.default_rng(1), dtype, **settings)


def test_a_batch_of_two_by_hand():
    layer = Linear(2, 3, np.random.default_rng(0), np.float64)
    layer.weight.data[...] = [[1, -1, 0], [2, 0, 1]]
    layer.bias.data[...] = [0.5, 0, -1]
    y = layer.forward(np.array([[1.0, 2], [3, 4]]))
    # (1·1 + 2·2 + 0.5, 1·(-1) + 2·0 + 0, 1·0 + 2·1 - 1)
    # (3·1 + 4·2 + 0.5, 3·(-1) + 4·0 + 0, 3·0 + 4·1 - 1)
    np.testing.assert_array_equal(y, [[5.5, -1, 1], [11.5, -3, 3]])

    grad_input = layer.backward(np.array([[1.0, 0, -1], [2, 1, 0]]))
    # Row n, column d: the sum over m of grad_output[n, m] W[d, m].
    # (1·1 + 0·(-1) + (-1)·0, 1·2 + 0·0 + (-1)·1)
    # (2·1 + 1·(-1) +    0·0, 2·2 + 1·0 +    0·1)
    np.testing.assert_array_equal(grad_input, [[1, 1], [1, 4]])
    # Row d, column m: the sum over n of x[n, d] grad_output[n, m]. Nothing is divided by 2.
    # (1·1 + 3·2, 1·0 + 3·1, 1·(-1) + 3·0)
    # (2·1 + 4·2, 2·0 + 4·1, 2·(-1) + 4·0)
    np.testing.assert_array_equal(layer.weight.grad, [[7, 3, -1], [10, 4, -2]])
    np.testing.assert_array_equal(layer.bias.grad, [1 + 2, 0 + 1, -1 + 0])


def test_it_is_pytorchs_linear_with_the_weight_transposed(torch, x, assert_same_as_torch):
    layer = linear(init=normal(1.0, random_bias=True))
    oracle = torch.nn.Linear(5, 3, dtype=torch.float64)
    with torch.no_grad():
        oracle.weight.copy_(torch.tensor(layer.weight.data.T))
        oracle.bias.copy_(torch.tensor(layer.bias.data))
    assert_same_as_torch(layer, oracle, x)


def test_its_gradient_is_right(x, rng):
    errors = check_layer(linear(), x, rng)
    assert errors.keys() == {"input", "parameter 0 (5, 3)", "parameter 1 (3,)"}
    assert max(errors.values()) < 1e-7


def test_without_the_input_gradient_the_parameters_get_the_same_gradients(x, rng):
    grad_output = rng.standard_normal((7, 3))
    first, inner = linear(needs_input_grad=False), linear()
    for layer in (first, inner):
        layer.forward(x)
    assert first.backward(grad_output) is None
    inner.backward(grad_output)
    for ours, theirs in zip(first.parameters(), inner.parameters(), strict=True):
        np.testing.assert_array_equal(ours.grad, theirs.grad)


def test_one_example_of_one_feature():
    layer = Linear(1, 1, np.random.default_rng(0), np.float64, init=zeros())
    assert layer.forward(np.array([[3.0]])) == 0
    assert layer.backward(np.array([[2.0]])) == 0
    assert layer.weight.grad == 3 * 2
    assert layer.bias.grad == 2


def test_both_precisions_start_from_the_same_numbers():
    for single, double in zip(linear(np.float32).parameters(), linear(np.float64).parameters(), strict=True):
        np.testing.assert_array_equal(single.data, double.data.astype(np.float32))


def test_the_same_seed_gives_the_same_layer_and_the_default_is_float32():
    first, second = (Linear(4, 2, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.weight.data, second.weight.data)
    assert {p.data.dtype for p in first.parameters()} == {np.dtype(np.float32)}


def test_its_parameters_are_the_weight_and_then_the_bias():
    layer = linear()
    assert layer.parameters() == [layer.weight, layer.bias]
    assert [p.data.shape for p in layer.parameters()] == [(5, 3), (3,)]


@pytest.mark.parametrize(
    ("batch", "error", "words"),
    [
        (np.ones((7, 4)), ValueError, ["input", "(N, 5)", "(7, 4)", "one example a row"]),
        (np.ones((5, 7)), ValueError, ["input", "(N, 5)", "(5, 7)"]),
        (np.ones(5), ValueError, ["input", "(N, 5)", "(5,)", "one example a row"]),
        (np.ones((0, 5)), ValueError, ["input", "(N, 5)", "(0, 5)"]),
        (np.ones((7, 5, 1)), ValueError, ["input", "(7, 5, 1)"]),
        (np.float64(1), TypeError, ["input", "float64 array", "np.float64(1.0)"]),
        (np.ones((7, 5), np.float32), TypeError, ["input", "float64", "float32", ".astype('float64')"]),
        (np.ones((7, 5), int), TypeError, ["input", "float64", "int64", ".astype('float64')"]),
        ([[1.0] * 5], TypeError, ["input", "list", "array"]),
    ],
)
def test_it_refuses_a_wrong_batch(batch, error, words):
    with pytest.raises(error) as caught:
        linear().forward(batch)
    assert all(word in str(caught.value) for word in ["Linear", *words]), str(caught.value)


@pytest.mark.parametrize(
    ("grad_output", "error", "words"),
    [
        (np.ones((7, 5)), ValueError, ["grad_output", "(7, 3)", "(7, 5)"]),
        (np.ones((6, 3)), ValueError, ["grad_output", "(7, 3)", "(6, 3)"]),
        (np.ones(3), ValueError, ["grad_output", "(7, 3)", "(3,)"]),
        (np.ones((7, 3), np.float32), TypeError, ["grad_output", "float64", "float32", ".astype('float64')"]),
    ],
)
def test_it_refuses_a_wrong_gradient(grad_output, error, words, x):
    layer = linear()
    layer.forward(x)
    with pytest.raises(error) as caught:
        layer.backward(grad_output)
    assert all(word in str(caught.value) for word in ["Linear", *words]), str(caught.value)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"in_features": 0}, ValueError, ["in_features", "at least 1", "0"]),
        ({"out_features": -2}, ValueError, ["out_features", "at least 1", "-2"]),
        ({"in_features": 2.5}, TypeError, ["in_features", "whole number", "2.5"]),
        ({"out_features": True}, TypeError, ["out_features", "whole number", "bool"]),
        ({"rng": 0}, TypeError, ["rng", "numpy.random.Generator", "default_rng(0)", "0"]),
        ({"rng": np.random.RandomState(0)}, TypeError, ["rng", "numpy.random.Generator"]),
        ({"dtype": np.float16}, TypeError, ["dtype", "float32 or float64", "float16"]),
        ({"dtype": int}, TypeError, ["dtype", "float32 or float64", "int"]),
        ({"dtype": None}, TypeError, ["dtype", "float32 or float64", "None"]),
        ({"dtype": "double precision"}, TypeError, ["dtype", "float32 or float64", "double precision"]),
        (
            {"init": lambda rng, d, m: (np.zeros((m, d)), np.zeros(m))},
            ValueError,
            ["weight from init", "(4, 2)", "(2, 4)"],
        ),
        (
            {"init": lambda rng, d, m: (np.zeros((d, m)), np.zeros((1, m)))},
            ValueError,
            ["bias from init", "(2,)", "(1, 2)"],
        ),
    ],
)
def test_it_refuses_wrong_settings(change, error, words):
    settings = {"in_features": 4, "out_features": 2, "rng": np.random.default_rng(0)} | change
    with pytest.raises(error) as caught:
        Linear(**settings)
    assert all(word in str(caught.value) for word in ["Linear", *words]), str(caught.value)
