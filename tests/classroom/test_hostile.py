"""A class with hostile files: each gets 0 or its honest part, in time, and nobody else notices.

All are graded at once, between honest students, with a time limit of 2 s.
"""

import csv
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mlpedu.classroom import confinement, supervision
from mlpedu.classroom.assignment import default
from mlpedu.classroom.exercises import load
from mlpedu.classroom.grading import grade
from mlpedu.classroom.stubs import with_bodies

RELU = load("relu")
LIMIT = 2.0
CONFINED = not confinement.gaps()
FORWARD, ALL = 1, 3  # points: what is honest in a file counts


def at_the_top(text):
    return text + "\n" + RELU.source


def backward(text):
    """A body in the place of backward; `text` and then the right answer."""
    return with_bodies(RELU, {"ReLU.backward": f"{text}\nreturn grad_output * self._saved_arrays[0]"})


def npz(arrays, compressed=False):
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


FORGED = npz({"answer": np.array('{"loaded": null, "cases": {}}'), "7 x 5/Y": np.ones((7, 5))})
BOMB = npz({"answer": np.array("{}"), "7 x 5/Y": np.zeros(30_000_000)}, compressed=True)
DEEP = npz({"answer": np.array("[" * 100_000)})
WRITE_EVERYWHERE = """
import os
for number in range(20):
    try:
        os.write(number, FORGED)
    except OSError:
        pass
os._exit(0)
"""
EQUAL = """
class Equal:
    shape, dtype, ndim, size = (7, 5), float, 2, 35
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __le__ = __ge__ = __eq__
    __hash__ = object.__hash__
    def __float__(self): return 0.0
    def __sub__(self, other): return 0.0
    __rsub__ = __mul__ = __rmul__ = __abs__ = __sub__
class ReLU:
    def forward(self, x): return Equal()
    def backward(self, grad_output): return Equal()
"""
PATCHED = """
import sys
import numpy as np
class ReLU:
    def forward(self, x): return np.zeros_like(x)
    def backward(self, grad_output): return np.zeros_like(grad_output)
for module in list(sys.modules.values()):
    for name in ("allclose", "array_equal", "isfinite", "relative_error", "diagnose", "same"):
        if hasattr(module, name):
            setattr(module, name, lambda *a, **k: True)
np.ndarray = np.float64 = object
"""
SEARCH = """
import ctypes, gc, os, sys
found = []
for process in {os.getpid(), os.getppid(), *range(1, 50)}:
    try:
        for line in open(f"/proc/{process}/maps"):
            if "rw-p" in line and process != os.getpid():
                start, end = (int(n, 16) for n in line.split()[0].split("-"))
                with open(f"/proc/{process}/mem", "rb", 0) as memory:
                    memory.seek(start)
                    found.append(memory.read(end - start))
    except (OSError, ValueError, OverflowError):
        pass
    if not hasattr(os, "uname") or os.uname().sysname != "Linux":
        break
names = [o for o in gc.get_objects() if isinstance(o, type) and o.__name__ == "ReLU"]
names += [o for o in gc.get_objects() if type(o) is dict and ("expected" in o or "right_results" in o)]
if names or any(b"expected" in part for part in found):
    raise SystemExit("found something")
class ReLU:
    def forward(self, x): return x
    def backward(self, grad_output): return grad_output
"""
STORM = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
SETSID = """
import os, subprocess, sys, time
try:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
except OSError:
    pass
try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
except OSError:
    pass
"""
NEIGHBOURS = """
import os, pathlib
for folder in ("OUT", "SUBMISSIONS", "BESIDE", os.getcwd(), os.path.dirname(os.path.abspath(__file__))):
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            try:
                pathlib.Path(place, name).write_text("spoilt")
                os.remove(pathlib.Path(place, name))
            except OSError:
                pass
    for name in ("grades.csv", "results/honest-1.json", "honest-1.zip"):
        try:
            pathlib.Path(folder, name).write_text("spoilt")
        except OSError:
            pass
"""
UNREMOVABLE = """
import os
os.makedirs("locked/inside")
open("locked/inside/file", "w").close()
os.chmod("locked/inside", 0)
os.chmod("locked", 0)
os.symlink("/", "root")
for _ in range(1100):
    os.mkdir("d")
    os.chdir("d")
"""
LIBRARY = """
import gc, importlib, sys
from mlpedu import Layer
try:
    source = open(sys.modules["mlpedu.layers.layer"].__file__.replace("layer.py", "relu.py")).read()
except OSError:
    source = "ReLU = next(c for c in Layer.__subclasses__() if c.__name__ == 'ReLU')"
exec(source)
"""
LOOP = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
STUBBORN = f"""
import faulthandler, signal
faulthandler.cancel_dump_traceback_later()
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
{LOOP}
"""

