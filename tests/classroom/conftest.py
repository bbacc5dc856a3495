"""What the tests of the command share: a folder of exercises that somebody works in."""

import dataclasses
from types import SimpleNamespace

import pytest

from mlpedu.classroom import command, exercises, folder, messages
from mlpedu.classroom.stubs import with_bodies


@pytest.fixture
def few(monkeypatch):
    """Three exercises only: relu, and two like it of which the last needs the others."""
    relu = exercises.load("relu")
    made = {"relu": relu, "twin": dataclasses.replace(relu, name="twin")}
    made["both"] = dataclasses.replace(relu, name="both", needs=("relu", "twin"))
    monkeypatch.setattr(exercises, "ORDER", tuple(made))
    monkeypatch.setitem(exercises.MODULES, "twin", exercises.MODULES["relu"])
    monkeypatch.setitem(exercises.MODULES, "both", exercises.MODULES["relu"])
    for module in (command, folder, messages):
        monkeypatch.setattr(module, "load", made.__getitem__)
    return made


@pytest.fixture
def place(few, tmp_path, monkeypatch):
    """A new exercise folder, which is the current directory."""
    folder.create(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return folder.Folder(".")


@pytest.fixture
def write(place):
    """Write the solution of an exercise into its file, with other bodies in some functions."""

    def write(name, bodies=None, folder=place):
        folder.file(name).write_text(with_bodies(exercises.load("relu"), bodies or {}), "utf-8")

    return write


@pytest.fixture
def mlpedu(capsys):
    """Run the command: its exit code, and what it printed."""

    def run(*arguments):
        capsys.readouterr()
        try:
            code = command.main([str(argument) for argument in arguments])
        except SystemExit as end:  # of argparse
            code = end.code
        captured = capsys.readouterr()
        return SimpleNamespace(code=code, out=captured.out, err=captured.err)

    return run
