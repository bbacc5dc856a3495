"""Small networks, trained while the book is built: how training looks when it goes well or wrong."""

import math
from itertools import pairwise

import numpy as np

import mlpedu


def _clouds(n, rng, spread):
    """`n` points in 8 dimensions: ten clouds, one a class, whose centres are always the same."""
    centres = np.random.default_rng(5).standard_normal((10, 8))
    labels = rng.integers(10, size=n)
    points = centres[labels] + spread * rng.standard_normal((n, 8))
    return mlpedu.Dataset(points, mlpedu.one_hot(labels, 10, np.float64))


def _train(lr, *, n=200, epochs=30, batch_size=20, spread=0.6, hidden=(32,), seed=0, init=None,
           mixed=False, on_epoch=None):  # fmt: skip
    """The history of a small ReLU network; `on_epoch` gets the network, the loss and the training set."""
    rng = np.random.default_rng(seed)
    train, validation = _clouds(n, rng, spread), _clouds(1000, rng, spread)
    if mixed:  # the targets no longer belong to the inputs
        train = mlpedu.Dataset(train.inputs, rng.permutation(train.targets))
    layers, sizes = [], [8, *hidden, 10]
    for inputs, outputs in pairwise(sizes):
        layers += [mlpedu.Linear(inputs, outputs, rng, np.float64, init), mlpedu.ReLU()]
    network, loss = mlpedu.Sequential(*layers[:-1]), mlpedu.SoftmaxCrossEntropy()
    return mlpedu.fit(
        network, loss, mlpedu.SGD(network.parameters(), lr), train, validation,
        epochs=epochs, batch_size=batch_size, rng=rng,
        on_epoch=on_epoch and (lambda history: on_epoch(network, loss, train)),
    )  # fmt: skip


def _by_epoch(axes, values, **settings):
    axes.plot(range(1, len(values) + 1), values, **settings)
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)


def training_running_mean(figure):
    """The loss as the history records it, and measured after each epoch."""
    after = []
    history = _train(0.03, epochs=8, on_epoch=lambda *now: after.append(mlpedu.evaluate(*now).loss))
    axes = figure.subplots()
    _by_epoch(axes, history.train_loss, marker="o", label="training, mean during the epoch")
    _by_epoch(axes, after, marker="s", label="training, after the epoch")
    _by_epoch(axes, history.validation_loss, marker="^", label="validation, after the epoch")
    axes.set(ylabel="loss", ylim=0)
    axes.legend()


def training_batch_noise(figure):
    """How far the gradient of a batch is from that of all examples."""
    rng = np.random.default_rng(0)
    data, network = _clouds(1024, rng, 0.6), mlpedu.Linear(8, 10, rng, np.float64)
    loss = mlpedu.SoftmaxCrossEntropy()

    def gradient(rows):
        loss.forward(network.forward(data.inputs[rows]), data.targets[rows])
        network.backward(loss.backward())
        return network.weight.grad

    sizes, whole = 2 ** np.arange(9), gradient(slice(None)).copy()
    each = (data.inputs**2).sum(axis=1) * ((1024 * loss.backward()) ** 2).sum(axis=1)  # squared norms
    variance = (each.mean() - (whole**2).sum()) * (1024 - sizes) / 1023 / sizes
    draws = [[gradient(rng.permutation(1024)[:size]) - whole for _ in range(40)] for size in sizes]
    noise = [math.sqrt(np.mean([(d**2).sum() for d in some])) for some in draws]
    axes = figure.subplots()
    axes.loglog(sizes, noise / np.linalg.norm(whole), "o", label="40 batches each")
    axes.loglog(sizes, np.sqrt(variance) / np.linalg.norm(whole), label="theory")
    axes.set(xlabel="examples in the batch", ylabel="distance / size of the full gradient")
    axes.set_xticks(sizes[::2], sizes[::2])
    axes.set_yticks(*2 * [[0.2, 0.5, 1, 2]])
    axes.minorticks_off()
    axes.legend()


