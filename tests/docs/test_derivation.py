"""The directives on a page: what passes, what fails the build, and where the failure is said to be."""

import subprocess
import sys
from pathlib import Path

import pytest
from docutils import nodes

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "layers/linear"
PROBE = """# A page

```{probe}
import numpy as np
from mlpedu import Linear
from mlpedu.initializers import normal

N, D, M = 7, 5, 3
rng = np.random.default_rng(0)
X, G = rng.normal(size=(N, D)), rng.normal(size=(N, M))
layer = Linear(D, M, rng, dtype=np.float64, init=normal(1.0, random_bias=True))
W, b = layer.weight.data, layer.bias.data
library = {"Y": layer.forward(X), "dL/dX": layer.backward(G), "dL/dW": layer.weight.grad}
```

```{forward} Y
X @ W + b
```

```{forward} L
einsum("nm,nm->", G, Y)
```

```{gradient} dL/dX
G @ W.T
```

```{gradient} dL/dW
X.T @ G
```
"""


@pytest.fixture
def read(reader):
    return lambda text: reader.read(PAGE, text)


def line_of(text, part):
    """`layers/linear.md:12:` for the only line that holds `part`."""
    (number,) = [i for i, line in enumerate(text.splitlines(), start=1) if part in line]
    return f"{PAGE}.md:{number}:"


def test_a_right_page_has_no_warning(read):
    assert read(PROBE) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("X.T @ G", "X.T @ G / N", "differs from central differences: off by 8.6e-01"),
        ("X.T @ G", "G.T @ X", "shapes ((3, 5), (5, 3))"),
        ("X.T @ G", "X.T @ H", "unknown name 'H'"),
        ("X.T @ G", "X @ G", "matmul"),
        ("X.T @ G", "sin(X.T @ G)", "outside the grammar"),
        ("X.T @ G", "log(X.T - X.T) @ G", "not finite"),
        ("X @ W + b", "X @ W - b", "differs from the library"),
    ],
)
def test_a_planted_error_is_named_with_file_and_line(read, right, wrong, message):
    text = PROBE.replace(right, wrong)
    warnings = read(text)
    assert line_of(text, wrong) in warnings
    assert message in warnings


def test_the_line_is_right_behind_options_and_blank_lines(read):
    text = (
        PROBE + '\n::::{note}\n\n```{gradient} dL/dW\n:label: twice\n\neinsum("nd,nm->dm", X, G)  # Right.\n'
    )
    text += "2 * X.T @ G  # Wrong.\n```\n::::\n"
    assert line_of(text, "2 * X.T") in read(text)


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("```{gradient} dL/dW\n:wrong:\nX.T @ G\n```", "is marked :wrong:"),
        ("```{forward} Y\n:wrong:\nb + X @ W\n```", "is marked :wrong:"),
        ("```{gradient} dL/dW\nX.T @ G  # A reason.\nX.T @ G\n```", "needs its reason"),
        ("```{gradient} dL/dW\nA = X.T @ G\n```", "no line stands for dL/dW itself"),
        ("```{forward} Q\n:wrong:\nX @ W\n```", "nothing says what Q is"),
        ("```{gradient} dL/dQ\nX.T @ G\n```", "expected a derivative"),
        ("```{gradient} W\nX.T @ G\n```", "expected a derivative"),
        ("```{probe}\nN = 3\n```", "one probe"),
        ("$$\n\\frac{\\partial L}{\\partial W} = X\n$$", "displayed mathematics"),
        ("$$ \\nabla L $$", "displayed mathematics"),
        ("$$\nL = \\tfrac12 y^2\n$$ (a-label)", "displayed mathematics"),
        ("$$\n\\mathcal{L}(\\theta) = 1\n$$", "displayed mathematics"),
        ("```{math}\n\\frac{\\mathrm{d}y}{\\mathrm{d}x}\n```", "displayed mathematics"),
        ("\\begin{align}\nE_n &= 1\n\\end{align}", "displayed mathematics"),
        ("$$\ny' = X\n$$", "displayed mathematics"),
        ("$$\n\\dfrac{dy}{dx} = X\n$$", "displayed mathematics"),
        ("```{math}\n:unchecked: .\nL = 1\n```", "displayed mathematics"),
        ("As $\\frac{\\partial L}{\\partial W} = X$ shows.", "a derivative in a sentence"),
        ("As $\\nabla L = 0$ shows.", "a derivative in a sentence"),
        ("As $\\tfrac{dL}{dW} = X$ shows.", "a derivative in a sentence"),
        ("As $\\frac{\\mathrm{d}y}{\\mathrm{d}x} = X$ shows.", "a derivative in a sentence"),
        ("```{forward} Q\nX @ W - b\n```", "nothing compares the formula of Q"),
        ("```{forward} Q\nY = X @ W - b\nY\n```", "Y has another value on this page already"),
        ("```{gradient} dL/dW\nb = 7 * b\nX.T @ G\n```", "b has another value on this page already"),
    ],
)
def test_what_fails_a_page(read, addition, message):
    warnings = read(PROBE + "\n" + addition + "\n")
    assert message in warnings
    first = len(PROBE.splitlines()) + 2
    places = [f"{PAGE}.md:{line}:" for line in range(first - 1, first + addition.count("\n") + 1)]
    assert any(place in warnings for place in places)


