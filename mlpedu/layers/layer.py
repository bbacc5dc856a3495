"""The contract of a layer. What a backward pass is: see :doc:`/ideas/backward_pass`."""

from abc import ABC, abstractmethod

from mlpedu.differentiable import Differentiable


class Layer(Differentiable, ABC):
    """A function of a batch that can pass a gradient back.

    N examples, D inputs, M outputs: one example a row. A layer never divides by N; the mean over the batch
    belongs to the loss. Elementwise layers don't check their arguments: the linear layer or the loss before
    or behind them does.
    """

    needs_input_grad = True

    @abstractmethod
    def forward(self, x):
        """Apply the layer.

        Parameters
        ----------
        x : ndarray, shape (N, D)

        Returns
        -------
        ndarray, shape (N, M)
            A new array; `x` is not changed.
        """

    @abstractmethod
    def backward(self, grad_output):
        """Pass the gradient of the loss from the output of the last `forward` to its input.

        Sets `grad` of the layer's parameters on the way.

        Parameters
        ----------
        grad_output : ndarray, shape (N, M)
            The derivative of the loss by the output.

        Returns
        -------
        ndarray, shape (N, D)
            The derivative of the loss by the input.

        Raises
        ------
        RuntimeError
            Before the first `forward`.
        """

    def parameters(self):
        """The layer's learnable arrays, a list of `Parameter`; empty for most layers."""
        return []
