"""The directives of a derivation page. A formula is written once; the build typesets it and checks it.

`{probe}`     the arrays of the page, made by the code that it shows
`{forward}`   the forward formulas: they define what later lines differentiate
`{gradient}`  the lines of a derivation: each is compared with central differences and with the library
`{math}`      as in Sphinx; mathematics that claims a derivative has to give an `:unchecked:` reason

The probe holds what the library computes in a dictionary, `library = {"Y": layer.forward(X), ...}`.
Options: `:label:` for {eq}; `:wrong:` for a mistake, which has to differ; `:elementwise:` for the rule of one
entry. A line `t = ...` names a part for the lines below. Where there are several, each gives its reason.
"""

import math
import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from formula import Formula, FormulaError, Reader, Scope
from sphinx.directives.patches import MathDirective
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from mlpedu.gradient_check import relative_error

TOLERANCE = 1e-7  # of a right formula
CLEARLY_WRONG = 1e-4  # what a mistake shown with :wrong: is off by, at least
DERIVATIVE = re.compile(r"\\(partial|nabla)\b|\\[dt]?frac\s*\{?\s*(\\mathrm\s*\{?\s*)?d[A-Za-z]?\b")

logger = logging.getLogger(__name__)


def fail(env, message, location):
    """Warn with file and line, which fails a build under -W, and read the page again in the next build."""
    env.note_reread()
    logger.warning(message, location=location, type="formula")


class PageDirective(SphinxDirective):
    has_content = True

    @property
    def page(self):
        """What the directives of one page share."""
        return self.env.current_document.setdefault("mlpedu", {})

    def line_number(self, i):
        """Where line `i` of the content stands in the file."""
        return self.lineno + self.content_offset + 1 + i

    def fail(self, message, line_number=None):
        where = self.env.current_document.get("registry") or (self.env.docname, line_number or self.lineno)
        fail(self.env, message, where)


class Probe(PageDirective):
    """Runs the code that it shows; its numbers and arrays are the names that formulas know.

    An array of zeros would hide a wrong sign. Those meant to be 0 are named: ``:zero: v0``.
    """

    option_spec = {"zero": directives.unchanged_required}  # noqa: RUF012

    def run(self):
        code, names = "\n".join(self.content), {}
        if self.page:
            self.fail("a page has one probe")
        try:
            exec(compile("\n" * self.line_number(-1) + code, self.env.docname, "exec"), names)
        except Exception as error:
            self.fail(f"the probe failed: {type(error).__name__}: {error}")
        scope = Scope({k: v for k, v in names.items() if isinstance(v, int | float | np.ndarray)})
        if len(dict(scope.sizes)) < len(scope.sizes):
            self.fail(f"the sizes of the probe must be pairwise different, got {scope.sizes}")
        zeros = {name for name, value in scope.items() if np.ndim(value) and not np.any(value)}
        if hidden := zeros ^ set(self.options.get("zero", "").split()):
            self.fail(f"all 0, so that a wrong sign would pass, and :zero: doesn't agree: {sorted(hidden)}")
        self.page.update(
            scope=scope, library=names.get("library", {}), compared=set(), defined={}, line=self.lineno
        )
        self.depend_on_sources()
        return [nodes.literal_block(code, code, language="python")]

    def depend_on_sources(self):
        """The page is stale when a module of the library or of this folder changes."""
        library = [module.__file__ for name, module in sys.modules.items() if name.startswith("mlpedu")]
        for path in [*library, *Path(__file__).parent.glob("*.py")]:
            self.env.note_dependency(str(path))


class Line(NamedTuple):
    """`name = source  # reason`; only a named part has a name."""

    number: int
    name: str | None
    source: str
    reason: str | None


