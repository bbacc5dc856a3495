"""Runs what isn't there yet: one BLAS thread a process, the longest run first."""

import contextlib
import dataclasses
import os
import signal
import statistics
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path

from experiments import results
from experiments.kinds.digits import DATA

ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


@dataclasses.dataclass(frozen=True)
class Task:
    """One run of an experiment with one seed."""

    experiment: str
    run: str
    seed: int
    settings: object
    source: str
    directory: Path  # of its result
    cost: float  # what it takes, in the unit of `Kind.cost`

    @property
    def course(self):
        """Tasks that have it in common are done as one, up to where the longest ends."""
        return self.settings.course, self.seed, self.source

    @property
    def label(self):
        """For the terminal."""
        return f"{self.experiment}, {self.run}, seed {self.seed}"


def missing(experiment, seeds, source, directory):
    """The tasks still to do: results of the same settings and data are kept."""
    return [
        Task(experiment.name, run.name, seed, run.settings, source, directory, _expected(experiment, run))
        for run in experiment.runs
        for seed in range(seeds)
        if (results.read(directory, run, seed) or {}).get("data") != DATA[source]
    ]


def _expected(experiment, run):
    """The cost of a run; of one that stops early, up to the epoch where the book's runs stopped."""
    stopped = [
        result["metrics"]["epochs"] / run.settings.epochs
        for result in results.read_all(results.RECORDED / experiment.name, run)
        if "epochs" in result["metrics"]
    ]
    return run.settings.cost * (statistics.mean(stopped) if stopped else 1)


def run(tasks, jobs, progress):
    """Do the tasks, the longest first, and what measures time last and alone; each result is written at once.

    Parameters
    ----------
    tasks : list of Task
    jobs : int
        Processes at a time.
    progress : `experiments.progress.Progress`

    Returns
    -------
    list of (Task, Exception)
        The tasks that failed. On Ctrl-C all processes end at once; what is finished stays on disk.
    """
    os.environ.update(ONE_THREAD)
    context = get_context("spawn")
    messages = context.Queue()
    listener = threading.Thread(target=_listen, args=(messages, progress), daemon=True)
    listener.start()
    tasks = longest_first(tasks)
    timed = [task for task in tasks if task.settings.timed]
    others = [task for task in tasks if not task.settings.timed]
    failures = _run(others, context, messages, max_workers=jobs)
    failures += _run([t for t in timed if not t.settings.own_process], context, messages, max_workers=1)
    timed = [t for t in timed if t.settings.own_process]
    failures += _run(timed, context, messages, max_workers=1, max_tasks_per_child=1)
    messages.put(None)
    listener.join()
    return failures


def longest_first(tasks):
    """The tasks in the order in which they are done, so that no long one is left to the end."""
    return sorted(tasks, key=lambda task: -task.cost)


def _run(tasks, context, messages, **workers):
    failures, same = [], {}
    for task in tasks:
        same.setdefault(task.course, []).append(task)
    pool = ProcessPoolExecutor(mp_context=context, initializer=_start_worker, initargs=(messages,), **workers)
    try:
        futures = {pool.submit(_execute, alike): alike for alike in same.values()}
        for future in as_completed(futures):
            for i, task in enumerate(futures[future]):
                if future.exception() is None:
                    results.write(task, future.result()[i])
                else:
                    failures.append((task, future.exception()))
                messages.put(("finished", task))
    except BaseException:
        for process in active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return failures


def _listen(messages, progress):
    with contextlib.suppress(EOFError, OSError):  # the pool was ended
        while (message := messages.get()) is not None:
            event, *details = message
            getattr(progress, event)(*details)


def _start_worker(messages):
    global _messages
    _messages = messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    parent_process().join()
    os._exit(1)


def _execute(tasks):
    """The outcomes of tasks of one course; progress is that of the first, the longest."""
    first = tasks[0]
    different = {repr(task.settings): task.settings for task in tasks}

    def on_epoch(done, total, text):
        _messages.put(("advanced", first, done, total, text))

    found = first.settings.run_together(list(different.values()), first.seed, first.source, on_epoch)
    outcomes = dict(zip(different, found, strict=True))
    threads = int(os.environ["OPENBLAS_NUM_THREADS"])
    return [{"blas_threads": threads, **outcomes[repr(task.settings)]} for task in tasks]
