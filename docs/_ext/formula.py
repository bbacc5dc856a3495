"""A formula is one expression in NumPy notation, read in one walk: what it is worth, and how it is typeset.

Nobody types a shape or a line of TeX: a shape is read off the array that an expression evaluates to, and its
letters are known because the sizes N, D, M, C of a page's arrays are pairwise different. `einsum` is index
notation, so the lines of a derivation by indices are formulas like any other.

What `Reader.read` doesn't list is refused by name.
"""

import ast
import difflib
import math
import re
from typing import NamedTuple

import numpy as np

from mlpedu.gradient_check import central_difference

COMPARISONS = {
    ast.Gt: (np.greater, ">"),
    ast.GtE: (np.greater_equal, r"\ge"),
    ast.Lt: (np.less, "<"),
    ast.LtE: (np.less_equal, r"\le"),
    ast.Eq: (np.equal, "="),
}
REDUCTIONS = {"sum": (np.sum, r"\sum"), "max": (np.max, r"\max")}


def _softmax(scores):
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


FUNCTIONS = {  # what evaluates it, what typesets it
    "exp": (np.exp, r"\exp\left({}\right)"),
    "log": (np.log, r"\ln {}"),
    "tanh": (np.tanh, r"\tanh {}"),
    "sqrt": (np.sqrt, r"\sqrt{{{}}}"),
    "abs": (np.abs, r"\left|{}\right|"),
    "sign": (np.sign, r"\operatorname{{sign}} {}"),
    "erf": (np.vectorize(math.erf, otypes=[float]), r"\operatorname{{erf}} {}"),
    "maximum": (np.maximum, r"\max\left({}\right)"),
    "softmax": (_softmax, r"\operatorname{{softmax}}\left({}\right)"),
}
LETTERS = ["alpha", "beta", "gamma", "delta", "eta", "theta", "mu", "pi", "sigma", "phi", "Delta", "Phi"]
GREEK = {name: rf"\{name}" for name in LETTERS}
GREEK |= {"lam": r"\lambda", "lr": r"\eta", "eps": r"\varepsilon"}
INDEX = {"c": "k"}  # the index of an axis is the small letter of its size, but the classes are counted by k


class FormulaError(ValueError):
    """Outside the grammar, an unknown name, or nothing that can be evaluated; the message says which."""


