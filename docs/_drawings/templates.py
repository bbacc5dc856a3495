"""What a network without a hidden layer learns to look for."""

import numpy as np

import mlpedu


def softmax_templates(figure):
    """The ten columns of the weight after 60 steps, each on all of 1000 drawn digits."""
    digits = mlpedu.synthetic_digits(1000, np.random.default_rng(0))
    layer = mlpedu.Linear(784, 10, np.random.default_rng(0), init=mlpedu.initializers.zeros())
    loss, sgd = mlpedu.SoftmaxCrossEntropy(), mlpedu.SGD(layer.parameters(), lr=0.3)
    for _ in range(60):
        loss.forward(layer.forward(digits.inputs), digits.targets)
        layer.backward(loss.backward())
        sgd.step()
    columns = layer.weight.data.T.reshape(2, 5, 28, 28)
    gaps = np.pad(columns, [(0, 0), (0, 0), (8, 0), (1, 1)], constant_values=np.nan)
    figure.set_size_inches(4, 2.9)
    axes = figure.subplots()
    largest = abs(columns).max()
    image = axes.imshow(np.block([list(row) for row in gaps]), cmap="PuOr", vmin=-largest, vmax=largest)
    for label in range(10):
        axes.text(30 * (label % 5) + 14.5, 36 * (label // 5) + 3.5, label, ha="center", va="center")
    axes.set_axis_off()
    figure.colorbar(image, ax=axes, location="bottom", shrink=0.6, label="weight of a pixel")
