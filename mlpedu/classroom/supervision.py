"""Run a student's file in a process of its own, with limits on time, memory and output."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlpedu.classroom import confinement
from mlpedu.classroom.worker import READY

SECONDS = 5.0
START_SECONDS = 30.0  # to import NumPy on a slow machine
MEGABYTES = 2048
FILE_MEGABYTES = 10  # of a file that the student's code writes
PRINTED = 20_000  # characters kept of what the student prints
ANSWER = 50_000_000  # bytes
NOTES = 200_000  # characters of the answer that aren't arrays
ROOT = str(Path(__file__).parents[2])  # the worker runs the same mlpedu as this process
START = "import sys; sys.path.insert(0, sys.argv[1]); from mlpedu.classroom import worker; worker.main()"
_running = set()


class Answer(NamedTuple):
    """What a worker sent back.

    Attributes
    ----------
    arrays, notes
        As `perform` returns them.
    loaded : dict or None
        What the file raised when it was loaded.
    failure : str or None
        Why there is no complete answer: "time", "output" or "exit".
    line : int or None
        Where the student's code was when its time was over.
    printed : str
        What the student's code printed.
    seconds : float
        The limit of time.
    code : dict or None
        What the functions of the file look like, as `likeness.shapes` says it.
    """

    arrays: dict
    notes: dict
    loaded: dict | None = None
    failure: str | None = None
    line: int | None = None
    printed: str = ""
    seconds: float = SECONDS
    code: dict | None = None


def ask(protocol, files, cases, seconds=SECONDS, folder=None):
    """Let a worker run the cases on a student's files.

    Parameters
    ----------
    protocol : module
    files : dict of path to list of str
        What to take from each file; the first is the one that is checked, the others lend it their parts.
    cases : list of Case
    seconds : float
        The limit of time.
    folder : path, optional
        The code of a stranger is confined to it, as far as the system can do that.

    Returns
    -------
    Answer
    """
    question = {
        "protocol": protocol.__name__,
        "files": {os.path.abspath(path): list(objects) for path, objects in files.items()},
        "cases": {case.name: list(case.inputs) for case in cases},
        "folder": folder and os.path.abspath(folder),
        "limits": {"seconds": seconds, "megabytes": MEGABYTES, "file": FILE_MEGABYTES},
    }
    values = {f"{case.name}/{name}": value for case in cases for name, value in case.inputs.items()}
    request = io.BytesIO()
    np.savez(request, question=np.array(json.dumps(question)), **values)
    answer = _read(*_run(request.getvalue(), seconds, folder), next(iter(question["files"])))
    return answer._replace(seconds=seconds)


def _run(request, seconds, folder):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    if folder:
        environment |= dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), os.path.abspath(folder))
    worker = subprocess.Popen(
        [*(confinement.prefix() if folder else ()), sys.executable, "-I", "-X", "utf8", "-c", START, ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    _running.add(worker)
    answer, printed = bytearray(), bytearray()
    ready, too_much = threading.Event(), threading.Event()

    def send():
        with contextlib.suppress(OSError), worker.stdin:  # it may end before it has read the question
            worker.stdin.write(request)

    def collect(stream, into, limit, begun):
        with stream:
            while chunk := stream.read1(65536):
                into += chunk[: limit - len(into)]
                begun.set()
                if len(into) == limit:
                    too_much.set()
                    _kill(worker)
        begun.set()

    arguments = [(worker.stdout, answer, ANSWER, ready), (worker.stderr, printed, PRINTED, threading.Event())]
    threads = [threading.Thread(target=collect, args=a, daemon=True) for a in arguments]
    threads.append(threading.Thread(target=send, daemon=True))
    for thread in threads:
        thread.start()
    try:
        ready.wait(START_SECONDS)
        worker.wait(seconds + 1)  # at `seconds` it says itself where it was
        timed_out = False
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        _kill(worker)
        worker.wait()
        _running.discard(worker)
    for thread in threads:
        thread.join(0.3)  # a child of the student's that lives on may hold a pipe
    return bytes(answer), bytes(printed).decode("utf-8", "replace"), timed_out, too_much.is_set()


def stop():
    """End all workers."""
    for worker in list(_running):
        _kill(worker)


def _kill(worker):
    """The worker and what it has started."""
    with contextlib.suppress(OSError):  # in namespaces it is a child of what was started here
        for child in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()


def _read(answer, printed, timed_out, too_much, file):
    line, _, answer = answer.removeprefix(READY).partition(b"\n")
    code = json.loads(line) if line.endswith(b"}") else {}
    return _told(answer, printed, timed_out, too_much, file)._replace(code=code)


def _told(answer, printed, timed_out, too_much, file):
    stack = printed.find("Timeout (")
    if timed_out or stack >= 0:
        lines = re.findall(rf'File "{re.escape(file)}", line (\d+)', printed[max(stack, 0) :])
        line = int(lines[0]) if lines else None
        return Answer({}, {}, failure="time", line=line, printed=printed[: max(stack, 0)])
    if too_much:
        return Answer({}, {}, failure="output", printed=printed)
    try:
        stream = io.BytesIO(answer)
        if sum(member.file_size for member in zipfile.ZipFile(stream).infolist()) > ANSWER:
            raise ValueError("a forged answer")
        stream.seek(0)
        with np.load(stream) as stored:
            arrays = {name: stored[name] for name in stored.files}
        notes = json.loads(str(arrays.pop("answer"))[:NOTES])
    except Exception:  # nothing, half an answer or something else
        return Answer({}, {}, failure="exit", printed=printed)
    return Answer(arrays, notes["cases"], notes["loaded"], printed=printed)
