"""What a forward pass keeps for the backward pass of the same batch."""


class Differentiable:
    """Base of layers and losses: it remembers arrays between `forward` and `backward`."""

    _saved = None

    def _save_for_backward(self, *arrays):
        self._saved = arrays

    @property
    def _saved_arrays(self):
        if self._saved is None:
            name = type(self).__name__
            raise RuntimeError(f"{name}: backward before forward; call {name}.forward on the batch first")
        return self._saved
