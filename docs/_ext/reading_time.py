"""How long pages take, summed from what each of them says, so that no sum in the book grows old.

``{reading-time}`losses layers/linear``` is the time to read all pages of the folder `losses` and the page
`layers/linear`; ``{exercise-time}`` is the time for their exercises.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

TIME = re.compile(
    r"\*\*Time:\*\*\s+(\d+)\s+minutes,\s+and\s+(\d+|an\s+hour(?:\s+and\s+a\s+half)?)\s+for\s+the\s+exercises"
)
IN_WORDS = {"an hour": 60, "an hour and a half": 90}


def minutes(docs, names):
    """Minutes to read the pages and for their exercises, as two sums."""
    reading = exercises = 0
    for name in names:
        pages = [docs / f"{name}.md"]
        if (docs / name).is_dir():
            pages = [page for page in (docs / name).glob("*.md") if page.stem != "index"]
        for page in pages:
            found = page.is_file() and TIME.search(page.read_text(encoding="utf-8"))
            if not found:
                raise ValueError(f"{page} doesn't say '**Time:** 25 minutes, and 40 for the exercises'")
            words = " ".join(found[2].split())
            reading += int(found[1])
            exercises += IN_WORDS.get(words) or int(words)
    return reading, exercises


def in_words(total):
    """Minutes below two hours, else hours rounded to halves."""
    if total < 120:
        return f"{total} min"
    halves = round(total / 30)
    return f"{halves // 2}{'½' if halves % 2 else ''} hours"


class Time(SphinxRole):
    """One of the two sums."""

    def __init__(self, column):
        super().__init__()
        self.column = column

    def run(self):
        self.env.note_reread()  # other pages may change
        try:
            sums = minutes(Path(self.env.srcdir), self.text.split())
        except ValueError as error:
            raise ExtensionError(f"{self.get_location()}: {error}") from None
        return [nodes.Text(in_words(sums[self.column]))], []


def setup(app):
    app.add_role("reading-time", Time(0))
    app.add_role("exercise-time", Time(1))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
