"""The drawings made from code: the same bytes each time, in the colours of both modes, whole, shown, true."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from results import DRAWINGS

from experiments import figures
from mlpedu import Linear, ReLU, Sequential, Sigmoid

DOCS = Path(__file__).parents[2] / "docs"
DRAW_ALL = f"""
import pathlib, sys
sys.path[:0] = [{str(DOCS.parent)!r}, {str(DOCS / "_ext")!r}]
import results
for name, draw in results.DRAWINGS.items():
    results.figures.save(pathlib.Path(sys.argv[1]), name, draw)
"""
FUNCTIONS, NETWORKS = (DRAWINGS[name].__globals__ for name in ("sigmoid", "network-small"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The light and the dark file of every drawing."""
    folder = tmp_path_factory.mktemp("drawn")
    return {name: figures.save(folder, name, draw) for name, draw in DRAWINGS.items()}


def test_another_process_draws_the_same_bytes(drawn, tmp_path):
    subprocess.run([sys.executable, "-c", DRAW_ALL, str(tmp_path)], check=True)
    for path in (path for paths in drawn.values() for path in paths):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


@pytest.mark.parametrize("theme", figures.THEMES)
def test_only_colours_of_the_theme_occur(drawn, theme):
    for light, dark in drawn.values():
        svg = (dark if theme == "dark" else light).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:fill|stroke): (#\w+)", svg)) <= set(figures._colours(theme)), light.name


def test_nothing_is_black_for_want_of_a_colour(drawn):
    for light, _ in drawn.values():
        svg = re.sub(r"<defs>.*?</defs>", "", light.read_text(encoding="utf-8"), flags=re.S)
        # A text and a shape that are black have no fill in matplotlib's SVG: no theme could change them.
        assert not re.findall(r'<g id="text_\d+">\s*(?:<!--.*?-->\s*)?<g (?!style="fill: #)', svg), light.name
        assert all("fill" in style for style in re.findall(r'style="(.*?)"', svg)), light.name


@pytest.mark.parametrize("name", DRAWINGS)
def test_texts_are_whole_and_apart(name, monkeypatch):
    texts = set()
    with mpl.rc_context(figures._style(**figures.THEMES["light"])):
        figure = Figure(figsize=(5, 4), layout="constrained")
        DRAWINGS[name](figure)
        monkeypatch.setattr(Text, "draw", lambda text, renderer: texts.add(text))
        figure.draw_without_rendering()
    visible = [text for text in texts if text.get_visible() and text.get_text().strip()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in visible]
    for text, box in boxes:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, text
    for (one, box), (other, other_box) in itertools.combinations(boxes, 2):
        assert not box.overlaps(other_box), f"{one} over {other}"


def test_every_drawing_is_shown_on_a_page():
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))
    shown = set(re.findall(r"^```\{drawing\} (\S+)$", pages, re.M))
    assert set(DRAWINGS) <= shown
    assert not set(DRAWINGS) & set(figures.FIGURES)


def test_an_alternative_text_stands_on_one_line():
    # MyST takes a second line for the beginning of the caption, and warns of nothing.
    for page in DOCS.rglob("*.md"):
        assert not re.search(r"^:alt: .*\n[ \t]", page.read_text(encoding="utf-8"), re.M), page


def test_a_network_is_read_off_its_layers(rng):
    inner = Sequential(Linear(4, 3, rng), ReLU(), Sigmoid())
    assert NETWORKS["_columns"](Sequential(Sigmoid(), Linear(20, 4, rng), inner, Linear(3, 2, rng))) == [
        [20, "", ["Sigmoid"]],
        [4, "Linear\n20 × 4", []],
        [3, "Linear\n4 × 3", ["ReLU", "Sigmoid"]],
        [2, "Linear\n3 × 2", []],
    ]
    assert NETWORKS["_heights"](3).tolist() == [1, 0, -1]
    assert NETWORKS["_heights"](11).tolist() == [4.5, 3.5, 2.5, 1.5, -1.5, -2.5, -3.5, -4.5]


def test_a_slope_is_the_slope_of_its_function():
    loss = FUNCTIONS["_loss"](FUNCTIONS["mlpedu"].HingeLoss(margin=1), [0, -2])
    for both in (FUNCTIONS["_layer"](Sigmoid()), FUNCTIONS["_penalty"](FUNCTIONS["mlpedu"].L2), loss):
        assert both(0.3)[1] == pytest.approx((both(0.301)[0] - both(0.299)[0]) / 0.002, rel=1e-5)


def test_the_walks_go_where_the_page_says():
    plain, momentum = (FUNCTIONS["_walk"](np.array([1, 100.0]), 25, lr=0.019, momentum=m) for m in (0, 0.9))
    assert plain[0, -1] > 0.6
    assert abs(plain[1, -1]) < 0.1 < abs(momentum[1, -1])
    assert -0.3 < momentum[0, -1] < -0.25
