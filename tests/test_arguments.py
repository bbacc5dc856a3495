"""The checks at the border."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest

from mlpedu import Tanh
from mlpedu.arguments import (
    finite_number,
    finite_rows,
    float_array,
    floating_dtype,
    generator,
    one_hot_rows,
    one_of,
    parameter_list,
    whole_number,
)


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.5), np.float64(0.5), np.int64(2), Fraction(1, 2)])
def test_a_good_number_becomes_a_python_float(value):
    # A NumPy float64 scalar would turn float32 arrays into float64.
    number = finite_number("lr", value)
    assert type(number) is float
    assert number == value


def test_the_lower_bound_is_allowed_and_the_upper_one_is_not():
    assert finite_number("momentum", 0, below=1) == 0
    assert finite_number("low", -3, low=-3) == -3
    with pytest.raises(
        ValueError, match=r"momentum: expected a finite number, at least 0 and below 1; got 1$"
    ):
        finite_number("momentum", 1, below=1)


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf, -math.inf])
def test_a_number_out_of_range_is_refused(value):
    with pytest.raises(ValueError, match="lr: expected a finite number, at least 0; got ") as caught:
        finite_number("lr", value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", ["0.1", None, True, np.True_, 1j, [0.1], np.array([0.1])])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=f"lr: expected a number, got {type(value).__name__}"):
        finite_number("lr", value)


@pytest.mark.parametrize("value", [1, np.int32(7), np.uint8(200)])
def test_a_good_whole_number_becomes_a_python_int(value):
    assert type(whole_number("epochs", value)) is int
    assert whole_number("epochs", value) == value


def test_a_whole_number_below_the_bound_is_refused():
    assert whole_number("seed", 0, low=0) == 0
    with pytest.raises(ValueError, match="epochs: expected a whole number of at least 1, got 0"):
        whole_number("epochs", 0)


@pytest.mark.parametrize("value", [1.0, math.nan, "1", None, True, np.float64(2)])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(TypeError, match=f"epochs: expected a whole number, got {type(value).__name__}"):
        whole_number("epochs", value)


def test_one_of_the_choices_passes_and_another_is_refused():
    assert one_of("form", "tanh", ("tanh", "none")) == "tanh"
    with pytest.raises(ValueError, match="form: expected 'tanh' or 'none', got None"):
        one_of("form", None, ("tanh", "none"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32", "float64", np.dtype("float32")])
def test_both_precisions_are_taken_in_every_spelling(dtype):
    assert floating_dtype("dtype", dtype) in (np.float32, np.float64)
    assert isinstance(floating_dtype("dtype", dtype), np.dtype)


@pytest.mark.parametrize("dtype", [None, int, np.float16, "int64", "no dtype", np.dtype(">f8"), object()])
def test_every_other_dtype_is_refused(dtype):
    with pytest.raises(TypeError, match="dtype: expected float32 or float64, got"):
        floating_dtype("dtype", dtype)


def test_a_generator_passes():
    rng = np.random.default_rng(0)
    assert generator("rng", rng) is rng


@pytest.mark.parametrize("rng", [None, 0, np.random, np.random.RandomState(0)])
def test_what_is_no_generator_is_refused(rng):
    with pytest.raises(TypeError, match=r"rng: expected a numpy.random.Generator, .*default_rng\(0\); got"):
        generator("rng", rng)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_letter_in_a_shape_stands_for_any_length_and_a_number_for_itself(dtype):
    array = np.ones((7, 5), dtype)
    assert float_array("x", array, ("N", 5), array.dtype) is array
    assert float_array("x", array) is array


@pytest.mark.parametrize("shape", [("N", 4), (6, "D"), ("N",), ("N", "D", "M")])
def test_another_shape_is_refused_with_both_shapes(shape):
    expected = str(shape).replace("'", "")
    with pytest.raises(ValueError, match=rf"x: expected shape {re.escape(expected)}.*; got \(7, 5\)"):
        float_array("x", np.ones((7, 5)), shape)


def test_labels_in_the_place_of_rows_are_a_wrong_shape_before_a_wrong_dtype():
    with pytest.raises(ValueError, match=r"expected shape \(3, C\).*; got \(3,\)"):
        float_array("targets", np.array([0, 2, 1]), (3, "C"))


def test_another_dtype_is_refused_with_the_cast_that_helps():
    with pytest.raises(TypeError, match=r"x: expected a float64 array, got float32; .*astype\('float64'\)"):
        float_array("x", np.ones(3, np.float32), dtype=np.dtype(np.float64))
    with pytest.raises(TypeError, match=r"float32 or float64 array, got float16; .*astype\('float32'\)"):
        float_array("x", np.ones(3, np.float16))


def test_the_first_bad_row_is_named():
    with pytest.raises(ValueError, match=r"x: expected every row to be finite .*; row 1 fails"):
        finite_rows("x", np.array([[0, 1], [0, np.inf], [np.nan, 0]]))
    with pytest.raises(ValueError, match=r"x: expected every row to hold a single 1, else 0; row 2 fails"):
        one_hot_rows("x", np.array([[0, 1], [1, 0], [1, 1]]))


@pytest.mark.parametrize("wrong", [Tanh(), [np.ones(2)], np.ones(2), None, {}])
def test_what_is_no_list_of_parameters_is_refused_with_the_remedy(wrong):
    with pytest.raises(TypeError, match=r"SGD: expected a list of Parameter, such as network.parameters\(\)"):
        parameter_list("SGD", wrong)
