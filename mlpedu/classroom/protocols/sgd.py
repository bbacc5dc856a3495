"""Stochastic gradient descent: where three steps with given gradients lead, in four settings.

The three steps tell the rules apart: in the first no velocity shows, in the second no power of the momentum.
"""

import inspect

import numpy as np

from mlpedu.classroom.protocols import FLOAT32, LATER, Case, cast
from mlpedu.parameter import Parameter

SETTINGS = {
    "plain": (0.0, 0.0),
    "decay": (0.0, 0.05),
    "momentum": (0.9, 0.0),
    "both": (0.9, 0.05),
}
RESULTS = {
    "plain": ("forward", "the path of three steps without momentum and weight decay"),
    "decay": ("gradient", "the path of three steps with weight decay 0.05"),
    "momentum": ("gradient", "the path of three steps with momentum 0.9"),
    "both": ("gradient", "the path of three steps with momentum 0.9 and weight decay 0.05"),
}


def probe(rng):
    def inputs(weight, bias, **more):
        shapes = {"W": weight, "b": bias, "dW": (3, *weight), "db": (3, *bias)}
        arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
        return arrays | {"lr": rng.uniform(0.2, 0.4)} | more

    first = inputs((5, 3), (4,))
    return [
        Case("a weight and a bias", first),
        Case("two weights of one shape", inputs((4, 3), (4, 3))),
        Case(LATER + "only the weight decays", inputs((3, 4), (5,), decayed=1)),
        Case(FLOAT32, cast(first, np.float32)),
    ]


def run(objects, W, b, dW, db, lr, decayed=0):
    (sgd,) = objects
    if decayed and "decayed" not in inspect.signature(sgd).parameters:
        return  # a class without it is asked about the rest
    for symbol, (momentum, weight_decay) in SETTINGS.items():
        parameters = [Parameter(W.copy()), Parameter(b.copy())]
        named = {"decayed": parameters[:1]} if decayed else {}
        optimizer = sgd(parameters, lr=lr, momentum=momentum, weight_decay=weight_decay, **named)
        places = []
        for gradients in zip(dW, db, strict=True):
            for p, gradient in zip(parameters, gradients, strict=True):
                p.grad = gradient.copy()
            optimizer.step()
            places.append(np.concatenate([np.ravel(p.data) for p in parameters]))
        yield symbol, np.stack(places)


def places(symbol, inputs):
    shape = 3, inputs["W"].size + inputs["b"].size
    step, number = np.arange(3)[:, None], np.arange(shape[1])
    masks = {"after the first step": step > 0, "in the last step": step > 1}
    masks |= {"for the first parameter": number < inputs["W"].size}
    masks |= {"for the second parameter": number >= inputs["W"].size}
    return {place: np.broadcast_to(mask, shape) for place, mask in masks.items()}
