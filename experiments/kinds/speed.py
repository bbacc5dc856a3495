"""Runs that measure a training step, or an epoch, in this package and in other programs."""

import dataclasses
import os
import re
import time
from functools import partial
from pathlib import Path

import numpy as np

from experiments.kinds.choices import build_network, choose
from experiments.kinds.digits import DATA
from experiments.kinds.kind import Kind, training_work
from experiments.kinds.timing import matrices, medians, products
from experiments.programs import PROGRAMS

BATCHES = 10  # in a pass; the time of a pass divided by this is that of a step


class Compared(Kind):
    """What the kinds of this module share: a ReLU network, and random images and labels to train it on."""

    activation = "relu"
    init = {"name": "he_normal"}  # noqa: RUF012
    needs_digits = False
    needs = ("sklearn", "torch")
    timed = True

    def drawn(self, n, rng):
        network = build_network(self, 784, 10, rng)
        return network, rng.random((n, 784), np.float32), rng.integers(10, size=n)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Speed(Compared):
    """Settings of a run that times a training step of each program beside its bare matrix products."""

    hidden: list
    batch_size: int
    momentum: float
    threads: int  # 0: as many as the machine has processors
    repeats: int  # of a pass over 10 batches

    own_process = False  # the imports take longer than most runs
    main_metrics = ("mlpedu_ratio", "numpy_ratio", "sklearn_ratio", "torch_ratio")

    @property
    def cost(self):
        """A pass of everything takes about as long as twelve of this package."""
        return training_work(12 * self.repeats * BATCHES * self.batch_size, self.hidden)

    def run(self, seed, source, on_epoch):
        """A pass of each program and one of products take turns."""
        import torch
        from threadpoolctl import threadpool_limits

        n, size = self.threads or os.cpu_count(), self.batch_size
        drawn = self.drawn(BATCHES * size, np.random.default_rng(seed))
        factors = matrices(drawn[0], drawn[1][:size])
        passes = {name: partial(p(*drawn, self.momentum).train, size) for name, p in PROGRAMS.items()}
        kinds = {"products": np.float32, "products_float64": np.float64, "products_torch": torch.from_numpy}
        for name, kind in kinds.items():
            passes[name] = partial(products, *([kind(f) for f in part] for part in factors), BATCHES)
        torch.set_num_threads(n)
        with threadpool_limits(n):
            seconds = medians(self.repeats, **passes)
        metrics = {f"{name}_ratio": taken / seconds["products"] for name, taken in seconds.items()}
        metrics["products"] = seconds["products"] / BATCHES
        on_epoch(1, 1, f"ratio {metrics['mlpedu_ratio']:.2f}")
        return {"data": DATA["random"], "metrics": metrics, "history": {}, "blas_threads": n}


@dataclasses.dataclass(frozen=True, kw_only=True)
class EpochCost(Compared):
    """Settings of a run that measures the time and the memory of one epoch in one program, on Linux."""

    program: str  # of experiments.programs
    hidden: list
    batch_size: int
    momentum: float
    examples: int

    main_metrics = ("epoch_seconds", "memory", "growth")

    @property
    def cost(self):
        """Drawing the images, and an epoch of about twice the time of this package."""
        return training_work(3 * self.examples, self.hidden)

    def run(self, seed, source, on_epoch):
        """One shuffled epoch; the process is its own, so all its memory is that of the program."""
        rng = np.random.default_rng(seed)
        program = choose("program", self.program)(*self.drawn(self.examples, rng), self.momentum)
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
        started = time.perf_counter()
        program.train(self.batch_size, rng)
        seconds = time.perf_counter() - started
        peak = _memory("VmHWM")
        on_epoch(1, 1, f"{seconds:.2f} s")
        metrics = {"epoch_seconds": seconds, "memory": peak, "growth": peak - before}
        return {"data": DATA["random"], "metrics": metrics, "history": {}}


def _memory(field):
    """Bytes of this process in main memory: VmRSS now, VmHWM at the peak."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(rf"{field}:\s+(\d+) kB", status)[1])
