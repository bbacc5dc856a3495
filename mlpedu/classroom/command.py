"""The command line of the exercises: ``mlpedu start`` makes a folder, ``mlpedu check`` says how it stands."""

import argparse
import contextlib
import json
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlpedu
from mlpedu.classroom import checking, exercises, folder, messages
from mlpedu.classroom.assignment import Assignment, points_of
from mlpedu.classroom.checking import Report
from mlpedu.classroom.diagnosis import Finding
from mlpedu.classroom.exercises import load
from mlpedu.classroom.folder import Folder, UsageError
from mlpedu.classroom.messages import Line, show
from mlpedu.classroom.report import PAGE, page, read, terminal

AT_A_TIME = 2
POLL_SECONDS = 0.5
BOOKS = ("docs/_build/html", "docs/_build/html-without-solutions")
NEXT = {  # by the state of an exercise; for any other it is a check
    "not attempted": "open {file}, read the page {page}, then: mlpedu check {name}",
    "failing": "mlpedu check {name}, or mlpedu hint {name}",
    "missing": "mlpedu reset {name}, which makes the file",
}


def main(arguments=None):
    """Run the command; returns the exit code: 0 all right, 1 not all right, 2 misuse, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # the narrow encodings of pipes on Windows
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except UsageError as error:
        return _complain(error)
    except BrokenPipeError:  # whoever reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        what = f"{error.filename or 'a file'}: {error.strerror or error}"
        return _complain(f"{what}. Look whether you may read and write there, then run the command again")
    except KeyboardInterrupt:
        return _complain("interrupted", 130)


def _complain(problem, code=2):
    show(Line(f"mlpedu: {problem}"), to=sys.stderr)
    return code


def _parser():
    description = "Exercises: write the parts of a neural network yourself."
    parser = argparse.ArgumentParser(prog="mlpedu", description=description)
    parser.set_defaults(run=lambda options: parser.print_help(sys.stderr) or 2)
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(run, help, names=None, folder=True):
        sub = commands.add_parser(run.__name__.strip("_"), help=help, description=help)
        sub.set_defaults(run=run)
        if folder:
            sub.add_argument("--folder", default=".", metavar="DIR", help="of exercises (default: this one)")
        if names:
            sub.add_argument("names", nargs=names, metavar="NAME", help="as relu or 02_relu.py")
        return sub

    start = command(_start, "make an exercise folder", folder=False)
    start.add_argument("directory", nargs="?", default="mlpedu-exercises", metavar="DIR", help="its name")
    check = command(_check, "check some exercises, or all", "*")
    check.add_argument("--json", action="store_true", help="for a program to read")
    check.add_argument("--seed", type=_whole, metavar="K", help="of the random numbers, to repeat a case")
    command(_watch, "check again on every save")
    command(_hint, "the next of three hints", 1)
    command(_status, "what is done, and what comes next")
    command(_reset, "a fresh file; the old one is kept", 1)
    command(_pack, "one zip to hand in")
    assign = command(_assign, "for teachers: make the folder to hand out", folder=False)
    assign.add_argument("directory", metavar="OUT", help="its name")
    assign.add_argument("--exercises", metavar="NAME,..", required=True, help="as relu,linear; or all")
    assign.add_argument("--points", metavar="FILE", help="TOML with tables as [points.relu]")
    assign.add_argument("--accept", metavar="ID,..", default="", help="conventions that pass")
    grade = command(_grade, "grade a class", folder=False)
    grade.add_argument(
        "submissions", metavar="SUBMISSIONS", help="a folder: of folders, zips or single files"
    )
    grade.add_argument("--roster", required=True, metavar="FILE", help="CSV with the columns student, name")
    grade.add_argument("--seed", required=True, metavar="SECRET", help="any text: the inputs follow from it")
    grade.add_argument("--out", required=True, metavar="DIR", help="where the grades go")
    grade.add_argument("--assignment", metavar="FILE", help="default: assignment.toml beside the roster")
    grade.add_argument("--jobs", type=_whole, default=os.cpu_count() or 1, metavar="N", help="at a time")
    about = command(_report, "for teachers: who is stuck where", folder=False)
    about.add_argument("directory", metavar="DIR", help="which mlpedu grade has made")
    selftest = command(_selftest, "test the exercises themselves", "*", folder=False)
    selftest.add_argument("--seeds", type=_whole, default=3, metavar="K", help="for each implementation")
    selftest.add_argument(
        "--right-seeds", type=_whole, metavar="K", help="for each right one, if not the same"
    )
    selftest.add_argument("--json", action="store_true", help="all figures in one, as the book shows them")
    return parser


def _whole(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or larger; got {text!r}")
    return int(text)


def _start(options):
    count, first = len(folder.create(options.directory)) - 1, load(exercises.ORDER[0])
    show(
        Line(f"Made {count} exercises in {options.directory}.", style="bold"),
        Line(f"Next: cd {options.directory}", code=True),
        Line(f"Then read README.md, open {first.file}, and: mlpedu check {first.name}"),
    )


def _assign(options):
    wanted = exercises.ORDER if options.exercises == "all" else map(folder.named, _split(options.exercises))
    values = {"exercises": list(wanted), "accept": _split(options.accept)}
    values["points"] = points_of(options.points) if options.points else {}
    assignment = Assignment.of(values, options.points or "mlpedu assign")
    folder.create(options.directory, assignment, "assign")
    total = sum(sum(points.values()) for points in assignment.points.values())
    show(
        Line(f"Made {len(assignment.exercises)} exercises, {total:g} points, in {options.directory}."),
        Line("Hand the folder out as it is. Points and conventions stand in its assignment.toml."),
    )


def _report(options):
    picture, path = read(options.directory), Path(options.directory, PAGE)
    path.write_text(page(picture), "utf-8", errors="replace")
    show(*terminal(picture), Line(""), Line(f"The page: {path.resolve()}", code=True))


def _split(text):
    return [part.strip() for part in text.split(",") if part.strip()]


def _check(options):
    place = Folder(options.folder)
    reports = []
    for report in _checked(place, place.names(options.names), options.seed):
        reports.append(report)
        if not options.json:
            show(*messages.about(report))
    if options.json:
        print(messages.as_json(reports))
    elif len(reports) > 1:
        show(*map(Line, checking.cancelling(reports)), Line(""), messages.summary(reports))
    return 0 if all(report.passed for report in reports) else 1


def _checked(place, names, seed=None):
    """Reports of exercises, in their order; parts that they need are checked first where that isn't known."""
    needed = {part for name in names for part in load(name).needs if not place.done(part)}
    order = [name for name in exercises.ORDER if name in needed.union(names)]
    pool, running = ThreadPoolExecutor(AT_A_TIME), {}
    try:
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
    # Parts that are being checked stand earlier in the queue, so that waiting for them ends.
    right = {part: running[part].result()[0].passed for part in exercise.needs if part in running}
    unfinished = [part for part in exercise.needs if not right.get(part, place.done(part))]
    if digest is None:
        text = f"{exercise.file} isn't in this folder, or can't be read. A fresh one: mlpedu reset {name}"
        finding = Finding("file", text)
    elif unfinished:
        text = (
            f"It uses your own parts, and these aren't right yet: {', '.join(unfinished)}. Finish them first."
        )
        finding = Finding("file", text, kind="not attempted" if place.untouched(name) else "fault")
    else:
        return checking.check_file(name, place.files(name), seed, place.assignment.accept), digest
    return Report(name, seed, [finding]), digest


