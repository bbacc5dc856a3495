"""A published table of gradient checks, made again with and without mistakes."""

import dataclasses

import numpy as np
import pytest

import mlpedu
from experiments import declaration, mistakes, results, verdicts
from experiments.kinds import choices
from experiments.metrics import METRICS

RUNS = {run.name: run.settings for run in declaration.load("report-004-gradient-check-mistakes").runs}


def tables(name, draws=3, examples=20, **change):
    """Both gradients of the rows of some draws, and the range of sizes, (draws, rows, 4)."""
    settings = dataclasses.replace(RUNS[name], examples=examples, **change)
    rng = np.random.default_rng(0)
    images = mlpedu.synthetic_digits(100, rng)
    return np.array([settings._draw(images, rng) for _ in range(draws)])


def relative(name, **change):
    """The relative error of each row, the median over the draws."""
    numerical, gradient = np.moveaxis(tables(name, **change), -1, 0)[:2]
    return np.median(abs(numerical - gradient) / abs(gradient), axis=0)


def test_without_a_mistake_the_two_gradients_agree():
    assert (relative("none", step=1e-4) < 1e-6).all()


@pytest.mark.parametrize("name", ["missing-derivative", "sigmoid-derivative", "next-unit"])
def test_a_mistake_behind_the_hidden_layer_spoils_its_rows_alone(name):
    errors = relative(name, step=1e-4)
    assert (errors[:3] > 1e-3).all()
    assert (errors[3:] < 1e-6).all()


def test_the_sizes_are_those_of_the_bias_and_of_all_weights_of_the_layer():
    for _, gradient, low, high in tables("none")[0][[0, 3]]:
        assert low == high == abs(gradient)
    for _, gradient, low, high in tables("none")[0][[1, 2, 4, 5]]:
        assert low < abs(gradient) < high


def test_in_single_precision_rounding_drowns_small_gradients():
    assert relative("single-precision", step=1e-4).max() > 1e-2


def test_a_weight_that_stays_moved_spoils_the_rows_after_it_and_not_the_first():
    errors = relative("never-undone", step=1e-2)
    right = relative("none", step=1e-2)
    assert errors[0] == right[0]
    assert (errors[4:] > 10 * right[4:]).all()


def test_the_next_unit_is_that_of_the_next_row_and_the_last_that_of_the_bias(rng):
    layer = mistakes.NextUnit(3, 2, rng, np.float64)
    g = rng.standard_normal((5, 2))
    layer.forward(rng.standard_normal((5, 3)))
    rows = [layer.weight.data[1], layer.weight.data[2], layer.bias.data]
    np.testing.assert_allclose(layer.backward(g), np.stack([g @ row for row in rows], axis=1))
    first = mistakes.NextUnit(3, 2, rng, np.float64, needs_input_grad=False)
    first.forward(np.ones((5, 3)))
    assert first.backward(g) is None


def test_the_wrong_derivatives_are_none_and_that_of_the_sigmoid(rng):
    x, g = rng.standard_normal((2, 4, 3))
    for wrong, factor in (
        (mistakes.WithoutDerivative, 1),
        (mistakes.WithSigmoidDerivative, np.tanh(x) * (1 - np.tanh(x))),
    ):
        layer = wrong(mlpedu.Tanh())
        np.testing.assert_array_equal(layer.forward(x), np.tanh(x))
        np.testing.assert_allclose(layer.backward(g), factor * g)


def test_a_row_is_like_the_reports_if_difference_and_signs_are(monkeypatch):
    """Two rows and four draws, counted by hand."""
    settings = dataclasses.replace(
        RUNS["none"],
        train=100,
        draws=4,
        weights=[["output_bias", 3, [9]], ["hidden_bias", 1, [7]]],
        report={"output_bias": [3.0, 2.0, 1.0], "hidden_bias": [-1.0, 3.0, 4.0]},
    )
    drawn = iter(
        [
            [(5.0, 4.0, 2.5, 3.5), (-2.0, 3.0, 2, 4)],  # both: 1 is 1, and 5 is less than twice 4
            [(5.0, 2.5, 2.5, 2.6), (9.0, 4.0, 2, 9)],  # neither: 2.5 is too much; the signs are equal
            [(1.0, 0.5, 2.2, 2.4), (5.0, -4.0, 2, 4)],  # the first: 0.5 is half of 1; 9 is too much
            [(-1.0, 1.0, 2.3, 2.4), (1.0, -1.0, 2, 4)],  # the second: 2 is half of 4; opposite signs
        ]
    )
    monkeypatch.setattr(type(settings), "_draw", lambda *_: next(drawn))
    outcome = settings.run(0, "synthetic", lambda *_: None)
    metrics = outcome["metrics"]
    assert metrics["alike_output_bias"] == metrics["alike_hidden_bias"] == 0.5
    assert metrics["most_alike"] == 2
    assert metrics["in_range"] == 2  # two numbers of size 3, in 2.2..3.5 and 2..9; not 2 and 1
    assert outcome["history"]["hidden_bias"][1] == 5  # the median of 5, 5, 9 and 2


