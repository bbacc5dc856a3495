"""The noise of batch gradients: a task for which it is known."""

import dataclasses

import numpy as np
import pytest

from experiments import declaration
from experiments.kinds import gradient_noise
from mlpedu.data import Dataset


@pytest.fixture
def settings():
    return declaration.load("gradient-noise", quick=True).runs[0].settings


def measure(settings, seed=0):
    return settings.run(seed, "synthetic", lambda *_: None)


def test_the_noise_of_two_kinds_of_example_is_known(settings, monkeypatch):
    """Zero weights, input 1: the gradient of an example is p - t, for its weight and for its bias.

    With two classes, p = (1/2, 1/2), and 3 of 4 examples of class 0:
    whole = 3/4 (-1/2, 1/2) + 1/4 (1/2, -1/2) = (-1/4, 1/4), of square 1/8.
    The examples are (1/4, 1/4) or (3/4, 3/4) in size away from it: 3/4 * 1/8 + 1/4 * 9/8 = 3/8.
    So noise / gradient is 3 for one example. The factor 2 of weight and bias is in both.
    """
    targets = np.repeat(np.eye(2, dtype=np.float32), [30, 10], axis=0)
    dataset = Dataset(np.ones((40, 1), np.float32), targets, "two kinds")
    monkeypatch.setattr(gradient_noise, "parts", lambda *_: (dataset, None, None))
    known = dataclasses.replace(settings, hidden=[], init={"name": "zeros"}, sizes=[10, 20], draws=2000)
    outcome = measure(known)
    assert outcome["metrics"]["noise_scale"] == pytest.approx(3, rel=0.1)
    assert outcome["history"]["noise"] == pytest.approx([3 / 10 * 30 / 39, 3 / 20 * 20 / 39], rel=0.1)


def test_the_noise_of_a_batch_follows_the_law(settings):
    outcome = measure(dataclasses.replace(settings, draws=100))
    noise, law = (np.array(outcome["history"][column]) for column in ("noise", "law"))
    assert noise == pytest.approx(law, rel=0.25)
    assert outcome["metrics"]["law_error"] == pytest.approx(np.abs(noise / law - 1).max())


def test_training_comes_before_the_measurement(settings):
    trained = dataclasses.replace(settings, epochs=3)
    assert measure(trained)["metrics"]["noise_scale"] > 2 * measure(settings)["metrics"]["noise_scale"]
    assert measure(trained) == measure(trained)
