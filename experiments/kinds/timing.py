"""Runs that measure time, on random numbers."""

import dataclasses
import statistics
import time

import numpy as np

import mlpedu
from experiments.kinds.choices import build_network, choose
from experiments.kinds.digits import DATA
from experiments.kinds.kind import Kind


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

    def run(self, seed, source, on_epoch):
        """Step and products take turns."""
        rng = np.random.default_rng(seed)
        network = build_network(self, 784, 10, rng)
        loss = choose("loss", self.loss)()
        optimizer = mlpedu.SGD(network.parameters(), lr=0.01, momentum=self.momentum)
        x = rng.random((self.batch_size, 784), np.float32)
        targets = mlpedu.one_hot(rng.integers(10, size=self.batch_size), 10)
        weights = [p.data.copy() for p in network.parameters() if p.data.ndim == 2]
        signals = [x, *(rng.random((self.batch_size, w.shape[1]), np.float32) for w in weights)]

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

        seconds = medians(self.repeats, step, products)
        ratio = seconds["step"] / seconds["products"]
        on_epoch(1, 1, f"ratio {ratio:.2f}")
        metrics = {"step": seconds["step"], "products": seconds["products"], "ratio": ratio}
        return {"data": DATA["random"], "metrics": metrics, "history": {}}


@dataclasses.dataclass(frozen=True, kw_only=True)
class ActivationTime(Kind):
    """Settings of a run that times one activation alone, forward and backward."""

    activation: str | dict
    rows: int
    columns: int
    repeats: int

    needs_digits = False
    timed = True
    main_metrics = ("both_ways",)

    def run(self, seed, source, on_epoch):
        """Median of many."""
        rng = np.random.default_rng(seed)
        layer = choose("activation", self.activation)()
        x, g = rng.standard_normal((2, self.rows, self.columns)).astype(np.float32)

        def both_ways():
            layer.forward(x)
            layer.backward(g)

        seconds = medians(self.repeats, both_ways)["both_ways"]
        on_epoch(1, 1, f"{1000 * seconds:.3f} ms")
        return {"data": DATA["random"], "metrics": {"both_ways": seconds}, "history": {}}


def medians(repeats, *works):
    """The median seconds of each function by its name; they take turns, so that both meet the same noise."""
    times = {work: [] for work in works}
    for _ in range(repeats):
        for work, seconds in times.items():
            started = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - started)
    return {work.__name__: statistics.median(seconds) for work, seconds in times.items()}
