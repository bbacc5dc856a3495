"""What every kind of run has in common: settings, and how to do a run with them."""

import importlib.util
from itertools import pairwise

from experiments.kinds.choices import CHOICES, choose

BESIDES = 26_000  # weights' worth of work an example: fitted to the times of all runs


class Kind:
    """Settings of a run, as a frozen dataclass without defaults: a declaration says it all."""

    needs_digits = True
    needs = ()  # modules of other projects that not everybody has
    timed = False  # a timed run needs the machine for itself
    own_process = True  # and a process, unless all that it compares shares one anyway
    cost = 1  # work of a run, in the unit of `training_work`
    main_metrics = ()  # what a table shows if nothing is asked for

    @classmethod
    def absent(cls):
        """Those of `needs` that aren't installed."""
        return [name for name in cls.needs if importlib.util.find_spec(name) is None]

    def check(self):
        """Refuse a name that says nothing before anything runs; ValueError names the setting."""
        if absent := self.absent():
            raise ValueError(f"{' and '.join(absent)} missing: install this package with the extra 'speed'")
        for setting in CHOICES:
            if hasattr(self, setting):
                choose(setting, getattr(self, setting))

    @property
    def course(self):
        """What decides how a run goes: those that have it in common, with seed and data, are done as one."""
        return repr(self)

    @staticmethod
    def run_together(runs, seed, source, on_epoch):
        """Do different runs of one `course`; returns their outcomes. Here the course is the whole run."""
        (run,) = runs
        return [run.run(seed, source, on_epoch)]

    def run(self, seed, source, on_epoch):
        """Do the run.

        Parameters
        ----------
        seed : int
        source : str
            A key of `experiments.kinds.digits.DATA`.
        on_epoch : callable
            ``on_epoch(done, total, text)`` reports progress.

        Returns
        -------
        dict
            ``data`` (the name of the dataset), ``metrics`` and ``history``.
        """
        raise NotImplementedError(f"{type(self).__name__}: run")


def require_known(setting, chosen, examples):
    """Refuse names that aren't among those of the examples, and values of another type; ValueError."""
    for name, value in chosen.items():
        if type(value) is not type(examples.get(name)):
            known = ", ".join(f"{known} = {example}" for known, example in examples.items())
            raise ValueError(f"setting {setting!r}: expected something like {known}; got {name} = {value!r}")


def training_work(examples, hidden):
    """Of training on so many examples: times the weights, and what an example costs besides."""
    sizes = [784, *hidden, 10]
    return examples * (BESIDES + sum(a * b for a, b in pairwise(sizes)))
