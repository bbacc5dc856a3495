"""What became of a published number: one verdict for each."""

import statistics

from experiments import mistakes, results
from experiments.metrics import METRICS

REPRODUCED = "reproduced"
UNSTATED = "reproduced, unstated setting"  # a setting that the report doesn't state had to be found
EXPLAINED = "explained"  # a run that makes the suspected mistake gives the number
CONTRADICTION = "the report contradicts itself"
HARDWARE = "hardware, not comparable"
OPEN = "open"
ALL = (REPRODUCED, UNSTATED, EXPLAINED, CONTRADICTION, HARDWARE, OPEN)


def mean(found, name):
    """Mean of a metric over the results of a run; NaN if one of them has none."""
    return statistics.fmean(METRICS[name].value(name, result) for result in found)


def verdict(experiment, run, name, found):
    """The verdict on a published value, and why.

    Parameters
    ----------
    experiment : Experiment
    run : Run
        One of its runs, with a published value of the metric.
    name : str
        Of the metric.
    found : list of dict
        Our results of the run, at least one.

    Returns
    -------
    verdict : str
        One of `ALL`.
    reasons : list of str
        What a table can't say in a word.
    """
    published = run.published[name]
    reasons = [published.note] if published.note else []
    if name == "seconds":
        return HARDWARE, reasons
    if published.copied:
        return CONTRADICTION, [f"a copy of {published.copied}", *reasons]
    if within(published, mean(found, name)):
        if made := mistakes.in_words(run.settings, name):
            return EXPLAINED, [*made, *reasons]
        return UNSTATED if experiment.unstated else REPRODUCED, reasons
    for path, given in ((published.other_reading, UNSTATED), (published.mistake_in, EXPLAINED)):
        other = results.recorded(path)[1] if path else []
        if other and within(published, mean(other, name)):
            return given, [f"{path} gives {METRICS[name].text(mean(other, name))}", *reasons]
    return OPEN, reasons


def within(published, value):
    """Whether our value is as close to the published one as its tolerance says."""
    return published.tolerance is not None and abs(value - published.value) <= published.tolerance
