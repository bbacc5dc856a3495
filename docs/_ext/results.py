"""Tables, figures and numbers of the book, from results files and from code: none is typed by hand."""

import inspect
import runpy
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

sys.path.insert(0, str(Path(__file__).parents[2]))
from experiments import declaration, figures, results, tables

FIGURES = "_generated/figures"


def _depend_on(env, directory):
    for file in directory.glob("*.json"):
        env.note_dependency(str(file))


class ResultsTable(SphinxDirective):
    """``{results-table} EXPERIMENT``: published values and ours, one row a run; ``:metrics:`` names which."""

    required_arguments = 1
    option_spec = {"metrics": directives.unchanged, "live": directives.flag}  # noqa: RUF012

    def run(self):
        name, live = self.arguments[0], "live" in self.options
        experiment = declaration.load(name, quick=live)
        directory = results.latest(name) if live else results.RECORDED / name
        _depend_on(self.env, directory)
        metrics = self.options.get("metrics", "").split()
        header, rows = tables.table(experiment, directory, metrics or None)
        caption = nodes.title(
            "", f"{experiment.title}: {experiment.source}. {tables.data_name(experiment, directory)}."
        )
        group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in header], cols=len(header))
        group += nodes.thead("", self._row(header))
        group += nodes.tbody("", *map(self._row, rows))
        return [nodes.container("", nodes.table("", caption, group), classes=["results"])]

    def _row(self, cells):
        return nodes.row("", *[nodes.entry("", nodes.paragraph("", cell)) for cell in cells])


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
            _depend_on(self.env, figures.source(name)[1])
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
        _, directory = figures.source(figures.YOUR_RUN)
        _depend_on(self.env, directory)
        return (
            self.parse_content_to_nodes(allow_section_headings=True) if any(directory.glob("*.json")) else []
        )


class Result(SphinxRole):
    """``{result}`EXPERIMENT/RUN/METRIC```: our mean and spread, as in the table."""

    def run(self):
        try:
            name, run, metric = self.text.split("/")
            (found,) = (r for r in declaration.load(name).runs if r.name == run)
            text = tables.ours(results.read_all(results.RECORDED / name, found), metric)
        except (ValueError, KeyError) as error:
            raise ExtensionError(f"{self.get_location()}: no result {self.text!r}: {error}") from error
        _depend_on(self.env, results.RECORDED / name)
        return [nodes.Text(text)], []


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
    app.add_role("result", Result())
    app.connect("builder-inited", _draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
