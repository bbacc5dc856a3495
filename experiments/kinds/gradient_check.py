"""A run that checks one weight of a network."""

import dataclasses

import numpy as np

import mlpedu
from experiments.kinds.choices import build_network, choose
from experiments.kinds.digits import digits, normalized
from experiments.kinds.kind import Kind


@dataclasses.dataclass(frozen=True, kw_only=True)
class GradientCheck(Kind):
    """Settings of a run that checks one weight of a network."""

    main_metrics = ("absolute_difference", "relative_error")

    normalize: str
    examples: int  # the first of the training set
    hidden: list
    activation: str
    loss: str | dict
    init: dict
    parameter: int  # position in network.parameters()
    entry: list  # index into that parameter
    report_step: float  # the h of the report
    step: float  # the h of the relative error, one for all weights
    steps: list  # values of h for the V

    @property
    def cost(self):
        """Work of a run, in the unit of `Training.cost`."""
        return 2 * len(self.steps) * self.examples * 784 * sum(self.hidden)

    def run(self, seed, source, on_epoch):
        """Compare with central differences of every step."""
        train, _ = digits(source, self.examples + 1)
        batch, _ = normalized(train, self.normalize).split(self.examples, rng=None)
        x, targets = batch.inputs.astype(np.float64), batch.targets.astype(np.float64)
        network = build_network(self, x.shape[1], targets.shape[1], np.random.default_rng(seed), np.float64)
        loss = choose("loss", self.loss)()
        parameter, entry = network.parameters()[self.parameter], tuple(self.entry)

        def objective(_):
            return loss.forward(network.forward(x), targets)

        objective(None)
        network.backward(loss.backward())
        gradient = float(parameter.grad[entry])
        numerical = {
            h: mlpedu.central_difference(objective, parameter.data, entry, h)
            for h in (self.report_step, self.step, *self.steps)
        }
        relative = {h: abs(value - gradient) / abs(gradient) for h, value in numerical.items()}
        on_epoch(1, 1, f"relative error {relative[self.step]:.0e}")
        metrics = {
            "numerical": numerical[self.report_step],
            "backpropagation": gradient,
            "absolute_difference": abs(numerical[self.report_step] - gradient),
            "relative_error": relative[self.step],
        }
        history = {"step": self.steps, "relative_error": [relative[h] for h in self.steps]}
        return {"data": batch.name, "metrics": metrics, "history": history}
