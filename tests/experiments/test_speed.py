"""The programs that are compared do the same work, and what is measured is what the page says."""

import dataclasses
import importlib.util
import itertools
import os
import sys

import numpy as np
import pytest

from experiments import declaration, programs
from experiments.__main__ import main
from experiments.kinds import choices, speed, timing

BATCH, LEARNING_RATE = 20, 0.05


@pytest.fixture
def sklearn():
    """scikit-learn; with ``MLPEDU_STRICT=1`` a test fails without it."""
    if importlib.util.find_spec("sklearn") is None:
        missing = pytest.fail if os.environ.get("MLPEDU_STRICT") == "1" else pytest.skip
        missing("scikit-learn, which this test compares with, is not installed; pip install scikit-learn")


@pytest.fixture
def drawn(monkeypatch):
    """Network, images and labels; the programs walk at a rate at which three steps show."""
    monkeypatch.setattr(programs, "LR", LEARNING_RATE)
    (run, *_) = declaration.load("speed", quick=True).runs
    settings = dataclasses.replace(run.settings, hidden=[12, 8])
    return settings.drawn(3 * BATCH, np.random.default_rng(0))


def parameters(program):
    """W, b, W, b, ... of a program, as NumPy arrays."""
    if isinstance(program, programs.ThisPackage):
        return [p.data for p in program.network.parameters()]
    if isinstance(program, programs.PlainNumPy):
        return program.parameters
    if isinstance(program, programs.ScikitLearn):
        pairs = zip(program.classifier.coefs_, program.classifier.intercepts_, strict=True)
        return list(itertools.chain(*pairs))
    return [p.detach().numpy().T for p in program.network.parameters()]


def trained(program, drawn, momentum=0.9):
    made = program(*drawn, momentum)
    made.train(BATCH)
    return made


def assert_same(program, other):
    for one, another in zip(parameters(program), parameters(other), strict=True):
        np.testing.assert_allclose(one, another, rtol=1e-4, atol=1e-6)


def test_plain_numpy_trains_the_same_weights(drawn):
    before = [p.data.copy() for p in drawn[0].parameters()]
    plain, ours = trained(programs.PlainNumPy, drawn), trained(programs.ThisPackage, drawn)
    assert_same(plain, ours)
    assert plain.loss == pytest.approx(ours.loss.forward(*last_batch(ours)), rel=0.1)
    moved = [abs(p - b).max() for p, b in zip(parameters(ours), before, strict=True)]
    assert min(moved) > 1e-3  # else the comparison says nothing


def last_batch(ours):
    inputs, targets = ours.data.inputs[-BATCH:], ours.data.targets[-BATCH:]
    return ours.network.forward(inputs), targets


def test_pytorch_trains_the_same_weights(drawn, torch):
    assert_same(trained(programs.PyTorch, drawn), trained(programs.ThisPackage, drawn))


@pytest.mark.parametrize("program", [programs.ScikitLearn, programs.ScikitLearnByBatch])
@pytest.mark.parametrize(("batch_size", "momentum"), [(20, 0.0), (20, 0.9), (300, 0.9)])
def test_scikit_learn_trains_the_same_weights(drawn, sklearn, program, batch_size, momentum):
    """It draws its own first weights; a step of 1e-30 shows them, and this package starts there.

    Left to itself it would cut a batch of 300 into two.
    """
    network, *_ = drawn
    rng = np.random.default_rng(1)
    examples = rng.random((3 * batch_size, 784), np.float32), rng.integers(10, size=3 * batch_size)
    still, theirs = (program(network, *examples, momentum, lr=lr) for lr in (1e-30, LEARNING_RATE))
    still.train(batch_size)
    for parameter, first in zip(network.parameters(), parameters(still), strict=True):
        parameter.data[...] = first
    ours = programs.ThisPackage(network, *examples, momentum)
    ours.train(batch_size)
    theirs.train(batch_size)
    assert_same(theirs, ours)
    assert all(p.dtype == np.float32 for p in parameters(theirs))


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_a_shuffled_pass_trains_too(drawn, name, request):
    if name in ("sklearn", "sklearn_calls", "torch"):
        request.getfixturevalue(name.removesuffix("_calls"))
    made = programs.PROGRAMS[name](*drawn, 0.0)
    made.train(BATCH)
    before = [p.copy() for p in parameters(made)]
    made.train(BATCH, np.random.default_rng(1))
    assert all((p != b).any() for p, b in zip(parameters(made), before, strict=True))


