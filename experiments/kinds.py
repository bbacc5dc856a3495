"""What a run does: settings and a seed in, metrics and history out."""

import dataclasses
import inspect
import statistics
import time
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np

import mlpedu
from mlpedu import data, initializers, normalization


def _by_name(module, names):
    return {name: getattr(module, name) for name in names.split()}


CHOICES = {
    "activation": {
        "sigmoid": mlpedu.Sigmoid,
        "tanh": mlpedu.Tanh,
        "relu": mlpedu.ReLU,
        "gelu": mlpedu.GELU,
    },
    "loss": {
        "euclidean": mlpedu.EuclideanLoss,
        "softmax_cross_entropy": mlpedu.SoftmaxCrossEntropy,
        "hinge": mlpedu.HingeLoss,
    },
    "init": _by_name(initializers, "zeros normal uniform xavier_normal xavier_uniform he_normal"),
    "normalize": _by_name(
        normalization,
        "unit_range centered image_mean_removed standardized_by_image standardized",
    ),
}
SYNTHETIC_SEED = 2026
DATA = {"mnist": "MNIST", "synthetic": mlpedu.SYNTHETIC_DIGITS, "random": "random numbers"}


def execute(kind, settings, seed, source, on_epoch):
    """Do one run.

    Parameters
    ----------
    kind : str
        A key of `experiments.declaration.KINDS`.
    settings : one of those classes
    seed : int
    source : str
        A key of `DATA`.
    on_epoch : callable
        ``on_epoch(done, total, text)`` reports progress.

    Returns
    -------
    dict
        ``data`` (the name of the dataset), ``metrics`` and ``history``.
    """
    do = {
        "training": _train,
        "gradient_check": _check_gradient,
        "step_time": _time_step,
        "activation_time": _time_activation,
    }
    return do[kind](settings, seed, source, on_epoch)


def check(settings):
    """Refuse a name that says nothing before anything runs; ValueError names the setting."""
    for setting in CHOICES:
        if hasattr(settings, setting):
            _choose(setting, getattr(settings, setting))


def build_network(settings, inputs, classes, rng, dtype=np.float32):
    """The multi-layer perceptron of the settings: linear layers with the activation between them."""
    activation = _choose("activation", settings.activation)
    init = _choose("init", settings.init)()
    sizes = [inputs, *settings.hidden, classes]
    layers = []
    for position, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        layers.append(mlpedu.Linear(fan_in, fan_out, rng, dtype, init, needs_input_grad=position > 0))
        layers.append(activation())
    return mlpedu.Sequential(*layers[:-1])


