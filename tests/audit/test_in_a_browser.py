"""The built book in headless Chromium, opened from file:// as a reader opens it: `make audit`.

Every page is opened in a wide and a narrow window, in light and in dark mode, with all its dropdowns open.
Each check is also shown a page with a planted fault, so that it can't pass by being blind.
"""

import concurrent.futures
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

BOOK = Path(__file__).parents[2] / "docs" / "_build" / "html"
BROWSERS = "chromium", "chromium-browser", "google-chrome"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
# The rule of contrast takes most of the time. So axe judges one page of each kind in both widths and modes,
# the others once in each width and mode, without the words of their code, which have the same colours; the
# listings of modules are all of one kind.
KINDS = [
    "index.html",
    "start.html",
    "basics/index.html",
    "ideas/gradient_check.html",
    "layers/linear.html",
    "losses/hinge.html",
    "experiments/activation.html",
    "reports/errata.html",
    "exercises/index.html",
    "reference/api.html",
    "reference/gradients.html",
    "reference/bibliography.html",
    "_modules/mlpedu/gradient_check.html",
    "genindex.html",
    "py-modindex.html",
    "search.html",
]
OFTEN_ENOUGH = {(1400, "light"), (390, "dark")}
A4_WIDTH = 718  # px: 210 mm less two margins of 10 mm
WIDTHS, MODES = (1400, 390), ("light", "dark")
CHECKS = "requests", "scripts", "formulas", "width", "images", "accessibility", "paper"
MAY_SCROLL = "pre, mjx-container, .pst-scrollable-table-container, div.results"

READY = """async () => {
  if (window.MathJax) await MathJax.startup.promise;
  // Hidden from screen readers, and most of the elements of a page: without them axe takes half the time.
  for (const drawn of document.querySelectorAll("mjx-container > svg")) drawn.replaceChildren();
  for (const details of document.querySelectorAll("details")) details.open = true;
}"""

LOOK = """async ([mode, mayScroll]) => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const name = element => element.outerHTML.replace(/\\s+/g, " ").slice(0, 160);
  const shown = element => element.checkVisibility() && element.getBoundingClientRect().width > 0;
  const formulas = [], width = [], images = [];

  const math = all(".math");
  for (const element of math)
    if (!element.querySelector("mjx-container")) formulas.push("not typeset: " + name(element));
  for (const error of all("mjx-merror, [data-mjx-error], mjx-container [data-mml-node=merror]"))
    formulas.push("an error: " + (error.dataset.mjxError || error.textContent));
  for (const error of all("mjx-assistive-mml [mathcolor=red]"))
    formulas.push("not a macro: " + error.textContent);

  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > screen)
    width.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const inside = box => !box.width || !box.height || box.right <= screen + 1 && box.left >= -1;
  const scrolls = element => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const judge = (element, box, what) => {
    if (inside(box) || element.closest("mjx-assistive-mml, .visually-hidden")) return;
    while (element && !scrolls(element)) element = element.parentElement;
    if (!element?.matches(mayScroll)) width.push(`${box.left | 0} to ${box.right | 0} px: ${what}`);
  };
  for (const element of all("main *"))
    if (!element.parentElement.closest("svg")) judge(element, element.getBoundingClientRect(), name(element));
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (const range = document.createRange(); texts.nextNode(); ) {
    const text = texts.currentNode;
    range.selectNodeContents(text);
    judge(text.parentElement, range.getBoundingClientRect(), text.data.slice(0, 160));
  }

  for (const image of all("main img")) {
    if (!image.alt.trim()) images.push("no text: " + name(image));
    if (shown(image) || image.checkVisibility())
      await image.decode().catch(() => images.push("not loaded: " + name(image)));
  }
  for (const figure of all("main figure")) {
    const [image, ...others] = all("img", figure).filter(shown);
    if (!image || others.length) images.push("not one image is shown: " + name(figure));
    else if (!image.src.endsWith(`-${mode}.svg`)) images.push(`not for ${mode} mode: ` + name(image));
  }
  return {formulas, width, images, seen: {formulas: math.length, images: all("main figure").length}};
}"""


