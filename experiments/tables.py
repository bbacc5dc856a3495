"""Tables from results alone: what was published, what we measured, and whether they agree."""

import statistics

from rich.table import Table

from experiments import results


def _percent(value):
    return f"{100 * value:.2f} %"


def _seconds(value):
    return f"{value:.1f} s"


def _scientific(value):
    return f"{value:.1e}"


METRICS = {  # name in results: (label, format)
    "test_accuracy": ("test accuracy", _percent),
    "test_loss": ("test loss", "{:.4f}".format),
    "seconds": ("training time", _seconds),
    "numerical": ("numerical gradient", _scientific),
    "backpropagation": ("backpropagation", _scientific),
    "absolute_difference": ("absolute difference", _scientific),
    "relative_error": ("relative error", _scientific),
}
DEFAULT_METRICS = {
    "training": ("test_accuracy", "seconds"),
    "gradient_check": ("absolute_difference", "relative_error"),
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
        the seeds, and where a tolerance is declared the difference and whether it is within.
    """
    columns = [
        column
        for metric in metrics or DEFAULT_METRICS[experiment.kind]
        for column in _columns(experiment, metric)
    ]
    header = ["run", "seeds", *(label for label, _ in columns)]
    rows = []
    for run in experiment.runs:
        values = results.read_all(directory, run.name)
        cells = [cell(run, values) if values else "no result" for _, cell in columns]
        rows.append([run.name, str(len(values)), *cells])
    return header, rows


def for_terminal(experiment, directory):
    """The table of the main metric for rich, with a word on the data it comes from."""
    header, rows = table(experiment, directory, DEFAULT_METRICS[experiment.kind][:1])
    shown = Table(*header, caption=data_name(experiment, directory))
    shown.columns[0].no_wrap = True
    for row in rows:
        shown.add_row(*row)
    return shown


def data_name(experiment, directory):
    """What the results of an experiment were measured on, such as "MNIST"."""
    found = {result["data"] for run in experiment.runs for result in results.read_all(directory, run.name)}
    return " and ".join(sorted(found)) or "no results"


def _columns(experiment, metric):
    """Pairs of a label and a function (run, results) -> text."""
    label, text = METRICS[metric]
    published = [run.published[metric] for run in experiment.runs if metric in run.published]

    def ours(run, found):
        values = [result["metrics"][metric] for result in found]
        spread = f" ± {text(statistics.stdev(values))}" if len(values) > 1 else ""
        return f"{text(statistics.mean(values))}{spread}"

    def theirs(run, found):
        return text(run.published[metric]["value"]) if metric in run.published else "-"

    def difference(run, found):
        apart = _apart(run, found, metric)
        return f"{'+' if apart > 0 else ''}{text(apart)}"

    def verdict(run, found):
        tolerance = run.published[metric]["tolerance"]
        apart = _apart(run, found, metric)
        return f"{'within' if abs(apart) <= tolerance else 'outside'} {text(tolerance)}"

    columns = [(label, ours)]
    if published:
        columns = [(f"published {label}", theirs), ("ours", ours)]
    if any("tolerance" in value for value in published):
        columns += [("difference", difference), ("tolerance", verdict)]
    return columns


def _apart(run, found, metric):
    """Our mean less the published value."""
    return statistics.mean(result["metrics"][metric] for result in found) - run.published[metric]["value"]
