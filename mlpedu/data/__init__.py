"""Data: a dataset and its batches, MNIST, and digits to use without it."""

from mlpedu.data import normalization
from mlpedu.data.dataset import Dataset, one_hot
from mlpedu.data.mnist import load_mnist
from mlpedu.data.synthetic import SYNTHETIC_DIGITS, synthetic_digits

__all__ = ["SYNTHETIC_DIGITS", "Dataset", "load_mnist", "normalization", "one_hot", "synthetic_digits"]
