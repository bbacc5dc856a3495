"""The list of all exercises, and the book without the solutions."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    page.relative_to(DOCS).with_suffix("").as_posix(): page.read_text(encoding="utf-8")
    for page in sorted(DOCS.rglob("*.md"))
    if not page.relative_to(DOCS).parts[0].startswith("_")
}
IDS = {name: re.findall(r"^### ([a-z\d-]+-\d+) · ", text, re.M) for name, text in PAGES.items()}


def test_an_id_belongs_to_one_exercise():
    ids = [i for found in IDS.values() for i in found]
    assert len(ids) == len(set(ids)) > 40


def test_the_list_has_every_exercise_and_links_to_it(build):
    html = (build[1] / "exercises" / "index.html").read_text(encoding="utf-8")
    for name, ids in IDS.items():
        for i in ids:
            assert f'href="../{name}.html#{i}">{i}</a>' in html


def test_the_list_has_the_order_of_the_book(build):
    html = (build[1] / "exercises" / "index.html").read_text(encoding="utf-8")
    positions = [html.index(f">{i}</a>") for i in ("linear-1", "linear-2", "sigmoid-1", "hinge-1", "sgd-1")]
    assert positions == sorted(positions)


def test_a_build_without_solutions_has_all_hints_and_no_solution(build, build_without_solutions):
    process, folder = build_without_solutions
    assert process.returncode == 0, process.stderr
    for name, ids in IDS.items():
        pages = ((f / f"{name}.html").read_text(encoding="utf-8") for f in (build[1], folder))
        full, without = (re.findall(r'summary-text">(\w+)<', html) for html in pages)
        assert full.count("Hint") == without.count("Hint") >= len(ids)
        assert full.count("Solution") >= len(ids)
        assert "Solution" not in without


def test_no_file_of_a_build_without_solutions_holds_one(build, build_without_solutions):
    solution = re.search(r"\{dropdown\} Solution\n(.+)", PAGES["layers/relu"])[1]
    words = max(re.split(r"[$`*{}.,:]", solution), key=len).strip()
    assert len(words) > 15
    found = {
        folder: [
            file.name
            for file in folder.rglob("*")
            if file.suffix in {".html", ".js", ".txt"} and words in file.read_text(encoding="utf-8")
        ]
        for folder in (build[1], build_without_solutions[1])
    }
    assert found == {build[1]: ["relu.html"], build_without_solutions[1]: []}
