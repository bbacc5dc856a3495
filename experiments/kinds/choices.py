"""What a declaration may name, and what it stands for."""

import inspect
from functools import partial
from itertools import pairwise

import numpy as np

import mlpedu
from experiments import mistakes
from experiments.programs import PROGRAMS
from mlpedu import initializers, normalization


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
        "unsquared_euclidean": mistakes.UnsquaredEuclidean,
    },
    "program": PROGRAMS,
    "init": _by_name(initializers, "zeros normal uniform xavier_normal xavier_uniform he_normal"),
    "normalize": _by_name(
        normalization,
        "unit_range centered image_mean_removed standardized_by_image standardized",
    ),
}


def build_network(settings, inputs, classes, rng, dtype=np.float32, output_activation=False):
    """The multi-layer perceptron of the settings: linear layers with the activation between them."""
    linear, activation = mistakes.layers(settings, choose("activation", settings.activation))
    init = choose("init", settings.init)()
    sizes = [inputs, *settings.hidden, classes]
    layers = []
    for position, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        layers.append(linear(fan_in, fan_out, rng, dtype, init, needs_input_grad=position > 0))
        layers.append(activation())
    return mlpedu.Sequential(*layers if output_activation else layers[:-1])


def choose(setting, chosen):
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
