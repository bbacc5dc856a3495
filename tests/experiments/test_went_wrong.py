"""The figures and the check of the chapter "What went wrong"."""

from matplotlib.figure import Figure

from experiments import declaration, results
from experiments.mistakes import agrees_absolutely
from experiments.plots import went_wrong


def drawn(draw, name):
    figure = Figure()
    draw(figure, (declaration.load(name), results.RECORDED / name))
    return figure.axes


def test_an_absolute_tolerance_accepts_an_opposite_sign_if_the_derivatives_are_small():
    assert agrees_absolutely(4e-5, -4e-5)
    assert not agrees_absolutely(4e-4, -4e-4)
    assert not agrees_absolutely(1.0, 1.001)  # right to three digits, and refused


def test_the_epoch_chosen_on_the_test_set_is_never_worse_there():
    _, lower = drawn(went_wrong.chosen_epochs, "test-set-watched")
    assert len(lower.lines) == 10  # two for each of five seeds
    for watched, held_out in zip(lower.lines[::2], lower.lines[1::2], strict=True):
        assert held_out.get_xdata()[0] >= watched.get_xdata()[0]


def test_the_validation_set_keeps_the_epoch_that_the_figure_marks():
    (run,) = declaration.load("test-set-watched").runs
    found = results.read_all(results.RECORDED / "test-set-watched", run)
    _, lower = drawn(went_wrong.chosen_epochs, "test-set-watched")
    marked = [line.get_xdata()[0] for line in lower.lines[::2]]
    assert marked == [100 * result["metrics"]["test_accuracy"] for result in found]


def test_both_curves_of_the_decay_reach_far_beyond_the_report():
    for axes in drawn(went_wrong.decay_by_epoch, "sigmoid-slopes"):
        lengths = [len(line.get_xdata()) for line in axes.lines]
        assert lengths == [30, 30, 2]  # the last one marks the end of the report
