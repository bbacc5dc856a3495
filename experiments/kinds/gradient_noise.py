"""A run that measures how far the gradient of a batch is from that of all examples: docs/training/fit.md."""

import dataclasses
import operator
import statistics

import numpy as np

import mlpedu
from experiments.kinds.choices import build_network, choose
from experiments.kinds.digits import parts
from experiments.kinds.kind import Kind


@dataclasses.dataclass(frozen=True, kw_only=True)
class GradientNoise(Kind):
    """Settings of a run that measures the variance of batch gradients, over the square of the whole one."""

    main_metrics = ("noise_scale", "law_error")

    normalize: str
    train: int
    hidden: list
    activation: str
    loss: str | dict
    init: dict
    batch_size: int  # of the training
    lr: float
    epochs: int  # of training before the measurement; 0: at the first weights
    sizes: list  # of the batches that are measured
    draws: int  # batches of each size

    @property
    def cost(self):
        """Work of a run, in the unit of `Training.cost`."""
        return (self.epochs * self.train + self.draws * sum(self.sizes)) * 794 * sum(self.hidden)

    def run(self, seed, source, on_epoch):
        """Train, then compare batches drawn without repetition with all examples."""
        train, *_ = parts(source, self.normalize, self.train, 0, None)
        n, rng = len(train), np.random.default_rng(seed)
        network = build_network(self, train.inputs.shape[1], train.targets.shape[1], rng)
        loss, parameters = choose("loss", self.loss)(), network.parameters()
        optimizer = mlpedu.SGD(parameters, self.lr)

        def gradients(inputs, targets):
            loss.forward(network.forward(inputs), targets)
            network.backward(loss.backward())
            return [p.grad for p in parameters]

        for _ in range(self.epochs):
            for batch in train.batches(self.batch_size, None):
                gradients(*batch)
                optimizer.step()
        whole = [grad.copy() for grad in gradients(train.inputs, train.targets)]

        def squares(arrays):
            return sum(float(np.vdot(array, array)) for array in arrays)

        def noise(batches):
            found = (gradients(train.inputs[rows], train.targets[rows]) for rows in batches)
            away = (squares(map(np.subtract, grads, whole)) for grads in found)
            return statistics.fmean(away) / squares(whole)

        measured = [noise(rng.permutation(n)[:size] for _ in range(self.draws)) for size in self.sizes]
        share = [(n - size) / (n - 1) / size for size in self.sizes]  # of the variance of one example
        one = statistics.median(map(operator.truediv, measured, share))
        law = [one * of_one for of_one in share]
        law_error = max(abs(got / expected - 1) for got, expected in zip(measured, law, strict=True))
        on_epoch(1, 1, f"off the law by {law_error:.0%}")
        history = {"batch_size": self.sizes, "noise": measured, "law": law}
        return {
            "data": train.name,
            "metrics": {"noise_scale": one, "law_error": law_error},
            "history": history,
        }
