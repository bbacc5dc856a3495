"""Each case study has the same parts, shows the mistake, and runs the check that catches it."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "experiments" / "went_wrong.md"
PARTS = [
    "Symptom:",
    "What was printed.",
    "What happened.",
    "The mistake in code.",
    "The number it gives.",
    "The check that catches it.",
]
SECTIONS = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]
CASES = [section for section in SECTIONS if re.match(r"\d+ · ", section)]


def test_the_cases_are_numbered():
    assert [int(case.split(" · ")[0]) for case in CASES] == list(range(1, 10))


@pytest.fixture(params=CASES, ids=lambda case: case.split(" ")[0])
def case(request):
    return request.param


def test_a_case_has_its_parts_in_their_order(case):
    assert re.findall(r"^\*\*(.+?[.:])\*\*", case, re.M) == PARTS


def test_a_case_quotes_the_report_and_measures(case):
    assert "{published}`report-" in case
    assert "{result}`" in case or "{results-table}" in case


def test_a_mistake_is_included_from_where_it_is_made(case):
    code = case.split("**The mistake in code.**")[1].split("**The number it gives.**")[0]
    if "There is none to show." not in code:
        assert "```{literalinclude} ../../experiments/" in code
        assert "```python" not in code


def test_the_check_is_executed(case):
    check = case.split("**The check that catches it.**")[1]
    assert re.search(r"^```python\n(?:(?!^```).*\n)*? *assert ", check, re.M)


def test_what_stands_before_and_behind_the_cases():
    titles = [section.split("\n")[0] for section in SECTIONS if section not in CASES]
    assert titles[0] == "What you will be able to do"
    assert titles[-3:] == ["Before you publish a number", "Exercises", "Where to go next"]
