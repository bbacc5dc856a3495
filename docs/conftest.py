"""The Python code on the pages is run: `>>>` lines show what they print, other blocks assert."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small networks train faster on one thread

from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()], patterns=["*.md"], excludes=["_build/*"]
).pytest()