def _watch(options):
    place = Folder(options.folder)
    seen = _stamps(place)
    show(Line(f"Watching {place.path.resolve()}: save a file and it is checked. Ctrl-C ends.", style="bold"))
    try:
        while True:
            time.sleep(POLL_SECONDS)
            now = _stamps(place)
            changed = [name for name in now if now[name] != seen.get(name)]
            seen |= now
            for report in _checked(place, changed) if changed else ():
                show(Line(""), Line(time.strftime("%H:%M:%S"), style="dim"), *messages.about(report))
    except KeyboardInterrupt:
        show(Line(""), Line("No longer watching. What is done so far: mlpedu status"))


def _stamps(place):
    """When each file was saved; one that an editor is replacing is left out."""
    stamps = {}
    for name in place.assignment.exercises:
        with contextlib.suppress(OSError):
            status = place.file(name).stat()
            stamps[name] = status.st_mtime_ns, status.st_size
    return stamps


def _hint(options):
    place = Folder(options.folder)
    (name,) = place.names(options.names)
    exercise, number = load(name), place.next_hint(name)
    heading = f"{exercise.file}, hint {number + 1} of {len(exercise.hints)}"
    show(Line(heading, style="bold"), Line(exercise.hints[number], 2))
    if number == 1:
        show(Line(f"To read about it: {_page(exercise)}", 2, code=True))
    if number == len(exercise.hints) - 1:
        show(Line("That was the last hint. The next call starts again with the first.", 2, "dim"))