HOSTILE = {
    "endless loop": (backward("while True:\n    pass"), 0),
    "endless loop while loading": (at_the_top("while True: pass"), 0),
    "loop that ignores signals and exceptions": (backward(STUBBORN), 0),
    "sleeps": (backward("import time\ntime.sleep(600)"), 0),
    "thread that goes on": (
        at_the_top(
            "import threading, time\ntry:\n    threading.Thread(target=time.sleep, args=[600]).start()\n"
            "except RuntimeError:\n    pass"
        ),
        ALL,
    ),
    "memory bomb": (backward("hoard = []\nwhile True:\n    hoard.append(bytearray(2**26))"), 0),
    "output flood": (backward("while True:\n    print('x' * 10000)"), 0),
    "output flood on the pipe": (backward("import os\nwhile True:\n    os.write(2, b'x' * 10000)"), 0),
    "os._exit": (backward("import os\nos._exit(0)"), 0),
    "sys.exit": (backward("import sys\nsys.exit(0)"), 0),
    "sys.exit while loading": (at_the_top("import sys\nsys.exit(0)"), 0),
    "forged result on the pipes": (at_the_top(WRITE_EVERYWHERE.replace("FORGED", repr(FORGED))), 0),
    "forged result on stdout": (at_the_top(f"import os\nprint({str(FORGED)!r})\nos._exit(0)"), 0),
    "forged result that swells": (at_the_top(WRITE_EVERYWHERE.replace("FORGED", repr(BOMB))), 0),
    "forged result that nests": (at_the_top(WRITE_EVERYWHERE.replace("FORGED", repr(DEEP))), 0),
    "equal to everything": (EQUAL, 0),
    "patched NumPy": (PATCHED, 0),
    "fork storm": (at_the_top(STORM), 0),
    "deep recursion": (backward("import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()"), 0),
    "deep syntax": (at_the_top("x = " + "-" * 90_000 + "1"), 0),
    "huge result": (backward("return np.zeros(3_000_000)"), FORWARD),
    "huge text raised": (backward("raise ValueError('x' * 30_000_000)"), 1),
    "null pointer": (at_the_top("import ctypes\nctypes.string_at(0)"), 0),
    "closed pipes": (at_the_top("import os\nos.closerange(0, 100)"), 0),
    "deletes and overwrites": (at_the_top(NEIGHBOURS), ALL),
    "searches memory": (SEARCH, 0),
    "setsid child": (at_the_top(SETSID), ALL),
    "kills its parent": (
        at_the_top(
            "import os\nfor n in (os.getppid(), 0, -1):\n    try:\n        os.kill(n, 9)\n"
            "    except OSError:\n        pass"
        ),
        ALL,
    ),
    "folder that can't be removed": (at_the_top(UNREMOVABLE), ALL),
    "fills the disk": (at_the_top("f = open('big', 'wb')\nwhile True:\n    f.write(bytes(10**6))"), 0),
    "takes the library's": (LIBRARY, 0),
    "name of a formula": ("raise ValueError('=HYPERLINK(1)')", 0),
}
# Where Landlock or namespaces are missing, these do reach what the page on teaching says they reach.
ONLY_CONFINED = ("deletes and overwrites", "searches memory", "takes the library's", "kills its parent")
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time and output only"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class: results by student, what each worker took, and the folder of it all."""
    place = tmp_path_factory.mktemp("class")
    given, out = place / "submissions", place / "out"
    given.mkdir()
    (place / "beside.txt").write_text("mine")
    roster = [["student", "name"]]
    for number, (name, (text, _)) in enumerate(HOSTILE.items()):
        if name in ONLY_CONFINED and not CONFINED:
            continue
        for old, new in {"OUT": out, "SUBMISSIONS": given, "BESIDE": place}.items():
            text = text.replace(f'"{old}"', repr(str(new)))
        student = name.replace(" ", "-")
        roster += [[student, f"={name}"], [f"honest-{number}", "Ada"]]
        with zipfile.ZipFile(given / f"{student}.zip", "w") as archive:
            archive.writestr(RELU.file, text)
            for file in (
                "numpy.py",
                "sitecustomize.py",
                "mlpedu/__init__.py",
                "mlpedu/classroom/diagnosis.py",
            ):
                archive.writestr(file, "raise SystemExit('the checker is replaced')")
        (given / f"honest-{number}_relu.py").write_text(RELU.source)
    with (place / "roster.csv").open("w", newline="") as file:
        csv.writer(file).writerows(roster)
    seconds, ask = [], supervision.ask

    def timed(*arguments, **options):
        text = Path(next(iter(arguments[1]))).read_text()
        started = time.monotonic()
        answer = ask(*arguments, **options)
        seconds.append((time.monotonic() - started, text))
        return answer

    with pytest.MonkeyPatch.context() as patch:
        (place / "temporary").mkdir(mode=0o777)
        patch.setattr(tempfile, "tempdir", str(place / "temporary"))
        patch.setattr(supervision, "SECONDS", LIMIT)
        patch.setattr(supervision, "ask", timed)
        records = grade(given, place / "roster.csv", "secret", out, default(["relu"]), jobs=2)
    return {record["student"]: record for record in records}, seconds, place


