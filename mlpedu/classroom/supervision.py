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
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlpedu.classroom.worker import READY

SECONDS = 5.0
START_SECONDS = 30.0  # to import NumPy on a slow machine
MEGABYTES = 2048
PRINTED = 20_000  # characters kept of what the student prints
ANSWER = 50_000_000  # bytes
ROOT = str(Path(__file__).parents[2])  # the worker runs the same mlpedu as this process
START = "import sys; sys.path.insert(0, sys.argv[1]); from mlpedu.classroom import worker; worker.main()"


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
    """

    arrays: dict
    notes: dict
    loaded: dict | None = None
    failure: str | None = None
    line: int | None = None
    printed: str = ""
    seconds: float = SECONDS


def ask(protocol, files, cases, seconds=SECONDS, megabytes=MEGABYTES):
    """Let a worker run the cases on a student's files.

    Parameters
    ----------
    protocol : module
    files : dict of path to list of str
        What to take from each file; the first is the one that is checked, the others lend it their parts.
    cases : list of Case
    seconds, megabytes : float, int
        The limits.

    Returns
    -------
    Answer
    """
    question = {
        "protocol": protocol.__name__,
        "files": {os.path.abspath(path): list(objects) for path, objects in files.items()},
        "cases": {case.name: list(case.inputs) for case in cases},
        "limits": {"seconds": seconds, "megabytes": megabytes},
    }
    values = {f"{case.name}/{name}": value for case in cases for name, value in case.inputs.items()}
    request = io.BytesIO()
    np.savez(request, question=np.array(json.dumps(question)), **values)
    answer = _read(*_run(request.getvalue(), seconds), next(iter(question["files"])))
    return answer._replace(seconds=seconds)


def _run(request, seconds):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    worker = subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", START, ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
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
    for thread in threads:
        thread.join(1)  # a child of the student's that lives on may hold a pipe
    return bytes(answer), bytes(printed).decode("utf-8", "replace"), timed_out, too_much.is_set()


def _kill(worker):
    """The worker and what it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()


def _read(answer, printed, timed_out, too_much, file):
    stack = printed.find("Timeout (")
    if timed_out or stack >= 0:
        lines = re.findall(rf'File "{re.escape(file)}", line (\d+)', printed[max(stack, 0) :])
        line = int(lines[0]) if lines else None
        return Answer({}, {}, failure="time", line=line, printed=printed[: max(stack, 0)])
    if too_much:
        return Answer({}, {}, failure="output", printed=printed)
    try:
        with np.load(io.BytesIO(answer.removeprefix(READY))) as stored:
            arrays = {name: stored[name] for name in stored.files}
        notes = json.loads(str(arrays.pop("answer")))
    except Exception:  # nothing, half an answer or something else
        return Answer({}, {}, failure="exit", printed=printed)
    return Answer(arrays, notes["cases"], notes["loaded"], printed=printed)
