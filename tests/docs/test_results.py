"""Numbers and tables of the book come out of the results; what has no result fails the build."""

import pytest
from docutils import nodes
from sphinx.errors import ExtensionError

from experiments import declaration, results, tables

PAGE = "reports/index"
SIGMOID, RELU = (
    f"report-000-base/{activation}-euclidean/test_accuracy" for activation in ("sigmoid", "relu")
)


@pytest.fixture
def paragraph(reader):
    """A function: the text of a page that holds one paragraph."""

    def read(text):
        assert reader.read(PAGE, f"# Title\n\n{text}\n") == ""
        return next(iter(reader.doctree.findall(nodes.paragraph))).astext().replace("\N{NO-BREAK SPACE}", " ")

    return read


def test_a_role_prints_what_the_table_prints(paragraph):
    header, rows = tables.table(
        declaration.load("report-000-base"), results.RECORDED / "report-000-base", ["test_accuracy"]
    )
    row = dict(zip(header, rows[0], strict=True))
    assert paragraph(f"{{result}}`{SIGMOID}`") == row["ours"]
    assert paragraph(f"{{published}}`{SIGMOID}`") == row["published test accuracy"] == "78.14 %"


def test_a_difference_and_a_ratio_are_of_our_means(paragraph):
    means = []
    for path in (RELU, SIGMOID):
        _, found = results.recorded(path.rpartition("/")[0])
        means.append(sum(result["metrics"]["test_accuracy"] for result in found) / len(found))
    assert paragraph(f"{{difference}}`{RELU} - {SIGMOID}`") == f"{100 * (means[0] - means[1]):+.2f} pp"
    assert paragraph(f"{{ratio}}`{RELU} / {SIGMOID}`") == f"{means[0] / means[1]:.2g}"


@pytest.mark.parametrize(
    "role",
    [
        "{result}`report-000-base/sigmoid/test_accuracy`",
        "{result}`report-000-base/sigmoid-euclidean/accuracy`",
        "{result}`report-9/sigmoid/test_accuracy`",
        "{published}`report-000-no-decay/sigmoid-euclidean/test_accuracy`",
        f"{{difference}}`{RELU}`",
    ],
)
def test_a_number_that_is_not_there_fails_the_build(reader, role):
    with pytest.raises(ExtensionError, match="no result"):
        reader.read(PAGE, f"# Title\n\n{role}\n")


def test_a_run_without_results_fails_the_build(reader, monkeypatch, tmp_path):
    monkeypatch.setattr(results, "RECORDED", tmp_path)
    with pytest.raises(ExtensionError, match="report-000-base/relu-euclidean has not been run"):
        reader.read(PAGE, f"# Title\n\n{{result}}`{RELU}`\n")


def test_every_published_number_is_counted_once_by_its_verdict(reader):
    reports = [f"report-00{number}" for number in range(5)]
    assert reader.read(PAGE, f"# Title\n\n```{{agreement}} {' '.join(reports)}\n```\n") == ""
    rows = [
        [entry.astext() for entry in row.findall(nodes.entry)] for row in reader.doctree.findall(nodes.row)
    ]
    assert rows[0] == ["verdict", *(report.replace("-", " ") for report in reports)]
    columns = [[int(cell) for cell in column] for column in zip(*(row[1:] for row in rows[1:]), strict=True)]
    assert [column[-1] for column in columns] == [18, 100, 72, 16, 35]  # 000 prints two numbers twice
    assert [sum(column[:-1]) for column in columns] == [column[-1] for column in columns]


def test_no_number_is_left_open_without_a_word():
    for name in declaration.names():
        experiment = declaration.load(name)
        for run in experiment.runs:
            found = results.read_all(results.RECORDED / name, run)
            for metric in run.published:
                verdict, reasons = tables.verdicts.verdict(experiment, run, metric, found)
                assert verdict != tables.verdicts.OPEN or reasons, f"{name}/{run.name}/{metric}"
