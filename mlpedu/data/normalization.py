"""From pixels to network inputs. Which report uses which, and why it matters: see :doc:`/data`.

Every function takes pixels (N, 784), float32 or float64 in 0 to 255, and returns a new array of the same
shape and dtype: something for `load_mnist(normalize=...)`. All raise TypeError for another dtype (unsigned
bytes would wrap around below 0) and ValueError for another number of axes.
"""

import numpy as np

from mlpedu.arguments import float_array


def raw_pixels(pixels):
    """The pixels as they are, 0 to 255: to split a dataset first and normalize each part by itself."""
    return _checked(pixels).copy()


def unit_range(pixels):
    """x / 255, in 0 to 1. The softmax classifier of report 001."""
    return _checked(pixels) / 255


def centered(pixels):
    """(x - 128) / 255, in -0.502 to 0.498. Reports 002 and 003."""
    return (_checked(pixels) - 128) / 255


def image_mean_removed(pixels):
    """x / 255 less its mean over the image, in -1 to 1. Report 000 and the networks of report 001."""
    return _less_image_mean(unit_range(pixels))


def standardized_by_image(pixels):
    """Each image less its own mean and divided by its own standard deviation.

    No report is known to use it; report 004 can be read that way, but its losses fit `standardized` better.

    Raises
    ------
    ValueError
        An image whose pixels are all equal, such as a blank one: it has no contrast to scale.
    """
    constant = np.ptp(_checked(pixels), axis=1) == 0
    if constant.any():
        raise ValueError(
            f"standardized_by_image: image {constant.argmax()} is constant, its standard deviation is 0; "
            "leave such images out or use image_mean_removed"
        )
    return _less_image_mean(pixels) / pixels.std(axis=1, keepdims=True)


def standardized(pixels):
    """All pixels less one mean, divided by one standard deviation, both over the whole array.

    Report 004 (the reading that fits best), for its training, validation and test images each by themselves.
    More usual is to take the mean and deviation of the training images for all three.

    Raises
    ------
    ValueError
        An array whose pixels are all equal.
    """
    if np.ptp(_checked(pixels)) == 0:
        raise ValueError(f"standardized: all pixels of the {len(pixels)} images are equal: their std is 0")
    return (pixels - pixels.mean()) / pixels.std()


def _less_image_mean(images):
    return images - images.mean(axis=1, keepdims=True)


def _checked(pixels):
    return float_array("pixels", pixels, ("N", "D"))
