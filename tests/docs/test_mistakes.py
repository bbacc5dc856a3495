"""The exercises on the pages: their mistakes are checked to be wrong, have anchors, and are listed."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from docutils import nodes

from mlpedu.classroom import agreement, exercises, supervision

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "layers/relu"
FIGURES = DOCS / "exercises" / "diagnosis.json"
PROBE = re.search("^```{probe}.*?^```$", (DOCS / f"{PAGE}.md").read_text("utf-8"), re.M | re.S)[0]
TEXT = (
    f"# ReLU\n\n{PROBE}\n"
    """
```{forward} Y
maximum(0, X)
```

```{forward} L
einsum("nd,nd->", G, Y)
```

```{gradient} dL/dX
G * (X > 0)
```

```{mistakes} relu
```
"""
)


@pytest.fixture
def read(reader, monkeypatch):
    """A function: the warnings of a page of ReLU whose exercise has one mistake with one form."""

    def read_with(text=TEXT, **form):
        wrong = exercises.Form({"ReLU.backward": "return grad_output"}, **form)
        mistake = exercises.Mistake("relu.gate/open", "Look at the gate.", (wrong,))
        relu = dataclasses.replace(exercises.load("relu"), mistakes=(mistake,))
        with monkeypatch.context() as patch:
            patch.setattr(exercises, "load", lambda name: relu)
            return reader.read(PAGE, text)

    return read_with


def entries(reader):
    return [node for node in reader.doctree.findall(nodes.container) if "mistake" in node["classes"]]


def test_a_mistake_stands_on_the_page_with_its_name_and_its_formula(reader, read):
    assert read(page="**The gate is open.**", formulas={"dL/dX": "G", "Y": "X"}) == ""
    (entry,) = entries(reader)
    assert entry["ids"] == ["relu-gate-open"]
    assert [p.astext() for p in entry.findall(nodes.paragraph)][:2] == ["relu.gate/open", "The gate is open."]
    wrong = [node for node in entry.findall(nodes.container) if "wrong" in node["classes"]]
    assert [next(iter(node.findall(nodes.math_block))).astext() for node in wrong] == [
        r"\frac{\partial L}{\partial \mathbf{X}} \neq \mathbf{G}",
        r"\mathbf{Y} \neq \mathbf{X}",
    ]


def test_a_mistake_without_a_text_of_its_own_says_where_to_look(reader, read):
    assert read(formulas={"dL/dX": "G"}) == ""
    (entry,) = entries(reader)
    assert " ".join(entry.astext().split()) == "relu.gate/open Look at the gate."


@pytest.mark.parametrize(
    ("formulas", "message"),
    [
        ({"dL/dX": "G * (X > 0)"}, "G * (X > 0): is marked :wrong:, but is off by only"),
        ({"dL/dW": "G"}, "expected a derivative like dL/dW by names of this page, got 'dL/dW'"),
        ({"P": "X"}, "is marked :wrong:, but nothing says what P is"),
        ({"dL/dX": "G * H"}, "unknown name 'H', this page knows"),
        ({"dL/dX": "where(X > 0, 0, G)"}, "'where(X > 0, 0, G)' is outside the grammar"),
    ],
)
def test_a_formula_that_cannot_stand_there_is_named_with_its_mistake(read, formulas, message):
    warnings = read(page="The gate.", formulas=formulas)
    assert message in warnings
    assert "catalogue/relu.toml: relu.gate/open: WARNING" in warnings


def test_what_fails_behind_the_mistakes_is_said_to_be_on_the_page(read):
    text = TEXT + "\n```{gradient} dL/dX\nG\n```\n"
    assert f"{PAGE}.md:{text[: text.rindex('G')].count(chr(10)) + 1}:" in read(text, page="The gate.")


def test_an_exercise_says_its_file_and_its_command(reader):
    assert reader.read(PAGE, "# ReLU\n\n```{exercise} relu\n```\n") == ""
    assert exercises.load("relu").file in reader.doctree.astext()
    (command,) = reader.doctree.findall(nodes.literal_block)
    assert command.astext().strip() == "mlpedu check relu"


def test_another_name_is_refused(reader):
    with pytest.raises(ValueError, match=r"expected one of linear, relu, .* got 'rectifier'"):
        reader.read(PAGE, "# ReLU\n\n```{exercise} rectifier\n```\n")


def test_every_name_is_listed_with_links_to_what_the_pages_say(build):
    html = (build[1] / "exercises" / "mistakes.html").read_text(encoding="utf-8")
    for exercise in map(exercises.load, exercises.ORDER):
        for mistake in exercise.mistakes:
            link = f"../{exercise.page}.html#{nodes.make_id(mistake.id)}"
            assert mistake.id in html
            assert f'href="{link}"' in html


def test_a_figure_comes_from_the_file(reader):
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    text = (
        "# Figures\n\n{measured}`diagnosis/wrong/implementations`, {measured}`diagnosis/smallest_mistake`\n"
    )
    assert reader.read("exercises/diagnosis", text) == ""
    shown = next(iter(reader.doctree.findall(nodes.paragraph))).astext().split(", ")
    assert shown[0] == str(figures["wrong"]["implementations"])
    assert re.fullmatch(r"\de-\d", shown[1])
    assert float(shown[1]) == pytest.approx(figures["smallest_mistake"], rel=0.5)
    with pytest.raises(KeyError):
        reader.read("exercises/diagnosis", "# Figures\n\n{measured}`diagnosis/wrong/guessed`\n")


def test_the_figures_are_as_good_as_the_page_says():
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    for kind in ("wrong", "outside"):
        assert figures[kind]["rejected"] == figures[kind]["implementations"]
        assert figures[kind]["misnamed"] == 0
    assert figures["wrong"]["named"] >= 0.95 * figures["wrong"]["implementations"]
    assert figures["right"]["accepted"] == figures["right"]["implementations"]
    assert figures["right"]["largest_error"] < agreement.TOLERANCE < figures["smallest_mistake"]


def test_the_limits_are_those_that_the_page_tells():
    text = (DOCS / "exercises" / "working.md").read_text(encoding="utf-8")
    assert f"It has {supervision.SECONDS:g} s, and {supervision.MEGABYTES / 1024:g} GB" in text
    assert f"{supervision.PRINTED:,} characters" in text
    text = (DOCS / "exercises" / "diagnosis.md").read_text(encoding="utf-8")
    assert agreement.TOLERANCE == 1e-5
    assert "`1e-5`" in text
