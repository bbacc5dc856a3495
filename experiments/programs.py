"""One training step written in four programs, so that their times can be compared.

Each takes a network of this package as the network to train, images (N, 784) in float32 and labels (N,), and
trains by SGD with classical momentum on the mean softmax cross-entropy. ``train`` is one pass, in batches.
"""

import numpy as np

import mlpedu

LR = 1e-4  # small: the images are random numbers, and the weights have to stay finite


class ThisPackage:
    """The layers, the loss and the optimizer of mlpedu, in float32."""

    def __init__(self, network, x, labels, momentum):
        self.network, self.loss = network, mlpedu.SoftmaxCrossEntropy()
        self.optimizer = mlpedu.SGD(network.parameters(), LR, momentum)
        self.data = mlpedu.data.Dataset(x, mlpedu.one_hot(labels, 10))

    def train(self, batch_size, rng=None):
        for inputs, targets in self.data.batches(batch_size, rng):
            self.loss.forward(self.network.forward(inputs), targets)
            self.network.backward(self.loss.backward())
            self.optimizer.step()


class PlainNumPy:
    """The formulas in NumPy as they stand in a textbook, in float64: no layers, no checks, no care."""

    def __init__(self, network, x, labels, momentum):
        self.parameters = [p.data.astype(np.float64) for p in network.parameters()]  # W, b, W, b, ...
        self.velocities = [np.zeros_like(p) for p in self.parameters]
        self.momentum = momentum
        self.x, self.targets = x.astype(np.float64), mlpedu.one_hot(labels, 10, np.float64)

    def train(self, batch_size, rng=None):
        for picked in _batches(len(self.x), batch_size, rng):
            gradients = self._gradients(self.x[picked], self.targets[picked])
            for i, gradient in enumerate(gradients):
                self.velocities[i] = self.momentum * self.velocities[i] + gradient
                self.parameters[i] -= LR * self.velocities[i]

    def _gradients(self, x, targets):
        weights, biases = self.parameters[::2], self.parameters[1::2]
        inputs = [x]  # of each layer
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            inputs.append(np.maximum(0, inputs[-1] @ weight + bias))
        scores = inputs[-1] @ weights[-1] + biases[-1]
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        self.loss = -(targets * np.log(probabilities)).sum() / len(x)
        delta, gradients = (probabilities - targets) / len(x), []
        for layer in reversed(range(len(weights))):
            gradients[:0] = [inputs[layer].T @ delta, delta.sum(axis=0)]
            if layer > 0:
                delta = delta @ weights[layer].T * (inputs[layer] > 0)
        return gradients


class ScikitLearn:
    """``MLPClassifier.partial_fit`` in float32, one call for a pass; it draws its own first weights."""

    def __init__(self, network, x, labels, momentum, lr=LR):
        from sklearn.neural_network import MLPClassifier

        hidden = [len(p.data) for p in network.parameters()[1:-2:2]]
        sgd = {"solver": "sgd", "learning_rate_init": lr, "momentum": momentum, "nesterovs_momentum": False}
        self.classifier = MLPClassifier(hidden, alpha=0, shuffle=False, random_state=0, **sgd)
        self.x, self.labels = x, labels

    def train(self, batch_size, rng=None):
        self.classifier.batch_size, self.classifier.shuffle = batch_size, rng is not None
        self.classifier.partial_fit(self.x, self.labels, classes=range(10))


class ScikitLearnByBatch(ScikitLearn):
    """The same with a call for each batch, as in a training loop of one's own."""

    def train(self, batch_size, rng=None):
        self.classifier.batch_size = batch_size
        for picked in _batches(len(self.x), batch_size, rng):
            self.classifier.partial_fit(self.x[picked], self.labels[picked], classes=range(10))


class PyTorch:
    """Eager PyTorch on the CPU, in float32."""

    def __init__(self, network, x, labels, momentum):
        import torch

        self.loss, modules = torch.nn.CrossEntropyLoss(), []
        weights = [p.data for p in network.parameters()]
        for weight, bias in zip(weights[::2], weights[1::2], strict=True):
            modules += [torch.nn.Linear(*weight.shape), torch.nn.ReLU()]
            modules[-2].weight.data = torch.from_numpy(weight.T.copy())  # (out, in) in PyTorch
            modules[-2].bias.data = torch.from_numpy(bias.copy())
        self.network = torch.nn.Sequential(*modules[:-1])
        self.optimizer = torch.optim.SGD(self.network.parameters(), LR, momentum)
        self.x, self.labels = torch.from_numpy(x), torch.from_numpy(labels)

    def train(self, batch_size, rng=None):
        for picked in _batches(len(self.x), batch_size, rng):
            self.optimizer.zero_grad()
            self.loss(self.network(self.x[picked]), self.labels[picked]).backward()
            self.optimizer.step()


PROGRAMS = {
    "mlpedu": ThisPackage,
    "numpy": PlainNumPy,
    "sklearn": ScikitLearn,
    "sklearn_calls": ScikitLearnByBatch,
    "torch": PyTorch,
}


def _batches(n, batch_size, rng):
    """Which examples are in each batch; `rng` shuffles them."""
    order = None if rng is None else rng.permutation(n)
    for start in range(0, n, batch_size):
        batch = slice(start, start + batch_size)
        yield batch if rng is None else order[batch]