@pytest.mark.parametrize(
    "addition",
    [
        "```{gradient} dL/dW\n:wrong:\nX.T @ G / N\n```",
        "```{gradient} dL/db\n:wrong:\nG\n```",
        "```{math}\n:unchecked: an inequality, no equation\n\\lvert a \\rvert \\le N\n```",
        "```{math}\n:unchecked: an order of magnitude\nL = O(h^2)\n```",
        "The $\\frac{\\partial L}{\\partial W}$ of a sentence.",
    ],
)
def test_what_passes(read, addition):
    assert read(PROBE + "\n" + addition + "\n") == ""


def test_the_reasons_are_listed(read, reader):
    read(PROBE + "\n```{math}\n:unchecked: an order of magnitude\n:label: order\nL = O(h^2)\n```\n")
    assert reader.app.env.metadata[PAGE]["unchecked"] == [("equation-order", "an order of magnitude")]
    app = reader.app
    page = app.env.get_and_resolve_doctree("reference/unchecked", app.builder, tags=app.tags)
    items = {item.astext(): item for item in page.findall(nodes.list_item)}
    item = items["A page: an order of magnitude"]
    assert next(item.findall(nodes.reference))["refuri"].endswith("layers/linear.html#equation-order")


def test_sizes_that_are_equal_are_refused(read):
    assert "pairwise different" in read(PROBE.replace("N, D, M = 7, 5, 3", "N, D, M = 7, 5, 5"))


def test_a_wrong_formula_does_not_count_as_a_comparison(read):
    text = PROBE.replace("{gradient} dL/dX\nG @ W.T", "{gradient} dL/dX\n:wrong:\n-G @ W.T")
    assert "library['dL/dX'] is compared with no formula" in read(text)


def test_a_page_without_the_library_is_refused(read):
    text = PROBE.replace('"Y": layer.forward(X), ', "")
    text = text.replace("X @ W + b\n", "X @ W - b\n")
    text = text.replace("library = {", "layer.forward(X)\nlibrary = {")
    assert "nothing compares the formula of Y" in read(text)


def test_a_formula_off_by_a_millionth_fails(read):
    assert "differs from central differences" in read(PROBE.replace("X.T @ G", "X.T @ G * (1 + 0.000001)"))


def test_an_array_of_zeros_is_refused_unless_it_is_named(read):
    text = PROBE.replace("init=normal(1.0, random_bias=True)", "init=normal(1.0)")
    assert "all 0, so that a wrong sign would pass, and :zero: doesn't agree: ['b']" in read(text)
    named = text.replace("```{probe}\n", "```{probe}\n:zero: b\n")
    assert read(named) == ""
    assert read(named.replace("X @ W + b", "X @ W - b")) == ""  # what it is about
    assert "doesn't agree: ['G']" in read(named.replace(":zero: b", ":zero: b G"))


def test_a_probe_that_raises_is_a_warning_not_a_crash(read):
    assert "the probe failed: NameError" in read(PROBE.replace("layer.forward(X)", "laier.forward(X)"))


def test_a_formula_without_a_probe_is_refused(read):
    assert "needs a {probe}" in read("# A page\n\n```{forward} Y\nX @ W\n```\n")


def test_what_the_library_computes_must_be_compared(read):
    text = PROBE.replace('"dL/dW": layer', '"dL/db": layer.bias.grad, "dL/dW": layer')
    assert "library['dL/db'] is compared with no formula" in read(text)


