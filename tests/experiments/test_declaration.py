"""Declarations say it all, and a misspelt one says where."""

import math

import pytest

from experiments import declaration


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", declaration.names())
def test_every_declaration_can_be_read(name, quick):
    experiment = declaration.load(name, quick)
    assert experiment.runs
    assert len({run.name for run in experiment.runs}) == len(experiment.runs)


@pytest.mark.parametrize("name", declaration.names())
def test_every_tolerance_is_positive_and_no_wider_than_promised(name):
    for run in declaration.load(name).runs:
        for metric, published in run.published.items():
            if published.tolerance is not None:
                assert 0 < published.tolerance < math.inf
            if metric == "test_accuracy":
                sigmoid_under_decay = (
                    run.settings.activation == "sigmoid" and run.settings.weight_decay == 0.1
                )
                base_run = name in ("report-000-base", "report-001-networks")
                assert published.tolerance <= (0.03 if sigmoid_under_decay else 0.015 if base_run else 0.005)


def test_all_243_published_numbers_are_declared():
    printed = {"report-000": 2}  # the best network of its second table stands again beside the deeper one
    for name in declaration.names():
        for run in declaration.load(name).runs:
            if run.published:
                report = name[: len("report-000")]
                printed[report] = printed.get(report, 0) + len(run.published)
    assert printed == {
        "report-000": 20,
        "report-001": 100,
        "report-002": 72,
        "report-003": 16,
        "report-004": 35,
    }
    assert sum(printed.values()) == 243


def test_the_base_table_of_report_000_is_declared_as_published():
    runs = declaration.load("report-000-base").runs
    assert [run.published["test_accuracy"].value for run in runs] == [0.7814, 0.6955, 0.8521, 0.8683]
    assert [run.published["seconds"].value for run in runs] == [43.8, 63.8, 53.9, 79.4]


def test_the_gradient_check_of_report_004_is_declared_as_published():
    runs = declaration.load("report-004-gradient-check").runs
    differences = [run.published["absolute_difference"].value for run in runs]
    assert differences == [4e-6, 0.000327, 0.00028, 0.0003585, 2.08e-5, 0.000102]
    for run in runs:  # the report's own subtraction, to the digits it prints
        values = {metric: published.value for metric, published in run.published.items()}
        apart = abs(values["numerical"] - values["backpropagation"])
        assert apart == pytest.approx(values["absolute_difference"], rel=0.55)


def test_quick_settings_go_over_the_full_ones(declare):
    declare()
    assert declaration.load("tiny").runs[0].settings.epochs == 2
    assert declaration.load("tiny", quick=True).runs[0].settings.epochs == 1


def test_a_whole_number_may_stand_for_a_real_one(declare):
    settings = declaration.load(declare(lr="lr = 1")).runs[0].settings
    assert settings.lr == 1.0
    assert type(settings.lr) is float


def test_an_unknown_experiment_is_refused_with_the_known_ones(declare):
    declare()
    with pytest.raises(ValueError, match="no experiment 'huge'; there are: tiny"):
        declaration.load("huge")


@pytest.mark.parametrize(
    ("replacement", "message"),
    [
        (
            {"lr": "learning_rate = 0.1"},
            "tiny, run 'relu': unknown key 'learning_rate'; known are .*batch_size",
        ),
        ({"lr": ""}, "tiny, run 'relu': key 'lr' is missing"),
        ({"lr": 'lr = "fast"'}, r"setting 'lr' must be float, got str \('fast'\)"),
        ({"epochs": "epochs = 2.5"}, r"setting 'epochs' must be int, got float \(2.5\)"),
        ({"epochs": "epochs = true"}, r"setting 'epochs' must be int, got bool \(True\)"),
        ({"shuffle": "shuffle = 1"}, r"setting 'shuffle' must be bool, got int \(1\)"),
        (
            {"kind": 'kind = "guess"'},
            "tiny: kind must be one of training, .*; got 'guess'",
        ),
        ({"title": "heading = 1"}, "tiny: unknown key 'heading'"),
        (
            {"published.test_accuracy": "published.test_accuracy = { value = 0.5, margin = 0.02 }"},
            "run 'relu', published 'test_accuracy': unknown key 'margin'",
        ),
        (
            {"published.test_accuracy": "published.test_acuracy = { value = 0.5 }"},
            "run 'relu', published: unknown key 'test_acuracy'; known are .*test_accuracy",
        ),
        (
            {"published.test_accuracy": 'published.test_accuracy = { value = "0.5" }'},
            "published 'test_accuracy': value must be a number, got '0.5'",
        ),
        (
            {"published.test_accuracy": "published.test_accuracy = 0.5"},
            "published 'test_accuracy': expected .* key = value",
        ),
        ({"seeds": "seeds = 0"}, "tiny: seeds must be a whole number of at least 1, got 0"),
        ({"name": 'name = "tanh"'}, "tiny: two runs have the same name"),
        ({"kind": "kind = training"}, "tiny: Invalid value"),
    ],
)
def test_a_misspelt_declaration_names_the_run_and_the_key(declare, replacement, message):
    declare(**replacement)
    with pytest.raises(ValueError, match=message):
        declaration.load("tiny")


def test_a_misspelt_key_of_the_miniature_shows_also_in_a_full_run(declare):
    declare()
    path = declaration.DECLARATIONS / "tiny.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("[quick]\nepochs", "[quick]\nepoch"), encoding="utf-8"
    )
    with pytest.raises(ValueError, match="tiny, quick: unknown key 'epoch'"):
        declaration.load("tiny")
