"""One concept = one module = one page = one test file, of the same relative name; and docstrings."""

import doctest
import importlib
import inspect
import pathlib
import re
import subprocess

import pytest

import mlpedu
import mlpedu.checks
import mlpedu.data

ROOT = pathlib.Path(__file__).parents[1]
CONTRACTS = {"layers/layer", "losses/loss", "penalties/penalty"}
CONCEPTS = sorted(
    f"{folder}/{file.stem}"
    for folder in ("layers", "losses", "penalties", "optimizers")
    for file in (ROOT / "mlpedu" / folder).glob("*.py")
    if file.stem != "__init__" and f"{folder}/{file.stem}" not in CONTRACTS
)

PACKAGES = [
    mlpedu,
    mlpedu.layers,
    mlpedu.losses,
    mlpedu.penalties,
    mlpedu.optimizers,
    mlpedu.training,
    mlpedu.data,
]


def test_the_concepts_are_found():
    assert {"layers/linear", "losses/hinge", "penalties/l1", "optimizers/sgd"} <= set(CONCEPTS)


@pytest.mark.parametrize("concept", [*CONCEPTS, *sorted(CONTRACTS)])
def test_a_concept_has_its_test(concept):
    folder, name = concept.split("/")
    assert (ROOT / "tests" / folder / f"test_{name}.py").is_file()


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_concept_has_its_page(concept):
    assert (ROOT / "docs" / f"{concept}.md").is_file()


@pytest.mark.parametrize("folder", ["layers", "losses", "penalties", "optimizers"])
def test_a_test_belongs_to_a_module(folder):
    for file in (ROOT / "tests" / folder).glob("test_*.py"):
        assert (ROOT / "mlpedu" / folder / file.name.removeprefix("test_")).is_file(), file


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_module_says_where_its_derivation_is(concept):
    module = importlib.import_module(f"mlpedu.{concept.replace('/', '.')}")
    assert f":doc:`/{concept}`" in module.__doc__


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("mlpedu/**/*.py")), ids=lambda f: f.relative_to(ROOT).as_posix()
)
def test_a_file_opens_with_what_it_is(file):
    assert file.read_text(encoding="utf-8").startswith('"""')


def test_the_examples_in_docstrings_run():
    attempted = 0
    for file in [*ROOT.glob("mlpedu/**/*.py"), *ROOT.glob("experiments/*.py")]:
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        failed, tried = doctest.testmod(importlib.import_module(name))
        assert not failed, name
        attempted += tried
    assert attempted


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_public_names_exist_once(package):
    assert len(set(package.__all__)) == len(package.__all__)
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_no_public_layer_loss_or_penalty_is_forgotten():
    for base in (mlpedu.Layer, mlpedu.Loss, mlpedu.Penalty):
        for kind in base.__subclasses__():
            if kind.__module__.startswith(f"mlpedu.{base.__module__.split('.')[1]}."):
                assert kind.__name__ in mlpedu.__all__


def public_callables():
    """(name, thing) of the public classes, their public methods, and the public functions."""
    things = {name: getattr(package, name) for package in PACKAGES for name in package.__all__}
    for module in (mlpedu.initializers, mlpedu.checks):
        own = {name: thing for name, thing in vars(module).items() if not name.startswith("_")}
        things |= {k: v for k, v in own.items() if inspect.isfunction(v) and v.__module__ == module.__name__}
    for name, thing in sorted(things.items()):
        if callable(thing):
            yield name, thing
        for method, function in vars(thing).items() if inspect.isclass(thing) else ():
            if inspect.isfunction(function) and not method.startswith("_"):
                yield f"{name}.{method}", getattr(thing, method)


@pytest.mark.parametrize(("name", "thing"), [pytest.param(*pair, id=pair[0]) for pair in public_callables()])
def test_a_public_name_has_a_docstring_that_names_its_parameters(name, thing):
    text = inspect.getdoc(thing)
    assert text, f"{name} has no docstring"
    if re.search(r"[Pp]arameters and errors as", text):  # codespell:ignore arameters
        return  # said once, at the place it names
    text += inspect.getmodule(thing).__doc__  # or once for the module
    for parameter in inspect.signature(thing).parameters.keys() - {"self"}:
        pattern = rf"(?<![A-Za-z0-9_]){parameter}(?![A-Za-z0-9_])"  # std² names std
        assert re.search(pattern, text), f"{name}: the docstring doesn't name {parameter}"


MACHINE_PATH = re.compile(rb"(?<![\w.:/-])/(?:work|root|home)\b[^\s]*")


def test_a_machine_path_is_told_from_an_address_and_a_word():
    planted = [
        b"/" + folder for folder in (b'work/main")', b'root"', b"home/ann/x)")
    ]  # not found in this file
    assert MACHINE_PATH.findall(b'open("%b "%b (%b' % tuple(planted)) == planted
    home, work = (b"/" + folder for folder in (b"home", b"work"))
    harmless = b"https://a.org%b/x docs%b %bflow %bwork" % (home, work, work, home)
    assert not MACHINE_PATH.findall(harmless)


def test_no_file_names_a_folder_of_the_machine_it_was_written_on():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("no git repository: the list of files is unknown")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if file.is_file() and file != pathlib.Path(__file__):
            found += [
                f"{name}: {match.decode(errors='replace')}"
                for match in MACHINE_PATH.findall(file.read_bytes())
            ]
    assert not found
