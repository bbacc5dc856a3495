"""Examples with their classes, in batches and in parts. What each part is for: see :doc:`/data`."""

import numpy as np

from mlpedu.arguments import finite_rows, float_array, floating_dtype, generator, one_hot_rows, whole_number


def one_hot(labels, classes, dtype=np.float32):
    """Write each label c as a row of zeros with a one in column c.

    Parameters
    ----------
    labels : array of integers, shape (N,)
        Each from 0 to `classes` - 1.
    classes : int
        C, at least 1.
    dtype : float32 or float64

    Returns
    -------
    ndarray, shape (N, C)

    Raises
    ------
    TypeError
        Labels that are not integers (booleans are not), or another dtype.
    ValueError
        Labels that are not 1-D, or a label out of range.

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    labels = np.asarray(labels)
    classes = whole_number("one_hot: classes", classes)
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"one_hot: labels must have shape (N,) and not be empty, got shape {labels.shape}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"one_hot: labels must be integers, got {labels.dtype}; cast them with .astype(int)")
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        raise ValueError(
            f"one_hot: labels must be from 0 to {classes - 1}, "
            f"got {labels[wrong[0]]} at position {wrong[0]} ({wrong.size} of {len(labels)} are out of range)"
        )
    return np.eye(classes, dtype=floating_dtype("one_hot: dtype", dtype))[labels]


class Dataset:
    """N examples, one a row, and the class of each.

    Parameters
    ----------
    inputs : ndarray, shape (N, D)
        Finite numbers, float32 or float64. Kept, not copied.
    targets : ndarray, shape (N, C)
        One-hot, of the same dtype; `one_hot` makes them. Kept, not copied.
    name : str
        What the examples are; results and figures show it.

    Raises
    ------
    TypeError
        Arrays that are not float32 or float64, or not both the same.
    ValueError
        No examples, arrays that are not 2-D or of different N, inputs that hold NaN or infinity, targets that
        are not one-hot.
    """

    def __init__(self, inputs, targets, name=""):
        float_array("Dataset: inputs", inputs, ("N", "D"))
        float_array("Dataset: targets (one_hot makes them)", targets, (len(inputs), "C"), inputs.dtype)
        finite_rows("Dataset: inputs", inputs)
        one_hot_rows("Dataset: targets (one_hot makes them)", targets)
        self.inputs = inputs
        self.targets = targets
        self.name = name

    def __len__(self):
        return len(self.inputs)

    def __repr__(self):
        return f"Dataset({self.name!r}, {self.inputs.shape}, {self.targets.shape}, {self.inputs.dtype})"

    @property
    def labels(self):
        """The class of each example, integers of shape (N,)."""
        return self.targets.argmax(axis=1)

    def batches(self, batch_size, rng):
        """Go once through all examples, a batch at a time.

        Parameters
        ----------
        batch_size : int
            From 1 to N. The last batch is smaller where N is not a multiple of it.
        rng : numpy.random.Generator or None
            Draws a new order on each call; None keeps the order.

        Returns
        -------
        iterator of (inputs, targets)
            New arrays of shape (batch_size, D) and (batch_size, C).

        Raises
        ------
        TypeError, ValueError
            A `batch_size` out of range or an `rng` of another type: at the call, not at the first batch.
        """
        batch_size = whole_number("batches: batch_size", batch_size)
        if batch_size > len(self):
            raise ValueError(f"batches: batch_size {batch_size} is more than all {len(self)} examples")
        order = self._order("batches", rng)
        parts = (order[start : start + batch_size] for start in range(0, len(self), batch_size))
        return ((self.inputs[part], self.targets[part]) for part in parts)

    def split(self, n, rng):
        """Divide the examples into two datasets of the same name.

        Parameters
        ----------
        n : int
            How many go into the first part, from 1 to N - 1; the second part gets the rest.
        rng : numpy.random.Generator or None
            Draws who goes where; None takes the first `n`, and keeps the order.

        Returns
        -------
        first, second : Dataset

        Raises
        ------
        TypeError, ValueError
            An `n` out of range or an `rng` of another type.
        """
        n = whole_number("split: n", n)
        if n >= len(self):
            raise ValueError(f"split: n must be below {len(self)}, to leave an example over; got {n}")
        parts = np.split(self._order("split", rng), [n])
        first, second = (Dataset(self.inputs[part], self.targets[part], self.name) for part in parts)
        return first, second

    def _order(self, method, rng):
        if rng is None:
            return np.arange(len(self))
        return generator(f"{method}: rng", rng).permutation(len(self))
