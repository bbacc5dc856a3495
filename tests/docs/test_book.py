"""The built book: no warning, no request to anywhere else, no dead link, and TeX that MathJax understands."""

import json
import re
import shutil
import subprocess
import zlib
from collections import Counter
from html.parser import HTMLParser
from importlib import metadata
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest

import mlpedu

DOCS = Path(__file__).parents[2] / "docs"
RESOURCES = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
}


class Page(HTMLParser):
    """The ids, links, resources, images and formulas of a page."""

    def __init__(self, file):
        super().__init__()
        self.ids, self.links, self.resources, self.images, self.formulas = [], [], [], [], []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids += filter(None, [attributes.get("id")])
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)
        if tag in RESOURCES and attributes.get(RESOURCES[tag]):
            self.resources.append(attributes[RESOURCES[tag]])
        self.resources += re.findall(r"url\((.*?)\)", attributes.get("style") or "")

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        if match := re.search(r"\\\((.*)\\\)|\\\[(.*)\\\]", data, re.S):
            self.formulas.append(match[1] or match[2])


@pytest.fixture(scope="module")
def html(build):
    _, folder = build
    files = (file for file in folder.rglob("*.html") if "_static" not in file.parts)  # a theme's own template
    return {file.relative_to(folder).as_posix(): Page(file) for file in files}


def is_external(address):
    return bool(urlsplit(address).netloc)


def test_the_book_builds_without_warning_and_without_network(build):
    process, _ = build
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""


def test_no_page_asks_another_host_for_anything(html, build):
    assert len(html) > 15
    requests = {(name, r) for name, page in html.items() for r in page.resources if is_external(r)}
    assert not requests
    for sheet in build[1].rglob("*.css"):
        addresses = re.findall(
            r"(?:url\(\s*|@import\s+)[\"']?([^\"')\s]+)", sheet.read_text(encoding="utf-8")
        )
        assert not [a for a in addresses if is_external(a) and not a.startswith("data:")], sheet.name


def test_mathjax_is_local_and_complete(html, build):
    assert any(
        resource.startswith("../_static/tex-svg-full.js") for resource in html["layers/linear.html"].resources
    )
    assert (build[1] / "_static" / "tex-svg-full.js").stat().st_size > 2_000_000


def test_no_id_stands_twice_on_a_page(html):
    twice = {name: [i for i, n in Counter(page.ids).items() if n > 1] for name, page in html.items()}
    assert not {name: ids for name, ids in twice.items() if ids}


def test_every_link_and_every_resource_leads_somewhere(html, build):
    dead = []
    for name, page in html.items():
        for address in {*page.links, *page.resources}:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or address.startswith("data:"):
                continue
            target = (build[1] / name).parent / unquote(parts.path) if parts.path else build[1] / name
            file = target.resolve()
            where = html.get(file.relative_to(build[1].resolve()).as_posix()) if file.is_file() else None
            found = file.is_file() and (
                not parts.fragment or where is None or unquote(parts.fragment) in where.ids
            )
            if not found:
                dead.append((name, address))
    assert not dead


def test_every_image_has_a_text(html):
    assert not [(name, image) for name, page in html.items() for image in page.images if not image.get("alt")]


def test_few_formulas_are_unchecked():
    pages = [p.read_text(encoding="utf-8") for p in DOCS.rglob("*.md")]
    assert sum(len(re.findall(r"^ *:unchecked:", page, re.M)) for page in pages) <= 15


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


def typeset(formulas):
    """The formulas that MathJax refuses, each with its message."""
    folder = next(
        f.locate().parent for f in metadata.files("sphinx-mathjax-offline") if f.name == "node-main.js"
    )
    process = subprocess.run(
        ["node", "-e", TYPESET, str(folder)], input=json.dumps(formulas), capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js runs MathJax")
def test_mathjax_understands_every_formula(html):
    formulas = sorted({formula for page in html.values() for formula in page.formulas})
    assert len(formulas) > 100
    assert typeset([*formulas, r"\undefinedmacro x", r"\frac{1"])[-2:] == [
        [r"\undefinedmacro x", r"Undefined control sequence \undefinedmacro"],
        [r"\frac{1", "Missing close brace"],
    ]
    assert typeset(formulas) == []
