"""A learnable array and its gradient."""

from mlpedu.arguments import float_array


class Parameter:
    """An array that training changes, with room for its gradient.

    Parameters
    ----------
    data : ndarray, any shape
        The values, float32 or float64. Kept, not copied: optimizers change them in place.

    Attributes
    ----------
    grad : ndarray or None
        The derivative of the loss by `data`, of the same shape and dtype. `None` before the first backward
        pass. A backward pass sets it; it never adds to what was there.

    Raises
    ------
    TypeError
        If `data` is not a float32 or float64 array.
    """

    def __init__(self, data):
        self.data = float_array("Parameter", data)
        self.grad = None

    def __repr__(self):
        return f"Parameter(shape={self.data.shape}, dtype={self.data.dtype})"