class Formulas(MathDirective, PageDirective):
    """Lines for one left side, which is the argument of the directive."""

    required_arguments, optional_arguments = 1, 0
    option_spec = {  # noqa: RUF012
        "label": directives.unchanged_required,
        "wrong": directives.flag,
        "elementwise": directives.flag,
    }

    def run(self):
        if "scope" not in self.page:
            self.fail("a formula needs a {probe} above it on the page")
            return []
        self.target, self.wrong = self.arguments[0], "wrong" in self.options
        page = self.page["scope"]
        self.scope = Scope(page, page.definitions, "elementwise" in self.options, page.known)
        self.errors, self.rows, self.failed = {}, [], False
        lines = [self.parsed(i, text) for i, text in enumerate(self.content) if text.strip()]
        for line in lines:
            try:
                self.rows.append(self.checked_row(line))
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                self.failed = True
                self.fail(f"{line.source}: {error}", line.number)
        if len(lines) > 1 and not all(line.reason for line in lines):
            self.fail("every line of a derivation needs its reason: expression  # reason")
        if all(line.name for line in lines):
            self.failed = True
            self.fail(f"no line stands for {self.target} itself")
        return [self.rendered(lines)]

    def parsed(self, i, text):
        name, source, reason = re.fullmatch(r"\s*(?:(\w+) = )?(.*?)(?:\s+# (.*))?", text).groups()
        return Line(self.line_number(i), name, source.strip(), reason)

    def checked_row(self, line):
        """Check one line; return the left side, the sign and the right side of the equation in TeX."""
        formula = Formula(line.source)
        value, right, _ = formula.read(self.scope)
        letters = formula.indices(self.scope)
        if line.name:
            self.name_part(line.name, formula, value)
            left = Reader(self.scope, letters).symbol(line.name)
        else:
            self.judge(formula, value)
            left = self.left_side(letters)
        if r"\underset" in right and np.ndim(value) == 2 and not self.wrong:
            left = Reader(self.scope).with_shape(value, left)
        return left, r"\neq" if self.wrong and not line.name else "=", right

    def require_new(self, name, value):
        """A name means one thing on a page."""
        if name in self.scope and relative_error(np.ravel(value), np.ravel(self.scope[name])) > TOLERANCE:
            raise FormulaError(f"{name} has another value on this page already; take another name")

    def judge(self, formula, value):
        """Compare a line with everything that its left side is known to be."""
        witnesses = self.witnesses(formula)
        if not self.wrong:
            self.page["compared"].add(self.target)
        if self.target in self.page["library"]:
            witnesses["the library"] = self.page["library"][self.target]
        if self.wrong and not witnesses:
            raise FormulaError(f"is marked :wrong:, but nothing says what {self.target} is")
        for witness, expected in witnesses.items():
            shapes = np.shape(value), np.shape(expected)
            error = relative_error(value, expected) if shapes[0] == shapes[1] else math.inf
            if self.wrong and not error >= CLEARLY_WRONG:
                raise FormulaError(f"is marked :wrong:, but is off by only {error:.1e} from {witness}")
            if not self.wrong and not error <= TOLERANCE:
                raise FormulaError(f"differs from {witness}: off by {error:.1e}, shapes {shapes}")
            self.errors[witness] = max(self.errors.get(witness, 0), error)

    def rendered(self, lines):
        box = nodes.container(classes=["formula"] + ["wrong"] * self.wrong + ["failed"] * self.failed)
        reasons = [self.paragraph(line.reason, line.number) for line in lines if line.reason]
        if len(reasons) > 1:
            items = [nodes.list_item("", reason) for reason in reasons]
            reasons = [nodes.enumerated_list("", *items, enumtype="arabic")]
        box += [*self.equation(), *reasons, self.paragraph(self.verdict(), self.lineno, classes=["verdict"])]
        return box

    def equation(self):
        rows, before = [], None
        for i, (left, sign, right) in enumerate(self.rows, start=1):
            sign = rf"&\overset{{{i}}}{{{sign}}}" if len(self.rows) > 1 else sign
            rows.append(f"{left if left != before else ''} {sign} {right}")
            before = left
        tex, label = r"\\[8pt] ".join(rows), self.options.get("label")
        if label:  # for the summary
            self.env.metadata[self.env.docname].setdefault("formulas", {})[label] = self.rows
        node = nodes.math_block(tex, tex, docname=self.env.docname, number=None, label=label, checked=True)
        self.set_source_info(node)
        result = [node]
        self.add_target(result)
        return result

    def paragraph(self, text, line_number, **attributes):
        children, messages = self.parse_inline(text, lineno=line_number)
        return nodes.paragraph(text, "", *children, *messages, **attributes)

    def verdict(self):
        if self.failed:
            return "This formula **failed** its check in this build."
        if self.wrong:
            error = max(self.errors.values())
            by = (
                f"off by {100 * error:.{0 if error >= 0.01 else 2}f} %"
                if math.isfinite(error)
                else "not even of the right shape"
            )
            return f"Wrong on purpose, and checked to be wrong: it is {by}."
        found = " and ".join(f"{name} to {_power_of_ten(error)}" for name, error in self.errors.items())
        return f"Checked: agrees with {found}." if found else "A definition, used below."


def _power_of_ten(error):
    """A round bound above the error: 3e-11 gives 10⁻¹⁰."""
    exponent = math.ceil(math.log10(max(error, 1e-16)))
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


