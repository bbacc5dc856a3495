"""What a student reads: lines of text, in colour where a terminal shows it."""

import json
import os
import shutil
import sys
import textwrap
from typing import NamedTuple

from mlpedu.classroom.exercises import load

WORDS = {"passed": "right", "failed": "not right yet", "not attempted": "not attempted yet"}
STYLES = {"passed": "bold green", "failed": "bold red", "not attempted": "bold yellow"}
STYLES |= {"done": "green", "failing": "red"}  # of the table
KINDS = ("fault", "not attempted", "remark")  # in the order of the message
PRINTED = 20  # lines
UNBROKEN = 10**6


class Line(NamedTuple):
    """A line of a message: `code` is shown as it is, anything else may be broken."""

    text: str
    indent: int = 0
    style: str = ""
    code: bool = False


def about(report, repeat=None):
    """The message of one report: the diagnosis, the student's own lines, how to repeat the case.

    Parameters
    ----------
    report : Report
    repeat : str, optional
        What repeats the case; the command if None.

    Yields
    ------
    Line
    """
    exercise = load(report.exercise)
    yield Line(f"{exercise.file}: {WORDS[report.status]}", style=STYLES[report.status])
    names = {mistake.id for mistake in exercise.mistakes}
    first, told = next(iter(exercise.protocol.RESULTS)), []
    for finding in sorted(report.findings, key=lambda finding: KINDS.index(finding.kind)):
        if finding.kind == "not attempted" and finding.symbol == first:
            continue  # nothing is written: the heading has said so
        if finding.text in told:
            continue  # one mistake in two results
        told.append(finding.text)
        yield Line(finding.text, 2)
        for number, function, source in finding.lines:
            where = (
                f"line {number}"
                if function.startswith(("<", "the file"))
                else f"line {number}, in {function}"
            )
            yield Line(f"{where}: {source}", 4, "cyan", code=True)
        if finding.id in names:
            yield Line(f"The book calls it {finding.id}, on the page {exercise.page}.", 2, "dim")
    printed = report.printed.rstrip().splitlines()
    if printed:
        yield Line("Your code printed:", 2)
        yield from (Line(line[:200], 4, "cyan", code=True) for line in printed[:PRINTED])
        if len(printed) > PRINTED:
            yield Line(f"and {len(printed) - PRINTED} more lines", 4)
    if report.status == "failed" and report.seed is not None:
        yield Line(f"The same case again: {repeat or repeating(report)}", 2, "dim", code=True)


def repeating(report):
    """The command that checks the same case again."""
    seed = "" if report.seed is None else f" --seed {report.seed}"
    return f"mlpedu check {report.exercise}{seed}"


def summary(reports):
    counts = {word: sum(report.status == status for report in reports) for status, word in WORDS.items()}
    counted = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return Line(f"Of {len(reports)} exercises: {counted}.", style="bold")


def table(rows):
    """Lines of aligned columns; the last column of a row gives its style."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield Line("  ".join(cells).rstrip(), style=STYLES.get(row[-1], ""), code=True)


def as_json(reports):
    """What a program reads: a list of ``{exercise, status, seed, findings, printed, repeat}``.

    `status` is "passed", "failed" or "not attempted"; `seed` is null if nothing was run. A finding has
    ``group, kind, id, text, symbol, factor, lines``, as `Finding` describes them; each of its lines is
    ``[number, function, source]``. `repeat` is the command that checks the same case again.
    """
    records = [
        {
            "exercise": report.exercise,
            "status": report.status,
            "seed": report.seed,
            "findings": [finding._asdict() for finding in report.findings],
            "printed": report.printed,
            "repeat": repeating(report),
        }
        for report in reports
    ]
    return json.dumps(records, indent=1)


def text(lines, width=UNBROKEN):
    """Lines as plain text."""
    return "\n".join(row for row, _ in _rows(lines, width))


def show(*lines, to=None):
    """Print lines: broken at the width of a terminal, in colour unless NO_COLOR is set; else as they are."""
    to = to or sys.stdout
    terminal = to.isatty()
    rows = _rows(lines, max(30, shutil.get_terminal_size().columns - 1) if terminal else UNBROKEN)
    if terminal and not os.environ.get("NO_COLOR"):
        from rich.console import Console
        from rich.text import Text

        console = Console(file=to, highlight=False)
        for row, style in rows:
            console.print(Text(row, style), soft_wrap=True)
    else:
        for row, _ in rows:
            print(row, file=to)
    to.flush()


def _rows(lines, width):
    for line in lines:
        shown = "".join(c if c.isprintable() or c in "\n\t" else "?" for c in line.text)
        rows = [shown.expandtabs(4)] if line.code else textwrap.wrap(shown, width - line.indent) or [""]
        yield from ((" " * line.indent + row, line.style) for row in rows)
