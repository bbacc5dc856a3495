"""Tables and figures come from results alone; the committed results are those of the declarations."""

import dataclasses
import json

import pytest
from matplotlib.figure import Figure

from experiments import declaration, figures, results, tables


@pytest.fixture
def measured(declare, tmp_path):
    """The tiny experiment with results written by hand: 48 and 52 % for relu, 60 % for tanh."""
    experiment = declaration.load(declare())
    for run, accuracies in (("relu", [0.48, 0.52]), ("tanh", [0.6])):
        for seed, accuracy in enumerate(accuracies):
            write(tmp_path, run, seed, accuracy)
    return experiment, tmp_path


def write(folder, run, seed, accuracy):
    metrics = {"test_accuracy": accuracy, "test_loss": 1.0, "seconds": 2.5}
    history = {
        f"{part}_{kind}": [0.3, accuracy] for part in ("train", "test") for kind in ("loss", "accuracy")
    }
    result = {"run": run, "seed": seed, "data": "synthetic digits, not MNIST"}
    (folder / f"{run}-seed{seed}.json").write_text(
        json.dumps(result | {"metrics": metrics, "history": history})
    )


def test_the_table_shows_published_mean_spread_and_difference(measured):
    header, rows = tables.table(*measured, metrics=["test_accuracy"])
    assert header == ["run", "seeds", "published test accuracy", "ours", "difference"]
    # mean (48 + 52) / 2 = 50; standard deviation sqrt(((-2)² + 2²) / 1) = 2.83
    assert rows[0] == [
        "relu",
        "2",
        "50.00 %",
        "50.00 ± 2.83 %",
        "+0.00 pp, within 2.00",
    ]
    assert rows[1] == ["tanh", "1", "-", "60.00 %", "-"]


def test_a_difference_beyond_the_tolerance_is_called_outside(measured):
    experiment, folder = measured
    write(folder, "relu", 1, 0.58)
    _, rows = tables.table(experiment, folder, metrics=["test_accuracy"])
    assert rows[0][-1] == "+3.00 pp, outside 2.00"


def test_a_run_without_results_says_so(measured):
    experiment, folder = measured
    (folder / "tanh-seed0.json").unlink()
    _, rows = tables.table(experiment, folder)
    assert rows[1] == ["tanh", "0", "no result", "no result", "no result", "no result"]


def test_synthetic_digits_are_named_on_the_terminal_and_in_the_figures(measured):
    experiment, folder = measured
    assert tables.for_terminal(experiment, folder).caption == "synthetic digits, not MNIST"
    single = dataclasses.replace(experiment, runs=experiment.runs[1:])
    published = dataclasses.replace(experiment, runs=experiment.runs[:1])
    for draw, shown in (
        (figures._accuracy_by_epoch, dataclasses.replace(experiment, runs=experiment.runs[:1])),
        (figures._published_and_ours, published),
        (figures._training_curves, single),
    ):
        figure = Figure()
        draw(figure, shown, folder)
        texts = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
        assert any("synthetic digits, not MNIST" in text for text in texts), draw.__name__


def test_figures_are_the_same_bytes_at_every_drawing(tmp_path):
    first, second = figures.draw_all(tmp_path / "first"), figures.draw_all(tmp_path / "second")
    assert len(first) >= 2 * (len(figures.FIGURES) - 1)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


@pytest.mark.parametrize("name", sorted(path.name for path in results.COMMITTED.iterdir() if path.is_dir()))
def test_committed_results_are_of_the_declared_settings_on_mnist(name):
    experiment = declaration.load(name)
    for run in experiment.runs:
        found = results.read_all(results.COMMITTED / name, run.name)
        assert [result["seed"] for result in found] == list(range(experiment.seeds))
        for result in found:
            assert result["settings"] == dataclasses.asdict(run.settings)
            assert result["data"] in ("MNIST", "random numbers")


def test_the_base_table_of_report_000_is_reproduced_within_its_tolerances():
    experiment = declaration.load("report-000-base")
    _, rows = tables.table(experiment, results.COMMITTED / experiment.name, metrics=["test_accuracy"])
    assert [row[0] for row in rows if "within" not in row[-1]] == []


def test_backpropagation_agrees_with_one_step_for_all_six_weights():
    experiment = declaration.load("report-004-gradient-check")
    for run in experiment.runs:
        for result in results.read_all(results.COMMITTED / experiment.name, run.name):
            assert result["metrics"]["relative_error"] < 3e-6
            assert result["metrics"]["absolute_difference"] < 1e-5
