"""The quantities of the results, and how the book writes them."""

import dataclasses
import math
import statistics
from itertools import pairwise

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclasses.dataclass(frozen=True)
class Metric:
    """A quantity of the results and how the book writes it."""

    label: str
    digits: str
    unit: str = ""
    scale: float = 1
    derived: object = None  # a function of the history, for what isn't among the metrics of a result

    def value(self, name, result):
        """Its value in a result; NaN if it has none."""
        return self.derived(result["history"]) if self.derived else result["metrics"][name]

    def printed(self, value):
        """A published value with all digits that were printed, and at least as many as ours have."""
        wanted = int(self.digits[1:-1])
        digits = (f".{n}{self.digits[-1]}" for n in range(wanted, wanted + 5))
        exact = (d for d in digits if math.isclose(float(f"{self.scale * value:{d}}"), self.scale * value))
        return self.text(value, digits=next(exact, self.digits))

    def text(self, value, sign="", unit=None, digits=None):
        """A value with its unit, such as "86.99 %"."""
        number, _, exponent = f"{self.scale * value:{sign}{digits or self.digits}}".partition("e")
        if exponent:
            number += f"·10{str(int(exponent)).translate(SUPERSCRIPTS)}"  # a line can't break inside
        return f"{number}{self.unit if unit is None else unit}"


def _epochs_to(accuracy):
    """The first epoch with at least this accuracy on the test set."""

    def epoch(history):
        reached = (n for n, got in enumerate(history["test_accuracy"], start=1) if got >= accuracy)
        return next(reached, math.nan)

    return epoch


def _fluctuation(column):
    """The median size of the change from one epoch to the next, over the second half of the training."""

    def change(history):
        late = history[column][len(history[column]) // 2 :]
        return statistics.median(abs(after - before) for before, after in pairwise(late))

    return change


CHECKED = (  # the rows of a table of gradient checks
    "output_bias",
    "hidden_bias",
    "input_to_hidden_i",
    "input_to_hidden_ii",
    "hidden_to_output_i",
    "hidden_to_output_ii",
)
METRICS = {
    "train_accuracy": Metric("training accuracy", ".2f", " %", 100),
    "train_loss": Metric("training loss", ".4f"),
    "validation_accuracy": Metric("validation accuracy", ".2f", " %", 100),
    "test_accuracy": Metric("test accuracy", ".2f", " %", 100),
    "test_loss": Metric("test loss", ".4f"),
    "epochs": Metric("epochs until stopped", ".1f"),
    "kept_epoch": Metric("epoch kept", ".1f"),
    "epochs_to_90": Metric("epochs to 90 %", ".1f", derived=_epochs_to(0.9)),
    "epochs_to_95": Metric("epochs to 95 %", ".1f", derived=_epochs_to(0.95)),
    "best_test_accuracy": Metric(
        "best test accuracy", ".2f", " %", 100, derived=lambda history: max(history["test_accuracy"])
    ),
    "fluctuation": Metric(
        "change of test accuracy by epoch", ".3f", " %", 100, derived=_fluctuation("test_accuracy")
    ),
    "mean_slope": Metric("mean slope", ".3f"),
    "saturated": Metric("saturated", ".1f", " %", 100),
    "weight_norm": Metric("norm of weights", ".1f"),
    "near_zero": Metric("weights near 0", ".1f", " %", 100),
    "zero": Metric("weights exactly 0", ".1f", " %", 100),
    "seconds": Metric("training time", ".1f", " s"),
    "numerical": Metric("numerical gradient", ".1e"),
    "backpropagation": Metric("backpropagation", ".1e"),
    "absolute_difference": Metric("absolute difference", ".1e"),
    "relative_error": Metric("relative error", ".1e"),
    "accepted_flipped": Metric("accepted with the wrong sign", ".1f", " %", 100),
    **{f"alike_{row}": Metric(row.replace("_", " "), ".0f", " %", 100) for row in CHECKED},
    "most_alike": Metric("most rows at once", ".1f"),
    "in_range": Metric("published gradients of a size in our range", ".1f"),
    "noise_scale": Metric("batch size with as much noise as gradient", ".0f"),
    "law_error": Metric("largest departure from the law", ".0f", " %", 100),
    "step": Metric("training step", ".3f", " ms", 1000),
    "products": Metric("bare matrix products", ".3f", " ms", 1000),
    "forward": Metric("forward", ".3f", " ms", 1000),
    "backward": Metric("backward", ".3f", " ms", 1000),
    "both_ways": Metric("forward and backward", ".3f", " ms", 1000),
    "ratio": Metric("step / products", ".2f"),
    "epoch_seconds": Metric("time of an epoch", ".2f", " s"),
    "memory": Metric("memory of the process", ".0f", " MB", 1e-6),
    "growth": Metric("of it, for the training", ".0f", " MB", 1e-6),
}
METRICS |= {
    f"{name}_ratio": Metric(label, ".2f")
    for name, label in {
        "mlpedu": "this package",
        "numpy": "NumPy, float64",
        "sklearn": "scikit-learn",
        "sklearn_calls": "scikit-learn, a call a batch",
        "torch": "PyTorch",
        "products": "products",
        "products_float64": "products in float64",
        "products_torch": "products of PyTorch",
    }.items()
}
