"""What is gathered from all pages: the sheet of all gradients, and the lists of pages that name a source."""

import re
from html import unescape
from pathlib import Path

import pytest

import mlpedu

DOCS = Path(__file__).parents[2] / "docs"
SHEET = "reference/gradients"


def rows(folder):
    """(name, {(link, TeX)}) of each row of the built sheet."""
    html = (folder / f"{SHEET}.html").read_text(encoding="utf-8")
    for row in re.findall(r"<tr.*?</tr>", html, re.S):
        formulas = re.findall(
            r'href="([^"]*)"><span class="math[^>]*>\\\(\\displaystyle (.*?)\\\)</span>', row, re.S
        )
        if formulas:
            name = re.search(r'<a class="reference internal" href="[^"#]*">(?:<[^>]*>)*([^<]*)<', row)[1]
            yield name, {(link, unescape(tex)) for link, tex in formulas}


def equations(file):
    """The displayed formulas of a built page by their ids."""
    html = file.read_text(encoding="utf-8")
    found = re.findall(r'<div class="math[^>]*id="([^"]*)">(.*?)\\\]</div>', html, re.S)
    return {i: unescape(re.sub(r"\\overset\{\d+\}\{(=)\}|&", r"\1", unescape(tex))) for i, tex in found}


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
            shown = equations((build[1] / SHEET).parent / page)[anchor]
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
    bibliography = " ".join((DOCS / "reference" / "bibliography.md").read_text(encoding="utf-8").split())
    missing = []
    for file in sorted(DOCS.parent.glob("mlpedu/**/*.py")):
        for source in re.findall(
            r"\.\. \[\d\] (.*?)(?:\n\s*\n|\n\s*\.\. \[|\n\s*\"\"\")", file.read_text(encoding="utf-8"), re.S
        ):
            source = " ".join(source.split())
            surname, year = re.search(r"[A-Z]\. (\w+)", source)[1], re.search(r"\b(19|20)\d\d\b", source)
            if not any(
                surname in entry and (not year or year[0] in entry) for entry in bibliography.split(" - ")
            ):
                missing.append((file.name, source))
    assert not missing