class Reader:
    """A browser window of one width, which notes what its pages ask for and which of their scripts fail."""

    def __init__(self, browser, width):
        self.width, self.requests, self.errors, self.axe = width, [], [], Axe()
        context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.route(re.compile("^(?!file:|data:)"), lambda route: route.abort())
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)

    def open(self, address, mode="light"):
        self.requests.clear()
        self.errors.clear()
        self.page.emulate_media(color_scheme=mode)
        self.page.goto(address)
        self.page.evaluate(READY)

    def look(self, mode, kind=True):
        """What each check finds on the open page, and how much there was to look at."""
        self.page.emulate_media(color_scheme=mode)
        self.page.wait_for_function("mode => document.documentElement.dataset.theme == mode", arg=mode)
        found = self.page.evaluate(LOOK, [mode, MAY_SCROLL])
        violations = []
        listing = "/_modules/" in self.page.url
        if kind or ((self.width, mode) in OFTEN_ENOUGH and not listing):
            context = None if kind else {"exclude": ["pre span"]}
            violations = self.axe.run(self.page, context).response["violations"]
        nodes = [(violation["id"], node) for violation in violations for node in violation["nodes"]]
        found["accessibility"] = [
            f"{rule}: {node['html'][:160]} {node['failureSummary']}" for rule, node in nodes
        ]
        found["requests"] = [a for a in self.requests if not a.startswith(("file:", "data:"))]
        found["scripts"] = list(self.errors)
        # The last of a page, because the page adapts to the change of its width in its own time.
        found["paper"] = self.on_paper() if mode == MODES[-1] else []
        return found

    def on_paper(self):
        """What is wider than A4 with its margins."""
        self.page.emulate_media(media="print")
        self.page.set_viewport_size({"width": A4_WIDTH, "height": 1000})
        faults = self.page.evaluate(LOOK, ["light", "#nothing"])["width"]
        self.page.set_viewport_size({"width": self.width, "height": 844})
        self.page.emulate_media(media="screen")
        return faults


def chromium():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        pytest.exit(
            "the audit needs Chromium: install it (on Debian: apt-get install chromium)", returncode=1
        )
    return path


def read_all(width, files):
    """Look at the files in a window of this width: {(page, width, mode): found}."""
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        reader = Reader(browser, width)
        for file in files:
            reader.open(file.as_uri())
            name = file.relative_to(BOOK).as_posix()
            for mode in MODES:
                found[name, width, mode] = reader.look(mode, name in KINDS)
        browser.close()
    return found


@pytest.fixture(scope="module")
def pages():
    files = [file for file in sorted(BOOK.rglob("*.html")) if "_static" not in file.parts]
    if not files:
        pytest.exit("the audit looks at the built book: run make audit", returncode=1)
    return files


@pytest.fixture(scope="module")
def looks(pages):
    """What was found on every page, in both widths and modes."""
    with concurrent.futures.ThreadPoolExecutor(len(WIDTHS)) as threads:
        found = {}
        for part in threads.map(read_all, WIDTHS, [pages] * len(WIDTHS)):
            found |= part
    return found


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS)
def reader(browser, request):
    return Reader(browser, request.param)


def test_every_page_was_seen(looks, pages):
    assert len(looks) == len(pages) * len(WIDTHS) * len(MODES)
    assert set(KINDS) <= {name for name, _, _ in looks}
    seen = [found["seen"] for found in looks.values()]
    assert sum(one["formulas"] for one in seen) > 1000
    assert sum(one["images"] for one in seen) > 10


@pytest.mark.parametrize("check", CHECKS)
def test_no_page_has_a_fault(looks, check):
    faults = [f"{where}: {fault}" for where, found in looks.items() for fault in found[check]]
    assert not faults, "\n".join([f"{len(faults)} faults", *faults[:40]])


PAGE = BOOK / "experiments" / "gradient_check.html"  # a short one that has a formula
PLANTED = [
    ("requests", '<img src="https://example.org/dot.png" alt="a dot">', "https://example.org/dot.png"),
    ("requests", '<script src="http://example.org/count.js"></script>', "count.js"),
    ("requests", "<p style=\"background: url('https://example.org/paper.png')\">Text</p>", "paper.png"),
    ("scripts", "<script>undefinedFunction()</script>", "undefinedFunction"),
    ("formulas", r'<span class="math">\(x^1^2\)</span>', "Double exponent"),
    ("formulas", r'<span class="math">\(\nomacro x\)</span>', r"not a macro: \nomacro"),
    ("formulas", '<span class="math">x = 1</span>', "not typeset"),
    ("width", '<p style="position: absolute; width: 2000px">Text</p>', "the page is 20"),
    ("width", '<p style="width: 2000px">Text</p>', "px: <p style"),
    ("width", '<div style="overflow: hidden"><p style="width: 2000px">Text</p></div>', "px: <p style"),
    ("width", '<div style="overflow: auto"><p style="width: 2000px">Text</p></div>', "px: <p style"),
    ("width", "<p>" + "longword" * 300 + "</p>", "px: longword"),
    ("paper", f"<p>{'longword' * 100}</p>", "px: longword"),
    ("paper", '<pre style="white-space: pre !important">' + "word " * 100 + "</pre>", "px: word"),
    ("paper", '<table class="table"><tr><td style="min-width: 900px">Text</td></tr></table>', "px: <t"),
    ("images", '<img src="../_images/first-run-light.svg">', "no text"),
    ("images", '<img src="../_images/missing.svg" alt="a plot">', "not loaded"),
    ("images", '<figure><img src="../_images/first-run-light.svg" alt="a plot"></figure>', "for dark"),
    ("images", '<figure><img src="../_images/first-run-dark.svg" alt="a plot"></figure>', "for light"),
    (
        "images",
        '<figure><img src="../_images/first-run-light.svg" alt="one"><img src="../_images/first-run-dark.svg"'
        ' alt="two"></figure>',
        "not one image",
    ),
    ("accessibility", '<img src="../_images/first-run-light.svg">', "image-alt"),
    ("accessibility", '<p style="color: #777; background: #888">Text</p>', "color-contrast"),
    ("accessibility", "<details><summary></summary><p>Text</p></details>", "summary-name"),
    ("accessibility", '<details><summary>Open</summary><a href="#"></a></details>', "link-name"),
]


