"""`import mlpedu` needs NumPy alone, and imports inside the package only point downwards."""

import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
MODULES = sorted(ROOT.glob("mlpedu/**/*.py"))

# What a module may import of mlpedu; of several that fit, the longest counts. "X" allows X and all in it.
ALLOWED = {
    "mlpedu": None,  # the public names: everything but the classroom
    "mlpedu.arguments": (),
    "mlpedu.differentiable": ("mlpedu.arguments",),
    "mlpedu.parameter": ("mlpedu.arguments",),
    "mlpedu.initializers": ("mlpedu.arguments",),
    "mlpedu.gradient_check": ("mlpedu.arguments",),
    "mlpedu.data": ("mlpedu.arguments", "mlpedu.data"),
    # A layer imports the contract and never another layer; `mlpedu.layers` itself collects them all.
    "mlpedu.layers": ("mlpedu.layers",),
    "mlpedu.layers.layer": ("mlpedu.arguments", "mlpedu.differentiable"),
    "mlpedu.layers.*": ("mlpedu.layers.layer", "mlpedu.parameter", "mlpedu.arguments", "mlpedu.initializers"),
    "mlpedu.losses": ("mlpedu.losses",),
    "mlpedu.losses.loss": ("mlpedu.arguments", "mlpedu.differentiable"),
    "mlpedu.losses.*": ("mlpedu.losses.loss", "mlpedu.arguments"),
    "mlpedu.penalties": ("mlpedu.penalties",),
    "mlpedu.penalties.penalty": ("mlpedu.arguments",),
    "mlpedu.penalties.*": ("mlpedu.penalties.penalty", "mlpedu.arguments"),
    "mlpedu.optimizers": ("mlpedu.optimizers",),
    "mlpedu.optimizers.*": ("mlpedu.arguments",),
    "mlpedu.training": ("mlpedu.training",),
    "mlpedu.training.*": ("mlpedu.training", "mlpedu.arguments"),
    "mlpedu.checks": ("mlpedu.gradient_check", "mlpedu.arguments"),
    "mlpedu.classroom": ("mlpedu",),
    "mlpedu.__main__": ("mlpedu.classroom",),
}


def imported_by(source):
    """Names of all modules that a source imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute: from mlpedu.layers.layer import Layer"
            # `from mlpedu import x` may mean the module mlpedu.x.
            names |= (
                {f"mlpedu.{alias.name}" for alias in node.names} if node.module == "mlpedu" else {node.module}
            )
    return names


def module_name(file):
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def allowed_for(name):
    parent = name.rpartition(".")[0]
    for rule in (name, f"{parent}.*", parent, parent.rpartition(".")[0]):
        if rule in ALLOWED and (rule != "mlpedu" or name == "mlpedu"):
            return ALLOWED[rule]
    raise AssertionError(f"{name}: say in ALLOWED what this new module may import")


def is_in(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("file", MODULES, ids=module_name)
def test_imports_point_downwards(file):
    name = module_name(file)
    inside = {other for other in imported_by(file.read_text(encoding="utf-8")) if is_in(other, ["mlpedu"])}
    allowed = allowed_for(name)
    if allowed is None:
        upwards = {other for other in inside if is_in(other, ["mlpedu.classroom", "mlpedu.checks"])}
    else:
        upwards = {other for other in inside if not is_in(other, allowed)}
    assert not upwards, f"{name} imports {', '.join(sorted(upwards))}, which stands above or beside it"


@pytest.mark.parametrize("file", MODULES, ids=module_name)
def test_nothing_imports_the_classroom_or_what_stands_outside(file):
    name = module_name(file)
    forbidden = ["experiments", "tests", "docs", "torch"]
    if not is_in(name, ["mlpedu.classroom", "mlpedu.__main__"]):
        forbidden.append("mlpedu.classroom")
    assert not {other for other in imported_by(file.read_text(encoding="utf-8")) if is_in(other, forbidden)}


def test_an_import_from_beside_would_be_noticed():
    found = imported_by("def f():\n    from mlpedu.layers.tanh import Tanh\n    from mlpedu import checks")
    assert found == {"mlpedu.layers.tanh", "mlpedu.checks"}
    assert not is_in("mlpedu.layers.tanh", allowed_for("mlpedu.layers.gelu"))
    with pytest.raises(AssertionError, match=r"mlpedu\.newcomer: say in ALLOWED"):
        allowed_for("mlpedu.newcomer")


def run(program):
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()


def test_import_mlpedu_imports_numpy_and_nothing_else():
    new = run(
        "import sys, numpy\n"
        "before = set(sys.modules)\n"
        "import mlpedu\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    assert set(new) - {"mlpedu", "numpy"} <= set(sys.stdlib_module_names)
    loaded = set(run("import sys, mlpedu; print(*{name.partition('.')[0] for name in sys.modules})"))
    assert not loaded & {"pooch", "rich", "matplotlib", "requests", "torch", "hypothesis", "pytest", "sphinx"}


def test_the_checks_need_no_test_framework():
    loaded = set(run("import sys, mlpedu.checks; print(*{name.partition('.')[0] for name in sys.modules})"))
    assert not loaded & {"torch", "hypothesis", "pytest"}


def test_python_optimized_away_asserts_still_refuses_bad_input():
    # python -O drops assert statements: no refusal may depend on one.
    sources = {file: ast.walk(ast.parse(file.read_text(encoding="utf-8"))) for file in MODULES}
    asserting = {
        module_name(f) for f, nodes in sources.items() if any(isinstance(n, ast.Assert) for n in nodes)
    }
    assert not asserting
