"""Tables from results alone: what was published, what we measured, and whether they agree."""

import math
import statistics

from rich.box import SIMPLE
from rich.table import Table

from experiments import comparisons, results, verdicts
from experiments.kinds.digits import DATA
from experiments.metrics import METRICS


def table(experiment, directory, metrics=None):
    """One row a run, as text.

    Parameters
    ----------
    experiment : Experiment
    directory : Path
        Of its results.
    metrics : sequence of str, optional
        Which, by their names in the results.

    Returns
    -------
    header : list of str
    rows : list of list of str
        For each metric: the published value where the declaration has one, our mean ± standard deviation over
        the seeds, the difference, where a tolerance is declared whether it is within it, and the verdict.
    """
    comparable = is_comparable(experiment, directory)
    columns = [
        column
        for metric in metrics or experiment.kind.main_metrics
        for column in _columns(experiment, metric, comparable)
    ]
    header = ["run", *(label for label, _ in columns)]
    rows = []
    for run in experiment.runs:
        values = results.read_all(directory, run)
        cells = [cell(run, values) if values else "no result" for _, cell in columns]
        rows.append([run.name, *cells])
    return header, rows


def for_terminal(experiment, directory):
    """The table of the main metric for rich, with a word on the data it comes from."""
    header, rows = table(experiment, directory, experiment.kind.main_metrics[:1])
    return rich_table(header, rows, caption=caption(experiment, directory))


def rich_table(header, rows, caption=None):
    """A table for the terminal."""
    shown = Table(box=SIMPLE, padding=0, show_edge=False, caption=caption)
    for label in header:
        shown.add_column(label.replace("published ", "published\n"), overflow="fold")  # a number is never cut
    for row in rows:
        shown.add_row(*(cell.replace(", ", ",\n") for cell in row))
    return shown


def reasons(experiment, directory, metrics):
    """What the verdicts of a table rest on: a sentence each, with the runs that it is true of."""
    runs = {}
    for run, name, (_, because) in _judged(experiment, directory):
        for reason in because if name in metrics else ():
            runs.setdefault(reason, {})[run.name] = True
    every = len(experiment.runs)
    return [
        f"{'all runs' if 1 < len(names) == every else ', '.join(names)}: {reason}."
        for reason, names in runs.items()
    ]


def agreement(done):
    """How many published numbers of each report have which verdict.

    Parameters
    ----------
    done : iterable of (Experiment, Path)
        With the folders of their results.

    Returns
    -------
    header : list of str
    rows : list of list of str
    """
    counts = {}
    for experiment, directory in done:
        report = " ".join(experiment.name.split("-")[:2])
        for _, _, (verdict, _) in _judged(experiment, directory):
            counts.setdefault(report, dict.fromkeys(verdicts.ALL, 0))[verdict] += 1
    rows = [
        [verdict, *(str(of_report[verdict]) for of_report in counts.values())] for verdict in verdicts.ALL
    ]
    totals = ["numbers in all", *(str(sum(of_report.values())) for of_report in counts.values())]
    return ["verdict", *counts], [*rows, totals] if counts else []


def compared(name):
    """The table of a comparison: header and rows, as text."""
    comparison = comparisons.load(name)
    metric = METRICS[comparison.metric]
    unit = metric.unit.replace("%", "pp")
    rows = [
        [
            pair.label,
            "-" if pair.published is None else metric.text(pair.published, "+", unit),
            f"{metric.text(pair.mean, '+', '')} ± {metric.text(pair.spread, unit=unit)}",
            str(len(pair.differences)),
        ]
        for pair in comparison.pairs
    ]
    return [comparison.title, "published", "ours", "seeds"], rows


def errors_by_epoch(directory, run, width=40):
    """The share of wrong answers on the test set by epoch, a bar of text each; of the first seed."""
    found = results.read_all(directory, run)
    wrong = [1 - accuracy for accuracy in found[0]["history"]["test_accuracy"]] if found else []
    return [
        f"epoch {epoch:2}  {100 * share:5.2f} % wrong  {'█' * round(width * share / max(wrong))}"
        for epoch, share in enumerate(wrong, start=1)
    ]


def ours(found, name):
    """Mean ± standard deviation of a metric over the results of a run, as text."""
    metric = METRICS[name]
    values = [metric.value(name, result) for result in found]
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return "never"
    text = metric.text(known[0])
    if len(known) > 1:
        text = f"{metric.text(statistics.mean(known), unit='')} ± {metric.text(statistics.stdev(known))}"
    return text if len(known) == len(values) else f"{text}, never in {len(values) - len(known)}"


def is_comparable(experiment, directory):
    """Whether its results stand beside published numbers: only those on MNIST do."""
    return data_name(experiment, directory) == DATA["mnist"]


def caption(experiment, directory):
    """Of a table or a figure: which data, and how many seeds of each run."""
    seeds = [len(results.read_all(directory, run)) for run in experiment.runs]
    number = f"{min(seeds)}" if min(seeds) == max(seeds) else f"{min(seeds)} to {max(seeds)}"
    return f"{data_name(experiment, directory)}, {number} {'seed' if number == '1' else 'seeds'}"


def data_name(experiment, directory):
    """What the results of an experiment were measured on, such as "MNIST"."""
    found = {result["data"] for run in experiment.runs for result in results.read_all(directory, run)}
    return " and ".join(sorted(found)) or "no results"


def _judged(experiment, directory):
    """Each published number that has a result beside it: run, metric, and verdict with its reasons."""
    for run in experiment.runs if is_comparable(experiment, directory) else ():
        found = results.read_all(directory, run)
        for name in run.published if found else ():
            yield run, name, verdicts.verdict(experiment, run, name, found)


def _columns(experiment, name, comparable):
    """Pairs of a label and a function (run, results) -> text."""
    metric = METRICS[name]

    def measured(run, found):
        return ours(found, name)

    def theirs(run, found):
        return metric.printed(run.published[name].value) if name in run.published else "-"

    def difference(run, found):
        if name not in run.published:
            return "-"
        theirs = run.published[name]
        mean = verdicts.mean(found, name)
        apart = metric.text(mean - theirs.value, "+", metric.unit.replace("%", "pp"))
        if theirs.tolerance is None:
            return apart
        side = "within" if verdicts.within(theirs, mean) else "outside"
        return f"{apart}, {side} {metric.text(theirs.tolerance, unit='')}"

    def verdict(run, found):
        return verdicts.verdict(experiment, run, name, found)[0] if name in run.published else "-"

    if not comparable or not any(name in run.published for run in experiment.runs):
        return [(metric.label, measured)]
    columns = [(f"published {metric.label}", theirs), ("ours", measured)]
    if name != "seconds":  # those are of another machine
        columns.append(("difference", difference))
    return [*columns, ("verdict", verdict)]