def student(graded, name):
    if name in ONLY_CONFINED and not CONFINED:
        pytest.skip(f"not contained here: {', '.join(confinement.gaps())}")
    return graded[0][name.replace(" ", "-")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_its_honest_part(graded, name):
    record = student(graded, name)
    assert record["total"] == HOSTILE[name][1], record["exercises"]["relu"]["findings"]
    assert record["of"] == ALL


def test_honest_students_dont_notice(graded):
    honest = [record for name, record in graded[0].items() if name.startswith("honest")]
    assert len(honest) == len(graded[0]) // 2
    assert {record["total"] for record in honest} == {ALL}


def test_each_is_stopped_in_time(graded):
    # On a quiet machine LIMIT + 2 holds; the fork storm keeps a busy one from its work for longer.
    slow = [(seconds, text[:200]) for seconds, text in graded[1] if seconds > LIMIT + 5]
    assert not slow


def test_no_process_is_left(graded):
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc")
    mark, deadline = str(graded[2]).encode(), time.monotonic() + 2
    while left := [process for process in Path("/proc").glob("[0-9]*") if _is_ours(process, mark)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def _is_ours(process, mark):
    try:
        return process.name != str(os.getpid()) and mark in (process / "environ").read_bytes()
    except OSError:
        return False


def test_no_folder_is_left(graded):
    assert list((graded[2] / "temporary").iterdir()) == []


def test_nothing_beside_is_touched(graded):
    place = graded[2]
    assert (place / "beside.txt").read_text() == "mine"
    assert zipfile.is_zipfile(place / "submissions" / "endless-loop.zip")
    assert (place / "submissions" / "honest-1_relu.py").read_text() == RELU.source


def test_the_gradebook_holds_no_formula(graded):
    with (graded[2] / "out" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(graded[0])
    assert rows[0]["name"] == "'=endless loop"


def test_messages_stay_short(graded):
    for record in graded[0].values():
        assert all(len(f["text"]) < 2000 for f in record["exercises"]["relu"]["findings"])


@pytest.mark.skipif(not CONFINED, reason="needs Landlock and namespaces")
@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
        "open('/etc/passwd').read()",
        "import os; os.listdir('..')",
        "open('../mlpedu-was-here', 'w')",
        "import subprocess; subprocess.run(['ls'], check=True)",
    ],
)
def test_a_confined_file_reaches_nothing(tmp_path, attempt):
    file = tmp_path / RELU.file
    file.write_text(at_the_top(attempt))
    confinement.hand_over(tmp_path)
    cases = RELU.protocol.probe(np.random.default_rng(0))
    answer = supervision.ask(RELU.protocol, {file: RELU.objects}, cases, folder=tmp_path)
    assert answer.loaded["type"] in (
        "PermissionError",
        "OSError",
        "ConnectionRefusedError",
        "BlockingIOError",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hide it")
def test_memory_is_hidden_from_programs_of_the_account():
    asked = "import ctypes; from mlpedu.classroom import confinement as c; c.hide_memory()"
    code = f"{asked}; print(ctypes.CDLL(None).prctl(3))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "0\n"


@pytest.mark.skipif(not confinement.prefix(), reason="needs namespaces")
def test_workers_end_with_a_grader_that_is_killed(tmp_path):
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "s1_relu.py").write_text(at_the_top("open('started', 'w')" + STUBBORN))
    (tmp_path / "roster.csv").write_text("student,name\ns1,Ada\n")
    code = "import sys; from mlpedu.classroom.command import main; main(sys.argv[1:])"
    options = ["grade", tmp_path / "submissions", "--roster", tmp_path / "roster.csv", "--seed", "x"]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    grader = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, options), "--out", tmp_path / "out"],
        env=environment,
    )
    mark, deadline = f"HOME={tmp_path}/mlpedu-".encode(), time.monotonic() + 20
    ours = lambda: [p for p in Path("/proc").glob("[0-9]*") if _is_ours(p, mark)]  # noqa: E731
    while not list(tmp_path.glob("mlpedu-*/started")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ours()
    grader.kill()
    grader.wait()
    deadline = time.monotonic() + 2
    while left := ours():
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
