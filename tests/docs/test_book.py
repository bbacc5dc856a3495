"""The built book: no warning, no request to anywhere else, no dead link, and TeX that MathJax understands."""

import json
import re
import subprocess
import zlib
from collections import Counter
from html.parser import HTMLParser
from importlib import metadata
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest

import mlpedu

RESOURCES = "src", "srcset", "poster", "data", "action", "background"  # and the href of what is no link
CSS = re.compile(r"(?:url\(\s*|@import\s+)[\"']?([^\"')\s]+)")


class Page(HTMLParser):
    """The ids, links, resources, images and formulas of a page."""

    def __init__(self, file):
        super().__init__()
        self.ids, self.links, self.resources, self.images, self.formulas = [], [], [], [], []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += filter(None, [attributes.get("id")])
        if tag == "img":
            self.images.append(attributes)
        if "href" in attributes:
            (self.links if tag in ("a", "area") else self.resources).append(attributes["href"])
        self.resources += filter(None, map(attributes.get, RESOURCES))
        self.resources += CSS.findall(attributes.get("style") or "")

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        if match := re.search(r"\\\((.*)\\\)|\\\[(.*)\\\]", data, re.S):
            self.formulas.append(match[1] or match[2])
        if self.lasttag == "style":
            self.resources += CSS.findall(data)


def pages_in(folder):
    files = (file for file in folder.rglob("*.html") if "_static" not in file.parts)  # a theme's own template
    return {file.relative_to(folder).as_posix(): Page(file) for file in files}


@pytest.fixture(scope="module")
def html(build):
    return pages_in(build[1])


def requests_elsewhere(pages, folder):
    """(file, address) of what a page or a style sheet asks another host for."""
    asked = {(name, address) for name, page in pages.items() for address in page.resources}
    for sheet in folder.rglob("*.css"):
        asked |= {(sheet.name, address) for address in CSS.findall(sheet.read_text(encoding="utf-8"))}
    return {(name, address) for name, address in asked if urlsplit(address).netloc}


def dead_addresses(pages, folder):
    """(page, address) of what leads to no file of the book, or to no id in it."""
    folder, dead = folder.resolve(), set()
    for name, page in pages.items():
        for address in {*page.links, *page.resources}:
            parts = urlsplit(address)
            if parts.netloc or parts.scheme in ("mailto", "data"):
                continue
            file = (folder / name).parent / unquote(parts.path) if parts.path else folder / name
            file = file.resolve()
            inside = not parts.scheme and file.is_file() and file.is_relative_to(folder)
            target = pages.get(file.relative_to(folder).as_posix()) if inside else None
            if not inside or (target and parts.fragment and unquote(parts.fragment) not in target.ids):
                dead.add((name, address))
    return dead


def ids_that_stand_twice(pages):
    return {(name, i) for name, page in pages.items() for i, n in Counter(page.ids).items() if n > 1}


def images_without_text(pages):
    return {
        (name, image.get("src"))
        for name, page in pages.items()
        for image in page.images
        if not (image.get("alt") or "").strip()
    }


def test_the_book_builds_without_warning_and_without_network(build):
    process, _ = build
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""


def test_no_page_asks_another_host_for_anything(html, build):
    assert len(html) > 15
    assert not requests_elsewhere(html, build[1])


def test_no_id_stands_twice_on_a_page(html):
    assert not ids_that_stand_twice(html)


def test_every_link_and_every_resource_leads_somewhere(html, build):
    assert not dead_addresses(html, build[1])


def test_every_image_has_a_text(html):
    assert sum(len(page.images) for page in html.values()) > 10
    assert not images_without_text(html)


