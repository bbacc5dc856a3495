"""The grammar of formulas: what an expression evaluates to, how it is typeset, and what is refused."""

import math

import numpy as np
import pytest
from formula import FUNCTIONS, Formula, FormulaError, Reader, Scope

N, D, M, C = 7, 5, 3, 4
rng = np.random.default_rng(0)


@pytest.fixture
def scope():
    names = {
        "N": N,
        "D": D,
        "M": M,
        "C": C,
        "lr": 0.1,
        "lam": 0.5,
        "layer": object(),
        "half": np.float32([1, 2]),
    }
    shapes = {
        "X": (N, D),
        "W": (D, M),
        "b": (M,),
        "G": (N, M),
        "W1": (D, M),
        "Z": (N, C),
        "z": (C,),
        "t": (C,),
    }
    names |= {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return Scope(names | {"S": np.exp(names["X"])})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("X @ W + b", lambda s: s["X"] @ s["W"] + s["b"]),
        ("-X.T @ G / N", lambda s: -s["X"].T @ s["G"] / N),
        ("(X > 0) * X", lambda s: np.where(s["X"] > 0, s["X"], 0)),
        ("maximum(X, 0) ** 2", lambda s: np.maximum(s["X"], 0) ** 2),
        ("G.sum(axis=0)", lambda s: s["G"].sum(axis=0)),
        ("Z / Z.sum(axis=1, keepdims=True)", lambda s: s["Z"] / s["Z"].sum(axis=1)[:, None]),
        ("Z.max(axis=1)", lambda s: s["Z"].max(axis=1)),
        ("erf(z)", lambda s: np.array([math.erf(v) for v in s["z"]])),
        ("sqrt(abs(z)) * sign(z) - tanh(z) + log(exp(z))", lambda s: np.sqrt(np.abs(s["z"])) * np.sign(s["z"])
         - np.tanh(s["z"]) + s["z"]),
        ('einsum("nj,nd,jm->dm", G, X, I)', lambda s: s["X"].T @ s["G"]),
        ('2 * einsum("nd,nm->dm", X, G) / N', lambda s: 2 * s["X"].T @ s["G"] / N),
        ('einsum("j,jk->jk", z, I - t)', lambda s: s["z"][:, None] * (np.eye(C) - s["t"])),
    ],
)  # fmt: skip
def test_a_formula_evaluates_as_in_numpy(scope, source, expected):
    np.testing.assert_allclose(Formula(source).read(scope).value, expected(scope), rtol=1e-14)


@pytest.mark.parametrize(
    ("sign", "tex"), [(">", ">"), (">=", r"\ge"), ("<", "<"), ("<=", r"\le"), ("==", "=")]
)
def test_a_bracket_shows_the_comparison_that_it_makes(sign, tex):
    for x, y in ((1.0, 2.0), (2.0, 1.0), (1.0, 1.0)):
        piece = Formula(f"x {sign} y").read(Scope({"x": x, "y": y}))
        assert piece.tex == rf"[\,x {tex} y\,]"
        assert piece.value == eval(f"x {sign} y", {"x": x, "y": y})


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_is_typeset_by_its_own_name(name):
    tex = (
        Formula(f"{name}(Z)" if name != "maximum" else "maximum(Z, 0)")
        .read(Scope({"Z": np.ones((2, 3))}))
        .tex
    )
    shown = {"log": "ln", "abs": r"\left|", "maximum": r"\max"}
    assert shown.get(name, name) in tex


