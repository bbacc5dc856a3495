"""What a page promises: its sections, the included code, the exercises, the links.

A derivation page mirrors a module, or puts modules together, and has all its sections fixed. A chapter
explains an idea: it begins and ends as a derivation page does, and has exercises.
"""

import re
from pathlib import Path

import pytest

from mlpedu.classroom import exercises

ROOT = Path(__file__).parents[2]
FOLDERS = ["layers", "losses", "penalties", "optimizers"]
SECTIONS = [
    "What you will be able to do",
    "The result",
    "Symbols",
    "Forward",
    "Derivation by indices",
    "Matrix form",
    "Numerical care",
    "Backward",
    "A tiny example",
    "Check it yourself",
    "Common mistakes",
    "Exercises",
    "Where to go next",
]
RENAMED = {"optimizers": {"Forward": "The update", "Backward": "The code"}}  # an optimizer has no such passes
METHODS = {"Forward": "forward", "Backward": "backward", "The code": "step"}
TOGETHER = {  # a derivation page without a module of its own, and the modules whose passes it derives
    "ideas/softmax_regression": {"Forward": "layers/linear", "Backward": "losses/softmax_cross_entropy"}
}
WRITTEN = {exercises.load(name).page: name for name in exercises.ORDER}  # the exercises that a check looks at
KINDS = {"by hand", "in code", "an experiment"}


def pages_of(folders):
    return [
        page.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for folder in folders
        for page in sorted((ROOT / "docs" / folder).glob("*.md"))
        if page.stem != "index"
    ]


PAGES = [*pages_of(FOLDERS), *TOGETHER]
CHAPTERS = [name for name in pages_of(["basics", "ideas", "training"]) if name not in PAGES]


def sections_of(name):
    """The name of a page and its sections by title."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (.+)$", text, flags=re.M)
    return name, dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.fixture(params=PAGES)
def page(request):
    return sections_of(request.param)


@pytest.fixture(params=PAGES + CHAPTERS)
def page_or_chapter(request):
    return sections_of(request.param)


def test_there_are_pages():
    assert {"layers/linear", "layers/sigmoid", "losses/softmax_cross_entropy"} <= set(PAGES)


def test_the_sections_stand_in_their_order(page):
    name, sections = page
    renamed = RENAMED.get(name.split("/")[0], {})
    assert list(sections) == [renamed.get(title, title) for title in SECTIONS]


def test_the_page_says_what_it_needs_and_how_long_it_takes(page_or_chapter):
    sections = page_or_chapter[1]
    assert next(iter(sections)) == "What you will be able to do"
    opening = sections["What you will be able to do"]
    assert re.search(r"^- ", opening, re.M)
    assert "**You need:**" in opening
    assert re.search(r"\*\*Time:\*\* .*\d+ minutes", opening, re.S)


def test_the_code_is_included_from_the_module(page):
    name, sections = page
    for title in METHODS.keys() & sections:
        module = TOGETHER[name][title] if name in TOGETHER else name
        fence = rf"```\{{literalinclude\}} ../../mlpedu/{module}.py\n:pyobject: \w+\.{METHODS[title]}\n"
        assert re.search(fence, sections[title]), title


def test_the_symbols_have_a_table(page):
    assert "| Symbol | Name in code | Shape |" in page[1]["Symbols"]


def test_each_way_of_the_page_is_derived_and_shown_to_be_wrong_somewhere(page):
    name, sections = page
    kind = "forward" if name.startswith("optimizers/") else "gradient"  # an update rule derives no gradient
    for title in ("The result", "Derivation by indices", "Matrix form"):
        assert f"```{{{kind}}}" in sections[title], title
    assert re.search(r"^:wrong:$|^```\{mistakes\} ", sections["Common mistakes"], re.M)
    assert "```python\n>>> " in sections["A tiny example"]
    assert "assert " in sections["Check it yourself"]


def test_the_exercises(page_or_chapter):
    name, sections = page_or_chapter
    stem = name.split("/")[1].replace("_", "-")
    assert list(sections)[-2:] == ["Exercises", "Where to go next"]
    _, *parts = re.split(r"^\(([\w-]+)\)=\n### \1 · ([a-z ]+): .+$", sections["Exercises"], flags=re.M)
    ids, kinds, bodies = parts[::3], parts[1::3], parts[2::3]
    if name in WRITTEN:
        written = WRITTEN[name]
        assert (ids.pop(), kinds.pop()) == (f"write-{written.replace('_', '-')}", "in code")
        assert bodies.pop().strip() == f"```{{exercise}} {written}\n```"
    assert ids == [f"{stem}-{i}" for i in range(1, len(ids) + 1)]
    assert sections["Exercises"].count("\n### ") == len(ids) + (name in WRITTEN) >= 3
    assert set(kinds) == KINDS if name in PAGES else set(kinds) <= KINDS
    for body in bodies:
        assert re.findall(r"^:::\{dropdown\} (\w+)$", body, re.M) == ["Hint", "Solution"]


def test_every_exercise_and_its_mistakes_stand_on_a_page():
    for page, name in WRITTEN.items():
        _, sections = sections_of(page)
        assert f"```{{exercise}} {name}\n```" in sections["Exercises"]
        if exercises.load(name).mistakes:
            assert f"```{{mistakes}} {name}\n```" in sections["Common mistakes"]


def test_the_links_at_the_end(page):
    name, sections = page
    links = sections["Where to go next"]
    assert "{py:class}`mlpedu." in links
    for module in TOGETHER[name].values() if name in TOGETHER else [name]:
        folder, stem = module.split("/")
        assert f"<../../tests/{folder}/test_{stem}.py>" in links
    assert "{doc}`/experiments/" in links


@pytest.mark.parametrize("page_name", PAGES + CHAPTERS)
def test_the_index_lists_the_page(page_name):
    folder, stem = page_name.split("/")
    index = (ROOT / "docs" / folder / "index.md").read_text(encoding="utf-8")
    assert re.search(rf"^{stem}$", re.search(r"```\{toctree\}.*?```", index, re.S)[0], re.M)
