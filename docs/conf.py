"""Sphinx settings of the book. Neither a build nor a reader's browser fetches anything from a network."""

import re
import sys
from importlib import metadata
from pathlib import Path

EXTENSIONS = Path(__file__).parent / "_ext"
sys.path.insert(0, str(EXTENSIONS))

project = "mlpedu"
author = "the mlpedu authors"
project_copyright = "the mlpedu authors, CC BY 4.0"
release = metadata.version("mlpedu")

extensions = ["myst_parser", "sphinx_copybutton", "sphinx_design"]
extensions += ["derivation", "exercises", "mistakes", "reading_time", "results", "summary"]
extensions += [f"sphinx.ext.{name}" for name in ("autodoc", "intersphinx", "mathjax", "napoleon", "viewcode")]
exclude_patterns = ["_build", "_drawings", "_generated"]
nitpicky = True
nitpick_ignore_regex = [("py:class", r"[^.]*")]  # a type like "ndarray, shape (N, D)" holds no links
intersphinx_mapping = {"numpy": ("https://numpy.org/doc/stable/", str(EXTENSIONS / "numpy.inv"))}

myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3

default_role = "code"
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_inherit_docstrings = False  # the contract of a layer is told once, under Layer
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_param = napoleon_use_rtype = False

# MathJax: TeX to SVG with every TeX extension in one file, which stands in an installed wheel.
mathjax = metadata.files("sphinx-mathjax-offline")
mathjax_file = next(file.locate() for file in mathjax if file.name == "tex-svg-full.js")
mathjax_path = mathjax_file.name
mathjax3_config = {
    "svg": {"fontCache": "global"},
    "options": {"enableMenu": False, "menuOptions": {"settings": {"assistiveMml": True}}},
}
math_eqref_format = "({number})"
copybutton_prompt_text = ">>> "

html_theme = "pydata_sphinx_theme"
html_title = "mlpedu"
html_static_path = ["_static", str(mathjax_file)]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
html_show_search_summary = False  # a browser fetches no page from a file:// address
html_sidebars = {page: [] for page in ("index", "start", "data", "notation")}  # they have no subpages
html_show_sourcelink = False
html_copy_source = False  # it would hold the solutions of a book without them
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "mlpedu"},
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "footer_start": ["copyright"],
    "footer_end": [],
}


def number_sources_by_object(app, what, name, obj, options, lines):
    """Source [1] of each docstring gets a footnote of its own, because many docstrings share a page."""
    label = re.sub(r"\W", "-", name)
    lines[:] = [re.sub(r"\[(\d)\]_", rf"[#{label}-\1]_", line) for line in lines]
    # The backslash keeps "I. Goodfellow" from becoming the first item of a list.
    lines[:] = [re.sub(r"^\.\. \[(\d)\] ", rf".. [#{label}-\1] \\", line) for line in lines]


def setup(app):
    app.connect("autodoc-process-docstring", number_sources_by_object)
