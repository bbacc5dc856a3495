"""The README does what it says."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

from experiments.__main__ import main
from mlpedu.classroom.exercises import ORDER, load
from mlpedu.classroom.stubs import with_bodies

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXERCISES = README.partition("## Exercises\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^    (.+)$", EXERCISES, flags=re.MULTILINE)
NO_SOCKETS = """
import socket
def refuse(*arguments, **options):
    raise OSError("no network in this test")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
"""


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


class Terminal:
    """A student's terminal without network: the environment's own `mlpedu`, and a current folder."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "blocked").mkdir()
        (folder / "blocked" / "sitecustomize.py").write_text(NO_SOCKETS)
        programs = [os.path.dirname(sys.executable), os.environ["PATH"]]
        self.environment = os.environ | {"PATH": os.pathsep.join(programs), "NO_COLOR": "1"}
        self.environment["PYTHONPATH"] = os.pathsep.join([str(folder / "blocked"), str(ROOT)])
        program = shutil.which("mlpedu", path=os.path.dirname(sys.executable))
        self.program = [program] if program else [sys.executable, "-m", "mlpedu"]
        try:  # takes the network of the worker too, which doesn't look at PYTHONPATH
            alone = ["unshare", "--map-root-user", "--net"]
            subprocess.run([*alone, "true"], check=True, capture_output=True)
            self.program = [*alone, *self.program]
        except (OSError, subprocess.CalledProcessError):
            pass

    def begin(self, command):
        first, *arguments = shlex.split(command)
        assert first == "mlpedu", command
        return subprocess.Popen(
            [*self.program, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def type(self, command):
        """Run a line of the README; returns the exit code and what it printed."""
        if command.startswith("cd "):
            self.folder = self.folder / command.removeprefix("cd ")
            return 0, ""
        running = self.begin(command)
        out, errors = running.communicate(timeout=100)
        assert errors == "", command
        return running.returncode, out

    def watch(self, command, file):
        """Save a file while `command` watches, then press Ctrl-C; returns as `type` does."""
        with self.begin(command) as running:
            alarm = threading.Timer(60, running.kill)
            alarm.start()
            lines = [running.stdout.readline()]
            os.utime(file, (0, 0))
            while "02_relu.py" not in lines[-1]:
                lines.append(running.stdout.readline())
                assert lines[-1], f"{command} ended: {running.stderr.read()}"
            running.send_signal(signal.SIGINT)
            out, errors = running.communicate()
            alarm.cancel()
        assert errors == "", command
        return running.returncode, "".join(lines) + out


def test_the_exercises_go_as_the_readme_says_without_a_network(tmp_path):
    terminal, printed = Terminal(tmp_path), {}
    for command in COMMANDS:
        relu = terminal.folder / "02_relu.py"
        if command == "mlpedu check relu":
            assert printed["mlpedu status"].count("not attempted") == len(ORDER)
            relu.write_text(load("relu").source, "utf-8")
        if command == "mlpedu watch" and os.name == "nt":
            continue  # a test can't press Ctrl-C there
        code, out = terminal.watch(command, relu) if command == "mlpedu watch" else terminal.type(command)
        assert code == (1 if command == "mlpedu check" else 0), f"{command}: {out}"
        printed[command] = out
    assert printed["mlpedu check relu"] == "02_relu.py: right\n"
    assert printed["mlpedu watch"].endswith("mlpedu status\n")
    assert f"1 of {len(ORDER)} done" in printed["mlpedu status"]
    (kept,) = terminal.folder.glob("*.old-1.py")
    assert kept.read_text("utf-8") == load("relu").source
    (packed,) = terminal.folder.glob("*.zip")
    with zipfile.ZipFile(packed) as archive:
        assert archive.namelist() == [load(name).file for name in ORDER]
    assert all(name in printed["mlpedu pack"] for name in [packed.name, *archive.namelist()])


def test_every_command_of_the_exercises_is_in_the_readme():
    named = {command.split()[1] for command in COMMANDS if command.startswith("mlpedu ")}
    assert named == {"start", "check", "watch", "hint", "status", "reset", "pack"}
    assert COMMANDS[0].startswith("mlpedu start ")
    assert COMMANDS[-1] == "mlpedu pack"


def test_the_message_is_what_the_check_says(tmp_path):
    ((command, shown),) = re.findall(
        r"<!-- (mlpedu .*?) -->\n```text\n(.*?)```\n<!-- end -->", README, flags=re.DOTALL
    )
    wrong = with_bodies(load("relu"), {"ReLU.backward": "return grad_output * (grad_output > 0)"})
    (tmp_path / "02_relu.py").write_text(wrong, "utf-8")
    code, printed = Terminal(tmp_path).type(command)
    assert code == 1
    assert shown == printed, f"put this into the README:\n{printed}"


def test_a_class_goes_as_the_readme_says(tmp_path):
    section = README.partition("## A class\n")[2].partition("\n## ")[0]
    assign, grade, report = re.findall(r"^    (.+)$", section, flags=re.MULTILINE)
    terminal = Terminal(tmp_path)
    code, out = terminal.type(assign)
    assert (code, out.splitlines()[0]) == (0, "Made 3 exercises, 9 points, in week3.")
    (tmp_path / "week3" / "assignment.toml").rename(tmp_path / "assignment.toml")
    (tmp_path / "roster.csv").write_text("student,name\ns123,Ada\ns124,Zoë\n", "utf-8")
    for student, name in (("s123", "relu"), ("s123", "tanh")):
        (tmp_path / "submissions" / student).mkdir(parents=True, exist_ok=True)
        (tmp_path / "submissions" / student / load(name).file).write_text(load(name).source, "utf-8")
    running = terminal.begin(grade)
    running.communicate(timeout=100)
    assert running.returncode == 0
    rows = (tmp_path / "grades" / "grades.csv").read_text("utf-8-sig").splitlines()
    assert rows[0] == "student,name,relu,sigmoid,tanh,total,of,flags"
    assert rows[1].startswith("s123,Ada,3,0,3,6,9,")
    assert rows[2] == "s124,Zoë,0,0,0,0,9,missing"
    assert "Ada: 6 of 9 points" in (tmp_path / "grades" / "feedback" / "s123.txt").read_text("utf-8")
    code, out = terminal.type(report)
    assert code == 0
    assert out.startswith("2 students: 1 handed something in, 1 didn't.\n")
    assert (tmp_path / "grades" / "report.html").is_file()