@pytest.fixture(scope="module")
def planted_in(browser, tmp_path_factory):
    """Look at a page of the book, on a phone and in both modes, with this behind its text."""
    reader, copy = Reader(browser, 390), tmp_path_factory.mktemp("planted") / "page.html"

    def look(planted):
        html = PAGE.read_text(encoding="utf-8").replace("<head>", f'<head><base href="{PAGE.as_uri()}">', 1)
        copy.write_text(html.replace("</article>", f"{planted}</article>", 1), encoding="utf-8")
        reader.open(copy.as_uri())
        return [reader.look(mode) for mode in MODES]

    return look


def test_a_page_without_a_planted_fault_has_none(planted_in):
    assert not [fault for found in planted_in("<p>Text</p>") for check in CHECKS for fault in found[check]]


@pytest.mark.parametrize(("check", "planted", "message"), PLANTED)
def test_a_planted_fault_is_found(planted_in, check, planted, message):
    faults = [fault for found in planted_in(planted) for fault in found[check]]
    assert any(message in fault for fault in faults), faults


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("state", "width"),
    [("menu", 390), *((state, width) for state in ("search", "results") for width in WIDTHS)],
)
def test_what_opens_has_no_fault(browser, mode, state, width):
    reader = Reader(browser, width)
    if state == "results":
        reader.open(BOOK.as_uri() + "/search.html?q=sigmoid", mode)
        reader.page.wait_for_selector("#search-results ul.search li")
    else:
        reader.open((BOOK / "layers" / "sigmoid.html").as_uri(), mode)
        button = {"search": ".search-button__button", "menu": ".primary-toggle"}[state]
        reader.page.locator(button).locator("visible=true").first.click()
        reader.page.wait_for_selector("dialog[open]")
    found = reader.look(mode)
    assert {check: found[check] for check in CHECKS} == {check: [] for check in CHECKS}


def test_the_search_finds_a_word_from_a_page(reader):
    reader.open((BOOK / "layers" / "linear.html").as_uri())
    reader.page.locator(".search-button__button").locator("visible=true").first.click()
    reader.page.keyboard.type("sigmoid")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/search.html?q=sigmoid*")
    links = reader.page.locator("#search-results ul.search li a")
    links.first.wait_for()
    reader.page.wait_for_function("document.querySelector('.search-summary').textContent.includes('found')")
    found = {
        address.split("#")[0].split("?")[0] for address in links.evaluate_all("all => all.map(a => a.href)")
    }
    assert (BOOK / "layers" / "sigmoid.html").as_uri() in found
    assert len(found) > 3


def test_the_search_finds_no_word_that_is_nowhere(reader):
    reader.open(BOOK.as_uri() + "/search.html?q=zyzzyva")
    reader.page.wait_for_function(
        "document.querySelector('.search-summary').textContent.includes('did not match')"
    )
    assert not reader.page.locator("#search-results ul.search li").count()


def test_the_copy_button_copies_the_code_without_prompts_and_output(reader):
    reader.open((BOOK / "layers" / "sigmoid.html").as_uri())
    block = reader.page.locator("#a-tiny-example div.highlight")
    block.hover()
    block.locator("button.copybtn").click()
    reader.page.wait_for_selector("button.copybtn.success")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[:2] == ["import numpy as np", "from mlpedu import Sigmoid"]
    assert "array(" not in copied.split("layer.forward(")[0]
    assert not re.search(r"^(>>>|array)", copied, re.M)


def test_paper_is_light_and_its_dropdowns_are_open(browser):
    reader = Reader(browser, 1400)
    reader.page.emulate_media(color_scheme="dark")
    reader.page.goto((BOOK / "layers" / "linear.html").as_uri())
    closed_dropdowns = "document.querySelectorAll('main details:not([open])').length"
    state = f"() => [document.documentElement.dataset.theme, {closed_dropdowns}]"
    theme, closed = reader.page.evaluate(state)
    assert theme == "dark"
    assert closed > 4
    reader.page.evaluate(f"() => addEventListener('beforeprint', () => {{ window.printed = ({state})(); }})")
    assert len(reader.page.pdf()) > 50_000
    assert reader.page.evaluate("window.printed") == ["light", 0]
    assert reader.page.evaluate(state) == ["dark", closed]


def test_the_sheet_of_all_gradients_is_one_page_of_a4(browser):
    reader = Reader(browser, 1400)
    printed = []
    for page in ("reference/gradients.html", "layers/linear.html"):
        reader.open(f"{BOOK.as_uri()}/{page}")
        printed.append(len(re.findall(rb"/Type\s*/Page\b", reader.page.pdf(format="A4"))))
    assert printed[0] == 1
    assert printed[1] > 5
