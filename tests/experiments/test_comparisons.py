"""Comparisons take one network from another that differs in one thing, seed by seed."""

import dataclasses
import math
import re

import pytest
from matplotlib.figure import Figure

from experiments import comparisons, declaration, results, runner
from experiments.plots.compared import compared
from experiments.plots.themes import NEVER, accuracy_by_margin, epochs_to, first_weights

PAIRS = """
[tanh-relu]
title = "tanh minus ReLU"
metric = "test_accuracy"
pairs = [["this test, softmax", "tiny/tanh", "tiny/relu"]]
"""


@pytest.fixture
def write(declare, tmp_path, monkeypatch):
    """A function that records a result of the tiny experiment; it has a comparison."""
    monkeypatch.setattr(results, "RECORDED", tmp_path)
    monkeypatch.setattr(comparisons, "DECLARED", tmp_path / "comparisons.toml")
    comparisons.DECLARED.write_text(PAIRS, encoding="utf-8")
    runs = {run.name: run for run in declaration.load(declare()).runs}
    (tmp_path / "tiny").mkdir()

    def record(name, seed, *accuracies):
        task = runner.Task("tiny", name, seed, runs[name].settings, "mnist", tmp_path / "tiny", 1)
        metrics, history = {"test_accuracy": accuracies[-1]}, {"test_accuracy": accuracies}
        results.write(task, {"data": "MNIST", "metrics": metrics, "history": history})

    return record


def test_a_pair_is_the_difference_of_the_same_seeds(write):
    for seed, (tanh, relu) in enumerate([(0.6, 0.5), (0.9, 0.6)]):
        write("tanh", seed, tanh)
        write("relu", seed, relu)
    write("relu", 2, 0.1)  # there is no tanh to compare it with
    (pair,) = comparisons.load("tanh-relu").pairs
    assert pair.differences == pytest.approx([0.1, 0.3])
    assert pair.mean == pytest.approx(0.2)
    assert pair.spread == pytest.approx(0.2 / math.sqrt(2))  # sqrt((-0.1)² + 0.1²)
    assert pair.published is None  # of ReLU alone


def test_what_was_published_of_both_is_taken_from_each_other_in_the_same_order(write, declare):
    both = 'published.test_accuracy = { value = 0.7 }\nsettings = { activation = "tanh" }'
    text = (declaration.DECLARATIONS / "tiny.toml").read_text(encoding="utf-8")
    text = text.replace('settings = { activation = "tanh" }', both)
    (declaration.DECLARATIONS / "tiny.toml").write_text(text, encoding="utf-8")
    (pair,) = comparisons.load("tanh-relu").pairs
    assert pair.published == pytest.approx(0.7 - 0.5)


def test_one_seed_has_no_spread(write):
    write("tanh", 0, 0.6)
    write("relu", 0, 0.5)
    assert comparisons.load("tanh-relu").pairs[0].spread == 0


def test_what_is_not_declared_is_refused(write):
    with pytest.raises(KeyError):
        comparisons.load("relu-tanh")
    comparisons.DECLARED.write_text(PAIRS.replace("tiny/tanh", "tiny/gelu"), encoding="utf-8")
    with pytest.raises(ValueError, match="tiny has no run 'gelu'"):
        comparisons.load("tanh-relu")


@pytest.mark.parametrize("name", comparisons.experiments())
def test_the_networks_of_a_pair_differ_in_one_setting_the_same_for_all(name):
    differing = set()
    for _, *paths in comparisons._declared()[name]["pairs"]:
        one, other = (dataclasses.asdict(results.recorded(path)[0].settings) for path in paths)
        differing |= {setting for setting in one if one[setting] != other[setting]}
    one_choice = {"momentum": {"momentum", "averaged", "lr"}, "penalty": {"weight_decay", "penalties"}}
    assert differing <= one_choice[name] if name in one_choice else len(differing) == 1, differing


