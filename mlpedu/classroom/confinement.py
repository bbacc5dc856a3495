"""What the code of strangers may do beside calculating: nothing, where the system can see to it.

Two means of Linux. `prefix` starts a program in namespaces of its own: no network, no sight of other
processes, and all that it starts ends with it. `confine` is Landlock: from here on this process reads only
Python and its own folder, writes only there, and sends no signals out.
"""

import contextlib
import ctypes
import functools
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

NAMESPACES = ["unshare", "--user", "--map-current-user", "--pid", "--net", "--ipc", "--mount-proc"]
NAMESPACES += ["--fork", "--kill-child"]
ENDING = ["setpriv", "--pdeathsig", "KILL"]  # should this process be killed, what it has started is too
NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
HIDDEN = ("mlpedu", "site-packages", "dist-packages")
DEVICES = ("/dev/null", "/dev/urandom")
CREATE, ADD, RESTRICT = 444, 445, 446  # system calls, with these numbers on every common processor
WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}  # all rights, by version
DUMPABLE, NO_NEW_PRIVILEGES = 4, 38  # of prctl


@functools.cache
def prefix():
    """The command in front of a program that puts it into namespaces; empty where that isn't possible.

    For root, whom hardly a limit holds, also the one that makes it nobody.
    """
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("setpriv"):
        return ()
    for nobody in [AS_NOBODY, []] if os.getuid() == 0 else [[]]:
        command = (*nobody, *ENDING, *NAMESPACES)
        tried = subprocess.run([*command, sys.executable, "-I", "-c", "import numpy"], capture_output=True)
        if tried.returncode == 0:
            return command
    return ()


def hand_over(folder):
    """Let the confined program write in a folder."""
    if AS_NOBODY[1] in prefix():
        os.chown(folder, NOBODY, NOBODY)


def hide_memory():
    """Of this process, which may hold expected values, from other programs of the account."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DUMPABLE, 0)


def gaps():
    """What isn't contained on this system, in words."""
    version = _version()
    found = ["the files of your account"] * (version == 0)
    if not prefix():
        found.append("the network" if version < 4 else "the network beside TCP")
    found += ["other programs of your account"] * (not prefix() and version < 6)
    root = hasattr(os, "getuid") and os.getuid() == 0 and AS_NOBODY[1] not in prefix()
    return found + ["the number of processes, as you are root"] * (
        root and not (prefix() and _counts_processes())
    )


def confine(folder, places):
    """Restrict this thread, and all that it starts, to a folder and what Python needs.

    Parameters
    ----------
    folder : path
        What is free to read and write.
    places : sequence of path
        Folders of Python's modules and packages: all may be read but mlpedu, whose sources are the solutions.
    """
    if os.getpid() == 1 and _counts_processes():  # in namespaces; what holds others doesn't hold root
        with contextlib.suppress(OSError):
            Path("/proc/sys/kernel/pid_max").write_text("301")  # the smallest
    version = _version()
    if not version:
        return
    files = FILES[max(known for known in FILES if known <= version)]
    network, scope = 0b11 * (version >= 4), 0b11 * (version >= 6)
    rules = struct.pack("QQQ", files, network, scope)[: 8 if version < 4 else 16 if version < 6 else 24]
    system = ctypes.CDLL(None, use_errno=True)
    ruleset = system.syscall(CREATE, rules, len(rules), 0)
    places = [Path(place) for place in places if os.path.isdir(place)]
    readable = [
        *LIBRARIES,
        *(path for place in places for path in place.iterdir() if path.name not in HIDDEN),
    ]
    rights = dict.fromkeys(places, READ_DIR)
    rights |= {path: READ_FILE | READ_DIR * os.path.isdir(path) for path in readable} | {folder: files}
    rights |= {path: (READ_FILE | WRITE_FILE | TRUNCATE) & files for path in DEVICES}
    for path, allowed in rights.items():
        if os.path.exists(path):
            place = os.open(path, os.O_PATH)
            system.syscall(ADD, ruleset, 1, struct.pack("=Qi", allowed, place), 0)
            os.close(place)
    system.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if system.syscall(RESTRICT, ruleset, 0):
        raise OSError(ctypes.get_errno(), "Landlock refuses")
    os.close(ruleset)


def _counts_processes():
    """Whether pid_max is that of the namespace alone, as since Linux 6.14."""
    return [int(number) for number in re.findall(r"\d+", os.uname().release)[:2]] >= [6, 14]


def _version():
    """Of Landlock; 0 if there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(CREATE, None, 0, 1))
