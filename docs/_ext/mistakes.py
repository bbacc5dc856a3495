"""The exercises of `mlpedu.classroom` on the pages, from the registry that the checks use as well.

`{exercise} relu`   the exercise of a page
`{mistakes} relu`   its mistakes: id, text and formulas, each of which the build checks to be wrong
`{all-mistakes}`    a table of all ids, with links to what the pages say about them
`{measured}`        a role: a figure that the exercise set measured on itself, like "diagnosis/wrong/named"
"""

import json
from pathlib import Path

from derivation import PageDirective
from docutils import nodes
from sphinx.util.docutils import SphinxRole

from mlpedu.classroom import exercises

CATALOGUE = Path(exercises.__file__).with_name("catalogue")


class Registry(PageDirective):
    """What a page shows of the exercise that it names, or of all."""

    optional_arguments, has_content = 1, False

    def run(self):
        for file in (*CATALOGUE.glob("*.toml"), exercises.__file__, __file__):
            self.env.note_dependency(str(file))
        return self.show(*map(exercises.load, self.arguments or exercises.ORDER))


class ExerciseOfPage(Registry):
    def show(self, exercise):
        task = f"`{exercise.file}`: {exercise.task}\n\n```console\nmlpedu check {exercise.name}\n```\n\n"
        return self.parse_text_to_nodes(task + "{doc}`/exercises/working` says how to begin and go on.")


class MistakesOfPage(Registry):
    def show(self, exercise):
        said = self.parse_text_to_nodes("`mlpedu check` knows these by name: see {doc}`/exercises/working`.")
        return said + [self.entry(exercise, mistake) for mistake in exercise.mistakes]

    def entry(self, exercise, mistake):
        # Where a formula fails:
        self.env.current_document["registry"] = f"{CATALOGUE}/{exercise.name}.toml: {mistake.id}"
        text = [part for form in mistake.forms if form.page for part in self.parts(form)]
        shown = self.parse_text_to_nodes("\n\n".join(text or [mistake.look]))
        self.env.current_document["registry"] = None
        name, anchor = nodes.literal("", mistake.id), nodes.make_id(mistake.id)
        self.env.domains.standard_domain.note_hyperlink_target(
            f"{exercise.name}-{anchor}", self.env.docname, anchor
        )
        return nodes.container("", nodes.paragraph("", "", name), *shown, ids=[anchor], classes=["mistake"])

    def parts(self, form):
        yield form.page.strip()
        for symbol, formula in form.formulas.items():
            yield f"```{'{gradient}' if '/d' in symbol else '{forward}'} {symbol}\n:wrong:\n{formula}\n```"


class AllMistakes(Registry):
    def show(self, *every):
        pages = {}
        for e in every:
            for m in e.mistakes:
                pages.setdefault(m.id, []).append(f"[{e.name}](/{e.page}.md#{nodes.make_id(m.id)})")
        rows = (f"| `{name}` | {', '.join(links)} |" for name, links in sorted(pages.items()))
        return self.parse_text_to_nodes("\n".join(["| Name | Exercises |", "|---|---|", *rows]))


class Measured(SphinxRole):
    def run(self):
        name, *keys = self.text.split("/")
        file = Path(self.env.srcdir) / "exercises" / f"{name}.json"
        self.env.note_dependency(str(file))
        value = json.loads(file.read_bytes(), parse_float=lambda x: f"{float(x):.0e}".replace("e-0", "e-"))
        for key in keys:
            value = value[key]
        return [nodes.Text(str(value))], []


def setup(app):
    app.add_directive("exercise", ExerciseOfPage)
    app.add_directive("mistakes", MistakesOfPage)
    app.add_directive("all-mistakes", AllMistakes)
    app.add_role("measured", Measured())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
