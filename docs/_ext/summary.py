"""What is gathered from all pages: checked formulas on one sheet, and the pages that name a source.

`{summary} Layer | Forward | Backward`   a table with this head; a row is `name | labels | labels`
`{pages}` with a regular expression       links to all pages whose text it is found in

So no formula is written twice, and no list of pages goes stale.
"""

import re

from derivation import PageDirective
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)


class Summary(PageDirective):
    """A row names its formulas by their labels; the name in front links to the page of the first."""

    required_arguments, optional_arguments, final_argument_whitespace = 1, 0, True

    def run(self):
        self.env.note_reread()
        head = [title.strip() for title in self.arguments[0].split("|")]
        group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in head], cols=len(head))
        group += nodes.thead("", self.row([[nodes.Text(title)] for title in head]))
        group += nodes.tbody("", *[self.row(self.cells(i, text)) for i, text in enumerate(self.content)])
        return [nodes.table("", group, classes=["summary"])]

    def row(self, cells):
        return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells])

    def cells(self, i, text):
        name, *cells = [cell.split() for cell in text.split("|")]
        name = [self.place(i, cells[0][0], name=" ".join(name))]
        return [name, *[[self.place(i, label) for label in cell] for cell in cells]]

    def place(self, i, label, **attributes):
        node = nodes.inline(label=label, **attributes)
        node.source, node.line = self.env.doc2path(self.env.docname), self.line_number(i)
        return node


class Pages(SphinxRole):
    """Links to the pages whose text holds the regular expression."""

    def run(self):
        self.env.note_reread()
        node = nodes.inline(pattern=self.text)
        self.set_source_info(node)
        return [node], []


def formula_links(app, docname, label, name=None):
    """Links to the checked formula of a label: to its last line, and to the named parts that this needs."""
    page, number = app.env.domains["math"].equations.get(label, (docname, None))
    rows = app.env.metadata[page].get("formulas", {}).get(label, [])
    shown = rows[-1:]
    for row in reversed(rows[:-1]):
        if not row[0].startswith(r"\frac") and any(row[0] in right for _, _, right in shown):
            shown = [row, *shown]
    last = {left: rf"\displaystyle {left} {sign} {right}" for left, sign, right in shown}
    anchor = "" if name else nodes.make_id(f"equation-{label}")
    contents = [nodes.Text(name)] if name and last else [nodes.math(tex, tex) for tex in last.values()]
    # The title is the name that a screen reader says: a formula has none.
    title = None if name else f"{app.env.titles[page].astext()}, equation {number}"
    return [make_refnode(app.builder, docname, page, anchor, content, title) for content in contents]


def page_links(app, docname, pattern, texts):
    titles = [
        (page, app.env.titles[page].astext()) for page, text in texts.items() if re.search(pattern, text)
    ]
    links = [make_refnode(app.builder, docname, page, "", nodes.Text(title)) for page, title in titles]
    return [node for link in links for node in (nodes.Text(", "), link)][1:]


def fill_places(app, doctree, docname):
    places = [p for p in doctree.findall(nodes.inline) if "label" in p or "pattern" in p]
    pages = sorted(app.env.found_docs - {docname}) if any("pattern" in place for place in places) else ()
    texts = {page: app.env.get_doctree(page).astext() for page in pages}
    for place in places:
        if "label" in place:
            links = formula_links(app, docname, place["label"], place.get("name"))
            missing = f"no checked formula of the book has the label {place['label']!r}"
        else:
            links = page_links(app, docname, place["pattern"], texts)
            missing = f"no page says {place['pattern']!r}"
        if not links:
            logger.warning(missing, location=place, type="formula")
        place.replace_self(links)


def setup(app):
    app.add_directive("summary", Summary)
    app.add_role("pages", Pages())
    app.connect("doctree-resolved", fill_places)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