class Scope(dict):
    """The names of a page. A name like `dY_dW` is the derivative of one by the other, by central differences.

    `definitions` are the forward formulas in their order: to differentiate, one name is moved and all
    definitions are evaluated again. With `elementwise`, a derivative is that of each entry by its own entry.
    """

    def __init__(self, names, definitions=(), elementwise=False, known=None):
        super().__init__(names)
        self.definitions, self.elementwise = dict(definitions), elementwise
        self.known = {} if known is None else known  # derivatives, as long as no definition is added

    def __missing__(self, name):
        if parts := self.derivative_parts(name):
            self[name] = self.derivative(*parts)
            return self[name]
        near = difflib.get_close_matches(name, self, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise FormulaError(f"unknown name {name!r}, this page knows {', '.join(sorted(self))}{hint}")

    def derivative_parts(self, name):
        """('Y', 'W') for 'dY_dW' if the page knows both, else None."""
        match = re.fullmatch(r"d(\w+)_d(\w+)", name)
        return match.groups() if match and all(part in self for part in match.groups()) else None

    @property
    def sizes(self):
        """The length of an axis and its letter: the whole numbers with a capital for a name."""
        return [(v, k) for k, v in self.items() if len(k) == 1 and k.isupper() and isinstance(v, int)]

    def letter(self, size):
        return dict(self.sizes).get(size, str(size))

    def define(self, name, formula):
        self.known.clear()
        self.definitions[name] = formula
        self[name] = formula.read(self).value

    def derivative(self, top, variable):
        """d top / d variable by central differences, of shape (shape of top) + (shape of variable)."""
        if (top, variable) not in self.known:
            self.known[top, variable] = self._jacobian(top, variable)
        jacobian = self.known[top, variable]
        return self._diagonal(jacobian, top, variable) if self.elementwise else jacobian

    def _jacobian(self, top, variable):
        def moved_top(x):
            moved = Scope({**self, variable: x})
            for name, formula in self.definitions.items():
                if name != variable:
                    moved[name] = formula.value(moved)
                if name == top:
                    break
            return moved[top]

        x = np.array(self[variable], dtype=np.float64)
        with np.errstate(all="ignore"):
            columns = [central_difference(moved_top, x, index) for index in np.ndindex(x.shape)]
        if not np.any(columns):
            raise FormulaError(f"{top} doesn't depend on {variable}")
        return np.stack(columns, axis=-1).reshape(np.shape(self[top]) + x.shape)

    def _diagonal(self, jacobian, top, variable):
        square = jacobian.reshape(np.size(self[top]), np.size(self[variable]))
        diagonal = square.diagonal().copy()
        if len(square) != len(diagonal) or (square - np.diag(diagonal)).any():
            raise FormulaError(f"{top} isn't an elementwise function of {variable}")
        return diagonal.reshape(np.shape(self[variable]))


class Formula:
    """One expression in NumPy notation."""

    def __init__(self, source):
        try:
            self.tree = ast.parse(source, mode="eval").body
        except SyntaxError as error:
            raise FormulaError(f"{source!r} is not an expression: {error.msg}") from None
        self.names = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        self.shapes = any(isinstance(node, ast.MatMult) for node in ast.walk(self.tree))

    def value(self, scope):
        return Reader(scope).read(self.tree).value

    def read(self, scope):
        """The value of the formula, which has to be finite, and its TeX."""
        with np.errstate(all="ignore"):
            piece = Reader(scope, shapes=self.shapes).read(self.tree)
        if not np.isfinite(piece.value).all():
            raise FormulaError("the value is not finite")
        return piece

    def indices(self, scope):
        """The free indices of an index line, like 'dm'; None for a line without einsum."""
        einsums = _einsums(self.tree)
        if not einsums:
            return None
        free = [_subscripts(einsum)[1] for einsum in einsums]
        inside = {id(node) for einsum in einsums for node in ast.walk(einsum)}
        names = {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and id(n) not in inside}
        loose = [name for name in names - set(FUNCTIONS) if np.ndim(scope[name])]
        longest = max(free, key=len)
        if loose or not all(map(longest.endswith, free)):  # broadcasting aligns the last axes
            raise FormulaError(
                "in an index line every array stands inside an einsum, and all have the same free indices; "
                f"got {', '.join(loose + free)}"
            )
        return longest


ADD, NEG, SUM, MUL, POW, ATOM = range(6)  # how tightly a piece of TeX holds together


class Piece(NamedTuple):
    """A part of a formula: its value, its TeX, and how tightly the TeX holds together."""

    value: np.ndarray | float
    tex: str
    level: int = ATOM

    def wrapped(self, level):
        return self.tex if self.level >= level else rf"\left({self.tex}\right)"


class Reader:
    """Reads syntax trees. Without `letters` arrays are whole and bold, with them they are indexed entries.

    With `shapes` a factor of a matrix product has its shape underneath. `eye` is the size of I in an einsum.
    """

    def __init__(self, scope, letters=None, shapes=False, eye=None):
        self.scope, self.letters, self.shapes, self.eye = scope, letters, shapes, eye
        self.entries = scope.elementwise or letters is not None

    def read(self, node):
        sign, node = _unsigned(node)
        if sign < 0:
            piece = self.read(node)
            return Piece(-piece.value, "-" + piece.wrapped(SUM), NEG)
        match node:
            case ast.Constant(value=v) if type(v) in (int, float):
                return Piece(v, r"\tfrac{1}{2}" if v == 0.5 else f"{v:.15g}")
            case ast.Name(id="I"):
                if self.eye is None:
                    raise FormulaError("I stands outside an einsum, whose indices would give its size")
                return Piece(np.eye(self.eye), rf"\delta_{{{self.letters[-2:]}}}")
            case ast.Name(id=name):
                tex = self.symbol(name)
                return Piece(_number(name, self.scope[name]), tex, POW if "^" in tex else ATOM)
            case ast.Attribute(value=ast.Name(id=name), attr="T"):
                return Piece(_number(name, self.scope[name]).T, self.symbol(name, r"\top"))
            case ast.Attribute(value=v, attr="T"):
                matrix = self.read(v)
                return Piece(matrix.value.T, matrix.wrapped(ATOM) + r"^{\top}")
            case ast.BinOp(left=a, op=ast.Add() | ast.Sub() as op, right=b):
                left, right = self.read(a), self.read(b)
                right_tex = right.wrapped(SUM)
                if self.shapes and isinstance(b, ast.Name):
                    right_tex = self.with_shape(right.value, right_tex)
                if isinstance(op, ast.Add):
                    return Piece(left.value + right.value, f"{left.wrapped(ADD)} + {right_tex}", ADD)
                return Piece(left.value - right.value, f"{left.wrapped(ADD)} - {right_tex}", ADD)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return self.product(node)
            case ast.BinOp(left=a, op=ast.MatMult(), right=b):
                value = self.read(a).value @ self.read(b).value
                return Piece(value, rf"{self.factor(a)}\;{self.factor(b)}", MUL)
            case ast.BinOp(left=a, op=ast.Pow(), right=b):
                base, power = self.read(a), self.read(b)
                circle = "" if self.entries or not np.ndim(base.value) else r"\odot "
                return Piece(base.value**power.value, rf"{base.wrapped(ATOM)}^{{{circle}{power.tex}}}", POW)
            case ast.Compare(left=a, ops=[op], comparators=[b]) if type(op) in COMPARISONS:
                (compare, sign), left, right = COMPARISONS[type(op)], self.read(a), self.read(b)
                value = compare(left.value, right.value).astype(float)
                return Piece(value, rf"[\,{left.tex} {sign} {right.tex}\,]")
            case ast.Call(func=ast.Attribute(value=v, attr=f), args=[], keywords=kw) if f in REDUCTIONS:
                return self.reduction(*REDUCTIONS[f], v, {k.arg: ast.literal_eval(k.value) for k in kw})
            case ast.Call(func=ast.Name(id="einsum")):
                return self.index_form(node)
            case ast.Call(func=ast.Name(id=f), args=args, keywords=[]) if f in FUNCTIONS:
                return self.function(f, args)
        raise FormulaError(f"{ast.unparse(node)!r} is outside the grammar of formulas")

    def symbol(self, name, top=""):
        """`W1` is W with a raised (1), `dY_dX` a derivative, `lam` Greek; an array is bold or has indices."""
        if parts := self.scope.derivative_parts(name):
            return self.derivative(*parts, self.letters)
        shape = np.shape(self.scope[name])
        stem, digits, word = re.fullmatch(r"(.+?)(\d*)(?:_(\w+))?", name).groups()
        if shape and self.scope.elementwise and self.letters is None:
            stem = stem if stem in GREEK else stem.lower()
        tex = GREEK.get(stem, stem if len(stem) == 1 else rf"\mathrm{{{stem}}}")
        if shape and (not self.entries or ":" in (self.letters or "")):
            tex = rf"\boldsymbol{{{tex}}}" if stem in GREEK else rf"\mathbf{{{tex}}}"
        raised = (f"({digits})" if digits else "") + (rf"\text{{{word}}}" if word else "") + top
        letters = self.letters[-len(shape) :] if self.letters and shape else ""
        comma = "," if ":" in letters else ""
        letters = comma.join(i for i, size in zip(letters, shape, strict=False) if size > 1)
        return tex + (f"^{{{raised}}}" if raised else "") + (f"_{{{letters}}}" if letters else "")

    def derivative(self, top, variable, letters=None):
        """d top / d variable; the letters go first to the top, then to the variable."""
        d = r"\mathrm{d}" if self.scope.elementwise else r"\partial "
        cut = np.ndim(self.scope[top])
        above = Reader(self.scope, letters and letters[:cut]).symbol(top)
        below = Reader(self.scope, letters and letters[cut:]).symbol(variable)
        return rf"\frac{{{d}{above}}}{{{d}{below}}}"

    def factor(self, node):
        """A factor of a matrix product."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return self.read(node).tex
        piece = Reader(self.scope, self.letters).read(node)
        return self.with_shape(piece.value, piece.wrapped(POW)) if self.shapes else piece.wrapped(POW)

    def with_shape(self, value, tex):
        letters = r" \times ".join(map(self.scope.letter, np.shape(value)))
        return rf"\underset{{{letters}}}{{{tex}}}"

    def product(self, node):
        """Scalars first, a sum last; a division by a scalar is a fraction in front."""
        top, bottom = self.factors(node)
        if len(top) == 1 and not bottom:
            return top[0]
        value = math.prod(f.value for f in top) / math.prod(f.value for f in bottom)
        scalars, rest = [], []
        for f in sorted(top, key=lambda f: (f.level == SUM) - (f.level == ATOM and _is_number(f.tex))):
            (scalars if self.is_scalar(f) and f.level != SUM else rest).append(f)
        front = _joined(scalars)
        if bottom:
            above, below = (f[0].tex if len(f) == 1 else _joined(f) for f in (scalars, bottom))
            front = rf"\frac{{{above or 1}}}{{{below}}}"
        tex = _side_by_side(filter(None, (front, _joined(rest, "" if self.entries else r" \odot "))))
        return Piece(value, tex, SUM if rest and rest[-1].level == SUM else MUL)

    def factors(self, node):
        """The factors of a product, and its scalar divisors."""
        match node:
            case ast.BinOp(left=a, op=ast.Mult(), right=b):
                (top, bottom), (top_b, bottom_b) = self.factors(a), self.factors(b)
                return top + top_b, bottom + bottom_b
            case ast.BinOp(left=a, op=ast.Div(), right=b):
                below = self.read(b)
                if self.is_scalar(below):
                    top, bottom = self.factors(a)
                    return top, [*bottom, below]
                above = self.read(a)
                return [Piece(above.value / below.value, rf"\frac{{{above.tex}}}{{{below.tex}}}", POW)], []
        return [self.read(node)], []

    def is_scalar(self, piece):
        return self.letters is None and not np.ndim(piece.value)

    def function(self, f, nodes):
        (function, template), whole = FUNCTIONS[f], f == "softmax"  # it mixes the entries of a row
        self.refuse_elementwise(whole)
        args = [(Reader(self.scope) if whole else self).read(node) for node in nodes]
        if f == "exp" and (self.entries or self.is_scalar(args[0])):
            template = r"e^{{{}}}"
        level = ATOM if template.endswith(" {}") else ADD
        value = function(*(a.value for a in args))
        tex = template.format(", ".join(a.wrapped(level) for a in args))
        indices = rf"_{{{self.letters[-np.ndim(value) :]}}}" if whole and self.letters else ""
        return Piece(value, tex + indices, POW)

    def refuse_elementwise(self, whole):
        if whole and self.scope.elementwise:
            raise FormulaError("a sum, a maximum over an axis or a softmax isn't elementwise")

    def reduction(self, function, sign, node, options):
        """A sum or maximum over one axis, or over all; the reduced axes get an index, the others a colon."""
        self.refuse_elementwise(True)
        value = self.read(node).value
        shape, axis = np.shape(value), options.get("axis")
        reduced = range(len(shape)) if axis is None else [axis % len(shape)]
        letters = list(self.letters[-len(shape) :]) if self.letters else [":"] * len(shape)
        for i in reduced:
            letters[i] = self.fresh_index(shape[i], letters + list(self.letters or ""))
        tex = Reader(self.scope, "".join(letters)).read(node).wrapped(SUM)
        below = ",".join(letters[i] for i in reduced)
        return Piece(function(value, **options), rf"{sign}_{{{below}}} {tex}", SUM)

    def fresh_index(self, size, taken):
        letter = self.scope.letter(size).lower()
        return next(i for i in INDEX.get(letter, letter) + "jil" if i not in taken)

    def index_form(self, node):
        """An einsum: its operands with their indices, behind the sum over those that the result hasn't."""
        inputs, free = _subscripts(node)
        operands, sizes = list(zip(inputs, node.args[1:], strict=True)), {}
        for letters, operand in operands:
            if "I" not in re.findall(r"\w+", ast.unparse(operand)):
                sizes.update(zip(letters, np.shape(self.read(operand).value), strict=False))
        eyes = [next((sizes[i] for i in letters if i in sizes), None) for letters in inputs]
        pieces = [Reader(self.scope, ix, eye=n).read(o) for (ix, o), n in zip(operands, eyes, strict=True)]
        value = np.einsum(node.args[0].value, *(p.value for p in pieces))
        summed = dict.fromkeys(i for i in "".join(inputs) if i not in free)
        if len(pieces) == 1 and not summed:
            return Piece(value, pieces[0].tex, pieces[0].level)
        tex = _side_by_side(p.wrapped(POW if len(pieces) > 1 else SUM) for p in pieces)
        return Piece(value, rf"\sum_{{{','.join(summed)}}} {tex}", SUM) if summed else Piece(value, tex, MUL)


def _number(name, value):
    if isinstance(value, bool) or not isinstance(value, int | float | np.ndarray | np.float64):
        raise FormulaError(f"{name!r} is a {type(value).__name__}, not a number or an array")
    if isinstance(value, np.ndarray) and value.dtype != np.float64:
        raise FormulaError(f"{name!r} has dtype {value.dtype}; formulas are checked in float64")
    return value


def _einsums(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "einsum"]


def _subscripts(node):
    """The subscripts of an einsum: one per operand, and those of the result."""
    match node.args:
        case [ast.Constant(value=str() as text), *operands]:
            inputs, _, free = text.partition("->")
            if re.fullmatch(r"[a-z,]*->[a-z]*", text) and len(inputs.split(",")) == len(operands):
                return inputs.split(","), free
    raise FormulaError(f'{ast.unparse(node)}: expected einsum("ij,jk->ik", A, B), one subscript per operand')


def _joined(factors, sign=""):
    pieces = [f.wrapped(SUM if f is factors[-1] else POW) for f in factors]
    return sign.join(pieces) if sign else _side_by_side(pieces)


def _is_number(tex):
    return bool(re.match(r"\d|\\tfrac", tex))


def _side_by_side(factors):
    """Factors with a thin space between them; a bracket brings its own, and a number has a dot before it."""
    joined = ""
    for tex in factors:
        between = r" \cdot " if _is_number(tex) else "" if tex.startswith(r"\left(") else r"\,"
        joined += between + tex if joined else tex
    return joined


def _unsigned(node):
    """The sign in front of a product, and the product without it."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=v):
            sign, v = _unsigned(v)
            return -sign, v
        case ast.BinOp(left=a, op=ast.Mult() | ast.Div() | ast.MatMult() as op, right=b):
            sign, a = _unsigned(a)
            return sign, ast.BinOp(a, op, b)
    return 1, node