def test_what_a_page_shows(read, reader):
    read(PROBE + "\n```{gradient} dL/dW\n:wrong:\n:label: mean\nX.T @ G / N\n```\n\nBy {eq}`mean`.\n")
    tree = reader.doctree
    verdicts = [p.astext() for p in tree.findall(nodes.paragraph) if "verdict" in p["classes"]]
    assert verdicts[0] == "Checked: agrees with the library to 10⁻¹⁶."
    assert verdicts[1] == "A definition, used below."
    assert verdicts[2].startswith("Checked: agrees with central differences to 10⁻")
    assert verdicts[-1] == "Wrong on purpose, and checked to be wrong: it is off by 86 %."
    assert [box["classes"] for box in tree.findall(nodes.container)][-1] == ["formula", "wrong"]
    assert r"\neq \frac{1}{N}\,\underset{D \times N}" in list(tree.findall(nodes.math_block))[-1].astext()


def test_reasons_are_numbered_and_parsed_as_markdown(read, reader):
    lines = 'einsum("nd,nm->dm", X, G)  # A *sum* over $n$.\nX.T @ G  # Nothing else.\n'
    read(PROBE + f"\n```{{gradient}} dL/dW\n{lines}```\n")
    (reasons,) = reader.doctree.findall(nodes.enumerated_list)
    assert [item.astext() for item in reasons] == ["A sum over n.", "Nothing else."]
    assert list(reasons.findall(nodes.math))
    tex = list(reader.doctree.findall(nodes.math_block))[-1].astext()
    assert tex.startswith(r"\frac{\partial L}{\partial W_{dm}} &\overset{1}{=} \sum_{n} X_{nd}\,G_{nm}")
    assert r"\underset{D \times M}{\frac{\partial L}{\partial \mathbf{W}}} &\overset{2}{=}" in tex


# The pages to come need these.

RELU = """
```{probe}
import numpy as np
from mlpedu import ReLU
N, D = 7, 5
rng = np.random.default_rng(0)
X, G = rng.normal(size=(N, D)), rng.normal(size=(N, D))
layer = ReLU()
library = {"Y": layer.forward(X), "dL/dX": layer.backward(G)}
```
```{forward} Y
maximum(X, 0)
```
```{forward} L
(G * Y).sum()
```
```{gradient} dY/dX
:elementwise:
X > 0
```
```{gradient} dL/dX
G * (X > 0)
```
```{gradient} dL/dX
:wrong:
G * (G > 0)
```
"""

GELU = """
```{probe}
import numpy as np
from mlpedu import GELU
N, D = 7, 5
rng = np.random.default_rng(0)
X, G = rng.normal(size=(N, D)), rng.normal(size=(N, D))
alpha, beta, pi = np.sqrt(2 / np.pi), 0.044715, np.pi
layer, exact = GELU(), GELU("none")
library = {"Y": layer.forward(X), "dL/dX": layer.backward(G), "Y_exact": exact.forward(X)}
```
```{forward} Y
s = alpha * X * (1 + beta * X**2)  # The inner function.
t = tanh(s)                        # Between -1 and 1.
0.5 * X * (1 + t)                  # A smooth gate.
```
```{forward} L
(G * Y).sum()
```
```{gradient} dY/dX
:elementwise:
ds_dX = alpha * (1 + 3 * beta * X**2)        # The polynomial.
dt_dX = (1 - t**2) * ds_dX                   # The tangent.
0.5 * (1 + t) + 0.5 * X * dt_dX              # The product rule.
```
```{gradient} dL/dX
S = 0.5 * (1 + t) + 0.5 * X * (1 - t**2) * alpha * (1 + 3 * beta * X**2)  # The slope.
G * S                                                                     # Entry by entry.
```
```{forward} Y_exact
:elementwise:
0.5 * X * (1 + erf(X / sqrt(2)))
```
```{gradient} dY_exact/dX
:elementwise:
0.5 * (1 + erf(X / sqrt(2))) + X * exp(-0.5 * X**2) / sqrt(2 * pi)
```
"""

HINGE = """
```{probe}
import numpy as np
from mlpedu import HingeLoss
N, C, Delta = 7, 5, 1.0
rng = np.random.default_rng(0)
Z, T = rng.normal(size=(N, C)), np.eye(C)[rng.integers(C, size=N)]
loss = HingeLoss(margin=Delta)
library = {"L": loss.forward(Z, T), "dL/dZ": loss.backward()}
```
```{forward} L
M = (1 - T) * (Delta + Z - (T * Z).sum(axis=1, keepdims=True))  # The margins of the wrong classes.
maximum(0, M).sum() / N                                         # Those that are violated.
```
```{gradient} dL/dZ
A = (M > 0) * (1 - T)                           # Which are violated.
(A - T * A.sum(axis=1, keepdims=True)) / N      # Each pulls at two scores.
```
"""

