"""A declaration small enough for a test."""

import pytest

from experiments import declaration

TINY = """
title = "A tiny experiment"
source = "this test"
kind = "training"
seeds = 2

[settings]
normalize = "unit_range"
train = 200
validation = 40
random_split = false
shuffle = true
hidden = [8]
init = { name = "normal", std = 0.1 }
loss = "softmax_cross_entropy"
batch_size = 20
epochs = 2
lr = 0.1
momentum = 0.5
averaged = false
weight_decay = 0.0
penalties = {}
biases = "free"
early_stopping = {}
mistakes = {}

[quick]
epochs = 1

[[run]]
name = "relu"
settings = { activation = "relu" }
published.test_accuracy = { value = 0.5, tolerance = 0.02 }

[[run]]
name = "tanh"
settings = { activation = "tanh" }
"""


@pytest.fixture
def declare(tmp_path, monkeypatch):
    """A function that declares the tiny experiment, with replacements in its text, and returns its name."""
    folder = tmp_path / "declarations"
    folder.mkdir()
    monkeypatch.setattr(declaration, "DECLARATIONS", folder)

    def write(**replacements):
        text = TINY
        for key, line in replacements.items():
            old = next(known for known in TINY.splitlines() if known.split(" = ")[0] == key)
            text = text.replace(old, line, 1)
        (folder / "tiny.toml").write_text(text, encoding="utf-8")
        return "tiny"

    return write
