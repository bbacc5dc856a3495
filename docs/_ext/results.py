"""Tables, figures and numbers of the book, from results files and from code: none is typed by hand."""

import inspect
import re
import runpy
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

sys.path.insert(0, str(Path(__file__).parents[2]))
from experiments import comparisons, declaration, figures, results, tables, verdicts
from experiments.metrics import METRICS

FIGURES = "_generated/figures"


def _depend_on(env, directory):
    for file in directory.glob("*.json"):
        env.note_dependency(str(file))


class Table(SphinxDirective):
    """What the tables of results have in common."""

    required_arguments = 1

    def _table(self, caption, header, rows):
        group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in header], cols=len(header))
        group += nodes.thead("", self._row(header))
        group += nodes.tbody("", *map(self._row, rows))
        table = nodes.table("", nodes.title("", caption), group, classes=["colwidths-auto"])
        return nodes.container("", table, classes=["results"])

    def _row(self, cells):
        unbroken = (re.sub(r"(?<=[\d±]) (?=[\d%])", "\N{NO-BREAK SPACE}", cell) for cell in cells)
        return nodes.row("", *[nodes.entry("", nodes.paragraph("", cell)) for cell in unbroken])


class ResultsTable(Table):
    """``{results-table} EXPERIMENT``: published values and ours, one row a run; ``:metrics:`` names which.

    Below it stands what its verdicts rest on.
    """

    option_spec = {"metrics": directives.unchanged, "live": directives.flag}  # noqa: RUF012

    def run(self):
        name, live = self.arguments[0], "live" in self.options
        experiment = declaration.load(name, quick=live)
        directory = results.latest(name) if live else results.RECORDED / name
        _depend_on(self.env, directory)
        metrics = self.options.get("metrics", "").split() or experiment.kind.main_metrics
        caption = f"{experiment.title}: {experiment.source}. {tables.caption(experiment, directory)}."
        table = self._table(caption, *tables.table(experiment, directory, metrics))
        reasons = tables.reasons(experiment, directory, metrics)
        items = [nodes.list_item("", nodes.paragraph("", reason)) for reason in reasons]
        return [table, nodes.bullet_list("", *items, classes=["reasons"])] if items else [table]


class ComparisonTable(Table):
    """``{comparison-table} NAME``: the pairs of a comparison."""

    def run(self):
        name = self.arguments[0]
        for experiment in comparisons.experiments()[name]:
            _depend_on(self.env, results.RECORDED / experiment)
        return [self._table("Difference between two networks with the same seed.", *tables.compared(name))]


class Agreement(Table):
    """``{agreement} REPORT ...``: how many published numbers of the reports have which verdict."""

    final_argument_whitespace = True

    def run(self):
        done = [
            (declaration.load(name), results.RECORDED / name)
            for name in declaration.names()
            if name.startswith(tuple(self.arguments[0].split()))
        ]
        for _, directory in done:
            _depend_on(self.env, directory)
        return [self._table("Published numbers by verdict.", *tables.agreement(done))]


class Drawing(SphinxDirective):
    """``{drawing} NAME``: from results or from code, with ``:alt:`` and a caption."""

    required_arguments = 1
    has_content = True
    option_spec = {"alt": directives.unchanged_required}  # noqa: RUF012

    def run(self):
        name, alt = self.arguments[0], self.options.get("alt")
        known = [*figures.FIGURES, *DRAWINGS]
        if name not in known:
            raise self.error(f"no drawing {name!r}; there are: {', '.join(known)}")
        if not alt:
            raise self.error(f"drawing {name!r} needs :alt:, what it shows for a reader who can't see it")
        if name in figures.FIGURES:
            for _, directory in figures.sources(name):
                _depend_on(self.env, directory)
        images = (
            nodes.image(uri=f"/{FIGURES}/{name}-{theme}.svg", alt=alt, classes=[f"only-{theme}"])
            for theme in figures.THEMES
        )
        # In a container of their own: the theme hides every caption beside an image that it hides.
        figure = nodes.figure("", nodes.container("", *images), classes=["results"])
        if self.content:
            text, _ = self.parse_inline(" ".join(self.content))
            figure += nodes.caption("", "", *text)
        return [figure]


class YourRun(SphinxDirective):
    """``{your-run}``: its body is shown if the reader's own first run has results, else nothing."""

    has_content = True

    def run(self):
        ((_, directory),) = figures.sources(figures.YOUR_RUN)
        _depend_on(self.env, directory)
        return (
            self.parse_content_to_nodes(allow_section_headings=True) if any(directory.glob("*.json")) else []
        )


class Result(SphinxRole):
    """``{result}`EXPERIMENT/RUN/METRIC```: our mean and spread, as in the table.

    ``{published}`` gives the number of the report. ``{difference}`` and ``{ratio}`` take two, with " - " or
    " / " between them, and give that of our means.
    """

    def run(self):
        try:
            text = self._text()
        except (ValueError, KeyError) as error:
            raise ExtensionError(f"{self.get_location()}: no result {self.text!r}: {error}") from error
        return [nodes.Text(re.sub("(?<!,) ", "\N{NO-BREAK SPACE}", text))], []

    def _text(self):
        operator = {"difference": " - ", "ratio": " / "}.get(self.name)
        paths = self.text.split(operator) if operator else [self.text]
        found = []
        for path in paths:
            path, _, name = path.strip().rpartition("/")
            run, measured = results.recorded(path)
            if not measured:
                raise ValueError(f"{path} has not been run")
            found.append((run, measured, name))
            _depend_on(self.env, results.RECORDED / path.split("/")[0])
        run, measured, name = found[0]
        metric = METRICS[name]
        if self.name == "published":
            return metric.printed(run.published[name].value)
        if self.name == "result":
            return tables.ours(measured, name)
        one, other = (verdicts.mean(measured, name) for _, measured, name in found)
        if self.name == "ratio":
            return f"{one / other:.2g}"
        return metric.text(one - other, "+", metric.unit.replace("%", "pp"))


def _drawings():
    """Those made from code: each public function in `docs/_drawings`, by its name with dashes."""
    for file in sorted(Path(__file__).parents[1].glob("_drawings/*.py")):
        module = runpy.run_path(str(file), run_name=file.stem)
        for name, draw in module.items():
            if inspect.isfunction(draw) and draw.__module__ == file.stem and not name.startswith("_"):
                yield name.replace("_", "-"), draw


DRAWINGS = dict(_drawings())


def _draw(app):
    folder = Path(app.srcdir) / FIGURES
    figures.draw_all(folder)
    for name, draw in DRAWINGS.items():
        figures.save(folder, name, draw)


def setup(app):
    """Register the directives; figures are drawn when a build starts."""
    app.add_directive("results-table", ResultsTable)
    app.add_directive("drawing", Drawing)
    app.add_directive("your-run", YourRun)
    for role in ("result", "published", "difference", "ratio"):
        app.add_role(role, Result())
    app.add_directive("comparison-table", ComparisonTable)
    app.add_directive("agreement", Agreement)
    app.connect("builder-inited", _draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