@pytest.mark.parametrize(
    ("name", "pattern", "sign"),
    [
        ("relu-sigmoid", "report 00[013]", 1),
        ("relu-sigmoid", "Euclidean|cross-entropy", 1),
        ("gelu-relu", "Euclidean", -1),
        ("cross-entropy-euclidean", "report 00[01], sigmoid", -1),
        ("cross-entropy-euclidean", "(without|tuned|report 00[23]).*sigmoid", 1),
        ("cross-entropy-euclidean", "002, two hidden, ReLU", -1),
        ("loss-fluctuation", "003, one hidden, sigmoid", -1),
        ("two-one-hidden", "report.*sigmoid, Euclidean", -1),
        ("two-one-hidden", "ReLU, Euclidean|report 00[01]", 1),
    ],
)
def test_what_the_pages_say_of_all_seeds_holds_for_all_seeds(name, pattern, sign):
    found = [pair for pair in comparisons.load(name).pairs if re.search(pattern, pair.label)]
    assert found
    assert [pair.label for pair in found if min(sign * one for one in pair.differences) <= 0] == []


def test_relu_is_ahead_of_the_sigmoid_in_nearly_every_epoch():
    for label, *paths in comparisons._declared()["relu-sigmoid"]["pairs"]:
        for relu, sigmoid in zip(*(results.recorded(path)[1] for path in paths), strict=False):
            both = zip(*(one["history"]["test_accuracy"] for one in (relu, sigmoid)), strict=False)
            behind = [one < other for one, other in both]
            assert sum(behind) <= 0.03 * len(behind), label


def test_the_figure_has_each_seed_in_its_row_below_the_heading(write):
    write("tanh", 0, 0.6)
    write("relu", 0, 0.5)
    figure = Figure()
    compared("tanh-relu", figure)
    (axes,) = figure.axes
    labels = [(label.get_text(), label.get_fontweight()) for label in axes.get_yticklabels()]
    assert labels == [("this test", "bold"), ("softmax", "normal")]
    assert axes.lines[0].get_xdata() == pytest.approx([10])  # percentage points
    assert list(axes.lines[0].get_ydata()) == [1]


def test_an_accuracy_that_is_not_reached_stands_at_never(write, tmp_path):
    write("relu", 0, 0.5, 0.9, 0.93)
    write("relu", 1, 0.5, 0.6, 0.7)
    experiment = declaration.load("tiny")
    figure = Figure()
    relu = dataclasses.replace(experiment, runs=experiment.runs[:1])
    epochs_to("epochs_to_90", figure, (relu, tmp_path / "tiny"))
    assert list(figure.axes[0].lines[0].get_xdata()) == [2, NEVER]


def recorded(name):
    return declaration.load(name), results.RECORDED / name


def test_the_curves_of_both_depths_are_drawn_from_both_kinds_of_weights():
    figure = Figure()
    first_weights(figure, recorded("report-002"), recorded("depth-init"))
    labels = {line.get_label() for line in figure.axes[0].lines}
    assert labels == {f"{depth} hidden, {init}" for depth in ("one", "two") for init in ("small", "larger")}


def test_the_margins_of_a_network_are_one_line():
    figure = Figure()
    accuracy_by_margin(figure, recorded("hinge-margin"))
    lines = [line for line in figure.axes[0].lines if not line.get_label().startswith("_")]
    assert [list(line.get_xdata()) for line in lines] == [[0.5, 1, 5]] * 4


def test_behind_a_sigmoid_the_margins_1_and_5_are_the_same_training():
    run = "hinge-margin/sigmoid-activated-margin-"
    for one, other in zip(*(results.recorded(run + m)[1] for m in ("1", "5")), strict=True):
        assert one["history"]["test_accuracy"] == other["history"]["test_accuracy"]
        shift = 9 * (5 - 1)
        assert other["metrics"]["test_loss"] - one["metrics"]["test_loss"] == pytest.approx(shift, abs=1e-4)
