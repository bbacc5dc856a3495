"""What is asked of a student's code, one module a kind of exercise.

Each module has

- `RESULTS`: ``{symbol: (group, label)}``. The symbol is that of the page, the group is "forward", "gradient"
  or "robustness", the label says in words what the result is;
- `probe(rng)`: the cases, a list of `Case`;
- `run(objects, **inputs)`: yields ``symbol, value`` as the student's code returns them. It runs in the worker
  for the student's objects and in the parent for the library's: inputs go in, results come out;
- `places(symbol, inputs)`: ``{"where x is negative": mask}``, to say where a result differs;
- perhaps `trial(rng)`: further cases, which are judged by ``judge(results, **hidden)``: a sentence, or None.
"""

from typing import NamedTuple

import numpy as np

H = 1e-5  # the step of the student's own differences
LARGE = "large: "  # a case whose results need only be finite
SHIFTED = LARGE + "shifted "  # one whose results are compared as well, roughly
LATER = "later: "  # a case that is compared if all others are right
IN_CODE = {"X": "x", "G": "grad_output", "Z": "scores", "T": "targets", "W": "weight", "b": "bias"}
FLOAT32 = "float32"  # a case that is looked at for its dtype


class Case(NamedTuple):
    """One question: its name, and the arrays and numbers that `run` gets."""

    name: str
    inputs: dict
    hidden: dict | None = None  # what only the judge may know; such a case is judged, not compared


def questions(protocol, seed, judged=True):
    """All cases of a check; those that are judged may be left out."""
    rng = np.random.default_rng(seed)
    return protocol.probe(rng) + (protocol.trial(rng) if judged and hasattr(protocol, "trial") else [])


def sizes(inputs):
    """The lengths of the axes of the inputs, by the letters of the book: {"N": 7, "D": 5}."""
    letters = {"X": "ND", "W": "DM", "Z": "NC"}
    return {
        letter: length
        for name in letters.keys() & inputs.keys()
        for letter, length in zip(letters[name], np.shape(inputs[name]), strict=True)
    }


def away_from_zero(array, distance=0.05):
    """Random numbers moved off the kink at 0."""
    return array + distance * np.sign(array)


def cast(inputs, dtype):
    """The inputs with their arrays in another dtype."""
    return {k: v.astype(dtype) if isinstance(v, np.ndarray) else v for k, v in inputs.items()}


def rows_and_columns(shape):
    """Places of any array with one example a row."""
    row = np.arange(shape[0])[:, None] if len(shape) == 2 else np.zeros((1, 1))
    column = np.arange(shape[-1])[None, :] if shape else np.zeros((1, 1))
    places = {"in row 0": row == 0, "in all rows but row 0": row > 0}
    places |= {"in column 0": column == 0, "in the last column": column == column.max()}
    return {place: np.broadcast_to(mask, shape) for place, mask in places.items()} if len(shape) == 2 else {}
