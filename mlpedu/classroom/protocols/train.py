"""The training loop: alone, with toy parts that take notes; then with the student's own parts, on digits."""

import numpy as np

from mlpedu.classroom.protocols import Case
from mlpedu.data import Dataset, one_hot, synthetic_digits
from mlpedu.parameter import Parameter
from mlpedu.training.history import MONITORS

RESULTS = {
    "steps": ("gradient", "the number of steps"),
    "weights": ("gradient", "the weight after the training"),
    "train_loss": ("forward", "the column train_loss of the history"),
    "train_accuracy": ("forward", "the column train_accuracy of the history"),
    "validation_loss": ("forward", "the column validation_loss of the history"),
    "validation_accuracy": ("forward", "the column validation_accuracy of the history"),
    "on_epoch": ("robustness", "what on_epoch finds in the history"),
    "should_stop": ("robustness", "what should_stop finds in the history"),
    "examples": ("gradient", "the set of examples of an epoch, with their classes,"),
    "order": ("gradient", "the order of the examples"),
}
EPOCHS, BATCH_SIZE, CLASSES = 3, 4, 3
DIGITS = {"train": 2000, "validation": 200, "test": 800}
ACCURACY = 0.87  # chance keeps no right network below it: tests/classroom/test_selftest.py


def probe(rng):
    def examples(n):
        inputs = rng.uniform(-1, 1, (n, CLASSES + 1))
        inputs[:, -1] = np.arange(n) + 1  # an example's number; the network doesn't use it
        return inputs, one_hot(inputs[:, :-1].argmax(axis=1), CLASSES, np.float64)

    # The weight has the wrong sign at first, so that the answers change with every epoch.
    (x, t), (x_val, t_val) = examples(23), examples(13)
    data = {"x": x, "t": t, "x_val": x_val, "t_val": t_val, "w": rng.uniform(-0.8, -0.4, CLASSES)}
    return [
        Case("plain", data),
        Case("penalties", data | {"strength": 0.2}),
        Case("stopped", data | {"stop": 2}),
        Case("not stopped", data | {"stop": EPOCHS + 1}),
        Case("shuffled", data | {"seed": int(rng.integers(1000))}),
    ]


def trial(rng):
    """A training on digits. The labels of the test digits stay here."""

    def smaller(pixels):  # 14 x 14
        return pixels.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 14 * 14)

    def parts(array):
        return dict(zip(DIGITS, np.split(array.astype(np.uint8), ends), strict=True))

    digits = synthetic_digits(sum(DIGITS.values()), rng, normalize=smaller)
    ends = np.cumsum([*DIGITS.values()])[:-1]
    pixels, labels = parts(digits.inputs), parts(digits.labels)
    inputs = pixels | {f"{name} labels": labels[name] for name in ("train", "validation")}
    return [Case("digits", inputs | {"seed": int(rng.integers(1000))}, {"labels": labels["test"]})]


def judge(results, labels):
    scores = results.get("scores")
    if np.shape(scores) != (len(labels), 10):
        return "Your network returns no scores for the test digits, one row a digit and one column a class."
    right = (scores.argmax(axis=1) == labels).mean()
    if right >= ACCURACY:
        return None
    return (
        f"With your own parts the network reads {right:.0%} of the test digits; it should be at least "
        f"{ACCURACY:.0%}. The loop by itself is right: check the parts alone, from the first to the last."
    )


def run(objects, **inputs):
    return _digits(objects, **inputs) if "test" in inputs else _toy(objects[0], **inputs)


def _digits(objects, seed, rates=(1,), **arrays):
    fit, linear, relu, sequential, loss, sgd = objects
    images = {name: arrays[name] / 255 for name in DIGITS}
    train, validation = (
        Dataset(images[name], one_hot(arrays[f"{name} labels"].astype(int), 10, np.float64))
        for name in ("train", "validation")
    )
    found = {}
    for rate in rates:  # several if a course accepts parts that take longer or shorter steps
        rng = np.random.default_rng(seed)
        network = sequential(linear(14 * 14, 32, rng, np.float64), relu(), linear(32, 10, rng, np.float64))
        optimizer = sgd(network.parameters(), lr=0.1 * rate, momentum=0.9)
        history = fit(network, loss(), optimizer, train, validation, epochs=10, batch_size=50, rng=rng)
        found[history.validation_accuracy[-1]] = network
    yield "scores", found[max(found)].forward(images["test"])


