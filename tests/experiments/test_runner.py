"""Runs in processes of their own: nothing is done twice, and nothing finished is lost."""

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from experiments import declaration, results, runner
from experiments.__main__ import main
from experiments.progress import Progress

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(declare, tmp_path, capsys):
    """A function that runs the tiny experiment on the synthetic digits; returns exit code and output."""
    declare()

    def call(*arguments):
        code = main(
            ["run", "tiny", "--data", "synthetic", "--jobs", "2", "--out", str(tmp_path / "out"), *arguments]
        )
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    call.folder = tmp_path / "out"
    return call


def files(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_a_run_writes_one_file_a_run_and_seed_and_says_what_it_ran_on(run):
    code, output = run()
    assert code == 0
    assert set(files(run.folder)) == {
        f"{name}-seed{seed}.json" for name in ("relu", "tanh") for seed in (0, 1)
    }
    assert "synthetic digits, not MNIST" in output
    assert "tiny, tanh, seed 1: epoch 2/2  loss " in output
    assert " left\n" in output
    result = json.loads((run.folder / "relu-seed1.json").read_text(encoding="utf-8"))
    assert result["seed"] == 1
    assert result["settings"]["activation"] == "relu"
    assert result["data"] == "synthetic digits, not MNIST"
    assert result["blas_threads"] == 1
    assert set(result) >= {"experiment", "run", "history", "metrics", "versions", "processor"}


def test_a_second_call_does_only_what_is_missing(run):
    run("--seeds", "1")
    before = files(run.folder)
    assert set(before) == {"relu-seed0.json", "tanh-seed0.json"}
    (run.folder / "tanh-seed0.json").unlink()
    code, output = run("--seeds", "1")
    assert code == 0
    assert "1 of 2 results are there already" in output
    assert files(run.folder)["relu-seed0.json"] == before["relu-seed0.json"]
    assert "tanh-seed0.json" in files(run.folder)


def test_a_result_of_other_settings_is_made_again(run, declare):
    run("--seeds", "1")
    declare(epochs="epochs = 3")
    run("--seeds", "1")
    assert results.read(run.folder, declaration.load("tiny").runs[0], 0)["settings"]["epochs"] == 3


def test_a_failing_run_is_named_and_the_others_are_kept(run, declare):
    declare(batch_size="batch_size = 201")
    code, output = run("--seeds", "1")
    assert code == 1
    assert "failed: tiny, relu, seed 0: batches: batch_size 201 is more than all 200 examples" in output
    declare()
    assert run("--seeds", "1")[0] == 0


def test_a_name_that_says_nothing_is_refused_before_anything_runs(run, declare):
    declare(init='init = { name = "normal", bold = true }')
    code, output = run()
    assert code == 2
    assert "setting 'init': normal: got an unexpected keyword argument 'bold'" in output


def test_a_folder_that_takes_no_file_is_refused_before_anything_runs(run, tmp_path):
    (tmp_path / "file").write_text("")
    code, output = run("--out", str(tmp_path / "file"))
    assert code == 2
    assert "file" in output
    assert "epoch" not in output


def test_results_are_recorded_for_the_book_only_on_request(run, declare, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(results, "LIVE", tmp_path / "live")
    monkeypatch.setattr(results, "RECORDED", tmp_path / "recorded")
    assert main(["run", "tiny", "--data", "synthetic", "--seeds", "1"]) == 0
    assert main(["run", "tiny", "--data", "synthetic", "--seeds", "1", "--quick"]) == 0
    assert {path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")} == {
        "live/synthetic/tiny",
        "live/synthetic-quick/tiny",
    }
    assert main(["run", "tiny", "--data", "synthetic", "--record"]) == 2
    assert "--record is for full runs on MNIST" in capsys.readouterr().err


def test_reproduce_does_all_experiments_in_one_go_each_in_its_folder(declare, tmp_path, capsys):
    declare()
    text = (declaration.DECLARATIONS / "tiny.toml").read_text(encoding="utf-8")
    (declaration.DECLARATIONS / "other.toml").write_text(text, encoding="utf-8")
    command = ["reproduce", "--data", "synthetic", "--seeds", "1", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    made = {path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.rglob("*.json")}
    assert made == {f"{name}/{run}-seed0.json" for name in ("tiny", "other") for run in ("relu", "tanh")}
    output = capsys.readouterr().out
    assert "4 runs, data: synthetic digits, not MNIST" in output
    assert "other, tanh, seed 0: epoch 2/2" in output
    assert "Nothing to compare" in output
    assert main(command) == 0
    assert "4 of 4 results are there already" in capsys.readouterr().out


@pytest.fixture
def reproduce_beside(declare, tmp_path):
    """Reproduce tiny.toml and other.toml, where it differs in one place: the results of their runs "relu"."""

    def reproduce(old, new):
        declare()
        text = (declaration.DECLARATIONS / "tiny.toml").read_text(encoding="utf-8")
        (declaration.DECLARATIONS / "other.toml").write_text(text.replace(old, new), encoding="utf-8")
        assert main(["reproduce", "--data", "synthetic", "--seeds", "1", "--out", str(tmp_path)]) == 0
        return [
            json.loads((tmp_path / name / "relu-seed0.json").read_text("utf-8")) for name in ("tiny", "other")
        ]

    return reproduce


def test_what_two_tables_ask_for_alike_is_done_once(reproduce_beside, capsys):
    found = reproduce_beside('"tanh"', '"gelu"')
    assert [result.pop("experiment") for result in found] == ["tiny", "other"]
    assert found[0] == found[1]  # the seconds too
    assert capsys.readouterr().out.count("relu, seed 0: epoch 2/2") == 1


def test_a_run_that_is_the_beginning_of_another_is_not_done_again(reproduce_beside, capsys):
    shorter, longer = reproduce_beside("epochs = 2", "epochs = 3")
    assert (shorter["settings"]["epochs"], longer["settings"]["epochs"]) == (2, 3)
    assert shorter["history"] == {name: column[:2] for name, column in longer["history"].items()}
    output = capsys.readouterr().out
    assert "other, relu, seed 0: epoch 3/3" in output
    assert "tiny, relu" not in output


def test_what_measures_time_runs_last_and_alone(tmp_path, monkeypatch):
    pools = []
    monkeypatch.setattr(runner, "_run", lambda tasks, *_, **workers: pools.append((tasks, workers)) or [])
    tasks = [
        task
        for name in ("training-step", "speed", "first-run")
        for task in runner.missing(declaration.load(name), 1, "mnist", tmp_path)
    ]
    runner.run(tasks, 2, progress=None)
    (others, at_a_time), (compared, one_by_one), (timed, alone) = pools
    assert {task.experiment for task in others} == {"first-run"}
    assert at_a_time == {"max_workers": 2}
    assert {task.experiment for task in compared} == {"speed"}
    assert one_by_one == {"max_workers": 1}
    assert {task.experiment for task in timed} == {"training-step"}
    assert alone == {"max_workers": 1, "max_tasks_per_child": 1}


def test_what_measures_time_counts_in_the_time_left():
    runs = [run.settings for name in declaration.names() for run in declaration.load(name).runs]
    timed = sum(settings.cost for settings in runs if settings.timed)
    assert 0.01 < timed / sum(settings.cost for settings in runs) < 0.2
    assert min(settings.cost for settings in runs) > 1e6


def test_what_is_done_once_counts_once_in_the_time_left(declare, tmp_path):
    declare()
    first, *_ = tasks = runner.missing(declaration.load("tiny"), 1, "synthetic", tmp_path)
    longer = dataclasses.replace(first.settings, epochs=2 * first.settings.epochs)
    longer = dataclasses.replace(first, run="longer", settings=longer, cost=2 * first.cost)
    progress = Progress(Console(file=io.StringIO()), [*tasks, longer])
    assert progress.total == sum(task.cost for task in tasks) + first.cost
    for task in (*tasks, longer):
        progress.advanced(task, 1, 1, "")
        progress.finished(task)
    assert sum(progress.done.values()) == progress.total


def test_a_run_that_stopped_early_in_the_book_is_expected_to_do_so_again(declare, tmp_path, monkeypatch):
    declare()
    experiment = declaration.load("tiny")
    run = experiment.runs[0]
    monkeypatch.setattr(results, "RECORDED", tmp_path)
    full = runner.missing(experiment, 1, "synthetic", tmp_path / "out")[0].cost
    assert full == run.settings.cost
    (tmp_path / "tiny").mkdir()
    task = runner.Task("tiny", run.name, 0, run.settings, "synthetic", tmp_path / "tiny", full)
    results.write(task, {"metrics": {"epochs": 1}, "history": {}, "data": "MNIST"})  # of 2 declared epochs
    assert runner.missing(experiment, 1, "synthetic", tmp_path / "out")[0].cost == full / 2


def test_an_unknown_experiment_is_an_error_without_a_traceback(run, capsys):
    assert main(["run", "huge"]) == 2
    assert "no experiment 'huge'; there are: tiny" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--seeds", "-1"], ["--data", "cifar"]])
def test_a_meaningless_option_is_refused(run, arguments):
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2


def test_mnist_that_is_not_there_is_an_error_and_auto_takes_the_synthetic_digits(run, monkeypatch, tmp_path):
    monkeypatch.setenv("MLPEDU_DATA", str(tmp_path / "nowhere"))
    code, output = run("--data", "mnist")
    assert code == 2
    assert "nowhere" in output
    code, output = run("--data", "auto", "--seeds", "1")
    assert code == 0
    assert "taking the synthetic digits" in output


def test_the_longest_run_goes_first(declare, tmp_path):
    declare(hidden="")
    text = (declaration.DECLARATIONS / "tiny.toml").read_text(encoding="utf-8")
    text = text.replace('activation = "relu"', 'activation = "relu", hidden = [8]')
    text = text.replace('activation = "tanh"', 'activation = "tanh", hidden = [64]')
    (declaration.DECLARATIONS / "tiny.toml").write_text(text, encoding="utf-8")
    tasks = runner.missing(declaration.load("tiny"), 2, "mnist", tmp_path)
    assert [task.run for task in runner.longest_first(tasks)] == ["tanh", "tanh", "relu", "relu"]


def start(tmp_path, out):
    """The base table in a process of its own, in small, with its output in a file."""
    command = [sys.executable, "-m", "experiments", "run", "report-000-base", "--quick", "--seeds", "3"]
    command += ["--data", "synthetic", "--jobs", "2", "--out", str(out)]
    with (tmp_path / "output").open("w") as output:
        return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, start_new_session=True)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def processes_of(group):
    """Living processes of a process group, by the table of processes."""
    table = subprocess.run(["ps", "-eo", "pgid,stat,pid"], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in table.splitlines()[1:])
    return [pid for pgid, state, pid in rows if int(pgid) == group and not state.startswith("Z")]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_process_and_goes_on_where_it_was(tmp_path, how):
    out = tmp_path / "out"
    process = start(tmp_path, out)
    wait_for(lambda: list(out.glob("*.json")))
    os.kill(process.pid, how)
    code = process.wait(timeout=20)
    assert code == (130 if how == signal.SIGINT else -signal.SIGKILL)
    wait_for(lambda: not processes_of(process.pid), seconds=10)
    kept = {path: path.read_bytes() for path in out.glob("*.json")}
    assert 0 < len(kept) < 12
    if how == signal.SIGINT:
        assert "Finished runs are kept" in (tmp_path / "output").read_text(encoding="utf-8")

    process = start(tmp_path, out)
    assert process.wait(timeout=120) == 0
    assert len(list(out.glob("*.json"))) == 12
    assert all(path.read_bytes() == content for path, content in kept.items())
