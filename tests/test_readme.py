"""The README does what it says."""

import re
from pathlib import Path

from experiments.__main__ import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_trains_a_network(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len([line for line in example.splitlines() if line]) == 10
    exec(example, {})
    name, accuracy = re.fullmatch(r"(.*): ([\d.]+)% right\n", capsys.readouterr().out).groups()
    assert name == "synthetic digits, not MNIST"
    assert float(accuracy) > 85


def test_the_figure_is_what_the_command_above_it_prints(capsys, monkeypatch):
    ((command, shown),) = re.findall(
        r"<!-- python -m experiments (.*?) -->\n```text\n(.*?)```\n<!-- end -->", README, flags=re.DOTALL
    )
    monkeypatch.setenv("COLUMNS", "80")
    assert main(command.split()) == 0
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()).strip("\n") + "\n"
    assert shown == printed, f"put this into the README:\n{printed}"
