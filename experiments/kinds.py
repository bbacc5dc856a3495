"""What a run does: settings and a seed in, metrics and history out."""

import dataclasses
import inspect
import math
import statistics
import time
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np

import mlpedu
from experiments.declaration import Training
from experiments.mistakes import MISTAKES, Flipped, LastBatch, UnsquaredEuclidean
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
        "unsquared_euclidean": UnsquaredEuclidean,
    },
    "init": _by_name(initializers, "zeros normal uniform xavier_normal xavier_uniform he_normal"),
    "normalize": _by_name(
        normalization,
        "unit_range centered image_mean_removed standardized_by_image standardized",
    ),
}
PENALTIES = {"l1": mlpedu.L1, "l2": mlpedu.L2}
BIASES = ("regularized", "free", "none")
SYNTHETIC_SEED = 2026
SPLIT = 1  # sets the random numbers of a split apart from those of the training
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
    if isinstance(settings, Training):
        if (biases := settings.biases) not in BIASES:
            raise ValueError(f"setting 'biases': expected one of {', '.join(BIASES)}; got {biases!r}")
        _require_known("penalties", settings.penalties, dict.fromkeys(PENALTIES, 0.0))
        _require_known("mistakes", settings.mistakes, MISTAKES)
        _early_stopping(settings.early_stopping, [mlpedu.Parameter(np.zeros(1))])


def build_network(settings, inputs, classes, rng, dtype=np.float32, output_activation=False):
    """The multi-layer perceptron of the settings: linear layers with the activation between them."""
    activation = _choose("activation", settings.activation)
    init = _choose("init", settings.init)()
    sizes = [inputs, *settings.hidden, classes]
    layers = []
    for position, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        layers.append(mlpedu.Linear(fan_in, fan_out, rng, dtype, init, needs_input_grad=position > 0))
        layers.append(activation())
    return mlpedu.Sequential(*layers if output_activation else layers[:-1])


@lru_cache(maxsize=1)
def _digits(source, needed):
    """Training and test set, in pixels; of synthetic digits `needed` and a sixth of it, as in MNIST."""
    if source == "mnist":
        return data.load_mnist(normalize=normalization.raw_pixels)
    rng = np.random.default_rng(SYNTHETIC_SEED)
    drawn = data.synthetic_digits(needed + needed // 6, rng, normalize=normalization.raw_pixels)
    return drawn.split(needed, rng=None)


@lru_cache(maxsize=1)
def _parts(source, normalize, train, validation, split_seed):
    """What to train on, to validate on and to test with, each normalized by itself."""
    everything, test = _digits(source, train + validation + 1)
    rng = None if split_seed is None else np.random.default_rng((split_seed, SPLIT))
    train, rest = _divided(everything, train, rng)
    validation = _divided(rest, validation, None)[0] if validation else test
    return tuple(_normalized(part, normalize) for part in (train, validation, test))


def _divided(dataset, n, rng):
    """`n` of the examples, and the others if there are any."""
    return (dataset, None) if n == len(dataset) else dataset.split(n, rng)


def _normalized(dataset, normalize):
    inputs = _choose("normalize", normalize)(dataset.inputs)
    return data.Dataset(inputs, dataset.targets, dataset.name)


def _train(settings, seed, source, on_epoch):
    split_seed = seed if settings.random_split else None
    train, validation, test = _parts(
        source, settings.normalize, settings.train, settings.validation, split_seed
    )
    rng = np.random.default_rng(seed)
    wrong = {**dict.fromkeys(MISTAKES), **settings.mistakes}
    sizes = train.inputs.shape[1], train.targets.shape[1]
    network = build_network(settings, *sizes, rng, output_activation=wrong["output_activation"])
    loss = _choose("loss", settings.loss)()
    if wrong["last_batch"]:
        loss = LastBatch(loss)
    parameters = network.parameters()
    weights = [p for p in parameters if p.data.ndim == 2]
    regularized = parameters if settings.biases == "regularized" else weights
    optimizer = mlpedu.SGD(
        weights if settings.biases == "none" else parameters,
        settings.lr,
        settings.momentum,
        settings.weight_decay,
        averaged=settings.averaged,
        decayed=regularized,
    )
    penalties = [PENALTIES[name](strength, regularized) for name, strength in settings.penalties.items()]
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
        penalties=map(Flipped, penalties) if wrong["flipped_penalty"] else penalties,
        early_stopping=_early_stopping(settings.early_stopping, parameters),
        on_epoch=after_epoch,
    )
    columns = dataclasses.asdict(history)
    columns["test_loss"] = [measured.loss for measured in tested]
    columns["test_accuracy"] = [measured.accuracy for measured in tested]
    kept = len(history)  # the epoch whose weights are the result
    if settings.early_stopping.get("restore"):
        kept = history.best_epoch(settings.early_stopping["monitor"])
    metrics = {name: values[kept - 1] for name, values in columns.items()}
    if wrong["last_batch"]:
        metrics |= {"train_loss": loss.train_loss, "train_accuracy": loss.train_accuracy}
    if wrong["reported_norm"]:
        norm = math.sqrt(sum(float((w.data**2).sum()) for w in weights))
        metrics["train_loss"] += wrong["reported_norm"] / 2 * norm
    metrics |= {"seconds": sum(history.seconds), "kept_epoch": kept, "epochs": len(history)}
    return {"data": train.name, "metrics": metrics, "history": columns}


def _early_stopping(declared, parameters):
    if not declared:
        return None
    try:
        return mlpedu.EarlyStopping(**{**declared, "restore": parameters if declared.get("restore") else ()})
    except TypeError as error:
        raise ValueError(f"setting 'early_stopping': {error}") from None


def _check_gradient(settings, seed, source, on_epoch):
    train, _ = _digits(source, settings.examples + 1)
    batch, _ = _normalized(train, settings.normalize).split(settings.examples, rng=None)
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
    return {"data": batch.name, "metrics": metrics, "history": history}


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


def _require_known(setting, chosen, examples):
    """Names among those of the examples, with values of the same type."""
    for name, value in chosen.items():
        if type(value) is not type(examples.get(name)):
            known = ", ".join(f"{known} = {example}" for known, example in examples.items())
            raise ValueError(f"setting {setting!r}: expected something like {known}; got {name} = {value!r}")


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
