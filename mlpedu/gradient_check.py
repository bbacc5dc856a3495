"""Is a gradient right? Compare it with central differences. See :doc:`/ideas/gradient_check`."""

import numpy as np

from mlpedu.arguments import finite_number, float_array, generator

__all__ = ["central_difference", "numerical_gradient", "relative_error"]
__all__ += ["check_layer", "check_loss", "check_network", "check_penalty"]

FLOOR = 1e-3
FLOAT64 = np.dtype(np.float64)


def central_difference(f, x, index, h=1e-5):
    """The derivative of `f` by one entry of `x`: (f(x + h) - f(x - h)) / 2h.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns a number, or an array of any shape.
    x : ndarray of float64
        Its entry is moved in place and put back exactly, also when `f` raises.
    index : tuple of int
        Which entry.
    h : float
        The step, at least 1e-15. In float64 about 1e-5 balances truncation, which grows with h², and
        rounding, which grows with 1/h.

    Returns
    -------
    float or ndarray
        Of the shape that `f` returns.

    Raises
    ------
    TypeError
        If `x` isn't float64: in float32 rounding drowns the difference.
    ValueError
        If `h` is too small to be a step.
    """
    float_array("central_difference: x", x, dtype=FLOAT64)
    h = finite_number("central_difference: h", h, low=1e-15)
    kept = x[index]
    try:
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
    finally:
        x[index] = kept
    return (above - below) / (2 * h)


def numerical_gradient(f, x, h=1e-5):
    """The derivative of a number `f(x)` by every entry of `x`, by `central_difference`.

    Parameters and errors as there.

    Returns
    -------
    ndarray, the shape of `x`
    """
    return np.array([central_difference(f, x, index, h) for index in np.ndindex(x.shape)]).reshape(x.shape)


def relative_error(gradient, expected, floor=FLOOR):
    """How far two gradients are apart: ‖difference‖ / max(‖gradient‖, ‖expected‖, floor).

    Norm-wise, so one tiny entry can't spoil the judgement. The floor keeps two gradients that are 0 but for
    rounding from looking different. A factor of 2 gives 0.5, an opposite sign 2.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if np.shape(gradient) != np.shape(expected):
        raise ValueError(
            f"relative_error: expected equal shapes, got {np.shape(gradient)} and {np.shape(expected)}"
        )
    norms = np.linalg.norm(gradient), np.linalg.norm(expected)
    return float(np.linalg.norm(np.subtract(gradient, expected)) / max(*norms, floor))


def check_layer(layer, x, rng, h=1e-5):
    """Check `backward` of a layer or of a whole network at `x`, with a random gradient from above.

    Parameters
    ----------
    layer : Layer
        With float64 parameters.
    x : ndarray of float64, shape (N, D)
        Away from kinks.
    rng : numpy.random.Generator
        Draws the gradient from above, of both signs.
    h : float

    Returns
    -------
    dict of str to float
        The relative error by name: ``input`` and each parameter. A right layer stays below 1e-7.

    Raises
    ------
    TypeError
        Parameters or an `x` that aren't float64, an `rng` of another type.
    ValueError
        A step `h` that is too small, or a gradient that hasn't the shape of its variable.
    """
    _require_float64("check_layer", layer, x)
    grad_output = generator("check_layer: rng", rng).standard_normal(layer.forward(x).shape)
    return _check(
        objective=lambda _: float((grad_output * layer.forward(x)).sum()),
        grad_input=layer.backward(grad_output),
        inputs=("input", x),
        parameters=layer.parameters(),
        h=h,
    )


def check_loss(loss, scores, targets, h=1e-5):
    """Check `backward` of a loss.

    Parameters
    ----------
    loss : Loss
    scores, targets : ndarray of float64, shape (N, C)
        The scores away from kinks.
    h : float

    Returns
    -------
    dict of str to float
        ``{"scores": relative error}``

    Raises
    ------
    TypeError, ValueError
        As in `check_layer`, and those of the loss.
    """
    loss.forward(scores, targets)
    return _check(lambda _: loss.forward(scores, targets), loss.backward(), ("scores", scores), [], h)


def check_penalty(penalty, h=1e-5):
    """Check `backward` of a penalty. It overwrites `grad` of the parameters.

    Parameters
    ----------
    penalty : Penalty
        With float64 parameters, away from kinks.
    h : float

    Returns
    -------
    dict of str to float
        The relative error of each parameter by name.

    Raises
    ------
    TypeError, ValueError
        As in `check_layer`.
    """
    for p in penalty.parameters:
        p.grad = np.zeros_like(p.data)
    penalty.backward()
    return _check(lambda _: penalty.forward(), None, ("input", None), penalty.parameters, h)


def check_network(network, loss, x, targets, penalties=(), h=1e-5):
    """Check a whole objective: the loss of a network, plus penalties.

    Parameters
    ----------
    network : Layer
        With float64 parameters.
    loss : Loss
    x : ndarray of float64, shape (N, D)
    targets : ndarray of float64, shape (N, C)
    penalties : sequence of Penalty
    h : float

    Returns
    -------
    dict of str to float
        The relative error by name: ``input`` and each parameter.

    Raises
    ------
    TypeError, ValueError
        As in `check_layer`, and those of the loss.
    """
    _require_float64("check_network", network, x)
    loss.forward(network.forward(x), targets)
    grad_input = network.backward(loss.backward())
    for penalty in penalties:
        penalty.backward()

    def objective(_):
        return loss.forward(network.forward(x), targets) + sum(penalty.forward() for penalty in penalties)

    return _check(objective, grad_input, ("input", x), network.parameters(), h)


def _require_float64(name, layer, x):
    for array in (x, *(p.data for p in layer.parameters())):
        float_array(f"{name}: input and parameters", array, dtype=FLOAT64)


def _check(objective, grad_input, inputs, parameters, h):
    name, x = inputs
    pairs = [] if grad_input is None else [(name, x, grad_input)]
    pairs += [(f"parameter {i} {p.data.shape}", p.data, p.grad.copy()) for i, p in enumerate(parameters)]
    return {
        name: relative_error(gradient, numerical_gradient(objective, x, h)) for name, x, gradient in pairs
    }
