"""One voice: short sentences without filler, on the pages, in the files beside them and in docstrings."""

import ast
import re
from pathlib import Path
from statistics import mean

import pytest

from mlpedu.classroom import exercises

ROOT = Path(__file__).parents[2]
LONGEST, MEAN = 40, 17  # words in a sentence: of any, and on a page
FILLER = re.compile(
    r"\b(simply|just|obvious(ly)?|clearly|of course|basically|actually|very|really|quite|trivial(ly)?|easily|"
    r"essentially|needless to say|note that|it (is|should be) (noted|easy to see)|as you can see|in order to|"
    r"powerful|state[- ]of[- ]the[- ]art|cutting[- ]edge|elegant(ly)?|seamless(ly)?|beautiful(ly)?|awesome|"
    r"leverag(es?|ed|ing)|utili[sz](es?|ed|ing))\b".replace(" ", r"\s+"),
    re.I,
)
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
MODULES = [file for folder in ("mlpedu", "experiments") for file in sorted((ROOT / folder).rglob("*.py"))]

FENCE = re.compile(r" *(`{3,}|~{3,})(.*)")
HOLDS_TEXT = re.compile(r" *\{(drawing|note|tip|warning|important|admonition|your-run)\}")
NO_TEXT = [
    re.compile(r"<!--.*?-->", re.S),
    re.compile(r"\$\$.*?\$\$( *\([\w-]+\))?", re.S),
    re.compile(r"^(    |\t)(?! *([-*]|\d+\.) ).*", re.M),
]
ONE_WORD = re.compile(
    r"(\{[\w:]+\})?(`+)(?!`).+?(?<!`)\2(?!`)|(?<!\\)\$[^$]+\$|\]\([^)]*\)|https?://\S+", re.S
)
NO_SENTENCE = re.compile(r"\s*($|\||#|:::|```|\(\S+\)=|:[\w-]+:|---|\+\+\+|[\w, *]+ : |\w+$)")
ITEM = re.compile(r"\s*([-*]|\d+\.) ")
NO_ITEM = re.compile(r"\s*(?!1\.)\d+\. ")  # inside a paragraph, where a sentence may end with a number
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|et al|vs|cf|pp?|Eqs?|Figs?|Sec|Nos?|[A-Z])\.(?=\s)")
SENTENCE = re.compile(r"\S.*?([.!?][)*_\"'\]]*(?=\s|$)|\Z)", re.S)


def prose(markdown):
    """The text without code and displayed formulas, those in a line as one word; lines keep their numbers."""
    lines, fences = [], []  # of those that are open: how each ends, and whether it holds text
    for line in markdown.splitlines():
        fence = FENCE.match(line)
        if fences and fence and fence[1] == fences[-1][0] and not fence[2].strip():
            fences.pop()
        elif fence and (not fences or fences[-1][1]):
            fences.append((fence[1], HOLDS_TEXT.match(fence[2])))
        elif not fences or fences[-1][1]:
            lines.append(line)
            continue
        lines.append("")
    text = "\n".join(lines)
    for pattern in NO_TEXT:
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    return ONE_WORD.sub(
        lambda found: ("]" if found[0][0] == "]" else "x") + "\n" * found[0].count("\n"), text
    )


def sentences(text):
    """(line, sentence) of each, for text that `prose` returns."""
    paragraphs, here = [], None  # the kind of paragraph that is open
    for number, line in enumerate(text.splitlines(), start=1):
        item = ITEM.match(line) and not (here == "text" and NO_ITEM.match(line))
        if NO_SENTENCE.match(line):
            here = None
        elif here and not item:
            paragraphs[-1][1] += "\n" + line
        else:
            paragraphs.append([number, ITEM.sub("", line, count=1) if item else line])
            here = "item" if item else "text"
    for number, paragraph in paragraphs:
        paragraph = ABBREVIATION.sub(lambda found: found[0].replace(".", "_"), paragraph)
        for found in SENTENCE.finditer(paragraph):
            yield number + paragraph[: found.start()].count("\n"), found[0]