def _toy(fit, x, t, x_val, t_val, w, strength=0, stop=0, seed=None):
    def trained(rng, **settings):
        network = _Network(w.copy())
        if strength:
            settings["penalties"] = [_Penalty(network.weight, s) for s in (strength, 2 * strength)]
        if stop:
            settings["early_stopping"] = _Stopping(network.weight, stop)
        optimizer, sets = _Optimizer(network.parameters()), (Dataset(x, t), Dataset(x_val, t_val))
        history = fit(
            network,
            _Loss(network),
            optimizer,
            *sets,
            epochs=EPOCHS,
            batch_size=BATCH_SIZE,
            rng=rng,
            **settings,
        )
        return network, optimizer, history, settings

    if seed is not None:
        first, again, other = (_order(trained(np.random.default_rng(s))[0]) for s in (seed, seed, seed + 1))
        yield "examples", np.sort(first.reshape(EPOCHS, -1)) if first.size == EPOCHS * len(x) else first
        epochs = np.floor(first.reshape(-1, len(x)) if first.size % len(x) == 0 else first[None])
        moved = [(epoch != x[:, -1]).any() if len(epoch) == len(x) else 1 for epoch in epochs]
        same = np.array_equal(first, again), np.array_equal(first, other)
        anew = len({epoch.tobytes() for epoch in epochs}) == len(epochs)
        yield "order", [int(v) for v in (all(moved), anew, same[0], not same[1])]
        return
    seen = []
    noting = {} if strength or stop else {"on_epoch": lambda history: seen.append(_lengths(history))}
    network, optimizer, history, settings = trained(None, **noting)
    yield "steps", optimizer.steps
    yield "weights", network.weight.data
    for name in MONITORS:
        yield name, getattr(history, name, None)
    if noting:
        yield "on_epoch", seen
    if stop:
        yield "should_stop", settings["early_stopping"].seen


def _order(network):
    return np.concatenate(network.order) if network.order else np.zeros(0)


def _lengths(history):
    return [len(getattr(history, name)) for name in MONITORS]


class _Network:
    """One weight a class; what it learns from is noted."""

    needs_input_grad = True

    def __init__(self, weight):
        self.weight, self.order = Parameter(weight), []
        self.weight.grad = np.zeros_like(weight)

    def forward(self, x):
        self.x = x
        return x[:, :-1] * self.weight.data

    def backward(self, grad_output):
        self.order.append(self.x[:, -1] + self.classes / 10)
        self.weight.grad = (grad_output * self.x[:, :-1]).sum(axis=0)
        return grad_output * self.weight.data

    def parameters(self):
        return [self.weight]


class _Loss:
    """A quarter of the fourth powers, the mean over the batch."""

    def __init__(self, network):
        self.network = network

    def forward(self, scores, targets):
        self.network.classes = targets.argmax(axis=1)
        self.difference = scores - targets
        return float((self.difference**4).sum() / 4 / len(scores))

    def backward(self):
        return self.difference**3 / len(self.difference)


class _Penalty:
    """The same of the weight."""

    def __init__(self, weight, strength):
        self.parameters, self.strength = [weight], strength

    def forward(self):
        return float(self.strength * (self.parameters[0].data ** 4).sum() / 4)

    def backward(self):
        self.parameters[0].grad += self.strength * self.parameters[0].data ** 3


class _Optimizer:
    lr = 0.4

    def __init__(self, parameters):
        self.parameters, self.steps = parameters, 0

    def step(self):
        self.steps += 1
        for parameter in self.parameters:
            parameter.data -= self.lr * parameter.grad


class _Stopping:
    """Stops after a given epoch; the first one was the best."""

    def __init__(self, weight, stop):
        self.weight, self.stop, self.seen, self.best = weight, stop, [], None

    def should_stop(self, history):
        self.seen.append(_lengths(history))
        if self.best is None:
            self.best = self.weight.data.copy()
        return len(self.seen) == self.stop

    def restore_best(self):
        if self.best is not None:
            self.weight.data[...] = self.best


def places(symbol, inputs):
    return {}
