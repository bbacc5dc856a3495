"""What the pages say in words about the controls is in their results, with every seed."""

from experiments import results, verdicts

GUESSING = 0.15  # test accuracy below which a network guesses: the most frequent digit has a share of 0.1135


def accuracies(path, epoch=-1):
    """Test accuracy after an epoch, with each seed."""
    return [found["history"]["test_accuracy"][epoch] for found in results.recorded(path)[1]]


def gains(one, other):
    """By how much the accuracy of one run is above that of another at the end, with each seed."""
    return [a - b for a, b in zip(accuracies(one), accuracies(other), strict=True)]


def test_larger_first_weights_end_the_late_start_and_leave_one_layer_ahead():
    two, one = (f"{depth}-hidden-euclidean-sigmoid" for depth in ("two", "one"))
    assert all(max(accuracies(f"report-002/{two}", epoch)) < GUESSING for epoch in (0, 1))
    assert min(accuracies(f"depth-init/{two}", 0)) > 0.7
    assert max(accuracies(f"report-002/{two}", 4)) < min(accuracies(f"depth-init/{two}", 4)) - 0.2
    assert min(gains(f"depth-init/{one}", f"depth-init/{two}")) > 0


def test_a_part_of_the_gain_is_width_and_the_larger_part_the_second_layer():
    narrow, wide, deep = (f"depth-width/{hidden}-relu-cross-entropy" for hidden in ("128", "296", "256-128"))
    assert min(gains(wide, narrow)) > 0
    assert min(gains(deep, wide)) > max(gains(wide, narrow))


def test_32_units_stay_below_the_tolerance_and_128_within():
    run, found = results.recorded("report-003/one-hidden-sigmoid-euclidean")
    published = run.published["test_accuracy"]
    assert verdicts.within(published, verdicts.mean(found, "test_accuracy"))
    assert max(accuracies("report-003-widths/32-sigmoid-euclidean")) < published.value - published.tolerance


def test_64_units_are_within_the_tolerance_of_the_base_table():
    published = results.recorded("report-000-base/sigmoid-cross-entropy")[0].published["test_accuracy"]
    _, found = results.recorded("report-000-unstated/sigmoid-width-64")
    assert verdicts.within(published, verdicts.mean(found, "test_accuracy"))


def test_a_larger_rate_helps_cross_entropy_and_stops_the_euclidean_loss():
    entropy, euclidean = "loss-rates/cross-entropy-lr-", "loss-rates/euclidean-lr-"
    assert min(gains(f"{entropy}0.1", f"{euclidean}0.1")) > 0
    assert min(gains(f"{entropy}0.3", f"{entropy}0.1")) > 0
    assert max(accuracies(f"{euclidean}0.3")) < GUESSING


def test_an_activation_at_the_output_never_helps_the_hinge_loss_and_a_relu_there_is_luck():
    for margin in ("0.5", "1", "5"):
        pair = (f"hinge-margin/sigmoid-{output}-margin-{margin}" for output in ("linear", "activated"))
        assert min(gains(*pair)) > 0
    by_luck, without = (accuracies(f"hinge-margin/relu-{kind}-margin-1") for kind in ("activated", "linear"))
    assert max(by_luck) >= min(without)
    assert sum(accuracy < min(without) - 0.1 for accuracy in by_luck) == len(by_luck) - 1


def test_longer_training_settles_what_the_decay_does():
    slopes = "sigmoid-slopes/"
    assert max(gains(f"{slopes}decay-0.1-longer", f"{slopes}decay-0.1")) < 0
    assert min(gains(f"{slopes}no-decay-longer", f"{slopes}no-decay")) > 0
    saturated = {
        run: [found["metrics"]["saturated"] for found in results.recorded(f"{slopes}{run}-longer")[1]]
        for run in ("decay-0.1", "no-decay")
    }
    assert max(saturated["decay-0.1"]) == 0 < min(saturated["no-decay"])
