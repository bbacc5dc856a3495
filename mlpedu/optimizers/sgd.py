"""Stochastic gradient descent with momentum and weight decay. Derivation: :doc:`/optimizers/sgd`."""

import numpy as np

from mlpedu.arguments import finite_number, parameter_list


class SGD:
    """Walk down the gradient: θ ← θ - lr · v [1]_, [2]_.

    Without momentum v is the gradient g. With it, v starts at 0 and each step takes

    - classical momentum: v ← momentum · v + g (reports 002 and 003, PyTorch),
    - averaged momentum: v ← momentum · v + (1 - momentum) · g (report 004), the path of classical momentum
      at the learning rate lr · (1 - momentum).

    Weight decay adds weight_decay · θ to g first.

    Parameters
    ----------
    parameters : list of Parameter
    lr : float
        The learning rate, at least 0.
    momentum : float
        In [0, 1).
    weight_decay : float
        At least 0.
    averaged : bool
        Which of the two forms of momentum.
    decayed : list of Parameter, optional
        Those that decay; all of them if None, as in PyTorch. Report 001 decays the weights, not the biases.

    Raises
    ------
    ValueError
        A number out of its range or not finite; no parameters, or one of them twice; one of `decayed` that
        isn't a parameter.

    References
    ----------
    .. [1] D. Rumelhart, G. Hinton and R. Williams, Nature 323, 1986, equations 8 and 9.
    .. [2] I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum
       in deep learning", ICML 2013, equations 1 and 2, there with lr inside v.
    """

    def __init__(self, parameters, lr, momentum=0.0, weight_decay=0.0, averaged=False, decayed=None):
        self.parameters = parameter_list("SGD: parameters", parameters)
        self.lr = finite_number("SGD: lr", lr)
        self.momentum = finite_number("SGD: momentum", momentum, below=1)
        self.weight_decay = finite_number("SGD: weight_decay", weight_decay)
        self.averaged = averaged
        decayed = self.parameters if decayed is None else parameter_list("SGD: decayed", decayed, at_least=0)
        if any(all(d is not p for p in self.parameters) for d in decayed):
            raise ValueError("SGD: decayed names a parameter that isn't among the parameters")
        self._decays = [any(p is d for d in decayed) for p in self.parameters]
        self._velocities = [np.zeros_like(p.data) for p in self.parameters]

    def step(self):
        """Change every parameter in place by its present gradient.

        Raises
        ------
        RuntimeError
            If a parameter has no gradient yet.
        """
        if any(p.grad is None for p in self.parameters):
            raise RuntimeError("SGD: step before the backward pass of the network, which sets the gradients")
        for p, v, decays in zip(self.parameters, self._velocities, self._decays, strict=True):
            gradient = p.grad + self.weight_decay * p.data if decays and self.weight_decay else p.grad
            if self.momentum:
                v *= self.momentum
                v += (1 - self.momentum) * gradient if self.averaged else gradient
                gradient = v
            p.data -= self.lr * gradient
