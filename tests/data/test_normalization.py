"""The five normalizations of the reports, and none."""

import numpy as np
import pytest

from mlpedu.data import normalization

NAMES = [
    "raw_pixels",
    "unit_range",
    "centered",
    "image_mean_removed",
    "standardized_by_image",
    "standardized",
]
PIXELS = np.array([[0, 255, 51, 0], [255, 255, 0, 0]], np.float64)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("raw_pixels", [0, 255, 51, 0]),
        # 51 / 255 = 0.2
        ("unit_range", [0, 1, 0.2, 0]),
        # -128 / 255 = -0.50196, 127 / 255 = 0.49804, (51 - 128) / 255 = -0.30196
        ("centered", [-0.50196, 0.49804, -0.30196, -0.50196]),
        # the mean of 0, 1, 0.2, 0 is 0.3
        ("image_mean_removed", [-0.3, 0.7, -0.1, -0.3]),
        # and its variance (0.09 + 0.49 + 0.01 + 0.09) / 4 = 0.17, a standard deviation of 0.41231
        ("standardized_by_image", [-0.72761, 1.69775, -0.24254, -0.72761]),
        # of all eight numbers: sum 3.2, mean 0.4; squares 1 + 0.04 + 1 + 1 = 3.04, variance
        # 3.04 / 8 - 0.16 = 0.22, std 0.46904; (0 - 0.4) / 0.46904 = -0.85280, (1 - 0.4) / 0.46904 = 1.27920
        ("standardized", [-0.85280, 1.27920, -0.42640, -0.85280]),
    ],
)
def test_by_hand(name, expected):
    np.testing.assert_allclose(getattr(normalization, name)(PIXELS)[0], expected, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_dtype_stay_and_the_argument_is_not_changed(name, dtype):
    pixels = PIXELS.astype(dtype)
    result = getattr(normalization, name)(pixels)
    assert (result.shape, result.dtype) == (pixels.shape, dtype)
    assert not np.shares_memory(result, pixels)
    np.testing.assert_array_equal(pixels, PIXELS)


@pytest.mark.parametrize("name", NAMES)
def test_bytes_are_refused_because_they_wrap_around_below_zero(name):
    with pytest.raises(TypeError, match="pixels: expected a float32 or float64 array, got uint8"):
        getattr(normalization, name)(PIXELS.astype(np.uint8))


@pytest.mark.parametrize("name", NAMES)
def test_an_array_that_is_not_one_image_a_row_is_refused(name):
    with pytest.raises(ValueError, match=r"pixels: expected shape \(N, D\), .*; got \(1, 2, 4\)"):
        getattr(normalization, name)(PIXELS[None])


def test_an_image_without_contrast_is_named():
    pixels = np.concatenate([PIXELS, np.full((1, 4), 0.1), PIXELS])
    with pytest.raises(ValueError, match="image 2 is constant"):
        normalization.standardized_by_image(pixels)


def test_images_without_contrast_cannot_be_standardized_together():
    with pytest.raises(ValueError, match="standardized: all pixels of the 3 images are equal"):
        normalization.standardized(np.full((3, 4), 0.1))


def test_one_blank_image_among_others_can():
    result = normalization.standardized(np.concatenate([PIXELS, np.zeros((1, 4))]))
    assert abs(result.mean()) < 1e-12
    assert abs(result.std() - 1) < 1e-12


def test_float32_is_enough_for_the_mean_of_a_million_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (1500, 784)).astype(np.float32)
    np.testing.assert_allclose(
        normalization.standardized(pixels), normalization.standardized(pixels.astype(np.float64)), atol=1e-5
    )
