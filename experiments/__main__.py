"""The command line: ``python -m experiments reproduce``, or ``run NAME``."""

import argparse
import os
import sys
import time
from pathlib import Path

from rich.console import Console

import mlpedu
from experiments import declaration, results, runner, tables
from experiments.kinds.digits import DATA
from experiments.kinds.training import Training
from experiments.progress import Progress


def main(arguments=None):
    """Run the command; returns the exit code: 0 done, 1 a run failed, 2 bad usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    console = Console()
    try:
        return options.command(options, console)
    except (ValueError, OSError) as error:
        Console(stderr=True).print(
            f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        return 2
    except KeyboardInterrupt:
        console.print("\nInterrupted. Finished runs are kept; the same command goes on from there.")
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m experiments", description="Run the experiments of the book."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run an experiment, or what is missing of it")
    run.set_defaults(command=_run)
    run.add_argument("name", help=f"one of: {', '.join(declaration.names())}")
    reproduce = commands.add_parser("reproduce", help="run all experiments of the book, or what is missing")
    reproduce.set_defaults(command=_reproduce)
    for command in (run, reproduce):
        _add_options(command)
    show = commands.add_parser("show", help="print the table of an experiment from its recorded results")
    show.set_defaults(command=_show)
    show.add_argument("name", help="one of those of run")
    show.add_argument("--quick", action="store_true", help="of a miniature, with --out")
    show.add_argument("--out", type=Path, metavar="DIR", help="folder of other results")
    draw = commands.add_parser("draw", help="draw all figures of the book from the results")
    draw.set_defaults(command=_draw)
    draw.add_argument("folder", type=Path, help="where the SVG files go")
    return parser


def _add_options(command):
    add = command.add_argument
    add("--quick", action="store_true", help="in miniature; results are not for the book")
    add("--seeds", type=_positive, metavar="K", help="seeds 0 to K-1 (default: as declared)")
    add("--jobs", type=_positive, metavar="J", default=os.cpu_count(), help="processes at a time")
    add(
        "--data",
        choices=("mnist", "synthetic", "auto"),
        default="mnist",
        help="auto: MNIST if it can be had, else the synthetic digits",
    )
    add("--record", action="store_true", help="for the book: into the committed results")
    add("--out", type=Path, metavar="DIR", help="folder of the results (default: below live/)")


def _run(options, console):
    experiment = declaration.load(options.name, options.quick)
    console.print(f"[bold]{experiment.title}[/] ({experiment.name})")
    ((_, directory),), failed = _run_all([experiment], options, console)
    _print_results(experiment, directory, console)
    console.print(f"results: {directory}", highlight=False, soft_wrap=True)
    return failed


def _reproduce(options, console):
    experiments = []
    for experiment in (declaration.load(name, options.quick) for name in declaration.names()):
        if absent := experiment.kind.absent():
            console.print(f"{experiment.name} is left out: {' and '.join(absent)} missing (extra 'speed')")
        else:
            experiments.append(experiment)
    done, failed = _run_all(experiments, options, console)
    header, rows = tables.agreement(done)
    if rows:
        console.print(tables.rich_table(header, rows, "published numbers by verdict"))
    else:
        console.print("Nothing to compare: only full runs on MNIST stand beside published numbers.")
    return failed


def _run_all(experiments, options, console):
    """Do what is missing; returns each experiment with the folder of its results, and the exit code."""
    for run in (run for experiment in experiments for run in experiment.runs):
        run.settings.check()
    source = _source(experiments, options, console)
    if options.record and (options.quick or source == "synthetic"):
        raise ValueError("--record is for full runs on MNIST; leave out --quick and --data")
    done, tasks, wanted = [], [], 0
    for experiment in experiments:
        data = source if experiment.kind.needs_digits else "random"
        directory = results.live(experiment.name, data, options.quick)
        if options.record:
            directory = results.RECORDED / experiment.name
        if options.out:
            directory = options.out if options.command is _run else options.out / experiment.name
        results.prepare(directory)
        seeds = options.seeds or (1 if options.quick else experiment.seeds)
        tasks += runner.missing(experiment, seeds, data, directory)
        wanted += len(experiment.runs) * seeds
        done.append((experiment, directory))
    console.print(f"{wanted} runs, data: {DATA[source]}", highlight=False)
    if len(tasks) < wanted:
        console.print(
            f"{wanted - len(tasks)} of {wanted} results are there already and are kept", highlight=False
        )
    started = time.monotonic()
    failures = []
    if tasks:
        with Progress(console, tasks) as progress:
            failures = runner.run(tasks, options.jobs, progress)
        console.print(f"{len(tasks)} of {wanted} runs in {time.monotonic() - started:.0f} s", highlight=False)
    for task, error in failures:
        failure = f"failed: {task.label}: {error}"
        console.print(failure, style="red", markup=False, highlight=False, soft_wrap=True)
    return done, 1 if failures else 0


def _show(options, console):
    experiment = declaration.load(options.name, options.quick)
    _print_results(experiment, options.out or results.RECORDED / experiment.name, console)
    return 0


def _print_results(experiment, directory, console):
    console.print(tables.for_terminal(experiment, directory))
    for sentence in experiment.unstated:
        console.print(f"not stated: {sentence}", highlight=False)
    if experiment.kind is Training and len(experiment.runs) == 1:
        for line in tables.errors_by_epoch(directory, experiment.runs[0]):
            console.print(line, highlight=False, soft_wrap=True)


def _draw(options, console):
    from experiments import figures  # matplotlib takes a second, and only this command draws

    for path in figures.draw_all(options.folder):
        console.print(str(path), highlight=False, soft_wrap=True)
    return 0


def _source(experiments, options, console):
    """Which data to run on. MNIST is loaded here once: a download shows its progress, or its error."""
    if not any(experiment.kind.needs_digits for experiment in experiments):
        return "random"
    if options.data == "synthetic":
        return "synthetic"
    try:
        mlpedu.load_mnist()
    except (OSError, ValueError) as error:
        if options.data == "mnist":
            raise type(error)(f"{error}\nOr run it on the synthetic digits: --data synthetic.") from None
        console.print("MNIST is neither here nor to be downloaded; taking the synthetic digits.")
        return "synthetic"
    return "mnist"


def _positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
