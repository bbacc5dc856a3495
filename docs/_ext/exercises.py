"""The exercises of the book: their list, and a build without the solutions.

An exercise is a section like ``### sigmoid-1 · by hand: symmetry``, below a target of its id. Its solution is
a dropdown "Solution", which ``sphinx-build -D solutions=0`` leaves out. ``### write-sigmoid · in code: ...``
is the one that `mlpedu check` looks at.
"""

import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

TITLE = re.compile(r"([a-z\d-]+-\d+|write-[a-z\d-]+) · ([a-z ]+): (.+)")


def leave_out_solutions(app, doctree):
    for container in [] if app.config.solutions else list(doctree.findall(nodes.container)):
        if container.get("design_component") == "dropdown" and container[0].astext() == "Solution":
            container.parent.remove(container)


def note_exercises(app, doctree):
    found = [TITLE.fullmatch(title.astext()) for title in doctree.findall(nodes.title)]
    app.env.metadata[app.env.docname]["exercises"] = [match.groups() for match in found if match]


class ExerciseList(SphinxDirective):
    """Where the list of all exercises goes, once all pages are read."""

    def run(self):
        self.env.note_reread()
        return [nodes.bullet_list(classes=["exercise-list"])]


def list_exercises(app, doctree, docname):
    def item(page, anchor, title, *rest):
        link = make_refnode(app.builder, docname, page, anchor, nodes.Text(title))
        return nodes.list_item("", nodes.paragraph("", "", link, nodes.Text("".join(rest))))

    for place in doctree.findall(nodes.bullet_list):
        for page in _in_order(app.env, app.config.root_doc) if "exercise-list" in place["classes"] else ():
            if exercises := app.env.metadata[page].get("exercises"):
                place += item(page, "", app.env.titles[page].astext())
                items = (item(page, id, id, f" {kind}: {title}") for id, kind, title in exercises)
                place[-1] += nodes.bullet_list("", *items)


def _in_order(env, page):
    """The pages of the book in the order of its contents."""
    yield page
    for child in env.toctree_includes.get(page, ()):
        yield from _in_order(env, child)


def setup(app):
    app.add_config_value("solutions", True, "env", bool)
    app.add_directive("exercise-list", ExerciseList)
    app.connect("doctree-read", leave_out_solutions)
    app.connect("doctree-read", note_exercises)
    app.connect("doctree-resolved", list_exercises)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
