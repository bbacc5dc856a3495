"""What the terminal shows while experiments run: bars where it can redraw, plain lines elsewhere."""

import threading
import time

from rich import progress as rich_progress
from rich.console import Group
from rich.live import Live
from rich.text import Text

from experiments.runner import longest_first


class Progress:
    """The whole as one quantity, the cost of all courses, so that the time left is honest.

    Parameters
    ----------
    console : rich.console.Console
    tasks : list of Task
    """

    def __init__(self, console, tasks):
        self.console = console
        self.costs = {task.course: task.cost for task in reversed(longest_first(tasks))}
        self.done = {}  # of each
        self.total = sum(self.costs.values())
        self.started = time.monotonic()
        self.lock = threading.Lock()
        self.bar = rich_progress.Progress(
            "all runs",
            rich_progress.BarColumn(20),
            "{task.percentage:3.0f} %",
            "{task.fields[left]}",
        )
        self.all = self.bar.add_task("", total=self.total, left="")
        self.running = {}  # a line each
        self.live = Live(self, console=console, auto_refresh=False, transient=True)

    def __enter__(self):
        if self.console.is_terminal:
            self.live.start(refresh=True)
        return self

    def __exit__(self, *_):
        self.live.stop()

    def __rich__(self):
        lines = (Text(line, no_wrap=True, overflow="ellipsis") for line in self.running.values())
        return Group(self.bar, *lines)

    def advanced(self, task, done, total, text):
        """A task has finished `done` of `total` epochs; `text` says how well it does."""
        with self.lock:
            self.done[task.course] = min(task.cost, task.settings.cost * done / total)
            self.running[task.label] = f"{task.label}: epoch {done}/{total}  {text}"
            if not self.console.is_terminal:
                line = f"{self.running[task.label]}  {self._left()}"
                self.console.print(line, highlight=False, soft_wrap=True)
            self._refresh()

    def finished(self, task):
        """A task is over: its result is written, or it failed."""
        with self.lock:
            self.done[task.course] = self.costs[task.course]
            self.running.pop(task.label, None)
            self._refresh()

    def _refresh(self):
        self.bar.update(self.all, completed=sum(self.done.values()), left=self._left())
        self.live.refresh()

    def _left(self):
        done = sum(self.done.values())
        seconds = (time.monotonic() - self.started) * (self.total - done) / done
        return f"{seconds // 60:.0f}:{seconds % 60:02.0f} left"
