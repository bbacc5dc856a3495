"""The Python code on the pages is run: `>>>` lines show what they print, other blocks assert."""

from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()], patterns=["*.md"], excludes=["_build/*"]
).pytest()
