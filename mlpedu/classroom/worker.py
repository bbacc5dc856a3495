"""The process that runs a student's code: inputs come in, arrays go out, expected values never enter.

`mlpedu.classroom.supervision` starts it.
"""

import ast
import contextlib
import ctypes
import faulthandler
import gc
import importlib
import io
import json
import os
import signal
import sys
import types
from pathlib import Path

import numpy as np

import mlpedu
from mlpedu.classroom.confinement import confine
from mlpedu.classroom.exercises import MODULES
from mlpedu.classroom.likeness import shapes
from mlpedu.classroom.perform import perform, raised
from mlpedu.classroom.protocols import Case

READY = b"ready\n"  # what the limit of time counts from
PARENT_DEATH_SIGNAL = 1
CONTRACTS = ("Layer", "Loss", "Penalty", "Parameter", "History", "Dataset", "one_hot", "initializers", "data")
CONTRACT_MODULES = ("arguments", "differentiable", "initializers", "parameter", "data", "training.history")
CONTRACT_MODULES += ("layers.layer", "losses.loss", "penalties.penalty")
OTHER_LIBRARIES = ("torch", "jax", "tensorflow", "autograd", "keras", "sklearn")


def main():
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the student prints must not get among the results
    sys.stdout.reconfigure(line_buffering=True)  # nor be lost when the process ends
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as request:
        question = json.loads(str(request["question"]))
        values = {name: request[name] for name in request.files if name != "question"}
    results.write(READY)
    results.flush()
    _limit(question["limits"])
    protocol = importlib.import_module(question["protocol"])
    cases = [
        Case(case, {name: _plain(values[f"{case}/{name}"]) for name in names})
        for case, names in question["cases"].items()
    ]
    _hide_solutions()
    if folder := question["folder"]:
        os.chdir(folder)
        confine(folder, [*sys.path[1:], os.path.dirname(np.__file__)])  # the first holds mlpedu
    results.write(_code(next(iter(question["files"]))))
    results.flush()  # before the student's code runs: it can't take that back
    arrays, answer, objects = {}, {"loaded": None, "cases": {}}, []
    for file, names in question["files"].items():
        try:
            module = load_file(file)
            objects += [_object(module, name, file) for name in names]
        except (Exception, SystemExit) as error:
            answer["loaded"] = raised(error, file) | {"file": file}
            break
    else:
        arrays, answer["cases"] = perform(protocol, objects, cases, next(iter(question["files"])))
    np.savez(results, answer=np.array(json.dumps(answer)), **arrays)
    results.flush()
    sys.stdout.flush()
    os._exit(0)  # whatever threads the student's code has started


def _code(path):
    """A line that says what the functions of a file look like."""
    found = {}
    with contextlib.suppress(Exception):  # load_file tells what is wrong with it
        found = shapes(Path(path).read_text("utf-8-sig"))
    return json.dumps(found).encode() + b"\n"


def load_file(path):
    """A student's file as a module."""
    source = Path(path).read_text("utf-8-sig")  # Windows editors may put a mark in front
    refuse_solutions(ast.parse(source, path))
    module = types.ModuleType(Path(path).stem)
    module.__file__ = path
    sys.modules[module.__name__] = module
    exec(compile(source, path, "exec"), module.__dict__)
    return module


def refuse_solutions(tree):
    """ImportError for an import that would be the solution; contracts may be imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module or "", alias.name) for alias in node.names]
        else:
            continue
        for module, name in names:
            root, _, rest = module.partition(".")
            if root in OTHER_LIBRARIES:
                raise ImportError(
                    f"line {node.lineno} imports {root}: here you write this part yourself, with NumPy"
                )
            allowed = rest in CONTRACT_MODULES or rest.startswith("data.") or name in CONTRACTS
            if root == "mlpedu" and not allowed:
                wanted = ", ".join(CONTRACTS[:4])
                raise ImportError(
                    f"line {node.lineno} imports {name or module} from the library: that is the solution. "
                    f"You may import {wanted}; the rest of this exercise is yours to write"
                )


def _object(module, name, file):
    if not hasattr(module, name):
        raise AttributeError(f"{Path(file).name} defines no {name}; keep the names of the exercise file")
    return getattr(module, name)


def _plain(value):
    return value.item() if value.ndim == 0 else value


def _hide_solutions():
    """A student's dynamic import of the library's classes fails as well."""
    for name in MODULES.values():
        module = importlib.import_module(name)
        own = [key for key, value in vars(module).items() if getattr(value, "__module__", None) == name]
        for place in (module, mlpedu, sys.modules[name.rpartition(".")[0]]):
            for key in own:
                vars(place).pop(key, None)
        sys.modules[name] = None
    gc.collect()  # or Layer.__subclasses__() knows them still


def _limit(limits):
    """Bounds that the operating system watches; Windows has none of them."""
    faulthandler.dump_traceback_later(limits["seconds"], exit=True)
    try:
        import resource
    except ImportError:
        return
    cpu, file = int(limits["seconds"]) + 1, limits["file"] * 2**20
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))  # no further one; root has no such limit
    if sys.platform == "linux":
        memory = limits["megabytes"] * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