def test_batches_cover_all_examples_once():
    for rng in (None, np.random.default_rng(0)):
        x = np.arange(10)
        batches = [x[picked] for picked in programs._batches(10, 4, rng)]
        assert [len(batch) for batch in batches] == [4, 4, 2]
        assert sorted(np.concatenate(batches)) == list(x)


def test_the_products_are_those_of_a_training_step(drawn):
    """Forward and the gradient of the weights for each layer, of the inputs for all but the first."""
    counted = []

    class Counted(np.ndarray):
        def __matmul__(self, other):
            counted.append((self.shape, other.shape))
            return np.asarray(self) @ np.asarray(other)

    network, x, _ = drawn
    signals, weights = timing.matrices(network, x[:BATCH])
    timing.products([s.view(Counted) for s in signals], [w.view(Counted) for w in weights])
    b = BATCH
    assert sorted(counted) == sorted(
        [
            *[((b, 784), (784, 12)), ((b, 12), (12, 8)), ((b, 8), (8, 10))],
            *[((784, b), (b, 12)), ((12, b), (b, 8)), ((8, b), (b, 10))],
            *[((b, 10), (10, 8)), ((b, 8), (8, 12))],
        ]
    )


def test_a_run_times_each_program_and_the_products(sklearn, torch):
    (run, *_) = declaration.load("speed", quick=True).runs
    settings = dataclasses.replace(run.settings, hidden=[8], batch_size=5, repeats=2, threads=0)
    outcome = settings.run(0, "random", lambda *_: None)
    metrics = outcome["metrics"]
    assert outcome["blas_threads"] == os.cpu_count()
    assert metrics["products_ratio"] == 1
    for name in (*programs.PROGRAMS, "products_float64", "products_torch"):
        assert metrics[f"{name}_ratio"] > 0
    assert 0 < metrics["products"] < 1


@pytest.mark.parametrize(("declared", "expected"), [(1, 1), (0, 3)])
def test_the_declared_threads_serve_numpy_and_pytorch(declared, expected, sklearn, torch, monkeypatch):
    from threadpoolctl import threadpool_info

    found = []

    def look(repeats, **passes):
        found.append({torch.get_num_threads(), *(pool["num_threads"] for pool in threadpool_info())})
        return dict.fromkeys(passes, 1.0)

    monkeypatch.setattr(speed, "medians", look)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    (run, *_) = declaration.load("speed", quick=True).runs
    settings = dataclasses.replace(run.settings, hidden=[8], batch_size=5, threads=declared)
    settings.run(0, "random", lambda *_: None)
    torch.set_num_threads(1)
    assert found == [{expected}]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory of a process so")
def test_an_epoch_counts_the_memory_that_training_takes():
    (run, *_) = declaration.load("speed-epoch", quick=True).runs
    settings = dataclasses.replace(run.settings, hidden=[8], batch_size=20000, examples=20000)
    metrics = settings.run(0, "random", lambda *_: None)["metrics"]
    # A shuffled batch is a copy of 20000 images of 784 float32: 62.7 MB.
    assert 60e6 < metrics["growth"] < 90e6
    assert metrics["memory"] > metrics["growth"] + 60e6
    assert 0 < metrics["epoch_seconds"] < 60


def test_what_another_program_is_missing_for_is_refused_and_left_out(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(speed.Compared, "needs", ("no_such_module",))
    monkeypatch.setattr(declaration, "names", lambda: ["speed", "loss-time"])
    assert main(["run", "speed", "--quick", "--out", str(tmp_path)]) == 2
    assert "no_such_module missing" in capsys.readouterr().err
    assert main(["reproduce", "--quick", "--jobs", "1", "--out", str(tmp_path)]) == 0
    assert "speed is left out" in capsys.readouterr().out


def test_an_unknown_part_or_program_is_refused():
    (part, *_), (epoch, *_) = (declaration.load(name).runs for name in ("loss-time", "speed-epoch"))
    with pytest.raises(ValueError, match="setting 'part': expected activation or loss; got 'layer'"):
        dataclasses.replace(part.settings, part="layer").check()
    with pytest.raises(ValueError, match=r"setting 'loss': .*; got 'relu'"):
        dataclasses.replace(part.settings, chosen="relu").check()
    with pytest.raises(ValueError, match=r"setting 'program': .*; got 'jax'|missing"):
        dataclasses.replace(epoch.settings, program="jax").check()


def test_a_network_of_the_timings_is_what_its_name_says():
    for run in declaration.load("network-time").runs:
        network = choices.build_network(run.settings, 784, 10, np.random.default_rng(0))
        sizes = [str(len(p.data)) for p in network.parameters()[::2]]
        assert run.name.startswith("-".join([*sizes, "10", run.settings.activation]))
