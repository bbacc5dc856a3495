"""Runs that measure time, on random numbers."""

import dataclasses
import statistics
import time
from functools import partial
from itertools import accumulate

import numpy as np

import mlpedu
from experiments.kinds.choices import build_network, choose
from experiments.kinds.digits import DATA
from experiments.kinds.kind import Kind, training_work


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepTime(Kind):
    """Settings of a run that times a training step against its bare matrix products."""

    hidden: list
    activation: str
    loss: str | dict
    init: dict
    batch_size: int
    repeats: int  # of each, in turn
    momentum: float

    needs_digits = False
    timed = True
    main_metrics = ("ratio", "step", "products")

    @property
    def cost(self):
        """A step and its products take about two steps."""
        return training_work(2 * self.repeats * self.batch_size, self.hidden)

    def run(self, seed, source, on_epoch):
        """Step and products take turns."""
        rng = np.random.default_rng(seed)
        network = build_network(self, 784, 10, rng)
        loss = choose("loss", self.loss)()
        optimizer = mlpedu.SGD(network.parameters(), lr=0.01, momentum=self.momentum)
        x = rng.random((self.batch_size, 784), np.float32)
        targets = mlpedu.one_hot(rng.integers(10, size=self.batch_size), 10)
        factors = matrices(network, x)

        def step():
            loss.forward(network.forward(x), targets)
            network.backward(loss.backward())
            optimizer.step()

        seconds = medians(self.repeats, step=step, products=partial(products, *factors))
        ratio = seconds["step"] / seconds["products"]
        on_epoch(1, 1, f"ratio {ratio:.2f}")
        metrics = {"step": seconds["step"], "products": seconds["products"], "ratio": ratio}
        return {"data": DATA["random"], "metrics": metrics, "history": {}}


@dataclasses.dataclass(frozen=True, kw_only=True)
class PartTime(Kind):
    """Settings of a run that times one activation or one loss alone."""

    part: str  # "activation" or "loss"
    chosen: str | dict
    rows: int
    columns: int
    repeats: int

    needs_digits = False
    timed = True
    main_metrics = ("both_ways",)

    @property
    def cost(self):
        """A number takes about as long, forward and backward, as 50 weights."""
        return 50 * self.repeats * self.rows * self.columns

    def check(self):
        """Refuse an unknown part."""
        if self.part not in ("activation", "loss"):
            raise ValueError(f"setting 'part': expected activation or loss; got {self.part!r}")
        choose(self.part, self.chosen)

    def run(self, seed, source, on_epoch):
        """Forward and backward take turns."""
        rng = np.random.default_rng(seed)
        part = choose(self.part, self.chosen)()
        x, g = rng.standard_normal((2, self.rows, self.columns)).astype(np.float32)
        forward, backward = partial(part.forward, x), partial(part.backward, g)
        if self.part == "loss":
            targets = mlpedu.one_hot(rng.integers(self.columns, size=self.rows), self.columns)
            forward, backward = partial(part.forward, x, targets), part.backward
        metrics = medians(self.repeats, forward=forward, backward=backward)
        metrics["both_ways"] = sum(metrics.values())
        on_epoch(1, 1, f"{1000 * metrics['both_ways']:.3f} ms")
        return {"data": DATA["random"], "metrics": metrics, "history": {}}


def matrices(network, x):
    """The factors of its products for a batch: the inputs of each layer and the output; the weights."""
    weights = [p.data.copy() for p in network.parameters() if p.data.ndim == 2]
    return list(accumulate(weights, np.matmul, initial=x)), weights


def products(signals, weights, times=1):
    """The products of a training step, and nothing else."""
    for _ in range(times):
        for layer, weight in enumerate(weights):
            _ = signals[layer] @ weight
            _ = signals[layer].T @ signals[layer + 1]
            if layer > 0:
                _ = signals[layer + 1] @ weight.T


def medians(repeats, **works):
    """The median seconds of each function by its name; they take turns, so that all meet the same noise."""
    times = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in times.items()}
