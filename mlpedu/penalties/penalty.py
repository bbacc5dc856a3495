"""The contract of a penalty: a term added to the loss that depends on parameters alone."""

from abc import ABC, abstractmethod

from mlpedu.arguments import finite_number, parameter_list


class Penalty(ABC):
    """A price for large parameters.

    Parameters
    ----------
    strength : float
        λ, at least 0. It isn't divided by the number of examples.
    parameters : list of Parameter
        Those that pay it, often the weights without the biases.

    Raises
    ------
    ValueError
        A negative or not finite strength, no parameters.
    """

    def __init__(self, strength, parameters):
        name = type(self).__name__
        self.strength = finite_number(f"{name}: strength", strength)
        self.parameters = parameter_list(f"{name}: parameters", parameters)

    @abstractmethod
    def forward(self):
        """The penalty, a float of at least 0."""

    @abstractmethod
    def backward(self):
        """Add the derivative of the penalty to `grad` of each parameter.

        To be called after the backward pass of the network, which sets the gradients.

        Raises
        ------
        RuntimeError
            If a parameter has no gradient yet.
        """

    def _require_gradients(self):
        if any(parameter.grad is None for parameter in self.parameters):
            name = type(self).__name__
            raise RuntimeError(
                f"{name}: backward before the backward pass of the network, which sets the gradients"
            )