def test_each_row_of_the_table_has_a_metric_and_the_values_of_the_declaration():
    published = {
        run.name.replace("-", "_"): [
            run.published[name].value for name in ("numerical", "backpropagation", "absolute_difference")
        ]
        for run in declaration.load("report-004-gradient-check").runs
    }
    for settings in RUNS.values():
        assert settings.report == published
        assert {name for name, *_ in settings.weights} == set(published)
        assert all(f"alike_{name}" in METRICS for name in published)


def test_a_mistake_that_a_check_does_not_know_is_refused():
    with pytest.raises(ValueError, match="setting 'mistakes': expected something like missing_derivative"):
        dataclasses.replace(RUNS["none"], mistakes={"flipped_penalty": True}).check()


def test_a_flipped_gradient_passes_where_it_is_smaller_than_half_the_limit():
    (run, *_) = declaration.load("report-004-gradient-check", quick=True).runs
    shares = [
        dataclasses.replace(run.settings, limit=limit).run(0, "synthetic", lambda *_: None)["metrics"]
        for limit in (0.0, 1e-4, 10.0)
    ]
    shares = [metrics["accepted_flipped"] for metrics in shares]
    assert shares[0] == 0
    assert shares[0] <= shares[1] <= shares[2] == 1


@pytest.mark.parametrize("name", ["missing-derivative", "sigmoid-derivative", "next-unit"])
def test_a_training_can_make_the_mistakes_too(name):
    experiment = declaration.load("report-004-gradient-check-training", quick=True)
    (settings,) = (run.settings for run in experiment.runs if run.name == name)
    network = choices.build_network(settings, 5, 3, np.random.default_rng(0), np.float64)
    right = choices.build_network(
        dataclasses.replace(settings, mistakes={}), 5, 3, np.random.default_rng(0), np.float64
    )
    x, g = np.ones((2, 5)), np.array([[1.0, 0, 0], [0, 1, -1]])
    np.testing.assert_array_equal(network.forward(x), right.forward(x))
    network.backward(g), right.backward(g)
    (hidden, _, *output), expected = network.parameters(), right.parameters()
    assert not np.allclose(hidden.grad, expected[0].grad)
    for one, other in zip(output, expected[2:], strict=True):
        np.testing.assert_array_equal(one.grad, other.grad)


def recorded(path, name):
    """A metric of all seeds in the book's results."""
    values = [METRICS[name].value(name, result) for result in results.recorded(path)[1]]
    assert len(values) >= 3
    return values


def test_the_relative_error_of_all_six_weights_is_small_at_one_step():
    runs = declaration.load("report-004-gradient-check").runs
    assert len({run.settings.step for run in runs}) == 1
    for run in runs:
        assert max(recorded(f"report-004-gradient-check/{run.name}", "relative_error")) <= 3e-6


def test_what_the_page_says_in_words_is_in_the_results():
    table, check = "report-004-gradient-check-mistakes", "report-004-gradient-check"
    assert set(recorded(f"{table}/none", "in_range")) == {12}
    assert set(recorded(f"{table}/none-one-image", "in_range")) == {10}
    for name, settings in RUNS.items():
        if len(settings.mistakes) < 2:
            assert max(recorded(f"{table}/{name}", "most_alike")) <= 3
    pair = f"{table}/next-unit-never-undone"
    assert max(recorded(pair, "most_alike")) == 6
    assert all(min(recorded(pair, name)) > 0 for name in METRICS if name.startswith("alike_"))
    for name in ("hidden-to-output-i", "hidden-to-output-ii"):
        assert max(recorded(f"{check}/{name}", "accepted_flipped")) < 0.002
    trained = "report-004-gradient-check-training"
    assert max(recorded(f"{trained}/missing-derivative", "test_accuracy")) < 0.95
    assert max(recorded(f"{trained}/sigmoid-derivative", "test_accuracy")) < 0.95
    run, found = results.recorded("report-004-networks/tanh-momentum")
    published, (_, mistaken) = run.published["test_loss"], results.recorded(f"{trained}/next-unit")
    ours, theirs = (verdicts.mean(some, "test_loss") for some in (found, mistaken))
    assert abs(theirs - published.value) < abs(ours - published.value)
    assert verdicts.within(published, ours)
    assert verdicts.within(published, theirs)
    published = results.recorded("report-004-networks/tanh-l2")[0].published["test_loss"].value
    flipped, both = (
        verdicts.mean(results.recorded(path)[1], "test_loss")
        for path in ("report-004-flipped/tanh-l2", f"{trained}/next-unit-flipped-l2")
    )
    assert abs(both - published) > abs(flipped - published)
