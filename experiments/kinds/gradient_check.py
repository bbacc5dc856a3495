"""Runs that check weights of a network."""

import dataclasses

import numpy as np

import mlpedu
from experiments.kinds.choices import build_network, choose
from experiments.kinds.digits import digits, normalized, parts
from experiments.kinds.kind import Kind, require_known
from experiments.mistakes import CHECK_MISTAKES


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
    limit: float  # of the report: it accepts a gradient if the absolute difference is smaller

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
            # A gradient g with the wrong sign is 2|g| away from the right one.
            "accepted_flipped": float((2 * abs(parameter.grad) < self.limit).mean()),
        }
        history = {"step": self.steps, "relative_error": [relative[h] for h in self.steps]}
        return {"data": batch.name, "metrics": metrics, "history": history}


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckTable(Kind):
    """Settings of a run that makes a published table of gradient checks again and again.

    Each draw has first weights and examples of its own. Its rows are compared with those of the report.
    """

    normalize: str
    train: int  # examples to draw from, the first of the training set
    examples: int  # of a draw
    hidden: list
    activation: str
    loss: str | dict
    init: dict
    weights: list  # in the order of the checks: row of the table, position in parameters(), index into it
    step: float
    draws: int
    report: dict  # by row: numerical gradient, backpropagation, absolute difference
    factor: float  # a row is like the report's if its difference is within this factor, and its signs are so
    mistakes: dict  # of experiments.mistakes.CHECK_MISTAKES

    main_metrics = ("most_alike", "in_range")

    @property
    def cost(self):
        """Work of a run, in the unit of `Training.cost`."""
        return 2 * len(self.weights) * self.draws * self.examples * 784 * sum(self.hidden)

    def check(self):
        """Refuse also unknown mistakes."""
        super().check()
        require_known("mistakes", self.mistakes, CHECK_MISTAKES)

    def run(self, seed, source, on_epoch):
        """Draw the table many times."""
        rng = np.random.default_rng(seed)
        images, *_ = parts(source, self.normalize, self.train, validation=0, split_seed=None)
        drawn = np.array([self._draw(images, rng) for _ in range(self.draws)])  # (draws, rows, 4)
        pairs, sizes = np.split(drawn, 2, axis=-1)
        difference = abs(pairs[..., 0] - pairs[..., 1])
        names = [name for name, *_ in self.weights]
        published = np.array([self.report[name] for name in names])
        columns, apart = published[:, :2], published[:, 2]
        alike = (difference >= apart / self.factor) & (difference <= apart * self.factor)
        alike &= (pairs.prod(axis=-1) < 0) == (columns.prod(axis=-1) < 0)
        low, high = sizes[..., :1].min(axis=0), sizes[..., 1:].max(axis=0)
        in_range = (low <= abs(columns)) & (abs(columns) <= high)
        metrics = {f"alike_{name}": float(share) for name, share in zip(names, alike.mean(0), strict=True)}
        metrics |= {"most_alike": int(alike.sum(axis=1).max()), "in_range": int(in_range.sum())}
        on_epoch(1, 1, f"at most {metrics['most_alike']} rows at once")
        spread = np.percentile(difference, (5, 50, 95), axis=0).T
        history = {name: row.tolist() for name, row in zip(names, spread, strict=True)}
        return {"data": images.name, "metrics": metrics, "history": history}

    def _draw(self, images, rng):
        """For each row: both gradients, and the smallest and largest size of one among the row's candidates.

        The report names its biases, the last ones. Its other weights may be any of their layer.
        """
        dtype = np.float32 if self.mistakes.get("single_precision") else np.float64
        chosen = rng.integers(len(images), size=self.examples)
        x, targets = (part[chosen].astype(dtype) for part in (images.inputs, images.targets))
        network = build_network(self, x.shape[1], targets.shape[1], rng, dtype)
        loss = choose("loss", self.loss)()
        loss.forward(network.forward(x), targets)
        network.backward(loss.backward())
        rows = []
        for _, position, entry in self.weights:
            parameter, entry = network.parameters()[position], tuple(entry)
            kept, values = parameter.data[entry], []
            for step in (self.step, -self.step):
                parameter.data[entry] = kept + step
                values.append(loss.forward(network.forward(x), targets))
            if not self.mistakes.get("never_undone"):
                parameter.data[entry] = kept
            sizes = abs(parameter.grad if parameter.data.ndim == 2 else parameter.grad[entry])
            numerical = (values[0] - values[1]) / (2 * self.step)
            rows.append((numerical, parameter.grad[entry], sizes.min(), sizes.max()))
        return rows