@pytest.mark.parametrize(
    ("source", "tex"),
    [
        # shapes stand under the factors of a matrix product, and only there
        ("X @ W + b", r"\underset{N \times D}{\mathbf{X}}\;\underset{D \times M}{\mathbf{W}}"
         r" + \underset{M}{\mathbf{b}}"),
        ("G * G", r"\mathbf{G} \odot \mathbf{G}"),
        ("(X @ W - G) @ W.T", r"\underset{N \times M}{\left(\mathbf{X}\;\mathbf{W} - \mathbf{G}\right)}\;"
         r"\underset{M \times D}{\mathbf{W}^{\top}}"),
        # scalars first, one half, signs in front
        ("G * (2 * lr)", r"2\,\eta\,\mathbf{G}"),
        ("0.5 * G", r"\tfrac{1}{2}\,\mathbf{G}"),
        ("lr * 2 * 3", r"2 \cdot 3\,\eta"),
        ("(1 + lr) * 2**N", r"\left(1 + \eta\right) \cdot 2^{N}"),
        ("G * (1 - G)", r"\mathbf{G} \odot \left(1 - \mathbf{G}\right)"),
        ("(lr - 1) / N", r"\frac{\eta - 1}{N}"),
        ("lr / (1 - lr)", r"\frac{\eta}{1 - \eta}"),
        ("G / (2 * N)", r"\frac{1}{2\,N}\,\mathbf{G}"),
        ("-(G * lam) / N", r"-\frac{\lambda}{N}\,\mathbf{G}"),
        ("(G - G) / N", r"\frac{1}{N}\left(\mathbf{G} - \mathbf{G}\right)"),
        ("G + -G", r"\mathbf{G} + \left(-\mathbf{G}\right)"),
        ("G - (G - G)", r"\mathbf{G} - \left(\mathbf{G} - \mathbf{G}\right)"),
        ("1 / N", r"\frac{1}{N}"),
        # powers, functions, brackets, names
        ("G**2", r"\mathbf{G}^{\odot 2}"),
        ("W1.T", r"\mathbf{W}^{(1)\top}"),
        ("(G + G).T", r"\left(\mathbf{G} + \mathbf{G}\right)^{\top}"),
        ("maximum(0, X)", r"\max\left(0, \mathbf{X}\right)"),
        ("exp(X) + sqrt(S)", r"\exp\left(\mathbf{X}\right) + \sqrt{\mathbf{S}}"),
        ("abs(X) * (X >= 0)", r"\left|\mathbf{X}\right| \odot [\,\mathbf{X} \ge 0\,]"),
        ("T_new", r"\mathbf{T}^{\text{new}}"),
        # sums get the index of the axis that disappears
        ("G.sum(axis=0)", r"\sum_{n} \mathbf{G}_{n,:}"),
        ("-(X * log(S)).sum() / N", r"-\frac{1}{N}\,\sum_{n,d} X_{nd}\,\ln S_{nd}"),
        ("z.max()", r"\max_{k} z_{k}"),
        # index lines
        ('einsum("nj,nd,jm->dm", G, X, I)', r"\sum_{n,j} G_{nj}\,X_{nd}\,\delta_{jm}"),
        ('einsum("j,jk->jk", z, I - t)', r"z_{j}\left(\delta_{jk} - t_{k}\right)"),
        ('einsum("k->k", -t / z)', r"-\frac{t_{k}}{z_{k}}"),
        ('einsum("nd,dm->nm", X, W) + einsum("m->m", b)', r"\sum_{d} X_{nd}\,W_{dm} + b_{m}"),
        ('einsum("nk->nk", exp(Z) / exp(Z).sum(axis=1, keepdims=True))',
         r"\frac{e^{Z_{nk}}}{\sum_{j} e^{Z_{nj}}}"),
        ('einsum("dm->dm", W1)', r"W^{(1)}_{dm}"),
        ("W1**2", r"\left(\mathbf{W}^{(1)}\right)^{\odot 2}"),
        ('einsum("nk->nk", softmax(Z))', r"\operatorname{softmax}\left(\mathbf{Z}\right)_{nk}"),
    ],
)  # fmt: skip
def test_a_formula_is_typeset(scope, source, tex):
    scope["T_new"] = scope["G"]
    assert Formula(source).read(scope).tex == tex


@pytest.mark.parametrize(
    ("source", "tex"),
    [
        ("1 / (1 + exp(-X))", r"\frac{1}{1 + e^{-x}}"),
        ("exp(-X) / (1 + exp(-X))**2", r"\frac{e^{-x}}{\left(1 + e^{-x}\right)^{2}}"),
        ("0.5 * X * (1 + tanh(X))", r"\tfrac{1}{2}\,x\left(1 + \tanh x\right)"),
        ("X**3 * lam", r"\lambda\,x^{3}"),
    ],
)
def test_an_elementwise_formula_is_typeset_for_one_entry(scope, source, tex):
    scope.elementwise = True
    assert Formula(source).read(scope).tex == tex


