"""The page of `mlpedu report` in headless Chromium: wide and narrow, light and dark."""

import json
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from mlpedu.classroom import report

BROWSERS = "chromium", "chromium-browser", "google-chrome"
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WIDTHS, MODES = (1400, 390), ("light", "dark")
NAMES = ["Ada Lovelace", "María José García-Fernández de la Vega", "عمر خيام", "山田 花子", "W" * 60]
LONG = {"kind": "fault", "id": None, "group": "file", "text": f"It raises {'LongNameOfAnError' * 5}: no"}
MEAN = {"kind": "fault", "id": "loss.gradient-missing-1/N", "group": "gradient", "text": "Does it know that?"}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graded")
    (folder / "results").mkdir()
    for number, name in enumerate(NAMES):
        findings = [[LONG], [MEAN], []][number % 3]
        result = {"status": "failed" if findings else "passed", "findings": findings}
        record = {
            "student": f"s{number}",
            "name": name,
            "total": number,
            "of": 6,
            "flags": ["as in the library"],
        }
        record["exercises"] = dict.fromkeys(["euclidean", "softmax_cross_entropy"], result)
        (folder / "results" / f"s{number}.json").write_text(json.dumps(record), "utf-8")
    ids = "".join(f"s{number}\n" for number in range(len(NAMES)))
    (folder / "grades.csv").write_text(f"student\n{ids}", "utf-8")
    (folder / "log.csv").write_text(f"about,what\ns9.zip,{'no id ' * 30}\n", "utf-8")
    (folder / report.PAGE).write_text(report.page(report.read(folder)), "utf-8")
    return folder / report.PAGE


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS))), args=FLAGS
        )
        yield browser
        browser.close()


def look(browser, file, width, mode):
    """Its width, what it asked for, and what axe says, with all names unfolded."""
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=mode, bypass_csp=True
    )
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide = page.evaluate("document.documentElement.scrollWidth")
    rows = page.get_by_role("rowheader").count()
    violations = [violation["id"] for violation in Axe().run(page).response["violations"]]
    context.close()
    return wide, rows, asked, violations


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_has_no_fault(browser, page, width, mode):
    assert look(browser, page, width, mode) == (width, 2, [page.as_uri()], [])


def test_a_planted_fault_is_found(browser, page, tmp_path):
    text = page.read_text("utf-8").replace("--text: #1b1f24", "--text: #ccc")
    (tmp_path / "page.html").write_text(
        text.replace("<main>", '<main><p style="width: 900px">Text</p>'), "utf-8"
    )
    wide, _, _, violations = look(browser, tmp_path / "page.html", 390, "light")
    assert wide > 390
    assert violations == ["color-contrast"]