def _page(exercise):
    """Where the page of an exercise is: the file, if the book is built beside the package."""
    root = Path(mlpedu.__file__).parents[1]
    pages = [root / book / f"{exercise.page}.html" for book in BOOKS]
    built = [str(page) for page in pages if page.is_file()]
    return built[0] if built else f"the page {exercise.page} of the book"


def _status(options):
    place = Folder(options.folder)
    states = [(load(name), place.state(name)) for name in place.assignment.exercises]
    show(*messages.table([(exercise.file, state) for exercise, state in states]), Line(""))
    todo = [(exercise, state) for exercise, state in states if state != "done"]
    show(Line(f"{len(states) - len(todo)} of {len(states)} done.", style="bold"))
    if not todo:
        return show(Line("To hand it in: mlpedu pack"))
    exercise, state = todo[0]
    step = NEXT.get(state, "mlpedu check {name}")
    show(Line(f"Next: {step.format(name=exercise.name, file=exercise.file, page=exercise.page)}"))


def _reset(options):
    place = Folder(options.folder)
    (name,) = place.names(options.names)
    file, missing, kept = load(name).file, place.content(name) is None, place.reset(name)
    if kept:
        show(Line(f"{file} is fresh again. Your old one is kept as {kept.name}."))
    else:
        show(Line(f"{file} " + ("is there again." if missing else "is fresh already: nothing to do.")))


def _pack(options):
    place = Folder(options.folder)
    path, files = place.pack()
    show(Line(f"Packed {len(files)} files into {path.resolve()}:", style="bold", code=True))
    show(*(Line(file, 2, code=True) for file in files))
    if unfinished := [name for name in place.assignment.exercises if not place.done(name)]:
        show(Line(f"Not done, by the last checks: {', '.join(unfinished)}."))


def _grade(options):
    from mlpedu.classroom import assignment, confinement, grading

    file = Path(options.assignment or Path(options.roster).with_name(assignment.FILE))
    given = options.assignment or file.exists()
    task = assignment.Assignment.read(file) if given else assignment.default()
    confinement.hide_memory()
    if gaps := confinement.gaps():
        text = (
            f"Not contained on this system: {', '.join(gaps)}. The page Teaching with mlpedu says what to do"
        )
        show(Line(text), to=sys.stderr)
    started, told, before = time.monotonic(), 0.0, None

    def progress(done, count):
        nonlocal told, before
        now, terminal = time.monotonic(), sys.stderr.isatty()
        before = done if before is None else before  # of an earlier run
        if done == count or now - told > (0.1 if terminal else 10):
            told, left = now, ""
            if before < done < count:
                left = f", about {(now - started) / (done - before) * (count - done):.0f} s left"
            text = f"{done} of {count} students graded{left}"
            print(
                f"\r{text:<60}" if terminal else text,
                end="" if terminal else "\n",
                file=sys.stderr,
                flush=True,
            )

    try:
        records = grading.grade(
            options.submissions,
            options.roster,
            options.seed,
            options.out,
            task,
            max(1, options.jobs),
            progress,
        )
    except KeyboardInterrupt:
        return _complain("interrupted. What is graded is kept: the same command goes on from there", 130)
    show(
        Line(""),
        Line(f"Graded {len(records)} students in {time.monotonic() - started:.0f} s. In {options.out}:"),
        Line("grades.csv, mistakes.csv, log.csv, results/ and feedback/, a file a student", 2),
        Line(f"Next: mlpedu report {options.out}", code=True),
    )


def _selftest(options):
    from mlpedu.classroom.selftest import selftest

    names, code = [folder.named(name) for name in options.names] or exercises.ORDER, 0
    for part in [names] if options.json else [[name] for name in names]:
        failures, figures = selftest(options.seeds, part, options.right_seeds)
        if options.json:
            print(json.dumps({"python": platform.python_version()} | figures, indent=1))
        else:
            wrong, right = figures["wrong"], figures["right"]
            text = f"{part[0]}: {wrong['named']} of {wrong['implementations']} mistakes named"
            text += f", {right['accepted']} of {right['implementations']} right implementations accepted"
            show(Line(text))
        for failure in failures:
            print(f"  {failure}", file=sys.stderr if options.json else sys.stdout)
        code = 1 if failures else code
    return code
