"""What the tests of the book share: its pages, a Sphinx application that reads them, and one full build."""

import io
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from sphinx.application import Sphinx

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

OFFLINE_BUILD = """
import socket, sys

def refuse(*args, **kwargs):
    raise OSError("a build of the book asks nothing of the network")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from sphinx.cmd.build import main
sys.exit(main(sys.argv[1:]))
"""


class Reader:
    """Reads single pages of the book, with their own text or another, and returns the warnings.

    It starts from what a build has read, in `doctrees`.
    """

    def __init__(self, folder, doctrees):
        self.warnings, self.text = io.StringIO(), None
        with warnings.catch_warnings(action="ignore"):  # Sphinx warns of its own extensions
            self.app = Sphinx(DOCS, DOCS, folder, doctrees, "html", status=None, warning=self.warnings)
            self.app.connect("source-read", self._replace)
            self.app.connect("doctree-read", self._keep)
            self.app.builder.read()

    def _replace(self, app, docname, source):
        if self.text is not None:
            source[0] = self.text

    def _keep(self, app, doctree):
        self.doctree = doctree

    def read(self, docname, text):
        """The warnings on reading the page `docname` as if it held `text`; `doctree` is then that page."""
        self.text = text
        self.warnings.seek(0)
        self.warnings.truncate()
        self.app.events.emit("env-purge-doc", self.app.env, docname)
        self.app.env.clear_doc(docname)
        self.app.builder.read_doc(docname)
        self.text = None
        return re.sub(r"\x1b\[[0-9;]*m", "", self.warnings.getvalue()).replace(str(DOCS) + "/", "")


@pytest.fixture(scope="session")
def reader(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader")
    return Reader(folder, shutil.copytree(build[1] / ".doctrees", folder / ".doctrees"))


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """A full build with warnings as errors and without network: the finished process and its folder."""
    return _build(tmp_path_factory.mktemp("html"))


@pytest.fixture(scope="session")
def build_without_solutions(tmp_path_factory):
    return _build(tmp_path_factory.mktemp("without"), "-D", "solutions=0")


def _build(folder, *more):
    options = ["-W", "--keep-going", "-n", "-E", "-q", "-j", "2", "-b", "html", *more]
    options += ["-d", str(folder / ".doctrees")]
    process = subprocess.run(
        [sys.executable, "-c", OFFLINE_BUILD, *options, str(DOCS), str(folder)],
        capture_output=True,
        text=True,
    )
    return process, folder