def training_early_stopping(figure):
    """Validation loss with the epochs at which the two rules stop."""
    history = _train(0.5, n=150, epochs=34, batch_size=10, spread=0.8, seed=3)
    axes = figure.subplots()
    _by_epoch(axes, history.validation_loss, label="validation loss")
    for against, marker in (("best", "s"), ("previous", "^")):
        shown = mlpedu.History()
        rule = mlpedu.EarlyStopping("validation_loss", 3, against)
        for train_loss, loss in zip(history.train_loss, history.validation_loss, strict=True):
            shown.train_loss.append(train_loss)
            shown.validation_loss.append(loss)
            if rule.should_stop(shown):
                break
        axes.plot(len(shown), loss, marker, markersize=10, label=f"stop against the {against}")
    best = history.best_epoch("validation_loss")
    axes.plot(best, history.validation_loss[best - 1], "o", markersize=10, label="best epoch")
    axes.set(ylabel="loss", ylim=0.45)
    axes.legend(loc="lower right", fontsize=11)


def training_learning_rates(figure):
    """A learning rate that is too small, one that suits, one that is too large."""
    axes = figure.subplots()
    for lr in (0.003, 0.3, 3.0):
        _by_epoch(axes, _train(lr).train_loss, label=f"{lr:g}")
    axes.set(ylabel="training loss", yscale="log")
    axes.legend(title="learning rate")


def training_overfitting(figure):
    """Loss and accuracy of a network that learns its few examples by heart."""
    history = _train(0.3, n=150, epochs=60, batch_size=25, spread=0.8)
    figure.set_figheight(5.5)
    upper, lower = figure.subplots(2, sharex=True)
    for axes, column in ((upper, "loss"), (lower, "accuracy")):
        for part in ("train", "validation"):
            _by_epoch(axes, getattr(history, f"{part}_{column}"), label=part)
        best = history.best_epoch("validation_loss")
        axes.axvline(best, color="C2", linestyle=":", label="smallest validation loss")
        axes.set_ylabel(column)
    upper.set_xlabel("")
    upper.legend()


def training_mistakes(figure):
    """The training loss under three mistakes, against ln 10."""
    axes = figure.subplots()
    zeros = mlpedu.initializers.zeros()
    for label, lr, settings in (
        ("no mistake", 0.3, {}),
        ("targets mixed up", 0.3, {"mixed": True}),
        ("all weights start at 0", 0.3, {"init": zeros}),
        ("no step is taken", 0.0, {}),
    ):
        _by_epoch(axes, _train(lr, epochs=15, **settings).train_loss, label=label)
    axes.axhline(math.log(10), color="C4", linewidth=1)
    axes.text(15, math.log(10) - 0.05, "ln 10", ha="right", va="top")
    axes.set(ylabel="training loss", ylim=(0, 3.8))
    axes.legend(loc="upper right", ncols=2, fontsize=10.5)


def training_gradient_norms(figure):
    """The norm of each weight's gradient over the whole training set, after each epoch."""
    norms = []

    def record(network, loss, train):
        loss.forward(network.forward(train.inputs), train.targets)
        network.backward(loss.backward())
        norms.append([np.linalg.norm(p.grad) for p in network.parameters()[::2]])

    _train(0.1, epochs=20, hidden=(32, 32), on_epoch=record)
    axes = figure.subplots()
    for number, column in enumerate(zip(*norms, strict=True), start=1):
        _by_epoch(axes, column, label=f"layer {number}")
    axes.set(ylabel="norm of the gradient", ylim=0)
    axes.legend()


def training_seeds(figure):
    """Two settings, five seeds each: mean and range."""
    axes = figure.subplots()
    for hidden in (32, 40):
        settings = {"epochs": 15, "batch_size": 40, "hidden": (hidden,)}
        curves = 100 * np.array([_train(0.3, seed=s, **settings).validation_accuracy for s in range(5)])
        _by_epoch(axes, curves.mean(axis=0), label=f"{hidden} hidden units")
        axes.fill_between(range(1, 16), curves.min(axis=0), curves.max(axis=0), alpha=0.2, lw=0)
    axes.set(ylabel="validation accuracy (%)", ylim=(70, 96))
    axes.legend(loc="lower right")


def output_gradient_sizes(figure):
    """Size of the gradient by the pre-activation, where the target is 0."""
    a = np.linspace(-8, 8, 161)
    y = 1 / (1 + np.exp(-a))
    axes = figure.subplots()
    axes.plot(a, y, label="cross-entropy: y")
    axes.plot(a, y * y * (1 - y), label="Euclidean: y · y(1 - y)")
    axes.set(xlabel="pre-activation a; the target is 0", ylabel="gradient by a")
    axes.legend()
