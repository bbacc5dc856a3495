"""The command line of the exercises: ``mlpedu start`` makes a folder, ``mlpedu check`` says how it stands."""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlpedu
from mlpedu.classroom import checking, exercises, folder, messages
from mlpedu.classroom.checking import Report
from mlpedu.classroom.diagnosis import Finding
from mlpedu.classroom.exercises import load
from mlpedu.classroom.folder import Folder, UsageError
from mlpedu.classroom.messages import Line, show

AT_A_TIME = 2
POLL_SECONDS = 0.5
BOOKS = ("docs/_build/html", "docs/_build/html-without-solutions")
NEXT = {  # by the state of an exercise
    "not attempted": "open {file}, read the page {page}, then: mlpedu check {name}",
    "failing": "mlpedu check {name}, or mlpedu hint {name}",
    folder.CHANGED: "mlpedu check {name}",
    folder.UNCHECKED: "mlpedu check {name}",
    folder.MISSING: "mlpedu reset {name}, which makes the file",
}


def main(arguments=None):
    """Run the command; returns the exit code: 0 all right, 1 not all right, 2 misuse, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # the narrow encodings of pipes on Windows
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.run is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        return options.run(options)
    except UsageError as error:
        return _complain(error)
    except BrokenPipeError:  # whoever reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _complain(
            f"{error.filename or 'a file'}: {error.strerror or error}. "
            "Look whether you may read and write there, then run the command again"
        )
    except KeyboardInterrupt:
        return _complain("interrupted", 130)


def _complain(problem, code=2):
    print(f"mlpedu: {problem}", file=sys.stderr)
    return code


def _parser():
    parser = argparse.ArgumentParser(
        prog="mlpedu", description="Exercises: write the parts of a neural network yourself."
    )
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(run, help, names=None):
        sub = commands.add_parser(run.__name__.strip("_"), help=help, description=help)
        sub.set_defaults(run=run)
        if run is not _start:
            sub.add_argument(
                "--folder", default=".", metavar="DIR", help="exercise folder (default: this one)"
            )
        if names:
            sub.add_argument("names", nargs=names, metavar="NAME", help="as relu or 02_relu.py")
        return sub

    start = command(_start, "make an exercise folder")
    start.add_argument("directory", nargs="?", default="mlpedu-exercises", metavar="DIR", help="its name")
    check = command(_check, "check some exercises, or all", "*")
    check.add_argument("--json", action="store_true", help="for a program to read")
    check.add_argument("--seed", type=_seed, metavar="K", help="of the random numbers, to repeat a case")
    command(_watch, "check again on every save")
    command(_hint, "the next of three hints", 1)
    command(_status, "what is done, and what comes next")
    command(_reset, "a fresh file; the old one is kept", 1)
    command(_pack, "one zip to hand in")
    return parser


def _seed(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or larger; got {text!r}")
    return int(text)


def _start(options):
    files = folder.create(options.directory)
    first = exercises.ORDER[0]
    show(
        [
            Line(f"Made {len(files) - 1} exercises in {options.directory}.", style="bold"),
            Line(f"Next: cd {options.directory}", code=True),
            Line(f"Then read README.md, open {load(first).file}, and: mlpedu check {first}"),
        ]
    )
    return 0


def _check(options):
    place = Folder(options.folder)
    reports = []
    for report in _checked(place, place.names(options.names), options.seed):
        reports.append(report)
        if not options.json:
            show(messages.about(report))
    if options.json:
        print(messages.as_json(reports))
    elif len(reports) > 1:
        show([Line(""), messages.summary(reports)])
    return 0 if all(report.passed for report in reports) else 1


def _checked(place, names, seed=None):
    """Reports of exercises, in their order; parts that they need are checked first where that isn't known."""
    needed = {part for name in names for part in load(name).needs if not place.done(part)}
    order = [name for name in exercises.ORDER if name in needed.union(names)]
    pool = ThreadPoolExecutor(AT_A_TIME)
    try:
        running = {}
        for name in order:
            running[name] = pool.submit(_check_one, place, name, seed, running)
        for name in order:
            report, digest = running[name].result()
            place.remember_check(report, digest)
            if name in names:
                yield report
    finally:  # after Ctrl-C, too, nothing new begins
        pool.shutdown(wait=False, cancel_futures=True)


