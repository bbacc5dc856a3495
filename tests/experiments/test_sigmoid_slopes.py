"""The slopes that are measured are those of the trained network, on the end of the test set."""

import dataclasses

import numpy as np
import pytest

import mlpedu
from experiments import declaration
from experiments.kinds import digits
from experiments.kinds.sigmoid_slopes import SigmoidSlopes


@pytest.fixture
def settings(declare):
    tiny = declaration.load(declare(train="train = 100")).runs[0].settings
    return SigmoidSlopes(**{**dataclasses.asdict(tiny), "activation": "sigmoid"})


def test_the_slopes_are_those_of_the_trained_units(settings):
    rng = np.random.default_rng(0)
    init = mlpedu.initializers.normal(0.1)
    first = mlpedu.Linear(784, 8, rng, init=init, needs_input_grad=False)
    network = mlpedu.Sequential(first, mlpedu.Sigmoid(), mlpedu.Linear(8, 10, rng, init=init))
    loss, optimizer = mlpedu.SoftmaxCrossEntropy(), mlpedu.SGD(network.parameters(), 0.1, momentum=0.5)
    train, validation, test = digits.parts("synthetic", "unit_range", 100, 40, None)
    mlpedu.fit(network, loss, optimizer, train, validation, epochs=2, batch_size=20, rng=rng)
    y = mlpedu.Sigmoid().forward(first.forward(test.inputs))
    metrics = settings.run(0, "synthetic", lambda *_: None)["metrics"]
    assert metrics["mean_slope"] == pytest.approx(float((y * (1 - y)).mean()), rel=1e-5)
    norm = np.linalg.norm([np.linalg.norm(p.data) for p in network.parameters() if p.data.ndim == 2])
    assert metrics["weight_norm"] == pytest.approx(norm, rel=1e-5)


def test_large_weights_saturate_the_units(settings):
    large = dataclasses.replace(settings, init={"name": "normal", "std": 30.0}, lr=1e-6)
    metrics = large.run(0, "synthetic", lambda *_: None)["metrics"]
    assert metrics["saturated"] > 0.8
    assert settings.run(0, "synthetic", lambda *_: None)["metrics"]["saturated"] < 0.1
