"""Each published number gets the verdict that the results support."""

import dataclasses

import pytest

from experiments import declaration, results, verdicts


@pytest.fixture
def judge(declare, monkeypatch):
    """A function: the verdict on a published 50 ± 2 % that we measure as 60 %, with more declared about it.

    Results of other runs are looked up in a table from path to accuracy.
    """
    experiment = declaration.load(declare())
    run = experiment.runs[0]

    def judged(recorded=None, metric="test_accuracy", accuracy=0.6, unstated=(), settings=None, **declared):
        def found(path):
            return run, [{"metrics": {metric: recorded[path]}}] if path in (recorded or {}) else []

        monkeypatch.setattr(results, "recorded", found)
        published = {metric: dataclasses.replace(run.published["test_accuracy"], **declared)}
        made = dataclasses.replace(run.settings, **(settings or {}))
        changed = dataclasses.replace(run, settings=made, published=published)
        declared_as = dataclasses.replace(experiment, unstated=unstated)
        return verdicts.verdict(declared_as, changed, metric, [{"metrics": {metric: accuracy}}])

    return judged


def test_a_number_outside_the_tolerance_is_open_with_its_note(judge):
    assert judge(note="nothing is known") == ("open", ["nothing is known"])
    assert judge(accuracy=0.51) == ("reproduced", [])


def test_a_number_without_a_tolerance_is_open_even_where_ours_is_the_same(judge):
    assert judge(accuracy=0.5, tolerance=None)[0] == "open"


def test_the_tolerance_itself_is_within():
    published = declaration.Published(0.5, tolerance=0.25)
    assert verdicts.within(published, 0.75)
    assert verdicts.within(published, 0.25)


def test_a_number_that_took_an_unstated_setting_says_so(judge):
    assert judge(accuracy=0.5, unstated=["the width"]) == ("reproduced, unstated setting", [])
    assert judge(unstated=["the width"])[0] == "open"


@pytest.mark.parametrize(
    ("settings", "explained"),
    [
        ({"mistakes": {"last_batch": True}}, {"train_loss", "train_accuracy"}),
        ({"mistakes": {"reported_norm": 0.2}}, {"train_loss"}),
        ({"loss": "unsquared_euclidean"}, {"train_loss", "test_loss"}),
    ],
)
def test_a_mistake_explains_the_numbers_that_it_changes_and_no_others(judge, settings, explained):
    metrics = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
    found = {metric: judge(metric=metric, accuracy=0.5, settings=settings)[0] for metric in metrics}
    assert {metric for metric, verdict in found.items() if verdict == "explained"} == explained
    assert {found[metric] for metric in set(metrics) - explained} == {"reproduced"}
    assert judge(metric="train_loss", settings=settings)[0] == "open"  # it is made and misses


def test_another_reading_of_the_report_that_gives_the_number_reproduces_it(judge):
    given, reasons = judge({"a/b": 0.49}, other_reading="a/b", note="the rule can be read in two ways")
    assert given == "reproduced, unstated setting"
    assert reasons == ["a/b gives 49.00 %", "the rule can be read in two ways"]


def test_a_run_with_the_suspected_mistake_that_gives_the_number_explains_it(judge):
    assert judge({"a/b": 0.49}, mistake_in="a/b") == ("explained", ["a/b gives 49.00 %"])


@pytest.mark.parametrize("named", [{"other_reading": "a/b"}, {"mistake_in": "a/b"}])
@pytest.mark.parametrize("recorded", [{"a/b": 0.47}, {}])
def test_a_run_that_misses_the_number_or_has_no_results_leaves_it_open(judge, named, recorded):
    assert judge(recorded, **named)[0] == "open"


def test_another_reading_goes_before_a_mistake_and_a_mistake_is_tried_where_the_reading_fails(judge):
    named = {"other_reading": "a/b", "mistake_in": "c/d"}
    assert judge({"a/b": 0.5, "c/d": 0.5}, **named)[0] == "reproduced, unstated setting"
    assert judge({"a/b": 0.9, "c/d": 0.5}, **named)[0] == "explained"


def test_a_copied_number_contradicts_and_a_time_cannot_be_compared(judge):
    assert judge(copied="the row above")[0] == "the report contradicts itself"
    assert judge(accuracy=0.5, copied="the row above")[0] == "the report contradicts itself"
    assert judge(metric="seconds")[0] == "hardware, not comparable"
