"""Data: a dataset and its batches, MNIST, and digits to use without it."""

from mlpedu.data.dataset import Dataset, one_hot
from mlpedu.data.mnist import load_mnist
from mlpedu.data.normalization import (
    centered,
    image_mean_removed,
    raw_pixels,
    standardized,
    standardized_by_image,
    unit_range,
)
from mlpedu.data.synthetic import SYNTHETIC_DIGITS, synthetic_digits

__all__ = [
    "SYNTHETIC_DIGITS",
    "Dataset",
    "centered",
    "image_mean_removed",
    "load_mnist",
    "one_hot",
    "raw_pixels",
    "standardized",
    "standardized_by_image",
    "synthetic_digits",
    "unit_range",
]
