"""Runs what isn't there yet: one BLAS thread a process, the longest run first."""

import contextlib
import dataclasses
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import active_children, get_context, parent_process

from experiments import kinds, results

ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


@dataclasses.dataclass(frozen=True)
class Task:
    """One run of an experiment with one seed."""

    experiment: str
    kind: str
    run: str
    seed: int
    settings: object
    source: str

    @property
    def label(self):
        """For the terminal."""
        return f"seed {self.seed}, {self.run}"


def missing(experiment, seeds, source, directory):
    """The tasks still to do, the longest first: results of the same settings and data are kept."""
    todo = [
        Task(experiment.name, experiment.kind, run.name, seed, run.settings, source)
        for run in experiment.runs
        for seed in range(seeds)
        if (results.read(directory, run, seed) or {}).get("data") != kinds.DATA[source]
    ]
    return sorted(todo, key=lambda task: -task.settings.cost)


def run(tasks, directory, jobs, progress):
    """Do the tasks; each result is written as soon as it is there.

    Parameters
    ----------
    tasks : list of Task
    directory : Path
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
    failures = []
    timed = any(task.kind in ("step_time", "activation_time") for task in tasks)
    one_each = 1 if timed else None  # a process a measurement
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (messages,), max_tasks_per_child=one_each)
    try:
        futures = {pool.submit(_execute, task): task for task in tasks}
        for future in as_completed(futures):
            task = futures[future]
            if future.exception() is None:
                results.write(directory, task, future.result())
            else:
                failures.append((task, future.exception()))
            messages.put(("finished", task))
    except BaseException:
        for process in active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    messages.put(None)
    listener.join()
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


def _execute(task):
    def on_epoch(done, total, text):
        _messages.put(("advanced", task, done, total, text))

    outcome = kinds.execute(task.kind, task.settings, task.seed, task.source, on_epoch)
    return {**outcome, "blas_threads": int(os.environ["OPENBLAS_NUM_THREADS"])}