NETWORK = """
```{probe}
import numpy as np
from mlpedu import Linear, Sequential, SoftmaxCrossEntropy, Tanh
from mlpedu.initializers import normal
N, D, H, C = 7, 5, 6, 3
init = normal(1.0, random_bias=True)
rng = np.random.default_rng(0)
X, T = rng.normal(size=(N, D)), np.eye(C)[rng.integers(C, size=N)]
first, second = Linear(D, H, rng, np.float64, init), Linear(H, C, rng, np.float64, init)
network, loss = Sequential(first, Tanh(), second), SoftmaxCrossEntropy()
W1, b1, W2, b2 = (p.data for p in network.parameters())
library = {"L": loss.forward(network.forward(X), T)}
network.backward(loss.backward())
library |= {"dL/dW1": first.weight.grad, "dL/db2": second.bias.grad}
```
```{forward} L
Y1 = tanh(X @ W1 + b1)             # The hidden layer.
Z = Y1 @ W2 + b2                   # The scores.
-(T * log(softmax(Z))).sum() / N   # The loss.
```
```{gradient} dL/dW1
G2 = (softmax(Z) - T) / N          # From the loss.
G1 = (G2 @ W2.T) * (1 - Y1**2)     # Through the second layer and the tangent.
X.T @ G1                           # Into the first.
```
```{gradient} dL/db2
G2 = (softmax(Z) - T) / N          # From the loss.
G2.sum(axis=0)                     # As for every bias.
```
"""

UPDATE = """
```{probe}
import numpy as np
from mlpedu import SGD, Parameter
D, M, lr, mu, lam = 5, 3, 0.1, 0.9, 0.01
rng = np.random.default_rng(0)
W, G1, G2 = (rng.normal(size=(D, M)) for _ in range(3))
parameter = Parameter(W.copy())
optimizer = SGD([parameter], lr=lr, momentum=mu, weight_decay=lam)
parameter.grad = G1
optimizer.step()
library = {"W_1": parameter.data.copy()}
parameter.grad = G2
optimizer.step()
library["W_2"] = parameter.data
```
```{forward} W_1
V_1 = G1 + lam * W           # The velocity begins at 0.
W - lr * V_1                 # Downhill.
```
```{forward} W_2
V_2 = mu * V_1 + G2 + lam * W_1    # The old velocity is kept.
W_1 - lr * V_2                     # Downhill.
```
```{forward} W_2
:wrong:
W_1 - lr * (G2 + lam * W_1)
```
"""


@pytest.mark.parametrize("body", [RELU, GELU, HINGE, NETWORK, UPDATE])
def test_the_mechanism_can_express_the_pages_to_come(read, body):
    assert read("# A page\n" + body) == ""


def test_a_named_part_that_claims_a_derivative_is_checked(read):
    text = "# A page\n" + GELU.replace("ds_dX = alpha * (1 + 3 *", "ds_dX = alpha * (1 + 2 *")
    assert "ds_dX differs from central differences" in read(text)


def test_an_incremental_build_notices_a_changed_module(tmp_path):
    """A page with a copy of the library: breaking the copy fails the page, though the page didn't change."""
    copied = tmp_path / "mlpedu"
    for module in (DOCS.parent / "mlpedu").rglob("*.py"):
        copy = copied / module.relative_to(DOCS.parent / "mlpedu")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(module.read_text(encoding="utf-8"))
    source = tmp_path / "docs"
    source.mkdir()
    (source / "index.md").write_text(PROBE)
    (source / "conf.py").write_text('extensions = ["myst_parser", "derivation"]\n')

    def build():
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "-b",
            "html",
            str(source),
            str(tmp_path / "html"),
        ]
        path = f"{tmp_path}:{DOCS / '_ext'}"
        return subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": path}, capture_output=True, text=True)

    assert build().returncode == 0, build().stderr
    linear = copied / "layers" / "linear.py"
    linear.write_text(
        linear.read_text(encoding="utf-8").replace("x.T @ grad_output", "2 * x.T @ grad_output")
    )
    for _ in range(2):  # a failed page is read again, so a second try doesn't pass by its cache
        failed = build()
        assert failed.returncode != 0
        assert "differs from the library" in failed.stderr
