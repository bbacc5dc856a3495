"""Mistakes that explain published numbers, made on purpose. `mlpedu` has none of them.

A run names in its setting ``mistakes`` those that it makes, from `MISTAKES`; a loss of this module is named
as any loss is.
"""

import math

import numpy as np

import mlpedu

MISTAKES = {
    "output_activation": True,  # an activation behind the output layer
    "flipped_penalty": True,  # the derivative of the penalties is subtracted from the gradient
    "last_batch": True,  # training loss and accuracy are those of one batch, the last
    "reported_norm": 0.0,  # λ: the printed training loss has λ/2 times the norm of the weights, not squared
    "missing_derivative": True,  # these three: in the backward pass
    "sigmoid_derivative": True,
    "next_unit": True,
}
CHECK_MISTAKES = {  # of a gradient check
    **{name: MISTAKES[name] for name in ("missing_derivative", "sigmoid_derivative", "next_unit")},
    "never_undone": True,  # a weight is moved by +h and then by -2h, and stays there
    "single_precision": True,  # float32
}
BATCH = 100  # of report 002


def in_words(settings, metric):
    """Which mistakes of a run of a report change this printed number, for a table; empty if none does.

    They are mistakes in reporting. A run that trains with a mistake is named by ``mistake_in``.
    """
    made = getattr(settings, "mistakes", {})
    words = []
    if made.get("last_batch") and metric in ("train_loss", "train_accuracy"):
        words.append("measured on the last batch alone")
    if made.get("reported_norm") and metric == "train_loss":
        words.append("the printed loss holds the norm of the weights, not squared")
    if getattr(settings, "loss", "") == "unsquared_euclidean" and metric in ("train_loss", "test_loss"):
        words.append("the printed loss is a norm, not squared")
    return words


def agrees_absolutely(numerical, backpropagation, tolerance=1e-4):
    """Whether two derivatives differ by little, whatever their size: the gradient check of report 004."""
    return abs(numerical - backpropagation) <= tolerance


def layers(settings, activation):
    """The classes of the linear layers and of the activation, with the mistakes of the settings in them."""
    made = getattr(settings, "mistakes", {})
    linear = NextUnit if made.get("next_unit") else mlpedu.Linear
    if made.get("missing_derivative"):
        return linear, lambda: WithoutDerivative(activation())
    if made.get("sigmoid_derivative"):
        return linear, lambda: WithSigmoidDerivative(activation())
    return linear, activation


class UnsquaredEuclidean(mlpedu.EuclideanLoss):
    """Half the Euclidean norm of a batch's differences, by its size; the gradient is that of the square."""

    def forward(self, scores, targets):
        super().forward(scores, targets)
        squares = ((scores - targets) ** 2).sum(axis=1)
        batches = [squares[start : start + BATCH] for start in range(0, len(squares), BATCH)]
        return math.fsum(math.sqrt(batch.sum()) / (2 * len(batch)) for batch in batches) / len(batches)


class LastBatch(mlpedu.Loss):
    """Another loss, and what it and the accuracy were in the last training step."""

    def __init__(self, loss):
        self.loss = loss

    def forward(self, scores, targets):
        value = self.loss.forward(scores, targets)
        self._seen = value, float((scores.argmax(axis=1) == targets.argmax(axis=1)).mean())
        return value

    def backward(self):
        self.train_loss, self.train_accuracy = self._seen
        return self.loss.backward()


class Flipped(mlpedu.Penalty):
    """Another penalty with the wrong sign in its gradient: the weights grow."""

    def __init__(self, penalty):
        self.penalty = penalty

    def forward(self):
        return self.penalty.forward()

    def backward(self):
        before = [p.grad.copy() for p in self.penalty.parameters]
        self.penalty.backward()
        for p, grad in zip(self.penalty.parameters, before, strict=True):
            p.grad = 2 * grad - p.grad


class WithoutDerivative(mlpedu.Layer):
    """Another activation; its backward pass forgets the derivative."""

    def __init__(self, activation):
        self.activation = activation

    def forward(self, x):
        return self.activation.forward(x)

    def backward(self, grad_output):
        return grad_output


class WithSigmoidDerivative(WithoutDerivative):
    """Another activation; its backward pass has the derivative of the sigmoid, y(1 - y)."""

    def forward(self, x):
        self.output = super().forward(x)
        return self.output

    def backward(self, grad_output):
        return grad_output * self.output * (1 - self.output)


class NextUnit(mlpedu.Linear):
    """A linear layer that drops the wrong row of its weights, the first, where the bias should go.

    So each input gets the gradient of the next, and the last that of the bias. It is what happens if the bias
    is the last row of the weights and the backward pass takes it for the first.
    """

    def backward(self, grad_output):
        right = super().backward(grad_output)
        return None if right is None else grad_output @ np.vstack([self.weight.data[1:], self.bias.data]).T


class AbsoluteSlope(mlpedu.L1):
    """L1 with the absolute value in the place of its slope: every weight is pulled down."""

    def backward(self):
        for p in self.parameters:
            p.grad = p.grad + self.strength * np.abs(p.data)
