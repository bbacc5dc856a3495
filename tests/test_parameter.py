"""A learnable array and its gradient."""

import numpy as np
import pytest

from mlpedu import Parameter


def test_it_keeps_the_array_itself_and_has_no_gradient_yet():
    array = np.ones((2, 3))
    p = Parameter(array)
    assert p.data is array
    assert p.grad is None


def test_it_shows_its_shape_and_dtype_not_its_numbers():
    assert repr(Parameter(np.ones((2, 3), np.float32))) == "Parameter(shape=(2, 3), dtype=float32)"


def test_it_may_have_any_number_of_dimensions_also_none():
    assert Parameter(np.array(1.0)).data.shape == ()


@pytest.mark.parametrize(
    ("data", "got"),
    [
        ([1.0, 2.0], "list"),
        (1.0, "float"),
        (None, "NoneType"),
        (np.ones(2, int), "int64"),
        (np.ones(2, np.float16), "float16"),
        (np.ones(2, complex), "complex128"),
    ],
)
def test_it_refuses_what_is_no_floating_array(data, got):
    with pytest.raises(TypeError, match=f"Parameter: expected a float32 or float64 array, got {got}"):
        Parameter(data)
