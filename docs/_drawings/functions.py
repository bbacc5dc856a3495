"""Functions with their slopes, computed by the library: layers, losses, penalties; and two walks of SGD."""

import matplotlib as mpl
import numpy as np

import mlpedu


def sigmoid(figure):
    """The slope is a low hump."""
    _plot(figure.subplots(), _layer(mlpedu.Sigmoid()), -6, 6, "input x")


def tanh(figure):
    """The slope is a hump four times as high."""
    _plot(figure.subplots(), _layer(mlpedu.Tanh()), -6, 6, "input x")


def relu(figure):
    """The slope jumps."""
    _plot(figure.subplots(), _layer(mlpedu.ReLU()), -3, 3, "input x", kinks=[0])


def gelu(figure):
    """The slope is negative on the left and above 1 on the right."""
    _plot(figure.subplots(), _layer(mlpedu.GELU()), -3, 3, "input x")


def gelu_forms(figure):
    """Exact form minus tanh form, of the output and of the slope."""
    axes, exact, approximate = figure.subplots(), _layer(mlpedu.GELU("none")), _layer(mlpedu.GELU("tanh"))
    _plot(axes, lambda x: 1e4 * np.subtract(exact(x), approximate(x)), -6, 6, "input x")
    axes.set_ylabel("exact minus tanh form (10⁻⁴)")


def softmax_cross_entropy(figure):
    """The right score varies, the nine others are 0."""
    loss = _loss(mlpedu.SoftmaxCrossEntropy(), np.zeros(9))
    _plot(figure.subplots(), loss, -6, 8, "score z of the right class", ("loss L", "slope dL/dz"))


def euclidean(figure):
    """Without and with a sigmoid in front of the loss."""
    figure.set_figheight(5.5)
    upper, lower = figure.subplots(2)
    loss, layer = _loss(mlpedu.EuclideanLoss()), _layer(mlpedu.Sigmoid())

    def behind_a_sigmoid(a):
        y, slope = layer(a)
        return np.multiply(loss(y), (1, slope))  # the chain rule

    _plot(upper, loss, -2, 4, "score z, its target is 1", ("loss L", "slope dL/dz"))
    _plot(lower, behind_a_sigmoid, -8, 4, "input a of a sigmoid, its target is 1", ("loss L", "slope dL/da"))


def hinge(figure):
    """The right score varies, the two others are 0 and -2."""
    loss, label = _loss(mlpedu.HingeLoss(margin=1), [0, -2]), "score z of the right class; others 0 and −2"
    _plot(figure.subplots(), loss, -4, 3, label, ("loss L", "slope dL/dz"), kinks=[-1, 1])


def penalties(figure):
    """L1 above L2, at the same scale."""
    figure.set_figheight(5.5)
    upper, lower = figure.subplots(2, sharex=True, sharey=True)
    _plot(upper, _penalty(mlpedu.L1), -2, 2, "", ("L1: penalty R", "slope dR/dw"), kinks=[0])
    _plot(lower, _penalty(mlpedu.L2), -2, 2, "weight w", ("L2: penalty R", "slope dR/dw"))


def sgd_valley(figure):
    """A bowl 100 times as steep across as along, and 25 steps with and without momentum."""
    axes, curvatures = figure.subplots(), np.array([1.0, 100.0])
    along, across = np.meshgrid(np.linspace(-0.4, 1.05, 80), np.linspace(-1.05, 1.05, 80))
    bowl = np.tensordot(curvatures / 2, np.square([along, across]), 1)
    axes.contour(along, across, bowl, levels=[0.1, 0.4, 1.6, 6.4, 25.6], colors=mpl.rcParams["grid.color"])
    for momentum, name, marker in ((0.0, "plain", "o"), (0.9, "momentum 0.9", "^")):
        walk = _walk(curvatures, 25, lr=0.019, momentum=momentum)
        axes.plot(*walk, marker=marker, markersize=5, linewidth=1, label=name)
    axes.plot(0, 0, "+", color=mpl.rcParams["text.color"], markersize=14)
    axes.set(xlabel="θ₁, along the valley", ylabel="θ₂, across")
    axes.grid(False)
    _legend(axes)


def _plot(axes, both, low, high, xlabel, names=("output y", "slope dy/dx"), kinks=()):
    """Plot the value and the slope that `both` returns, solid and dashed; dots are the slopes at kinks."""
    x = np.unique(np.r_[np.linspace(low, high, 241), kinks])
    value, slope = np.transpose([both(float(point)) for point in x])
    at_kink = np.isin(x, kinks)
    axes.plot(x, value, label=names[0])
    (dashed,) = axes.plot(x, np.where(at_kink, np.nan, slope), label=names[1])
    axes.plot(x[at_kink], slope[at_kink], "o", color=dashed.get_color())
    axes.set_xlabel(xlabel)
    _legend(axes)


def _legend(axes):
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)


def _layer(layer):
    one = np.ones((1, 1))
    return lambda x: (layer.forward(x * one).item(), layer.backward(one).item())


def _loss(loss, others=()):
    """The loss of one example by the score of its right class; the other scores are fixed."""
    targets = np.eye(1, 1 + len(others))
    return lambda z: (loss.forward(np.array([[z, *others]]), targets), loss.backward()[0, 0])


def _penalty(penalty):
    def both(w):
        p = mlpedu.Parameter(np.array([w]))
        p.grad = np.zeros(1)
        penalty(1, [p]).backward()
        return penalty(1, [p]).forward(), p.grad.item()

    return both


def _walk(curvatures, steps, **settings):
    """The places of SGD in a bowl, from 1 in every direction."""
    p = mlpedu.Parameter(np.ones_like(curvatures))
    optimizer, places = mlpedu.SGD([p], **settings), [p.data.copy()]
    for _ in range(steps):
        p.grad = curvatures * p.data
        optimizer.step()
        places.append(p.data.copy())
    return np.transpose(places)