def test_a_derivative_in_a_formula_is_a_numerical_jacobian(scope):
    scope.define("Y", Formula("X @ W + b"))
    formula = Formula('einsum("nj,njdm->dm", G, dY_dW)')
    np.testing.assert_allclose(formula.read(scope).value, scope["X"].T @ scope["G"], rtol=1e-8)
    assert formula.read(scope).tex == r"\sum_{n,j} G_{nj}\,\frac{\partial Y_{nj}}{\partial W_{dm}}"
    assert formula.indices(scope) == "dm"


def test_a_derivative_goes_through_all_definitions_but_the_variable(scope):
    scope.define("Y", Formula("X @ W"))
    scope.define("L", Formula("(Y**2).sum()"))
    np.testing.assert_allclose(scope.derivative("L", "Y"), 2 * scope["Y"], rtol=1e-7)
    np.testing.assert_allclose(scope.derivative("L", "W"), scope["X"].T @ (2 * scope["Y"]), rtol=1e-7)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("W2 @ X", r"unknown name 'W2'.*did you mean 'W'"),
        ("dQ_dW", r"unknown name 'dQ_dW'"),
        ("np.dot(X, W)", r"np\.dot\(X, W\).*outside the grammar"),
        ("X[0]", r"X\[0\].*outside the grammar"),
        ("[x for x in X]", r"for x in X.*outside the grammar"),
        ("lambda x: x", r"lambda.*outside the grammar"),
        ("X if N else W", r"outside the grammar"),
        ("X // 2", r"X // 2.*outside the grammar"),
        ("0 < X < 1", r"0 < X < 1.*outside the grammar"),
        ("X.mean(axis=0)", r"mean.*outside the grammar"),
        ("sin(X)", r"sin\(X\).*outside the grammar"),
        ("exp(X, out=X)", r"out=X.*outside the grammar"),
        ("'X'", r"outside the grammar"),
        ("True", r"True.*outside the grammar"),
        ("X @", r"not an expression"),
        ("layer", r"'layer' is a object, not a number or an array"),
        ("half", r"'half' has dtype float32"),
        ("I", r"I stands outside an einsum"),
        ('einsum("nd,dm", X, W)', r"expected einsum"),
        ('einsum("nd->nd", X, W)', r"expected einsum"),
        ("log(X - X)", r"not finite"),
    ],
)
def test_what_is_outside_the_grammar_is_refused_by_name(scope, source, message):
    with pytest.raises(FormulaError, match=message):
        Formula(source).read(scope)


@pytest.mark.parametrize(
    "source", ['einsum("nm->nm", G) + X @ W', 'einsum("nm->nm", G) + einsum("nm->mn", G).T']
)
def test_an_index_line_keeps_its_arrays_and_indices_together(scope, source):
    with pytest.raises(FormulaError, match="in an index line"):
        Formula(source).indices(scope)


def test_a_derivative_by_what_has_no_influence_is_refused(scope):
    scope.define("Y", Formula("X @ W"))
    with pytest.raises(FormulaError, match="Y doesn't depend on b"):
        scope.derivative("Y", "b")


def test_an_elementwise_derivative_needs_an_elementwise_function(scope):
    scope.define("Y", Formula("X.T.T * G.sum()"))
    scope.elementwise = True
    np.testing.assert_allclose(scope.derivative("Y", "X"), np.full((N, D), scope["G"].sum()), rtol=1e-7)
    with pytest.raises(FormulaError, match="isn't an elementwise function"):
        scope.derivative("Y", "G")
    for source in ("X * G.sum()", "softmax(X)"):
        with pytest.raises(FormulaError, match="isn't elementwise"):
            Formula(source).read(scope)


def test_left_sides(scope):
    scope.define("L", Formula("(G * (X @ W + b)).sum()"))
    reader = Reader(scope)
    assert reader.derivative("L", "W", "dm") == r"\frac{\partial L}{\partial W_{dm}}"
    assert reader.derivative("L", "W") == r"\frac{\partial L}{\partial \mathbf{W}}"
