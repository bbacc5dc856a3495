"""The quantities of the results, and how the book writes them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Metric:
    """A quantity of the results and how the book writes it."""

    label: str
    digits: str
    unit: str = ""
    scale: float = 1

    def text(self, value, sign="", unit=None):
        """A value with its unit, such as "86.99 %"."""
        return f"{self.scale * value:{sign}{self.digits}}{self.unit if unit is None else unit}"


METRICS = {
    "train_accuracy": Metric("training accuracy", ".2f", " %", 100),
    "train_loss": Metric("training loss", ".4f"),
    "validation_accuracy": Metric("validation accuracy", ".2f", " %", 100),
    "test_accuracy": Metric("test accuracy", ".2f", " %", 100),
    "test_loss": Metric("test loss", ".4f"),
    "epochs": Metric("epochs until stopped", ".1f"),
    "seconds": Metric("training time", ".1f", " s"),
    "numerical": Metric("numerical gradient", ".1e"),
    "backpropagation": Metric("backpropagation", ".1e"),
    "absolute_difference": Metric("absolute difference", ".1e"),
    "relative_error": Metric("relative error", ".1e"),
    "step": Metric("training step", ".3f", " ms", 1000),
    "products": Metric("bare matrix products", ".3f", " ms", 1000),
    "both_ways": Metric("forward and backward", ".3f", " ms", 1000),
    "ratio": Metric("step / products", ".2f"),
}