class Forward(Formulas):
    """`{forward} Y`: the formula of Y, and named parts before it; more lines say the same otherwise."""

    def name_part(self, name, formula, value):
        if not self.wrong:
            self.require_new(name, value)
            self.page["defined"].setdefault(name, (formula, name == self.target and self.lineno))
        for scope in [self.scope] if self.wrong else [self.scope, self.page["scope"]]:
            scope.define(name, formula)

    def witnesses(self, formula):
        if self.target in self.scope.definitions:
            return {"the definition": self.scope[self.target]}
        if not self.wrong:
            self.name_part(self.target, formula, formula.read(self.scope).value)
        return {}

    def left_side(self, letters):
        return Reader(self.scope, letters).symbol(self.target)


class Gradient(Formulas):
    """`{gradient} dL/dW`: expressions for the derivative that the argument names."""

    def name_part(self, name, formula, value):
        """A part that is named like a derivative is a claim, and is compared with differences."""
        if parts := self.scope.derivative_parts(name):
            error = relative_error(value, self.scope.derivative(*parts))
            if not error <= TOLERANCE:
                raise FormulaError(f"{name} differs from central differences: off by {error:.1e}")
        if not self.wrong:
            self.require_new(name, value)
        self.scope[name] = value

    def witnesses(self, formula):
        self.parts = self.scope.derivative_parts(self.target.replace("/", "_"))
        if not self.parts:
            raise FormulaError(f"expected a derivative like dL/dW by names of this page, got {self.target!r}")
        return {"central differences": self.scope.derivative(*self.parts)}

    def left_side(self, letters):
        return Reader(self.scope).derivative(*self.parts, letters)


class Math(MathDirective):
    """`{math}` with the option `:unchecked: reason`, for inequalities, limits, orders of magnitude."""

    option_spec = MathDirective.option_spec | {"unchecked": directives.unchanged_required}

    def run(self):
        result = super().run()
        result[-1]["unchecked"] = self.options.get("unchecked")
        return result


def check_the_rest(app, doctree):
    """Displayed mathematics outside the directives says why, no definition and no witness is left unheard."""
    env = app.env
    for node in doctree.findall(nodes.math_block):
        reason = node.get("unchecked") or ""
        if len(reason.split()) > 1:
            anchor = nodes.make_id(f"equation-{node['label']}") if node.get("label") else ""
            env.metadata[env.docname].setdefault("unchecked", []).append((anchor, reason))
        elif not node.get("checked"):
            remedy = "write it as {forward} or {gradient}, or give {math} the option :unchecked: reason"
            fail(env, f"displayed mathematics that nothing checks: {remedy}", node)
    for node in doctree.findall(nodes.math):
        if "=" in node.astext() and DERIVATIVE.search(node.astext()):
            fail(
                env, "a derivative in a sentence that nothing checks: refer to the {eq} of a {gradient}", node
            )
    page = env.current_document.get("mlpedu") or {"library": {}, "compared": set(), "defined": {}}
    for name in sorted(page["library"].keys() - page["compared"]):
        message = f"library[{name!r}] is compared with no formula of this page"
        fail(env, message, (env.docname, page["line"]))
    heard = set(page["library"])
    for name, (formula, line) in reversed(page["defined"].items()):
        # Heard is what the library computes, and what that is made of. Free is only the loss that stands in
        # for those above a layer: it weighs the output by G.
        if name in heard:
            heard |= formula.names
        elif line and "G" not in formula.names:  # a part has no line here: it is heard where it is used
            message = f"nothing compares the formula of {name}: give the probe a library[{name!r}]"
            fail(env, message, (env.docname, line))


class UncheckedFormulas(SphinxDirective):
    """Where the list of unchecked formulas goes, once all pages are read."""

    def run(self):
        self.env.note_reread()
        return [nodes.bullet_list(classes=["unchecked-formulas"])]


def list_unchecked(app, doctree, docname):
    for place in doctree.findall(nodes.bullet_list):
        for page in sorted(app.env.found_docs) if "unchecked-formulas" in place["classes"] else ():
            for anchor, reason in app.env.metadata[page].get("unchecked", ()):
                title = nodes.Text(app.env.titles[page].astext())
                link = make_refnode(app.builder, docname, page, anchor, title)
                place += nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f": {reason}")))


def setup(app):
    directives = {"probe": Probe, "forward": Forward, "gradient": Gradient, "math": Math}
    for name, directive in {**directives, "unchecked-formulas": UncheckedFormulas}.items():
        app.add_directive(name, directive, override=True)
    app.connect("doctree-read", check_the_rest)
    app.connect("doctree-resolved", list_unchecked)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