def length(sentence):
    return len(re.findall(r"[^\s—–/]*\w[^\s—–/]*", sentence))


def faults(name, text, first=1):
    """What is against the voice in a text, each with its file and line."""
    text, found, lengths = prose(text), [], []
    for filler in FILLER.finditer(text):
        line = first + text[: filler.start()].count("\n")
        found.append(f"{name}:{line}: filler: {' '.join(filler[0].split())!r}")
    for line, sentence in sentences(text):
        lengths.append(length(sentence))
        if lengths[-1] > LONGEST:
            shown = " ".join(sentence.split())
            found.append(f"{name}:{first + line - 1}: {lengths[-1]} words in a sentence: {shown}")
    if len(lengths) >= 20 and mean(lengths) >= MEAN:
        found.append(f"{name}:{first}: {mean(lengths):.1f} words in a sentence on average")
    return found


def docstrings(file):
    """(line, text) of each docstring."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if documented and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, text


def relative(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_a_page_keeps_the_voice(page):
    found = faults(relative(page), page.read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_the_docstrings_of_a_module_keep_the_voice(module):
    found = [fault for line, text in docstrings(module) for fault in faults(relative(module), text, line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", exercises.ORDER)
def test_an_exercise_keeps_the_voice(name):
    exercise = exercises.load(name)
    texts = [exercise.task, *exercise.hints]
    for mistake in exercise.mistakes:
        texts += [mistake.look, *(form.page for form in mistake.forms)]
    found = [fault for text in texts for fault in faults(f"{name}.toml: {text[:40]!r}", text)]
    assert not found, "\n".join(found)


PAGE = """# A title

## A section

The layer maps `X`, which is a batch, to
its output. Is it so? It is.

- One point.
- Another point, with
  a second line:

  1. and a point in it.

```python
simply = just + obviously  # {long}.
```

| x | a table with the word $just$ |
|---|---|

:::{{dropdown}} Hint
See {{doc}}`the page <simply>`, $very = 1$, [a link](just.md) and E. Author et al. 2016, p. 3.
:::

```{{drawing}} a-curve
:alt: A curve.
The caption of a figure.
```

$$
very
$$ (just)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("We simply add.", ["page:34: filler: 'simply'"]),
        (
            "**Note\nthat** it\nis. Of\ncourse.",
            ["page:34: filler: 'Note that'", "page:36: filler: 'Of course'"],
        ),
        ("Note\nthat it is.", ["page:34: filler: 'Note that'"]),
        ("It is the very first.", ["page:34: filler: 'very'"]),
        ("A justification of adjustments is an obviousness.", []),
        ("- One.\n- " + 39 * "word\n  " + "word.", []),
        ("One. Two.\n" + 20 * "word word\n" + "`word`.", ["page:35: 41 words in a sentence: "]),
        ("- One.\n- " + 40 * "word " + "word.", ["page:35: 41 words in a sentence: "]),
        ("One:\n" + 41 * "word ", ["page:34: 42 words in a sentence: "]),
        ("```{drawing} b\n:alt: A curve.\nA powerful curve.\n```", ["page:36: filler: 'powerful'"]),
        (":::{dropdown} Solution\nClearly.\n:::", ["page:35: filler: 'Clearly'"]),
        (60 * (19 * "word " + "word. "), ["page:1: 18.3 words in a sentence on average"]),
    ],
)
def test_a_planted_fault_is_named_with_file_and_line(text, expected):
    found = faults("page", PAGE.format(long=50 * "word ") + "\n" + text + "\n")
    assert [fault[: len(start)] for fault, start in zip(found, expected, strict=True)] == expected, found


def test_filler_in_a_docstring_is_named_with_its_line(tmp_path):
    file = tmp_path / "module.py"
    file.write_text('"""A module."""\n\n\ndef f():\n    """Does it.\n\n    Simply so.\n    """\n')
    found = [fault for line, text in docstrings(file) for fault in faults("module.py", text, line)]
    assert found == ["module.py:7: filler: 'Simply'"]
