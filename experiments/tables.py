"""Tables from results alone: what was published, what we measured, and whether they agree."""

import statistics

from rich.box import SIMPLE
from rich.table import Table

from experiments import results
from experiments.kinds import DATA
from experiments.metrics import METRICS

DEFAULT_METRICS = {
    "training": ("test_accuracy", "seconds"),
    "gradient_check": ("absolute_difference", "relative_error"),
    "step_time": ("ratio", "step", "products"),
    "activation_time": ("both_ways",),
}


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
        the seeds, and where a tolerance is declared the difference and whether it is within it.
    """
    comparable = data_name(experiment, directory) == DATA["mnist"]
    columns = [
        column
        for metric in metrics or DEFAULT_METRICS[experiment.kind]
        for column in _columns(experiment, metric, comparable)
    ]
    header = ["run", "seeds", *(label for label, _ in columns)]
    rows = []
    for run in experiment.runs:
        values = results.read_all(directory, run)
        cells = [cell(run, values) if values else "no result" for _, cell in columns]
        rows.append([run.name, str(len(values)), *cells])
    return header, rows


def for_terminal(experiment, directory):
    """The table of the main metric for rich, with a word on the data it comes from."""
    header, rows = table(experiment, directory, DEFAULT_METRICS[experiment.kind][:1])
    shown = Table(*header, caption=data_name(experiment, directory), box=SIMPLE, padding=0)
    for column in shown.columns:
        column.overflow = "fold"  # a number is never cut
        column.no_wrap = not column.header.startswith("published")
    for row in rows:
        shown.add_row(*row)
    return shown


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
    values = [result["metrics"][name] for result in found]
    if len(values) == 1:
        return metric.text(values[0])
    return f"{metric.text(statistics.mean(values), unit='')} ± {metric.text(statistics.stdev(values))}"


def data_name(experiment, directory):
    """What the results of an experiment were measured on, such as "MNIST"."""
    found = {result["data"] for run in experiment.runs for result in results.read_all(directory, run)}
    return " and ".join(sorted(found)) or "no results"


def _columns(experiment, name, comparable):
    """Pairs of a label and a function (run, results) -> text."""
    metric = METRICS[name]
    published = [run.published[name] for run in experiment.runs if comparable and name in run.published]

    def measured(run, found):
        return ours(found, name)

    def theirs(run, found):
        return metric.text(run.published[name]["value"]) if name in run.published else "-"

    def difference(run, found):
        if "tolerance" not in run.published.get(name, {}):
            return "-"
        value, tolerance = run.published[name]["value"], run.published[name]["tolerance"]
        apart = statistics.mean(result["metrics"][name] for result in found) - value
        unit = metric.unit.replace("%", "pp")
        verdict = "within" if abs(apart) <= tolerance else "outside"
        return f"{metric.text(apart, '+', unit)}, {verdict} {metric.text(tolerance, unit='')}"

    if not published:
        return [(metric.label, measured)]
    columns = [(f"published {metric.label}", theirs), ("ours", measured)]
    if any("tolerance" in value for value in published):
        columns.append(("difference", difference))
    return columns
