"""Weights near 0 are counted, and biases aren't."""

import dataclasses

import numpy as np
import pytest

import mlpedu
from experiments import declaration
from experiments.kinds.weights import Weights


@pytest.fixture
def settings(declare):
    training = declaration.load(declare()).runs[0].settings
    return Weights(**dataclasses.asdict(training), near_zero=0.01)


def test_the_share_near_0_is_that_of_the_weights_without_the_biases(settings):
    layer = mlpedu.Linear(4, 2, np.random.default_rng(0))
    layer.weight.data[:] = [[0, 0.009], [-0.009, 0.01], [1, -1], [2, -2]]
    layer.bias.data[:] = 0
    # 3 of 8 weights are smaller than 0.01, and 1 of them is 0.
    assert settings.measured(layer) == {"near_zero": 3 / 8, "zero": 1 / 8}


def test_a_run_reports_it_beside_what_a_training_run_reports(settings):
    metrics = settings.run(0, "synthetic", lambda *_: None)["metrics"]
    assert 0 < metrics["near_zero"] < 1
    assert "test_accuracy" in metrics
