"""One network against another that differs in one thing, over all reports: data in ``comparisons.toml``."""

import dataclasses
import statistics
import tomllib
from pathlib import Path

from experiments import results
from experiments.metrics import METRICS

DECLARED = Path(__file__).parent / "comparisons.toml"


@dataclasses.dataclass(frozen=True)
class Pair:
    """How much a metric of one run is above that of another, with the same seeds."""

    label: str
    differences: list  # ours, one for each seed
    published: float | None  # None: at least one of the two isn't published

    @property
    def mean(self):
        """Of our differences."""
        return statistics.fmean(self.differences)

    @property
    def spread(self):
        """Standard deviation of our differences; 0 if there is only one."""
        return statistics.stdev(self.differences) if len(self.differences) > 1 else 0.0


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Pairs that answer one question."""

    title: str
    metric: str
    pairs: list


def experiments():
    """The names of all comparisons, each with those of its experiments."""
    return {name: _experiments(declared) for name, declared in _declared().items()}


def load(name):
    """Read a comparison by name and measure its pairs in the recorded results.

    Raises
    ------
    KeyError
        An unknown name of a comparison.
    ValueError
        A run that isn't declared.
    """
    declared = _declared()[name]
    pairs = [
        _pair(label, declared["metric"], results.recorded(one), results.recorded(other))
        for label, one, other in declared["pairs"]
    ]
    return Comparison(declared["title"], declared["metric"], pairs)


def _declared():
    return tomllib.loads(DECLARED.read_text(encoding="utf-8"))


def _experiments(declared):
    return sorted({path.split("/")[0] for _, *both in declared["pairs"] for path in both})


def _pair(label, metric, one, other):
    (run, found), (other_run, other_found) = one, other
    value = METRICS[metric].value
    differences = [
        value(metric, result) - value(metric, against)
        for result, against in zip(found, other_found, strict=False)  # as many seeds as both have
    ]
    published = None
    if metric in run.published and metric in other_run.published:
        published = run.published[metric].value - other_run.published[metric].value
    return Pair(label, differences, published)
