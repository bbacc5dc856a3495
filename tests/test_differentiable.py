"""What a forward pass keeps for the backward pass."""

import pytest

from mlpedu.differentiable import Differentiable


class Square(Differentiable):
    def forward(self, x):
        self._save_for_backward(x)
        return x**2

    def backward(self, gradient):
        (x,) = self._saved_arrays
        return gradient * 2 * x


def test_it_gives_back_what_the_last_forward_kept():
    square = Square()
    square.forward(3)
    square.forward(4)
    assert square.backward(1) == 8
    assert square.backward(10) == 80


def test_two_objects_share_no_memory():
    Square().forward(3)
    with pytest.raises(RuntimeError):
        Square().backward(1)


def test_it_names_the_class_and_the_remedy_if_nothing_was_kept():
    with pytest.raises(RuntimeError, match=r"^Square: backward before forward; call Square\.forward on the"):
        Square().backward(1)
