"""The command line: ``python -m experiments run NAME``."""

import argparse
import os
import sys
import time
from pathlib import Path

from rich.console import Console

import mlpedu
from experiments import declaration, kinds, results, runner, tables
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
    run.add_argument("--quick", action="store_true", help="a miniature of it; results are not for the book")
    run.add_argument("--seeds", type=_positive, metavar="K", help="seeds 0 to K-1 (default: as declared)")
    run.add_argument(
        "--jobs", type=_positive, metavar="J", default=os.cpu_count(), help="processes at a time"
    )
    run.add_argument(
        "--data",
        choices=("mnist", "synthetic", "auto"),
        default="mnist",
        help="auto: MNIST if it can be had, else the synthetic digits",
    )
    run.add_argument("--record", action="store_true", help="for the book: into the committed results")
    run.add_argument("--out", type=Path, metavar="DIR", help="folder of the results (default: below live/)")
    show = commands.add_parser("show", help="print the table of an experiment from its recorded results")
    show.set_defaults(command=_show)
    show.add_argument("name", help="one of those of run")
    show.add_argument("--quick", action="store_true", help="of a miniature, with --out")
    show.add_argument("--out", type=Path, metavar="DIR", help="folder of other results")
    draw = commands.add_parser("draw", help="draw all figures of the book from the results")
    draw.set_defaults(command=_draw)
    draw.add_argument("folder", type=Path, help="where the SVG files go")
    return parser


def _run(options, console):
    experiment = declaration.load(options.name, options.quick)
    for run in experiment.runs:
        kinds.check(run.settings)
    source = _source(experiment, options, console)
    if options.record and (options.quick or source == "synthetic"):
        raise ValueError("--record is for full runs on MNIST; leave out --quick and --data")
    recorded = results.RECORDED / experiment.name if options.record else None
    directory = options.out or recorded or results.live(experiment.name, source, options.quick)
    results.prepare(directory)
    seeds = options.seeds or (1 if options.quick else experiment.seeds)
    tasks = runner.missing(experiment, seeds, source, directory)
    wanted = len(experiment.runs) * seeds
    console.print(f"[bold]{experiment.title}[/] ({experiment.name}): {wanted} runs, seeds 0 to {seeds - 1}")
    console.print(f"data: {kinds.DATA[source]}", highlight=False)
    if len(tasks) < wanted:
        console.print(
            f"{wanted - len(tasks)} of {wanted} results are there already and are kept", highlight=False
        )
    started = time.monotonic()
    failures = []
    if tasks:
        with Progress(console, tasks) as progress:
            failures = runner.run(tasks, directory, min(options.jobs, len(tasks)), progress)
        console.print(f"{len(tasks)} of {wanted} runs in {time.monotonic() - started:.0f} s", highlight=False)
    _print_results(experiment, directory, console)
    console.print(f"results: {directory}", highlight=False, soft_wrap=True)
    for task, error in failures:
        console.print(f"failed: {task.label}: {error}", style="red", markup=False, highlight=False)
    return 1 if failures else 0


def _show(options, console):
    experiment = declaration.load(options.name, options.quick)
    _print_results(experiment, options.out or results.RECORDED / experiment.name, console)
    return 0


def _print_results(experiment, directory, console):
    console.print(tables.for_terminal(experiment, directory))
    if experiment.kind == "training" and len(experiment.runs) == 1:
        for line in tables.errors_by_epoch(directory, experiment.runs[0]):
            console.print(line, highlight=False, soft_wrap=True)


def _draw(options, console):
    from experiments import figures  # matplotlib takes a second, and only this command draws

    for path in figures.draw_all(options.folder):
        console.print(str(path), highlight=False, soft_wrap=True)
    return 0


def _source(experiment, options, console):
    """Which data to run on. MNIST is loaded here once: a download shows its progress, or its error."""
    if not declaration.KINDS[experiment.kind].needs_digits:
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
