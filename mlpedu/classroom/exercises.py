"""The exercises, one TOML file each in `catalogue/`: what to write, the hints, the mistakes to recognise."""

import functools
import importlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from mlpedu.classroom.stubs import objects_with

PARTS = {  # of the library: the exercises of each, in the order of the book
    "layers": ("linear", "relu", "sigmoid", "tanh", "gelu", "sequential"),
    "losses": ("euclidean", "softmax_cross_entropy", "hinge"),
    "penalties": ("l1", "l2"),
    "optimizers": ("sgd",),
}
MODULES = {name: f"mlpedu.{part}.{name}" for part, names in PARTS.items() for name in names}
MODULES |= {"gradient_check": "mlpedu.gradient_check", "early_stopping": "mlpedu.training.early_stopping"}
MODULES |= {"train": "mlpedu.training.fit"}
ORDER = tuple(MODULES)


@dataclass(frozen=True)
class Form:
    """One way to make a mistake.

    Attributes
    ----------
    code : dict of str to str
        ``{"ReLU.backward": "return grad_output"}``: the bodies that make the library's source wrong this way.
        Empty if the page shows what can't happen here.
    formulas : dict of str to str
        What comes out, in the names of the page: ``{"dL/dX": "G"}``. Lines ``name = ...`` before the last
        one name its parts. A result that isn't named is right. Formulas of what the check doesn't ask for are
        the page's alone; without any other the code is run, to see what comes out.
    recognise : str, optional
        In the place of formulas: a function of the protocol that looks at the results.
    look, factor : str
        The sentence to the student and the constant in a chain of factors, if the mistake's don't fit.
    page : str
        What the page says about it, in MyST; empty if the page leaves it out.
    """

    code: dict = field(default_factory=dict)
    formulas: dict = field(default_factory=dict)
    recognise: str = ""
    look: str = ""
    factor: str = ""
    page: str = ""


@dataclass(frozen=True)
class Mistake:
    """A mistake with a name: the sentence to the student says where to look, never the answer."""

    id: str
    look: str
    forms: tuple


@dataclass(frozen=True)
class Convention:
    """What is a mistake here and right in another course: an assignment may accept it.

    Attributes
    ----------
    ids : tuple of str
        Its name; several if it is what several accepted ones are together.
    code : dict of str to str
        The bodies of the library's source that follow it; forward and backward belong together.
    says : str
        What it is, as in "the loss is the sum over the batch".
    rate : float
        The learning rate that suits it, in those of the library.
    """

    ids: tuple
    code: dict
    says: str = ""
    rate: float = 1


@dataclass(frozen=True)
class Exercise:
    """What a student writes: the bodies of `cut` in the library's source; `objects` are what a check uses."""

    name: str
    objects: tuple
    cut: tuple
    protocol: ModuleType
    page: str
    task: str
    hints: tuple
    mistakes: tuple = ()
    # {case of large inputs, or "case: what is not finite or raised": the mistake that fails there first, or
    # the mistake and a sentence of its own}
    large: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)  # of the formulas, beside inputs, results and sizes
    needs: tuple = ()  # exercises whose parts this one uses
    shown: tuple = ()  # functions that stay although they hold lines of the solution
    right: dict = field(default_factory=dict)  # {name: code} that looks different and is right
    outside: dict = field(default_factory=dict)  # {name: code} that is wrong in no way of the catalogue
    conventions: tuple = ()

    @property
    def number(self):
        return ORDER.index(self.name) + 1

    @property
    def file(self):
        """The name of the student's file."""
        return f"{self.number:02}_{self.name}.py"

    @property
    def source(self):
        """The library's source, which is the solution."""
        return Path(self._module.__file__).read_text("utf-8")

    def solution(self):
        """The library's objects."""
        return [getattr(self._module, name) for name in self.objects]

    @functools.cached_property
    def answers(self):
        """What forms that were run gave, by the question: a selftest asks them often."""
        return {}

    @functools.cached_property
    def imitations(self):
        """The objects with each form of a mistake in their code, in the order of the forms."""
        return [objects_with(self, form.code) for mistake in self.mistakes for form in mistake.forms]

    def accepted(self, ids):
        """The conventions that an assignment accepts, by their ids."""
        return [convention for convention in self.conventions if set(convention.ids) <= set(ids)]

    def sayings(self, ids):
        """``{id: what it is}`` of the accepted conventions."""
        return {c.ids[0]: c.says for c in self.accepted(ids) if c.says}

    @property
    def _module(self):
        return importlib.import_module(MODULES[self.name])


@functools.cache
def load(name):
    """The exercise of that name; ValueError with all names for another one."""
    if name not in ORDER:
        raise ValueError(f"exercise: expected one of {', '.join(ORDER)}; got {name!r}")
    text = Path(__file__).with_name("catalogue").joinpath(f"{name}.toml").read_text("utf-8")
    values = tomllib.loads(text)
    values["protocol"] = importlib.import_module(f"{__package__}.protocols.{values['protocol']}")
    values["mistakes"] = tuple(
        Mistake(**mistake | {"forms": tuple(Form(**form) for form in mistake["forms"])})
        for mistake in values.get("mistakes", ())
    )
    conventions = values.get("conventions", ())
    values["conventions"] = tuple(Convention(**c | {"ids": tuple(c["ids"])}) for c in conventions)
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return Exercise(name=name, **values | lists)
