"""Layers one after the other: a network. Derivation: :doc:`/layers/sequential`."""

from mlpedu.layers.layer import Layer


class Sequential(Layer):
    """The output of each layer is the input of the next; itself a layer [1]_.

    Parameters
    ----------
    *layers : Layer
        At least one, in the order of the forward pass.

    Raises
    ------
    TypeError
        If something is not a `Layer`.
    ValueError
        Without layers; if one layer stands in two places (it could keep only one batch for its backward
        pass); if a layer behind the first has ``needs_input_grad=False``, which would cut the backward pass.

    References
    ----------
    .. [1] D. Rumelhart, G. Hinton and R. Williams, "Learning representations by back-propagating errors",
       Nature 323, 1986.
    """

    def __init__(self, *layers):
        if not layers:
            raise ValueError("Sequential: expected at least one layer, got none")
        for position, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                remedy = "; write Sequential(*layers)" if isinstance(layer, list | tuple) else ""
                remedy = f"; write {layer.__name__}(...)" if isinstance(layer, type) else remedy
                raise TypeError(f"Sequential: layer {position} must be a Layer, got {layer!r:.60}{remedy}")
            if position > 0 and not layer.needs_input_grad:
                raise ValueError(
                    f"Sequential: layer {position} has needs_input_grad=False, but layer {position - 1} "
                    "needs its gradient; only the first layer may do without"
                )
        if len(set(_flat(layers))) < len(list(_flat(layers))):
            raise ValueError("Sequential: a layer stands in the network twice; make a second one")
        self.layers = list(layers)
        self.needs_input_grad = layers[0].needs_input_grad

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad_output):
        for layer in reversed(self.layers):
            grad_output = layer.backward(grad_output)
        return grad_output

    def parameters(self):
        return [parameter for layer in self.layers for parameter in layer.parameters()]


def _flat(layers):
    for layer in layers:
        yield from _flat(layer.layers) if isinstance(layer, Sequential) else [layer]
