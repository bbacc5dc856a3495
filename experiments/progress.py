"""What the terminal shows while experiments run: bars where it can redraw, plain lines elsewhere."""

import threading
import time

from rich import progress as rich_progress


class Progress:
    """The whole as one quantity, the cost of the tasks, so that the time left is honest.

    Parameters
    ----------
    console : rich.console.Console
    tasks : list of Task
    """

    def __init__(self, console, tasks):
        self.console = console
        self.total = sum(task.cost for task in tasks)
        self.done = {}
        self.started = time.monotonic()
        self.lock = threading.Lock()
        self.bars = rich_progress.Progress(
            "{task.description}",
            rich_progress.BarColumn(20),
            "{task.percentage:3.0f} %",
            "{task.fields[text]}",
            console=console,
            disable=not console.is_terminal,
        )
        self.rows = {}

    def __enter__(self):
        self.bars.start()
        self.rows["all"] = self.bars.add_task("all runs", total=self.total, text="")
        return self

    def __exit__(self, *_):
        self.bars.stop()

    def advanced(self, task, done, total, text):
        """A task has finished `done` of `total` epochs; `text` says how well it does."""
        with self.lock:
            self.done[task.label] = min(task.cost, task.settings.cost * done / total)
            left = self._left()
            line = f"epoch {done}/{total}  {text}"
            if not self.console.is_terminal:
                self.console.print(f"{task.label}: {line}  {left}", highlight=False, soft_wrap=True)
                return
            if task.label not in self.rows:
                self.rows[task.label] = self.bars.add_task(task.label, total=total, text="")
            self.bars.update(self.rows[task.label], completed=done, text=line)
            self.bars.update(self.rows["all"], completed=sum(self.done.values()), text=left)

    def finished(self, task):
        """A task is over: its result is written, or it failed."""
        with self.lock:
            self.done[task.label] = task.cost
            if task.label in self.rows:
                self.bars.update(self.rows[task.label], visible=False)
            self.bars.update(self.rows["all"], completed=sum(self.done.values()), text=self._left())

    def _left(self):
        done = sum(self.done.values())
        seconds = (time.monotonic() - self.started) * (self.total - done) / done
        return f"{seconds // 60:.0f}:{seconds % 60:02.0f} left"
