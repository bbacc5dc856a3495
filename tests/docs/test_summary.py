"""What is gathered from all pages: the sheet of all gradients, and the lists of pages that name a source."""

import re
from html import unescape
from pathlib import Path

import pytest

import mlpedu

DOCS = Path(__file__).parents[2] / "docs"
SHEET = "reference/gradients"


LINK = re.compile(
    r'href="([^"]*)" title="[^"]*, equation \d+"><span class="math[^>]*>\\\(\\displaystyle (.*?)\\\)</span>',
    re.S,
)
EQUATION = re.compile(r'<div class="math[^>]*id="([^"]*)">(.*?)\\\]</div>', re.S)
SOURCE = re.compile(r'\.\. \[\d\] (.*?)(?=\n\s*\n|\n\s*\.\. \[|\n\s*""")', re.S)


def rows(folder):
    """(name, [(link, TeX), ...]) of each row of the built sheet."""
    html = (folder / f"{SHEET}.html").read_text(encoding="utf-8")
    for row in re.findall(r"<tr.*?</tr>", html, re.S):
        if formulas := LINK.findall(row):
            name = re.search(r'<a class="reference internal" href="[^"#]*">(?:<[^>]*>)*([^<]*)<', row)[1]
            yield name, [(link, unescape(tex)) for link, tex in formulas]


def equations(file):
    """The displayed formulas of a built page by their ids, without the numbers of the reasons."""
    for anchor, tex in EQUATION.findall(file.read_text(encoding="utf-8")):
        yield anchor, re.sub(r"&?\\overset\{\d+\}\{(.*?)\}", r"\1", unescape(tex))


def test_every_class_is_on_the_sheet(build):
    names = " ".join(name for name, _ in rows(build[1]))
    kinds = [mlpedu.layers, mlpedu.losses, mlpedu.penalties, mlpedu.optimizers]
    contracts = {mlpedu.Layer, mlpedu.Loss, mlpedu.Penalty}
    public = {n for part in kinds for n in part.__all__ if isinstance(getattr(part, n), type)}
    classes = {name for name in public if getattr(mlpedu, name) not in contracts}
    assert {"Linear", "HingeLoss", "L1", "SGD"} <= classes <= set(re.findall(r"\w+", names))


def test_each_formula_of_the_sheet_is_that_of_the_page_it_links_to(build):
    count = 0
    for name, formulas in rows(build[1]):
        for link, tex in formulas:
            page, anchor = link.split("#")
            shown = dict(equations((build[1] / SHEET).parent / page))[anchor]
            # A left side stands once where it is the same on all lines.
            left, right = tex.split(" = ", 1)
            assert left in shown, (name, tex)
            assert right in shown, (name, tex)
            count += 1
    assert count > 30


def warnings_of(reader, text):
    """On reading the sheet with this text, and on writing it."""
    reading = reader.read(SHEET, text)
    reader.app.events.emit("doctree-resolved", reader.doctree, SHEET)
    return reading, reader.warnings.getvalue().replace(f"{DOCS}/", "")


def test_an_unknown_label_fails_with_page_and_line(reader):
    text = (
        "# A page\n\n```{summary} Layer | Forward\nLinear | linear-forward\nLinear | linear-forwards\n```\n"
    )
    assert "no checked formula of the book has the label 'linear-forwards'" in warnings_of(reader, text)[1]
    assert f"{SHEET}.md:5:" in warnings_of(reader, text)[1]
    assert warnings_of(reader, text.replace("forwards", "forward")) == ("", "")


@pytest.mark.parametrize("word", ["Hendrycks and\\s+Gimpel", "report 004"])
def test_pages_are_found_by_what_they_say(reader, word):
    warnings = warnings_of(reader, f"# A page\n\n{{pages}}`{word}`\n")
    assert warnings == ("", "")
    assert "GELU" in reader.doctree.astext() or "SGD" in reader.doctree.astext()


def test_a_word_that_no_page_says_fails(reader):
    assert "no page says 'Zauberlehrling'" in warnings_of(reader, "# A page\n\n{pages}`Zauberlehrling`\n")[1]


def test_the_bibliography_has_every_source_of_a_docstring():
    text = (DOCS / "reference" / "bibliography.md").read_text(encoding="utf-8")
    entries = [" ".join(entry.split()) for entry in text.split("\n- ")[1:]]
    sources = [
        " ".join(source.split())
        for file in sorted(DOCS.parent.glob("mlpedu/**/*.py"))
        for source in SOURCE.findall(file.read_text(encoding="utf-8"))
    ]
    assert len(sources) > 15
    for source in sources:
        authors = re.findall(r"[A-Z]\. (?:[A-Z]\. )?([\w-]{2,})", source.split(', "')[0].split(", *")[0])
        places = re.findall(r"\b(?:1[89]|20)\d\d\b|(?<=equation )[\d.]+\d", source)
        assert any(all(word in entry for word in authors + places) for entry in entries), source


def test_the_bibliography_lists_the_pages_of_every_report(build):
    html = (build[1] / "reference" / "bibliography.html").read_text(encoding="utf-8")
    for number in ("000", "001", "002", "003", "004"):
        listed = set(
            re.findall(r'href="(\S*?)"', re.search(rf"<td><p>report {number}.*?</tr>", html, re.S)[0])
        )
        for page in DOCS.rglob("*.md"):
            name = page.relative_to(DOCS).with_suffix("").as_posix()
            if (
                re.search(rf"[Rr]eport\s{number}", page.read_text(encoding="utf-8"))
                and name != "reference/bibliography"
            ):
                assert any(link.endswith(f"{page.stem}.html") for link in listed), (number, name)
