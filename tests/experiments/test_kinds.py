"""What a run does, alone and in this process."""

import dataclasses

import numpy as np
import pytest

import mlpedu
from experiments import declaration
from experiments.kinds import choices, digits, training
from experiments.kinds.sigmoid_slopes import SigmoidSlopes


@pytest.fixture
def settings(declare):
    return declaration.load(declare()).runs[0].settings


def execute(settings, seed=0):
    return settings.run(seed, "synthetic", lambda *_: None)


def test_a_training_run_reports_its_data_its_curves_and_its_last_values(settings):
    calls = []
    outcome = settings.run(0, "synthetic", lambda *call: calls.append(call))
    assert outcome["data"] == "synthetic digits, not MNIST"
    columns = outcome["history"]
    assert {len(column) for column in columns.values()} == {2}
    assert outcome["metrics"]["test_accuracy"] == columns["test_accuracy"][-1]
    assert outcome["metrics"]["seconds"] == sum(columns["seconds"])
    assert [(done, total) for done, total, _ in calls] == [(1, 2), (2, 2)]


def test_a_seed_gives_the_same_numbers_again_and_another_seed_others(settings):
    def curve(seed):
        return execute(settings, seed)["history"]["train_loss"]

    assert curve(3) == curve(3)
    assert curve(3) != curve(4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"activation": "step"},
            "setting 'activation': expected one of sigmoid, tanh, relu, gelu; got 'step'",
        ),
        ({"loss": "logistic"}, "setting 'loss': expected one of euclidean.*; got 'logistic'"),
        ({"init": {"std": 1.0}}, "setting 'init': expected one of zeros, .*; got None"),
        (
            {"normalize": "load_mnist"},
            "setting 'normalize': expected one of unit_range, .*; got 'load_mnist'",
        ),
        ({"batch_size": 1000}, "batch_size"),
        ({"lr": -1.0}, "SGD: lr: expected a finite number"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_by_name(settings, change, message):
    with pytest.raises(ValueError, match=message):
        execute(dataclasses.replace(settings, **change))


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_training_run_is_what_the_settings_say(settings, shuffle):
    """The same by hand: split, network, SGD, and the accuracies on each set."""
    settings = dataclasses.replace(settings, shuffle=shuffle)
    needed = 241  # 200 to train on, 40 to validate, and one more
    drawn = mlpedu.synthetic_digits(needed + needed // 6, np.random.default_rng(digits.SYNTHETIC_SEED))
    train, rest = drawn.split(200, None)
    validation, rest = rest.split(40, None)
    test = rest.split(1, None)[1]
    rng = np.random.default_rng(5)
    init = mlpedu.initializers.normal(0.1)
    first = mlpedu.Linear(784, 8, rng, init=init, needs_input_grad=False)
    network = mlpedu.Sequential(first, mlpedu.ReLU(), mlpedu.Linear(8, 10, rng, init=init))
    loss, optimizer = mlpedu.SoftmaxCrossEntropy(), mlpedu.SGD(network.parameters(), 0.1, momentum=0.5)
    for _ in range(2):
        for inputs, targets in train.batches(20, rng if shuffle else None):
            loss.forward(network.forward(inputs), targets)
            network.backward(loss.backward())
            optimizer.step()
    metrics = execute(settings, seed=5)["metrics"]
    assert metrics["test_accuracy"] == mlpedu.evaluate(network, loss, test).accuracy
    assert metrics["test_loss"] == mlpedu.evaluate(network, loss, test).loss
    assert metrics["validation_loss"] == mlpedu.evaluate(network, loss, validation).loss


def test_a_loss_takes_its_arguments_from_the_declaration(settings):
    outcome = execute(dataclasses.replace(settings, loss={"name": "hinge", "margin": 5.0}))
    assert outcome["metrics"]["test_loss"] > 5


def test_biases_decay_only_if_declared(settings):
    still = dataclasses.replace(settings, lr=0.5, weight_decay=0.1, momentum=0.0)
    both = [execute(dataclasses.replace(still, biases=b)) for b in ("free", "regularized")]
    assert both[0]["history"]["train_loss"][-1] != both[1]["history"]["train_loss"][-1]


def test_without_biases_they_stay_0(settings, monkeypatch):
    built = []
    build = choices.build_network
    monkeypatch.setattr(
        training, "build_network", lambda *args, **more: built.append(build(*args, **more)) or built[-1]
    )
    execute(dataclasses.replace(settings, biases="none"))
    execute(settings)
    assert [any(p.data.any() for p in network.parameters() if p.data.ndim == 1) for network in built] == [
        False,
        True,
    ]


def test_a_declared_penalty_is_the_weight_decay_of_its_strength(settings):
    still = dataclasses.replace(settings, momentum=0.0)
    decay = execute(dataclasses.replace(still, weight_decay=0.1))
    penalty = execute(dataclasses.replace(still, penalties={"l2": 0.1}))
    assert penalty["history"]["train_loss"] == pytest.approx(decay["history"]["train_loss"], rel=1e-4)
    assert execute(still)["history"]["train_loss"][-1] < decay["history"]["train_loss"][-1] - 1e-3


def test_a_run_that_stops_early_reports_the_epoch_whose_weights_it_keeps(settings):
    rule = {"monitor": "validation_loss", "patience": 2, "against": "best", "restore": True}
    wild = dataclasses.replace(settings, lr=1.0, epochs=30, early_stopping=rule)
    outcome = execute(wild)
    history, metrics = outcome["history"], outcome["metrics"]
    kept = metrics["kept_epoch"]
    assert metrics["epochs"] == len(history["train_loss"]) == kept + 2 < 30
    assert metrics["validation_loss"] == min(history["validation_loss"])
    assert metrics["test_accuracy"] == history["test_accuracy"][kept - 1]


def alike(settings, changes):
    """Runs of one course done together, and each alone; the seconds aside."""
    runs = [dataclasses.replace(settings, **change) for change in changes]
    together = runs[0].run_together(runs, 0, "synthetic", lambda *_: None)
    alone = [execute(run) for run in runs]
    for outcome in (*together, *alone):
        del outcome["metrics"]["seconds"], outcome["history"]["seconds"]
    return {run.course for run in runs}, together, alone


def test_runs_that_differ_in_their_end_alone_are_one_training(settings):
    by_loss = {"monitor": "validation_loss", "patience": 1, "restore": True}
    risky = dataclasses.replace(settings, lr=3.0)
    changes = [
        {"epochs": 12},
        {"epochs": 3},
        {"epochs": 10, "early_stopping": {**by_loss, "against": "best"}},
        {"epochs": 12, "early_stopping": {**by_loss, "against": "previous", "patience": 2}},
    ]
    courses, together, alone = alike(risky, changes)
    assert len(courses) == 1
    assert together == alone
    assert len({outcome["metrics"]["epochs"] for outcome in together}) == 4


def test_what_is_measured_at_the_end_is_that_of_each_end():
    def slopes(epochs):
        common = {field.name: getattr(training_run, field.name) for field in dataclasses.fields(training_run)}
        return SigmoidSlopes(**{**common, "activation": "sigmoid", "epochs": epochs})

    training_run = declaration.load("report-000-base", quick=True).runs[0].settings
    runs = [slopes(2), slopes(1), dataclasses.replace(training_run, activation="sigmoid", epochs=2)]
    runs = [dataclasses.replace(run, train=300, validation=50, batch_size=10) for run in runs]
    assert len({run.course for run in runs}) == 1
    for run, outcome in zip(runs, runs[0].run_together(runs, 0, "synthetic", lambda *_: None), strict=True):
        alone = execute(run)
        assert outcome["metrics"].pop("seconds") > 0
        del alone["metrics"]["seconds"]
        assert outcome["metrics"] == alone["metrics"]


@pytest.mark.parametrize(
    "change", [{"lr": 0.2}, {"hidden": [9]}, {"mistakes": {"last_batch": True}}, {"init": {"name": "zeros"}}]
)
def test_runs_that_differ_in_anything_else_are_trained_apart(settings, change):
    assert settings.course != dataclasses.replace(settings, **change).course


def test_a_run_whose_end_is_measured_after_early_stopping_trains_alone():
    settings = declaration.load("sparsity-by-strength").runs[0].settings
    rule = {"monitor": "validation_loss", "patience": 1, "restore": True}
    stopping = dataclasses.replace(settings, early_stopping=rule)
    assert stopping.course != dataclasses.replace(stopping, epochs=1).course


def test_without_validation_examples_the_test_set_is_watched(settings):
    columns = execute(dataclasses.replace(settings, validation=0))["history"]
    assert columns["validation_accuracy"] == columns["test_accuracy"]
    assert columns["validation_loss"] == columns["test_loss"]


def test_a_random_split_differs_by_seed_and_is_normalized_in_its_parts():
    def parts(seed):
        return digits.parts("synthetic", "standardized", 200, 40, seed)

    for part in parts(1):
        assert abs(part.inputs.mean()) < 1e-4
        assert abs(part.inputs.std() - 1) < 1e-4
    assert [len(part) for part in parts(1)[:2]] == [200, 40]
    assert (parts(1)[0].targets == parts(1)[0].targets).all()
    assert (parts(1)[0].targets != parts(2)[0].targets).any()
    assert (parts(1)[0].targets != parts(None)[0].targets).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"biases": "some"}, "setting 'biases': expected one of regularized, free, none; got 'some'"),
        ({"penalties": {"l3": 0.1}}, "setting 'penalties': expected something like l1 = 0.0.*; got l3 = 0.1"),
        ({"penalties": {"l1": "a"}}, "setting 'penalties': .*; got l1 = 'a'"),
        ({"mistakes": {"typo": True}}, "setting 'mistakes': .*; got typo = True"),
        ({"mistakes": {"last_batch": 1}}, "setting 'mistakes': .*; got last_batch = 1"),
        ({"early_stopping": {"patience": 3}}, "setting 'early_stopping': .*monitor"),
        ({"early_stopping": {"monitor": "loss", "patience": 3}}, "EarlyStopping: monitor"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_runs(settings, change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(settings, **change).check()


def test_the_network_has_the_declared_layers_and_spares_the_first_input_gradient(settings):
    deep = dataclasses.replace(settings, hidden=[8, 6], activation="gelu")
    network = choices.build_network(deep, 784, 10, np.random.default_rng(0))
    names = [type(layer).__name__ for layer in network.layers]
    assert names == ["Linear", "GELU", "Linear", "GELU", "Linear"]
    assert [p.data.shape for p in network.parameters()] == [(784, 8), (8,), (8, 6), (6,), (6, 10), (10,)]
    assert not network.needs_input_grad


def test_a_gradient_check_compares_one_weight_at_every_step():
    (run, *_) = declaration.load("report-004-gradient-check", quick=True).runs
    outcome = execute(run.settings)
    metrics = outcome["metrics"]
    assert metrics["absolute_difference"] == abs(metrics["numerical"] - metrics["backpropagation"])
    assert metrics["relative_error"] < 1e-6
    assert len(outcome["history"]["relative_error"]) == len(run.settings.steps)


def test_a_wrong_backward_shows_in_the_gradient_check(monkeypatch):
    (_, hidden_bias, *_) = declaration.load("report-004-gradient-check", quick=True).runs

    class Untanh(mlpedu.Tanh):
        def backward(self, grad_output):
            return grad_output / 2

    monkeypatch.setitem(choices.CHOICES["activation"], "tanh", Untanh)
    assert execute(hidden_bias.settings)["metrics"]["relative_error"] > 0.1


def test_a_training_step_is_timed_beside_its_matrix_products():
    (run, *_) = declaration.load("training-step", quick=True).runs
    metrics = execute(dataclasses.replace(run.settings, repeats=3))["metrics"]
    assert metrics["ratio"] == metrics["step"] / metrics["products"]


def test_an_activation_is_timed_alone():
    *_, run = declaration.load("activation-time", quick=True).runs
    metrics = execute(dataclasses.replace(run.settings, repeats=3))["metrics"]
    assert metrics["both_ways"] == metrics["forward"] + metrics["backward"]
    assert 0 < metrics["both_ways"] < 1