def test_what_the_search_finds_is_there(html, build):
    """Its index names pages by their number and places by their id."""
    index = (build[1] / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    pages = [html[f"{name}.html"] for name in index["docnames"]]
    places = [
        place for group in ("alltitles", "indexentries") for found in index[group].values() for place in found
    ]
    assert len(places) > 100
    assert not [(n, anchor) for n, anchor, *_ in places if anchor and anchor not in pages[n].ids]


def test_planted_faults_are_found(tmp_path):
    book = tmp_path / "book"
    (book / "b").mkdir(parents=True)
    (tmp_path / "outside.html").write_text("<p>Outside</p>")
    (book / "paper.css").write_text(
        "p { background: url('https://a.org/p.png') } i { background: url(data:,) }"
    )
    (book / "b" / "c.html").write_text('<p id="x y">There</p>')
    right = [
        "b/c.html",
        "b/c.html#x%20y",
        "#here",
        "https://a.org",
        "mailto:a@a.org",
        "paper.css",
        "?q=a#here",
    ]
    wrong = ["b/d.html", "b/c.html#z", "#z", "b/", "../outside.html", "file:///etc/hosts", "/b/c.html"]
    links = "".join(f'<a href="{address}">Link</a>' for address in right + wrong)
    elsewhere = [
        "https://a.org/i.png",
        "//a.org/v.mp4",
        "http://a.org/s.css",
        "https://a.org/f.woff",
        "https://a.org/o",
    ]
    (book / "a.html").write_text(
        f"""{links}<h1 id="here">A</h1><h2 id="here">B</h2><img src="{elsewhere[0]}" alt=" ">
        <video poster="{elsewhere[1]}"></video><link rel="stylesheet" href="{elsewhere[2]}">
        <img src="gone.svg" alt="A">
        <style>@import "{elsewhere[3]}";</style><p style="background: url({elsewhere[4]})">Text</p>"""
    )
    pages = pages_in(book)
    assert requests_elsewhere(pages, book) == {
        ("paper.css", "https://a.org/p.png"),
        *(("a.html", address) for address in elsewhere),
    }
    assert dead_addresses(pages, book) == {("a.html", address) for address in [*wrong, "gone.svg"]}
    assert ids_that_stand_twice(pages) == {("a.html", "here")}
    assert images_without_text(pages) == {("a.html", elsewhere[0])}


def test_mathjax_is_local_and_complete(html, build):
    assert any(
        resource.startswith("../_static/tex-svg-full.js") for resource in html["layers/linear.html"].resources
    )
    assert (build[1] / "_static" / "tex-svg-full.js").stat().st_size > 2_000_000


def test_few_formulas_are_unchecked(reader):
    reasons = [page.get("unchecked", ()) for page in reader.app.env.metadata.values()]
    assert 0 < sum(map(len, reasons)) <= 15


def test_every_public_name_is_in_the_reference(build):
    inventory = (build[1] / "objects.inv").read_bytes()
    lines = zlib.decompress(inventory.split(b"\n", 4)[4]).decode().splitlines()
    documented = {line.split()[0] for line in lines if line.split()[1].startswith("py:")}
    public = {name: getattr(mlpedu, name) for name in mlpedu.__all__}
    names = {v.__name__ if isinstance(v, ModuleType) else f"mlpedu.{k}" for k, v in public.items()}
    assert names <= documented


TYPESET = """
const formulas = JSON.parse(require("fs").readFileSync(0));
const packages = {"[-]": ["noundefined", "noerrors", "bussproofs"]};
require(process.argv[1] + "/node-main.js").init({
  loader: {load: ["input/tex-full", "adaptors/liteDOM"]},
  tex: {packages, formatError: (jax, error) => { throw error; }},
}).then(MathJax => {
  const failures = [];
  for (const tex of formulas) {
    try { MathJax.tex2mml(tex, {display: true}); } catch (error) { failures.push([tex, error.message]); }
  }
  console.log(JSON.stringify(failures));
}).catch(error => { console.error(error); process.exit(1); });
"""


def typeset(node, formulas):
    """The formulas that MathJax refuses, each with its message."""
    folder = next(
        f.locate().parent for f in metadata.files("sphinx-mathjax-offline") if f.name == "node-main.js"
    )
    process = subprocess.run(
        [node, "-e", TYPESET, str(folder)], input=json.dumps(formulas), capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_mathjax_understands_every_formula(html, node):
    formulas = sorted({formula for page in html.values() for formula in page.formulas})
    assert len(formulas) > 100
    assert typeset(node, [*formulas, r"\undefinedmacro x", r"\frac{1"])[-2:] == [
        [r"\undefinedmacro x", r"Undefined control sequence \undefinedmacro"],
        [r"\frac{1", "Missing close brace"],
    ]
    assert typeset(node, formulas) == []
