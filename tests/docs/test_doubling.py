"""Would the build notice a wrong formula? Each one of the book is doubled in turn: the build must fail."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from formula import Scope

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^ *(`{3,})\{(forward|gradient)\} \S+\n((?: *:[\w-]+:[^\n]*\n)*)(.*?)^ *\1$", re.M | re.S)
PROBE = re.compile(r"^```\{probe\}\n.*?^```$", re.M | re.S)
EXAMPLE = re.compile(r"^(`{4,}).*?^\1$", re.M | re.S)  # a fence of four shows the source of a fence of three
LINE = re.compile(r"(\s*)((?:\w+ = )?)(.+?)(\s+# .*)?")


def formulas(text):
    """The line number of each formula of a page that isn't wrong on purpose, and whether that line must fail.

    A named part and the first formula of a forward name are definitions: other lines reveal an error in them.
    """
    text = EXAMPLE.sub(lambda example: "\n" * example[0].count("\n"), text)
    for block in FENCE.finditer(text):
        _, kind, options, body = block.groups()
        if ":wrong:" in options:
            continue
        first = text.count("\n", 0, block.start(4)) + 1
        for number, line in enumerate(body.splitlines(), start=first):
            if line.strip():
                yield number, kind == "gradient" and not LINE.fullmatch(line)[2]


def bare(text):
    """The probe and the formulas of a page, each on its line; all else is blank, to be read quickly."""
    text = EXAMPLE.sub(lambda example: "\n" * example[0].count("\n"), text)
    kept, end = "", 0
    for block in sorted([*PROBE.finditer(text), *FENCE.finditer(text)], key=re.Match.start):
        kept += "\n" * text.count("\n", end, block.start()) + block[0]
        end = block.end()
    return kept + "\n"


def doubled(text, number):
    lines = text.splitlines()
    indent, name, formula, reason = LINE.fullmatch(lines[number - 1]).groups()
    lines[number - 1] = f"{indent}{name}2 * ({formula}){reason or ''}"
    return "\n".join(lines) + "\n"


def pages():
    for page in sorted(DOCS.rglob("*.md")):
        docname = page.relative_to(DOCS).with_suffix("").as_posix()
        text = page.read_text(encoding="utf-8")
        if not docname.startswith("_") and any(formulas(text)):
            yield docname, text


def test_the_formulas_are_found():
    found = {docname: sum(1 for _ in formulas(text)) for docname, text in pages()}
    fences = sum(len(re.findall(r"^ *```\{(?:forward|gradient)\}", text, re.M)) for _, text in pages())
    wrong = sum(text.count("\n:wrong:") for _, text in pages())
    assert {"layers/linear", "layers/sigmoid", "losses/softmax_cross_entropy"} <= set(found)
    assert sum(found.values()) >= max(60, fences - wrong)


@pytest.fixture(autouse=True)
def derivatives_once(monkeypatch):
    """Doubling a line of a derivation leaves the definitions as they are, and so numerical derivatives."""
    known, jacobian = {}, Scope._jacobian

    def remembered(scope, top, variable):
        formulas = tuple((name, ast.dump(formula.tree)) for name, formula in scope.definitions.items())
        values = tuple((name, np.asarray(value).tobytes()) for name, value in scope.items())
        key = top, variable, formulas, values
        if key not in known:
            known[key] = jacobian(scope, top, variable)
        return known[key]

    monkeypatch.setattr(Scope, "_jacobian", remembered)


@pytest.mark.parametrize(("docname", "text"), [pytest.param(*page, id=page[0]) for page in pages()])
def test_every_doubled_formula_fails_the_build(reader, docname, text):
    formulas_only = bare(text)
    assert reader.read(docname, formulas_only) == ""
    survivors = []
    for number, own_line in formulas(text):
        warnings = reader.read(docname, doubled(formulas_only, number))
        place = f"{docname}.md:{number}:" if own_line else f"{docname}.md:"
        if place not in warnings:
            survivors.append(f"{docname}.md:{number}: {text.splitlines()[number - 1]}")
    assert reader.read(docname, text) == ""  # and other tests find the whole page
    assert not survivors
