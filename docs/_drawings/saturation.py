"""How gradients shrink on their way through a network."""

import numpy as np

import mlpedu as m

CASES = (
    ("ReLU", m.ReLU, m.initializers.he_normal(), "o"),
    ("tanh", m.Tanh, m.initializers.xavier_normal(), "s"),
    ("sigmoid", m.Sigmoid, m.initializers.xavier_normal(), "v"),
)
WIDTH, EXAMPLES = 64, 32


def gradient_norms(figure):
    """Norm of the weight gradient by layer, and that of the first layer by depth."""
    figure.set_figheight(6.4)
    upper, lower = figure.subplots(2)
    depths = (2, 4, 6, 8)
    for label, activation, init, marker in CASES:
        norms = {depth: _norms(depth, activation, init) for depth in depths}
        upper.semilogy(range(1, 9), norms[8], marker=marker, markersize=5, label=label)
        lower.semilogy(depths, [norms[depth][0] for depth in depths], marker=marker, markersize=5)
    upper.set(xlabel="layer, of 8", ylabel="gradient norm")
    lower.set(xlabel="number of layers", ylabel="gradient norm, layer 1")
    for axes in (upper, lower):
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside upper center", ncols=3)


def _norms(depth, activation, init):
    """Norm of the weight gradient of each layer, divided by the norm of the gradient from above."""
    rng = np.random.default_rng(0)
    pairs = [(m.Linear(WIDTH, WIDTH, rng, init=init), activation()) for _ in range(depth)]
    network = m.Sequential(*(layer for pair in pairs for layer in pair))
    network.forward(rng.standard_normal((EXAMPLES, WIDTH)).astype(np.float32))
    grad_output = rng.standard_normal((EXAMPLES, WIDTH)).astype(np.float32)
    network.backward(grad_output)
    return [np.linalg.norm(linear.weight.grad) / np.linalg.norm(grad_output) for linear, _ in pairs]
