"""Run a student's file in a process of its own, with limits on time, memory and output."""

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

SECONDS = 5.0
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
    """

    arrays: dict
    notes: dict
    loaded: dict | None = None
    failure: str | None = None
    line: int | None = None
    printed: str = ""


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
    return _read(*_run(request.getvalue(), seconds), next(iter(question["files"])))


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
    answer, printed, too_much = bytearray(), bytearray(), threading.Event()

    def collect(stream, into, limit):
        while chunk := stream.read1(65536):
            into += chunk[: limit - len(into)]
            if len(into) >= limit:
                too_much.set()
                _kill(worker)
                return

    def send():
        try:
            worker.stdin.write(request)
            worker.stdin.close()
        except OSError:  # it ended before it had read the question
            pass

    collectors = [
        threading.Thread(target=send, daemon=True),
        threading.Thread(target=collect, args=(worker.stdout, answer, ANSWER), daemon=True),
        threading.Thread(target=collect, args=(worker.stderr, printed, PRINTED), daemon=True),
    ]
    for thread in collectors:
        thread.start()
    timed_out = False
    try:
        worker.wait(seconds + 1)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        _kill(worker)
        worker.wait()
    for thread in collectors:
        thread.join(1)
    for stream in (worker.stdin, worker.stdout, worker.stderr):
        if not stream.closed:
            stream.close()
    return bytes(answer), bytes(printed).decode("utf-8", "replace"), timed_out, too_much.is_set()


def _kill(worker):
    """The worker and what it has started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(worker.pid, signal.SIGKILL)
        else:
            worker.kill()
    except (ProcessLookupError, PermissionError):
        pass


def _read(answer, printed, timed_out, too_much, file):
    stack = printed.find("Timeout (")
    if timed_out or stack >= 0:
        lines = re.findall(rf'File "{re.escape(file)}", line (\d+)', printed[max(stack, 0) :])
        line = int(lines[0]) if lines else None
        return Answer({}, {}, failure="time", line=line, printed=printed[: max(stack, 0)])
    if too_much:
        return Answer({}, {}, failure="output", printed=printed)
    try:
        with np.load(io.BytesIO(answer)) as stored:
            arrays = {name: stored[name] for name in stored.files}
        notes = json.loads(str(arrays.pop("answer")))
    except Exception:  # nothing, half an answer or something else
        return Answer({}, {}, failure="exit", printed=printed)
    return Answer(arrays, notes["cases"], notes["loaded"], printed=printed)
