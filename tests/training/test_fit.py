"""The training loop and the evaluation."""

import math
import time

import numpy as np
import pytest

from mlpedu import (
    L1,
    L2,
    SGD,
    EarlyStopping,
    Evaluation,
    Linear,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    evaluate,
    fit,
)
from mlpedu.data.dataset import Dataset, one_hot
from mlpedu.initializers import normal, zeros


def clouds(n, seed=0, dtype=np.float64):
    """Three clouds of points in the plane, one a class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    centres = np.array([[2, 0], [-1, 2], [-1, -2]])
    points = (centres[labels] + rng.standard_normal((n, 2))).astype(dtype)
    return Dataset(points, one_hot(labels, 3, dtype))


def network(dtype=np.float64):
    rng, init = np.random.default_rng(1), normal(0.5)
    return Sequential(
        Linear(2, 6, rng, dtype, init, needs_input_grad=False), ReLU(), Linear(6, 3, rng, dtype, init)
    )


def train(net, *, lr=0.1, weight_decay=0.0, epochs=3, batch_size=3, rng=None, n=10, **settings):
    optimizer = SGD(net.parameters(), lr, weight_decay=weight_decay)
    data = clouds(n, 0, net.parameters()[0].data.dtype), clouds(8, 1, net.parameters()[0].data.dtype)
    return fit(
        net,
        SoftmaxCrossEntropy(),
        optimizer,
        *data,
        epochs=epochs,
        batch_size=batch_size,
        rng=rng,
        **settings,
    )


def test_one_step_by_hand():
    net = Linear(1, 2, np.random.default_rng(0), np.float64, init=zeros())
    data = Dataset(np.array([[1.0], [3.0]]), one_hot(np.array([0, 1]), 2, np.float64))
    optimizer = SGD(net.parameters(), lr=0.5)
    history = fit(net, SoftmaxCrossEntropy(), optimizer, data, data, epochs=1, batch_size=2, rng=None)
    # All scores are 0: each class has probability 1/2, the loss is ln 2, the first class wins: 1 of 2 right.
    assert history.train_loss == [pytest.approx(math.log(2), rel=1e-15)]
    assert history.train_accuracy == [0.5]
    # Gradient of the scores: (1/2 - 1, 1/2) / 2 = (-1/4, 1/4) and (1/4, -1/4).
    # Of the weights: 1·(-1/4) + 3·(1/4) = 1/2 and -1/2; of the biases 0.
    # One step of 0.5: the weights become -1/4 and 1/4.
    np.testing.assert_allclose(net.weight.data, [[-0.25, 0.25]], rtol=1e-15)
    np.testing.assert_allclose(net.bias.data, [0, 0], atol=1e-16)
    # After it the second class leads by x/2: the losses are ln(1 + e^½) and ln(1 + e^-1½).
    expected = (math.log(1 + math.exp(0.5)) + math.log(1 + math.exp(-1.5))) / 2
    assert history.validation_loss == [pytest.approx(expected, rel=1e-14)]
    assert history.validation_accuracy == [0.5]


def test_it_learns():
    net = network()
    history = train(net, n=100, epochs=30, rng=np.random.default_rng(0))
    assert history.train_loss[-1] < 0.5 * history.train_loss[0]
    assert history.validation_accuracy[-1] >= 0.75


@pytest.mark.parametrize("batch_size", [1, 3, 4, 7, 10])
def test_the_training_loss_is_the_mean_over_examples_also_with_an_uneven_last_batch(batch_size):
    net = network()
    history = train(net, lr=0, epochs=1, batch_size=batch_size)
    whole = evaluate(net, SoftmaxCrossEntropy(), clouds(10))
    assert history.train_loss == [pytest.approx(whole.loss, rel=1e-14)]
    assert history.train_accuracy == [whole.accuracy]


def test_the_history_has_one_entry_an_epoch_and_ends_with_the_network_as_it_is():
    net, started = network(), time.perf_counter()
    history = train(net, epochs=4)
    elapsed = time.perf_counter() - started
    columns = vars(history).values()
    assert [len(column) for column in columns] == [4] * 5
    assert all(type(value) is float for column in columns for value in column)
    now = evaluate(net, SoftmaxCrossEntropy(), clouds(8, 1))
    assert (history.validation_loss[-1], history.validation_accuracy[-1]) == now
    assert min(history.seconds) > 0
    assert sum(history.seconds) < elapsed


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    first, again, other = (train(network(), rng=np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert first.train_loss == again.train_loss
    assert first.validation_loss == again.validation_loss
    assert first.train_loss != other.train_loss


def test_two_trainings_with_one_generator_go_on_where_the_first_stopped():
    rng, net = np.random.default_rng(5), network()
    parts = train(net, epochs=2, rng=rng), train(net, epochs=3, rng=rng)
    whole = train(network(), epochs=5, rng=np.random.default_rng(5))
    assert parts[0].train_loss + parts[1].train_loss == whole.train_loss


def test_an_evaluation_in_between_changes_nothing():
    net = network()
    watched = train(net, on_epoch=lambda history: evaluate(net, SoftmaxCrossEntropy(), clouds(5, 3)))
    assert watched.train_loss == train(network()).train_loss


def test_without_a_generator_the_order_is_kept():
    net, seen = network(), []
    forward = net.forward
    net.forward = lambda x: seen.append(x) or forward(x)
    train(net, epochs=2)
    training = np.concatenate([x for x in seen if len(x) != 8])
    np.testing.assert_array_equal(training, np.tile(clouds(10).inputs, (2, 1)))


def test_single_precision_stays_single_precision():
    net = network(np.float32)
    train(net)
    assert {p.data.dtype for p in net.parameters()} == {np.dtype(np.float32)}


def test_on_epoch_is_called_after_each_epoch_with_the_history_so_far():
    lengths, last = [], []
    history = train(
        network(), on_epoch=lambda h: (lengths.append(len(h)), last.append(h.validation_loss[-1]))
    )
    assert lengths == [1, 2, 3]
    assert last == history.validation_loss


def test_the_l2_penalty_is_weight_decay():
    penalised, decayed = network(), network()
    with_penalty = train(penalised, penalties=[L2(0.05, penalised.parameters())])
    with_decay = train(decayed, weight_decay=0.05)
    for p, q in zip(penalised.parameters(), decayed.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-13)
    # The recorded loss is the loss alone, without the penalty.
    assert with_penalty.train_loss == pytest.approx(with_decay.train_loss, rel=1e-13)


def test_two_penalties_add_up():
    one, two = network(), network()
    train(one, penalties=[L1(0.3, one.parameters())])
    train(two, penalties=(L1(0.1, two.parameters()), L1(0.2, two.parameters())))
    for p, q in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-12)


def test_early_stopping_ends_training_and_restores_the_best_epoch():
    net = network()
    stopping = EarlyStopping("validation_accuracy", 2, restore=net.parameters())
    history = train(net, epochs=50, early_stopping=stopping)
    best = history.best_epoch("validation_accuracy")
    assert len(history) == best + 2 < 50
    assert evaluate(net, SoftmaxCrossEntropy(), clouds(8, 1)).loss == history.validation_loss[best - 1]


def test_on_epoch_sees_the_last_epoch_before_early_stopping_ends_training():
    seen = []
    stopping = EarlyStopping("validation_accuracy", 2)
    history = train(network(), epochs=50, early_stopping=stopping, on_epoch=lambda h: seen.append(len(h)))
    assert seen[-1] == len(history)


def test_evaluation_by_hand_over_more_than_one_batch():
    # Class 0 always leads by 2: 1,500 examples are right at cost ln(1 + e^-2), 600 wrong at cost ln(1 + e^2).
    net = Linear(1, 2, np.random.default_rng(0), np.float64, init=zeros())
    net.bias.data[...] = [1, -1]
    data = Dataset(np.zeros((2100, 1)), one_hot(np.repeat([0, 1], [1500, 600]), 2, np.float64))
    measured = evaluate(net, SoftmaxCrossEntropy(), data)
    expected = (1500 * math.log(1 + math.exp(-2)) + 600 * math.log(1 + math.exp(2))) / 2100
    assert isinstance(measured, Evaluation)
    assert measured.loss == pytest.approx(expected, rel=1e-12)
    assert measured.accuracy == 1500 / 2100


def test_one_example_can_be_evaluated_and_trained_on():
    history = train(network(), n=1, batch_size=1)
    assert len(history) == 3


def test_a_diverging_training_says_so():
    with (
        np.errstate(all="ignore"),
        pytest.raises(
            ValueError, match=r"scores .if training diverged, lower lr; .*: expected .* finite .no NaN"
        ),
    ):
        train(network(), lr=1e200, epochs=20)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"epochs": 0}, ValueError, ["epochs", "at least 1", "0"]),
        ({"epochs": 1.5}, TypeError, ["epochs", "whole number", "1.5"]),
        ({"batch_size": 0}, ValueError, ["batch_size", "at least 1", "0"]),
        ({"batch_size": 11}, ValueError, ["batch_size", "11", "10 examples"]),
        ({"batch_size": 2.0}, TypeError, ["batch_size", "whole number", "2.0"]),
        ({"rng": 0}, TypeError, ["rng", "numpy.random.Generator", "default_rng(0)"]),
    ],
)
def test_it_refuses_wrong_settings(settings, error, words):
    with pytest.raises(error) as caught:
        train(network(), **settings)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_it_refuses_data_of_another_dtype_than_the_network():
    net = network(np.float32)
    with pytest.raises(
        TypeError,
        match=r"Linear: input: expected a float32 array, got float64; cast it with .astype\(.float32.\)",
    ):
        evaluate(net, SoftmaxCrossEntropy(), clouds(4))


@pytest.mark.parametrize("missing", ["epochs", "batch_size", "rng"])
def test_no_decision_is_hidden_in_a_default(missing):
    settings = {"epochs": 1, "batch_size": 1, "rng": None}
    del settings[missing]
    net = network()
    with pytest.raises(TypeError, match=missing):
        fit(net, SoftmaxCrossEntropy(), SGD(net.parameters(), 0.1), clouds(3), clouds(3), **settings)
