"""The data of a run, loaded once a process."""

from functools import lru_cache

import numpy as np

import mlpedu
from experiments.kinds.choices import choose
from mlpedu import data, normalization

SYNTHETIC_SEED = 2026
SPLIT = 1  # sets the random numbers of a split apart from those of the training
DATA = {"mnist": "MNIST", "synthetic": mlpedu.SYNTHETIC_DIGITS, "random": "random numbers"}


@lru_cache(maxsize=1)
def digits(source, needed):
    """Training and test set, in pixels; of synthetic digits `needed` and a sixth of it, as in MNIST."""
    if source == "mnist":
        return data.load_mnist(normalize=normalization.raw_pixels)
    rng = np.random.default_rng(SYNTHETIC_SEED)
    drawn = data.synthetic_digits(needed + needed // 6, rng, normalize=normalization.raw_pixels)
    return drawn.split(needed, rng=None)


@lru_cache(maxsize=1)
def parts(source, normalize, train, validation, split_seed):
    """What to train on, to validate on and to test with, each normalized by itself."""
    everything, test = digits(source, train + validation + 1)
    rng = None if split_seed is None else np.random.default_rng((split_seed, SPLIT))
    train, rest = _divided(everything, train, rng)
    validation = _divided(rest, validation, None)[0] if validation else None
    train, validation, test = (part and normalized(part, normalize) for part in (train, validation, test))
    return train, validation or test, test


def _divided(dataset, n, rng):
    """`n` of the examples, and the others if there are any."""
    return (dataset, None) if n == len(dataset) else dataset.split(n, rng)


def normalized(dataset, normalize):
    inputs = choose("normalize", normalize)(dataset.inputs)
    return data.Dataset(inputs, dataset.targets, dataset.name)
