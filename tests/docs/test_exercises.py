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


def phrases(text):
    """Runs of at least five words of a text, without code and formulas."""
    text = re.sub(r"```.*?```", "\n\n", text, flags=re.S)
    runs = re.split(r"[`$*{}()\[\]<>|\n.,:;]+|  +", text)
    return {run.strip() for run in runs if len(run.split()) >= 5}


def test_no_file_of_a_build_without_solutions_holds_one(build, build_without_solutions):
    solutions, others = set(), ""
    for text in PAGES.values():
        dropdown = r"^(:{3,})\{dropdown\} Solution\n(.*?)^\1$"
        solutions |= {p for found in re.findall(dropdown, text, re.M | re.S) for p in phrases(found[1])}
        others += re.sub(dropdown, "", text, flags=re.M | re.S)
    solutions = {phrase for phrase in solutions if phrase not in others}
    assert len(solutions) > 100
    kept = {folder: "" for folder in (build[1], build_without_solutions[1])}
    for folder in kept:
        for file in folder.rglob("*"):
            if file.suffix in {".html", ".js", ".txt", ".md"} and "_modules" not in file.parts:
                kept[folder] += file.read_text(encoding="utf-8")
    full, without = kept.values()
    assert sum(phrase in full for phrase in solutions) > 100
    assert [phrase for phrase in solutions if phrase in without] == []
