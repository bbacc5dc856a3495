"""The pages of the experiments type no measured and no published number: each comes out of the results."""

import re
import tomllib
from pathlib import Path

import pytest

from experiments import declaration

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(
    {*DOCS.glob("experiments/*.md"), *DOCS.glob("reports/report_*.md"), DOCS / "exercises" / "diagnosis.md"}
    - {*DOCS.glob("*/index.md")}
)
NUMBER = re.compile(r"(?<![\w.,^])[-+−]?\d+(?:[,.]\d+)*(?!\w)")
UNIT = re.compile(r"\s*(?:%|percent\b|pp\b|points?\b|s\b|ms\b|seconds?\b|minutes?\b|MB\b)")
ROUND = re.compile(
    r"(?:90|95|100) (?:%|percent)"
)  # of "epochs to 90 %" and "epochs to 95 %"; and all of a set
KNOWN = ("59 of 64 images", "linear up to 1 pp")  # worked out from a published share; the scale of an axis


def _numbers(value):
    """All numbers below a value of a declaration."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return {number for part in value for number in _numbers(part)}
    return {float(value)} if isinstance(value, int | float) else set()


def _declared():
    """The numbers that are settings of a run: they are decided, not measured."""
    numbers = {784.0, 10.0, 10_000.0}  # inputs and outputs of every network; images of the test set
    for name in declaration.names():
        text = (declaration.DECLARATIONS / f"{name}.toml").read_text(encoding="utf-8")
        declared = tomllib.loads(text)
        for run in declared["run"]:
            run.pop("published", None)
        numbers |= _numbers(declared)
    return numbers


def typed_numbers(text, declared):
    """The numbers in the prose, alternative texts and captions of a page that must come from results.

    Those in its executed code are checked there; quoted words are a report's.
    """
    text = re.sub(r"\*\*Time:\*\* \d+ minutes.*", "", text)
    text = re.sub(r"^:alt:", "", text, flags=re.MULTILINE)
    text = re.sub(r"^```\{drawing\}.*\n((?:(?!```).*\n)*)```$", r"\1", text, flags=re.MULTILINE)
    code = r"^(`{3,}).*?^\1`*$"
    in_code = "".join(found[0] for found in re.finditer(code, text, re.MULTILINE | re.DOTALL))
    declared = declared | {float(number) for number in re.findall(r"\b\d+(?:\.\d+)?\b", in_code)}
    text = re.sub(code, "", text, flags=re.MULTILINE | re.DOTALL)
    for phrase in KNOWN:
        text = text.replace(phrase, "")
    inline = r"\{[\w-]+\}`[^`]*`|`[^`]*`|\"[^\"\n]{1,60}\"|\$[^$]*\$|\]\([^)]*\)|^\(.*\)=$"
    text = re.sub(inline, "", text, flags=re.MULTILINE)
    found = []
    for number in NUMBER.finditer(text):
        after = text[number.end() :]
        value = abs(float(number[0].replace(",", "").replace("−", "-")))
        has_unit = UNIT.match(after)
        if ROUND.match(text, number.start()) or re.fullmatch(r"00[0-4]", number[0]):
            continue
        if has_unit or not (value in declared or value == int(value) <= 20):
            found.append(text[max(0, number.start() - 30) : number.end() + 12].replace("\n", " "))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_measured_number_is_typed(page):
    assert typed_numbers(page.read_text(encoding="utf-8"), _declared()) == []


@pytest.mark.parametrize(
    "typed",
    ["reaches 86.99 %.", "loses -0.5 pp", "in 20 seconds", "a loss of 1.4612 at", ":alt: near 70 percent"],
)
def test_a_typed_result_is_found(typed):
    assert len(typed_numbers(f"It {typed}\n", _declared())) == 1


@pytest.mark.parametrize("typed", ["It reaches 86.99 %.", "It takes 95 s."])
def test_a_typed_result_is_found_between_figures_and_code(typed):
    figure = "```{drawing} one\n:alt: What it shows.\nA caption.\n```\n"
    page = f"{figure}\n{typed}\n\n{figure}\n```python\nassert 0.123\n```\n"
    assert len(typed_numbers(page, _declared())) == 1
    assert typed_numbers(page.replace(typed, ""), _declared()) == []


@pytest.mark.parametrize(
    "typed",
    ["{result}`report-000-base/relu-euclidean/test_accuracy`", "784-128-10 with 20 epochs", "the rate 0.001"],
)
def test_a_setting_may_be_typed(typed):
    assert typed_numbers(f"It has {typed} in report 000.\n", _declared()) == []
