"""The promises accept what is right, and reject each planted mistake with a sentence of its own."""

import numpy as np
import pytest

from mlpedu import (
    GELU,
    EuclideanLoss,
    HingeLoss,
    Linear,
    ReLU,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
)
from mlpedu.checks import (
    PROMISES,
    forgets_earlier_batches,
    gives_each_gradient_its_shape,
    gradient_is_right,
    keeps_dtype,
    leaves_arguments_unchanged,
    reads_any_memory_layout,
    refuses_backward_before_forward,
    survives_large_inputs,
    treats_examples_alone,
)
from mlpedu.initializers import normal

N, D, M = 7, 5, 3  # pairwise different, so that no wrong shape fits by chance


def linear(dtype, kind=Linear, d=D, m=M):
    return kind(d, m, np.random.default_rng(1), dtype, init=normal(1.0, random_bias=True))


@pytest.fixture
def probe():
    """kind of component -> (arrays, upstream), of both signs and away from kinks."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], (N, D)) * (0.05 + rng.exponential(1, (N, D)))
    scores, targets = rng.integers(-12, 13, (N, D)) / 4, np.eye(D)[rng.integers(0, D, N)]
    return {
        "elementwise": ((x,), (rng.standard_normal((N, D)),)),
        "linear": ((x,), (rng.standard_normal((N, M)),)),
        "loss": ((scores, targets), ()),
    }


class PlainSigmoid:
    """No base class, an overflow on the way to a right number, a slope kept from the forward pass."""

    def forward(self, x):
        with np.errstate(over="ignore"):
            y = 1 / (1 + np.exp(-x))
        self.slope = y * (1 - y)
        return y

    def backward(self, grad_output):
        if not hasattr(self, "slope"):
            raise RuntimeError("first forward")
        return grad_output * self.slope

    def parameters(self):
        return []


class LoopingEuclidean(EuclideanLoss):
    """Right, example by example."""

    def backward(self):
        (difference,) = self._saved_arrays
        gradient = np.empty_like(difference)
        for n in range(len(difference)):
            gradient[n] = difference[n] / len(difference)
        return gradient


RIGHT = {
    "Linear": (linear, "linear"),
    "Sigmoid": (lambda dtype: Sigmoid(), "elementwise"),
    "Tanh": (lambda dtype: Tanh(), "elementwise"),
    "ReLU": (lambda dtype: ReLU(), "elementwise"),
    "GELU": (lambda dtype: GELU(), "elementwise"),
    "exact GELU": (lambda dtype: GELU("none"), "elementwise"),
    "Sequential": (
        lambda dtype: Sequential(linear(dtype, d=D, m=4), GELU(), linear(dtype, d=4, m=M)),
        "linear",
    ),
    "EuclideanLoss": (lambda dtype: EuclideanLoss(), "loss"),
    "SoftmaxCrossEntropy": (lambda dtype: SoftmaxCrossEntropy(), "loss"),
    "HingeLoss": (lambda dtype: HingeLoss(0.9), "loss"),
    "a plain sigmoid": (lambda dtype: PlainSigmoid(), "elementwise"),
    "a loss with a loop": (lambda dtype: LoopingEuclidean(), "loss"),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_keeps_every_promise(name, promise, probe):
    make, kind = RIGHT[name]
    promise(make, *probe[kind])


# One small wrong class for each way to break a promise.


class DropsUpstreamShape(Tanh):
    def backward(self, grad_output):
        return super().backward(grad_output).sum(axis=1)


class ReturnsNothing(Tanh):
    def backward(self, grad_output):
        super().backward(grad_output)


class BiasGradientPerExample(Linear):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        self.bias.grad = grad_output.copy()
        return grad_input


class OneLossPerExample(EuclideanLoss):
    def forward(self, scores, targets):
        super().forward(scores, targets)
        return ((scores - targets) ** 2).sum(axis=1) / 2


class ConstantOfNumPy(GELU):
    def forward(self, x):
        return np.float64(1.0) * super().forward(x)


class GradientInDouble(Tanh):
    def backward(self, grad_output):
        return super().backward(grad_output).astype(np.float64)


class ParameterGradientInDouble(Linear):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        self.weight.grad = self.weight.grad.astype(np.float64)
        return grad_input


class WritesIntoInput(ReLU):
    def forward(self, x):
        y = super().forward(x)
        x[x < 0] = 0
        return y


class WritesIntoGradient(ReLU):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        grad_output[grad_input == 0] = 0
        return grad_input


class WritesIntoScores(SoftmaxCrossEntropy):
    def forward(self, scores, targets):
        scores -= scores.max(axis=1, keepdims=True)
        return super().forward(scores, targets)


class UpdatesItsWeights(Linear):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        self.weight.data -= 0.1 * self.weight.grad
        return grad_input


class ReturnsItsInput(Tanh):
    def forward(self, x):
        self._save_for_backward(np.zeros_like(x))
        return x

    def backward(self, grad_output):
        return 1 * grad_output


class KeepsTheGradientItWasGiven(Linear):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        self.bias.grad = grad_output[0]
        return grad_input


class AddsUpGradients(Linear):
    def backward(self, grad_output):
        earlier = self.bias.grad
        grad_input = super().backward(grad_output)
        if earlier is not None:
            self.bias.grad = self.bias.grad + earlier
        return grad_input


class AddsUpUntilTheNextForward(Linear):
    def forward(self, x):
        self.bias.grad = np.zeros_like(self.bias.data)
        return super().forward(x)

    def backward(self, grad_output):
        earlier = self.bias.grad
        grad_input = super().backward(grad_output)
        self.bias.grad = self.bias.grad + earlier
        return grad_input


class KeepsTheFirstBatch(Tanh):
    def _save_for_backward(self, y):
        if self._saved is None:
            super()._save_for_backward(y)


class DividesByN(Linear):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        self.weight.grad /= len(grad_output)
        return grad_input


class UsesTheSlopeOfTheFirstExample(Tanh):
    def backward(self, grad_output):
        (y,) = self._saved_arrays
        return grad_output * (1 - y[:1] ** 2)


class SumNotMean(EuclideanLoss):
    def forward(self, scores, targets):
        return super().forward(scores, targets) * len(scores)

    def backward(self):
        gradient = super().backward()
        return gradient * len(gradient)


class GradientWithoutMean(SoftmaxCrossEntropy):
    def backward(self):
        gradient = super().backward()
        return gradient * len(gradient)


class ReadsMemoryInOrder(Tanh):
    def forward(self, x):
        return super().forward(np.ndarray(x.shape, x.dtype, x.base if x.base is not None else x))


class AnswersBeforeForward(Tanh):
    def backward(self, grad_output):
        return grad_output if self._saved is None else super().backward(grad_output)


class StumblesBeforeForward(Tanh):
    def backward(self, grad_output):
        (y,) = self._saved  # TypeError: None can't be unpacked
        return grad_output * (1 - y**2)


class Unfinished(Tanh):
    def backward(self, grad_output):
        raise NotImplementedError("exercise tanh: write the backward pass")


class PlusForMinus(Tanh):
    def backward(self, grad_output):
        (y,) = self._saved_arrays
        return grad_output * (1 + y**2)


class IgnoresUpstream(Tanh):
    def backward(self, grad_output):
        (y,) = self._saved_arrays
        return 1 - y**2


class SignFlipped(SoftmaxCrossEntropy):
    def backward(self):
        return -super().backward()


class OffByAMillionth(Tanh):
    def backward(self, grad_output):
        return (1 + 1e-6) * super().backward(grad_output)


class GradientOfNan(Tanh):
    def backward(self, grad_output):
        return np.nan * super().backward(grad_output)


class Exponentials(Tanh):
    def forward(self, x):
        y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
        self._save_for_backward(y)
        return y


class SoftmaxWithoutShift(SoftmaxCrossEntropy):
    def forward(self, scores, targets):
        exponentials = np.exp(scores)
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        self._save_for_backward(probabilities, targets)
        return float(-np.log((probabilities * targets).sum(axis=1)).mean())


class SoftmaxShiftedByTheWholeBatch(SoftmaxWithoutShift):
    def forward(self, scores, targets):
        return super().forward(scores - scores.max(), targets)


WRONG = [
    (
        AddsUpUntilTheNextForward,
        forgets_earlier_batches,
        "parameter 1 differs after earlier passes; .*not add",
    ),
    (
        DropsUpstreamShape,
        gives_each_gradient_its_shape,
        r"input gradient has shape \(7,\); it must have.*\(7, 5\)",
    ),
    (ReturnsNothing, gives_each_gradient_its_shape, r"input gradient has shape \(\) \(it is None\)"),
    (BiasGradientPerExample, gives_each_gradient_its_shape, r"parameter 1 has shape \(7, 3\); .* \(3,\)"),
    (OneLossPerExample, gives_each_gradient_its_shape, r"loss has shape \(7,\); it must have shape \(\)"),
    (ConstantOfNumPy, keeps_dtype, "output of float32 arrays has dtype float64; it must be float32"),
    (GradientInDouble, keeps_dtype, "input gradient of float32 arrays has dtype float64"),
    (ParameterGradientInDouble, keeps_dtype, "gradient of parameter 0 of float32 arrays has dtype float64"),
    (WritesIntoInput, leaves_arguments_unchanged, "an argument of forward was changed"),
    (WritesIntoGradient, leaves_arguments_unchanged, "the argument of backward was changed"),
    (WritesIntoScores, leaves_arguments_unchanged, "an argument of forward was changed"),
    (UpdatesItsWeights, leaves_arguments_unchanged, "a parameter was changed"),
    (ReturnsItsInput, leaves_arguments_unchanged, "output shares memory with an argument of forward"),
    (
        KeepsTheGradientItWasGiven,
        leaves_arguments_unchanged,
        "parameter 1 shares memory with the argument of",
    ),
    (
        AddsUpGradients,
        forgets_earlier_batches,
        "gradient of parameter 1 differs after earlier passes; .*not add",
    ),
    (KeepsTheFirstBatch, forgets_earlier_batches, "input gradient differs after earlier passes"),
    (DividesByN, treats_examples_alone, "parameter 0 isn't what the examples give one by one; only a loss"),
    (UsesTheSlopeOfTheFirstExample, treats_examples_alone, "input gradient isn't what the examples give"),
    (
        SumNotMean,
        treats_examples_alone,
        "loss isn't what the examples give one by one; only a loss divides by N",
    ),
    (GradientWithoutMean, treats_examples_alone, "input gradient isn't what .*a loss divides by N, once"),
    (ReadsMemoryInOrder, reads_any_memory_layout, "output depends on the memory layout"),
    (AnswersBeforeForward, refuses_backward_before_forward, "raised None; it must raise RuntimeError"),
    (
        StumblesBeforeForward,
        refuses_backward_before_forward,
        "raised TypeError.*; it must raise RuntimeError",
    ),
    (Unfinished, refuses_backward_before_forward, "raised NotImplementedError.*; it must raise RuntimeError"),
    (PlusForMinus, gradient_is_right, r"gradient of input is \d\.\de[-+]\d\d off central differences"),
    (IgnoresUpstream, gradient_is_right, "gradient of input is .* off central differences"),
    (SignFlipped, gradient_is_right, "gradient of scores is 2.0e.00 off central differences"),
    (GradientWithoutMean, gradient_is_right, "gradient of scores is 8.6e-01 off"),  # 1 - 1/7
    (DividesByN, gradient_is_right, r"gradient of parameter 0 \(5, 3\) is 8.6e-01 off"),
    (OffByAMillionth, gradient_is_right, "gradient of input is 1.0e-06 off central differences"),
    (GradientOfNan, gradient_is_right, "gradient of input is nan off"),
    (Exponentials, survives_large_inputs, "output is NaN or infinite for inputs of ±1e4"),
    (SoftmaxWithoutShift, survives_large_inputs, "loss is NaN or infinite for inputs of ±1e4"),
    (SoftmaxShiftedByTheWholeBatch, survives_large_inputs, "loss is NaN or infinite for inputs of ±1e4"),
]


@pytest.mark.parametrize(
    ("wrong", "promise", "sentence"), WRONG, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_broken_promise_is_named(wrong, promise, sentence, probe):
    if issubclass(wrong, Linear):
        make, kind = (lambda dtype: linear(dtype, wrong)), "linear"
    else:
        make, kind = (
            (lambda dtype: wrong()),
            "loss" if "targets" in wrong.forward.__code__.co_varnames else "elementwise",
        )
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match=sentence):
        promise(make, *probe[kind])


@pytest.mark.parametrize("promise", [gradient_is_right, treats_examples_alone])
def test_a_wrong_shape_is_named_before_anything_is_compared(promise, probe):
    with pytest.raises(AssertionError, match=r"input gradient has shape \(7,\); it must have shape \(7, 5\)"):
        promise(lambda dtype: DropsUpstreamShape(), *probe["elementwise"])


def test_every_promise_is_broken_by_some_wrong_class():
    assert {promise for _, promise, _ in WRONG} == set(PROMISES)


def test_no_two_promises_say_the_same_sentence():
    sentences = {}
    for _, promise, sentence in WRONG:
        assert sentences.setdefault(sentence, promise) is promise


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_leaves_its_probe_as_it_was(promise, probe):
    arrays, upstream = probe["elementwise"]
    before = [array.copy() for array in (*arrays, *upstream)]
    promise(lambda dtype: Tanh(), arrays, upstream)
    for array, copy in zip((*arrays, *upstream), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_the_probe_survives_a_class_that_writes_into_it(probe):
    x = probe["elementwise"][0][0].copy()
    with pytest.raises(AssertionError):
        leaves_arguments_unchanged(lambda dtype: WritesIntoInput(), *probe["elementwise"])
    np.testing.assert_array_equal(probe["elementwise"][0][0], x)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_what_the_component_raises_passes_through(promise, probe):
    class Broken(Tanh):
        def forward(self, x):
            raise KeyError("a bug of the student")

    if promise is not refuses_backward_before_forward:
        with pytest.raises(KeyError, match="a bug of the student"):
            promise(lambda dtype: Broken(), *probe["elementwise"])