def _check_one(place, name, seed, running):
    """The report, and the digest of the files it is about."""
    exercise, digest = load(name), place.digest(name)
    unfinished = [  # parts still to be checked stand earlier in the queue
        part
        for part in exercise.needs
        if not (running[part].result()[0].passed if part in running else place.done(part))
    ]
    if digest is None:
        text = f"{exercise.file} isn't in this folder, or can't be read. A fresh one: mlpedu reset {name}"
        finding = Finding("file", text)
    elif unfinished:
        text = (
            f"It uses your own parts, and these aren't right yet: {', '.join(unfinished)}. Finish them first."
        )
        finding = Finding("file", text, kind="not attempted" if place.untouched(name) else "fault")
    else:
        return checking.check_file(name, place.files(name), seed), digest
    return Report(name, seed, [finding]), digest


def _watch(options):
    place = Folder(options.folder)
    show(
        [Line(f"Watching {place.path.resolve()}: save a file and it is checked. Ctrl-C ends.", style="bold")]
    )
    try:
        seen = _stamps(place)
        while True:
            time.sleep(POLL_SECONDS)
            now = _stamps(place)
            changed = [name for name in exercises.ORDER if now.get(name, seen.get(name)) != seen.get(name)]
            seen |= now
            for report in _checked(place, changed) if changed else ():
                show([Line(""), Line(time.strftime("%H:%M:%S"), style="dim"), *messages.about(report)])
    except KeyboardInterrupt:
        show([Line(""), Line("No longer watching. What is done so far: mlpedu status")])
    return 0


def _stamps(place):
    """When each file was saved; one that an editor is replacing is left out."""
    stamps = {}
    for name in exercises.ORDER:
        try:
            status = place.file(name).stat()
        except OSError:
            continue
        stamps[name] = status.st_mtime_ns, status.st_size
    return stamps


def _hint(options):
    place = Folder(options.folder)
    (name,) = place.names(options.names)
    exercise, number = load(name), place.next_hint(name)
    show([Line(f"{exercise.file}, hint {number + 1} of {len(exercise.hints)}", style="bold")])
    show([Line(exercise.hints[number], 2)])
    if number == 1:
        show([Line(f"To read about it: {_page(exercise)}", 2, code=True)])
    if number == len(exercise.hints) - 1:
        show([Line("That was the last hint. The next call starts again with the first.", 2, "dim")])
    return 0


def _page(exercise):
    """Where the page of an exercise is: the file, if the book is built beside the package."""
    root = Path(mlpedu.__file__).parents[1]
    pages = [root / book / f"{exercise.page}.html" for book in BOOKS]
    built = [str(page) for page in pages if page.is_file()]
    return built[0] if built else f"the page {exercise.page} of the book"


def _status(options):
    place = Folder(options.folder)
    states = {name: place.state(name) for name in exercises.ORDER}
    show(messages.table([(load(name).file, state) for name, state in states.items()]))
    done = sum(state == "done" for state in states.values())
    show([Line(""), Line(f"{done} of {len(states)} done.", style="bold")])
    after = next((name for name, state in states.items() if state != "done"), None)
    if after:
        exercise = load(after)
        todo = NEXT[states[after]].format(name=after, file=exercise.file, page=exercise.page)
        show([Line(f"Next: {todo}")])
    else:
        show([Line("All is done. To hand it in: mlpedu pack")])
    return 0


def _reset(options):
    place = Folder(options.folder)
    (name,) = place.names(options.names)
    there = place.content(name) is not None
    kept = place.reset(name)
    if kept:
        show([Line(f"{load(name).file} is fresh again. Your old one is kept as {kept.name}.")])
    elif there:
        show([Line(f"{load(name).file} is fresh already: nothing to do.")])
    else:
        show([Line(f"{load(name).file} was missing, and is there again.")])
    return 0


def _pack(options):
    place = Folder(options.folder)
    path, files = place.pack()
    show([Line(f"Packed {len(files)} files into {path.resolve()}:", style="bold", code=True)])
    show([Line(file, 2, code=True) for file in files])
    if open_ := [name for name in exercises.ORDER if not place.done(name)]:
        show([Line(f"Not done, by the last checks: {', '.join(open_)}.")])
    return 0
