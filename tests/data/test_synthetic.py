"""Synthetic digits: as many as asked, the same for the same seed, and worth a hidden layer."""

import numpy as np
import pytest

from mlpedu.data.normalization import centered, raw_pixels
from mlpedu.data.synthetic import PIECES, SYNTHETIC_DIGITS, WAYS, _spline, synthetic_digits
from mlpedu.layers import Linear, ReLU, Sequential
from mlpedu.losses import SoftmaxCrossEntropy
from mlpedu.optimizers import SGD
from mlpedu.training import fit


def digits(n=50, seed=0, **settings):
    return synthetic_digits(n, np.random.default_rng(seed), **settings)


def test_one_seed_draws_one_set_of_digits():
    first, again, other = digits(seed=3), digits(seed=3), digits(seed=4)
    np.testing.assert_array_equal(first.inputs, again.inputs)
    np.testing.assert_array_equal(first.targets, again.targets)
    assert not np.array_equal(first.inputs, other.inputs)
    assert not np.array_equal(first.labels, other.labels)


def test_nobody_can_take_them_for_mnist():
    assert digits().name == SYNTHETIC_DIGITS == "synthetic digits, not MNIST"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_dtype_are_those_of_mnist(dtype):
    data = digits(13, dtype=dtype)
    assert (data.inputs.shape, data.targets.shape) == ((13, 784), (13, 10))
    assert data.inputs.dtype == data.targets.dtype == dtype


def test_pixels_are_whole_numbers_dark_around_and_bright_along_the_stroke():
    pixels = digits(200, normalize=raw_pixels).inputs
    np.testing.assert_array_equal(pixels, np.rint(pixels))
    assert pixels.min() == 0
    assert (pixels.max(axis=1) > 200).all()
    assert (np.median(pixels, axis=1) < 20).all()
    # The mean brightness of MNIST is 33.
    assert 25 < pixels.mean() < 50


def test_both_precisions_draw_the_same_pixels_and_the_normalization_is_the_one_asked_for():
    pixels = digits(dtype=np.float64, normalize=raw_pixels).inputs
    np.testing.assert_array_equal(pixels, digits(normalize=raw_pixels).inputs)
    np.testing.assert_array_equal(centered(pixels), digits(dtype=np.float64, normalize=centered).inputs)


def test_classes_are_balanced_and_shuffled():
    assert np.bincount(digits(50).labels, minlength=10).tolist() == [5] * 10
    counts = np.bincount(digits(1003).labels, minlength=10)
    assert set(counts) == {100, 101}
    labels = digits(1000).labels
    # One in ten neighbours are equal if shuffled, almost all if sorted, none if 0 to 9 come in turn.
    assert 60 < (labels[1:] == labels[:-1]).sum() < 140


def test_a_single_digit_is_a_dataset():
    assert len(digits(1)) == 1


@pytest.mark.parametrize(
    ("n", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError), (True, TypeError), ("9", TypeError)]
)
def test_a_number_of_digits_that_is_none_is_refused(n, error):
    with pytest.raises(error, match="synthetic_digits: n"):
        digits(n)


@pytest.mark.parametrize("rng", [None, 0])
def test_the_random_numbers_must_be_named(rng):
    with pytest.raises(TypeError, match="synthetic_digits: rng"):
        synthetic_digits(10, rng)


def test_an_integer_dtype_is_refused():
    with pytest.raises(TypeError, match="synthetic_digits: dtype"):
        digits(dtype=np.uint8)


def test_every_digit_has_a_way_to_be_written_that_fits_the_image():
    assert sorted({digit for digit, _ in WAYS}) == list(range(10))
    points = np.concatenate([point for _, strokes in WAYS for point in strokes])
    assert np.abs(points).max() == 10


def test_a_spline_passes_through_its_points_and_keeps_to_a_straight_line():
    corners = np.array([[0.0, 0.0], [1.0, 3.0], [4.0, 2.0]])
    curve = _spline(corners)
    assert curve.shape == (2 * PIECES + 1, 2)
    np.testing.assert_allclose(curve[::PIECES], corners)
    line = _spline(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]))
    np.testing.assert_allclose(line[:, 1], 2 * line[:, 0])


def test_a_hidden_layer_is_worth_at_least_three_points():
    train, test = digits(6000).split(5000, None)

    def accuracy(*layers):
        network = Sequential(*layers)
        optimizer = SGD(network.parameters(), lr=0.05, momentum=0.9)
        rng = np.random.default_rng(0)
        loss = SoftmaxCrossEntropy()
        history = fit(network, loss, optimizer, train, test, epochs=6, batch_size=50, rng=rng)
        return max(history.validation_accuracy)

    rng = np.random.default_rng(0)
    softmax_regression = accuracy(Linear(784, 10, rng))
    network = accuracy(Linear(784, 64, rng, needs_input_grad=False), ReLU(), Linear(64, 10, rng))
    assert network > 0.90
    assert network > softmax_regression + 0.03