@lru_cache(maxsize=1)
def datasets(source, normalize, needed):
    """Training and test set, normalized; of synthetic digits `needed` and a sixth of it, as in MNIST."""
    normalize = _choose("normalize", normalize)
    if source == "mnist":
        return data.load_mnist(normalize=normalize)
    rng = np.random.default_rng(SYNTHETIC_SEED)
    drawn = data.synthetic_digits(needed + needed // 6, rng, normalize=normalize)
    return drawn.split(needed, rng=None)


def _train(settings, seed, source, on_epoch):
    everything, test = datasets(source, settings.normalize, settings.train + settings.validation + 1)
    train, rest = everything.split(settings.train, rng=None)
    validation = rest if len(rest) == settings.validation else rest.split(settings.validation, rng=None)[0]
    rng = np.random.default_rng(seed)
    network = build_network(settings, train.inputs.shape[1], train.targets.shape[1], rng)
    loss = _choose("loss", settings.loss)()
    parameters = network.parameters()
    optimizer = mlpedu.SGD(
        parameters,
        settings.lr,
        settings.momentum,
        settings.weight_decay,
        decayed=parameters if settings.decay_biases else [p for p in parameters if p.data.ndim == 2],
    )
    tested = []

    def after_epoch(history):
        tested.append(mlpedu.evaluate(network, loss, test))
        text = f"loss {history.train_loss[-1]:.4f}  test accuracy {tested[-1].accuracy:.2%}"
        on_epoch(len(history), settings.epochs, text)

    history = mlpedu.fit(
        network,
        loss,
        optimizer,
        train,
        validation,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        rng=rng if settings.shuffle else None,
        on_epoch=after_epoch,
    )
    columns = dataclasses.asdict(history)
    columns["test_loss"] = [measured.loss for measured in tested]
    columns["test_accuracy"] = [measured.accuracy for measured in tested]
    metrics = {name: values[-1] for name, values in columns.items()} | {"seconds": sum(history.seconds)}
    return {"data": train.name, "metrics": metrics, "history": columns}


def _check_gradient(settings, seed, source, on_epoch):
    train, _ = datasets(source, settings.normalize, settings.examples + 1)
    batch, _ = train.split(settings.examples, rng=None)
    x, targets = batch.inputs.astype(np.float64), batch.targets.astype(np.float64)
    network = build_network(settings, x.shape[1], targets.shape[1], np.random.default_rng(seed), np.float64)
    loss = _choose("loss", settings.loss)()
    parameter, entry = network.parameters()[settings.parameter], tuple(settings.entry)

    def objective(_):
        return loss.forward(network.forward(x), targets)

    objective(None)
    network.backward(loss.backward())
    gradient = float(parameter.grad[entry])
    numerical = {
        h: mlpedu.central_difference(objective, parameter.data, entry, h)
        for h in (settings.report_step, settings.step, *settings.steps)
    }
    relative = {h: abs(value - gradient) / abs(gradient) for h, value in numerical.items()}
    on_epoch(1, 1, f"relative error {relative[settings.step]:.0e}")
    metrics = {
        "numerical": numerical[settings.report_step],
        "backpropagation": gradient,
        "absolute_difference": abs(numerical[settings.report_step] - gradient),
        "relative_error": relative[settings.step],
    }
    history = {"step": settings.steps, "relative_error": [relative[h] for h in settings.steps]}
    return {"data": train.name, "metrics": metrics, "history": history}


def _time_step(settings, seed, source, on_epoch):
    rng = np.random.default_rng(seed)
    network = build_network(settings, 784, 10, rng)
    loss = _choose("loss", settings.loss)()
    optimizer = mlpedu.SGD(network.parameters(), lr=0.01, momentum=settings.momentum)
    x = rng.random((settings.batch_size, 784), np.float32)
    targets = mlpedu.one_hot(rng.integers(10, size=settings.batch_size), 10)
    weights = [p.data.copy() for p in network.parameters() if p.data.ndim == 2]
    signals = [x, *(rng.random((settings.batch_size, w.shape[1]), np.float32) for w in weights)]

    def step():
        loss.forward(network.forward(x), targets)
        network.backward(loss.backward())
        optimizer.step()

    def products():
        for layer, weight in enumerate(weights):
            _ = signals[layer] @ weight
            _ = signals[layer].T @ signals[layer + 1]
            if layer > 0:
                _ = signals[layer + 1] @ weight.T

    medians = _medians(settings.repeats, step, products)
    ratio = medians["step"] / medians["products"]
    on_epoch(1, 1, f"ratio {ratio:.2f}")
    metrics = {"step": medians["step"], "products": medians["products"], "ratio": ratio}
    return {"data": DATA["random"], "metrics": metrics, "history": {}}


def _time_activation(settings, seed, source, on_epoch):
    rng = np.random.default_rng(seed)
    layer = _choose("activation", settings.activation)()
    x, g = rng.standard_normal((2, settings.rows, settings.columns)).astype(np.float32)

    def both_ways():
        layer.forward(x)
        layer.backward(g)

    seconds = _medians(settings.repeats, both_ways)["both_ways"]
    on_epoch(1, 1, f"{1000 * seconds:.3f} ms")
    return {"data": DATA["random"], "metrics": {"both_ways": seconds}, "history": {}}


def _medians(repeats, *works):
    """The median seconds of each function by its name; they take turns, so that both meet the same noise."""
    times = {work: [] for work in works}
    for _ in range(repeats):
        for work, seconds in times.items():
            started = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - started)
    return {work.__name__: statistics.median(seconds) for work, seconds in times.items()}


def _choose(setting, chosen):
    """The choice of that name, holding its arguments where there are any: ``{name = ..., ...}``."""
    choices = CHOICES[setting]
    arguments = dict(chosen) if isinstance(chosen, dict) else {"name": chosen}
    name = arguments.pop("name", None)
    if name not in choices:
        raise ValueError(f"setting {setting!r}: expected one of {', '.join(choices)}; got {name!r}")
    try:
        inspect.signature(choices[name]).bind_partial(**arguments)
    except TypeError as error:
        raise ValueError(f"setting {setting!r}: {name}: {error}") from None
    return partial(choices[name], **arguments)
