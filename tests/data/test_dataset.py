"""Labels as one-hot rows, batches, and splits."""

import numpy as np
import pytest

from mlpedu.data.dataset import Dataset, one_hot


def dataset(n=7, dtype=np.float32):
    """Row i holds the numbers 2 i and 2 i + 1 and belongs to class i mod 3."""
    return Dataset(np.arange(2 * n, dtype=dtype).reshape(n, 2), one_hot(np.arange(n) % 3, 3, dtype), "seven")


def test_a_label_becomes_a_one_in_its_column():
    expected = [[0, 0, 1, 0], [1, 0, 0, 0]]
    np.testing.assert_array_equal(one_hot(np.array([2, 0]), 4), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_hot_keeps_the_dtype_it_is_asked_for(dtype):
    assert one_hot([0], 2, dtype).dtype == dtype


@pytest.mark.parametrize("integers", [np.uint8, np.int8, np.int64])
def test_one_hot_takes_integers_of_any_size(integers):
    np.testing.assert_array_equal(one_hot(np.array([9, 0], integers), 10).argmax(axis=1), [9, 0])


@pytest.mark.parametrize("labels", [[0.0, 1.0], [True, False], ["0", "1"]])
def test_one_hot_refuses_labels_that_are_not_integers(labels):
    with pytest.raises(TypeError, match="labels must be integers"):
        one_hot(np.array(labels), 2)


@pytest.mark.parametrize("bad", [3, -1])
def test_one_hot_names_the_first_label_out_of_range(bad):
    with pytest.raises(ValueError, match=f"from 0 to 2, got {bad} at position 1 "):
        one_hot([0, bad, 7], 3)


def test_one_hot_refuses_labels_in_two_dimensions():
    with pytest.raises(ValueError, match=r"shape \(N,\) and not be empty, got shape \(1, 2\)"):
        one_hot([[0, 1]], 2)


@pytest.mark.parametrize(("classes", "error"), [(0, ValueError), (2.0, TypeError), (True, TypeError)])
def test_one_hot_refuses_a_number_of_classes_that_is_none(classes, error):
    with pytest.raises(error, match="classes"):
        one_hot([0], classes)


def test_one_hot_refuses_an_integer_dtype():
    with pytest.raises(TypeError, match="float32 or float64"):
        one_hot([0], 2, int)


def test_a_dataset_knows_its_length_labels_and_name():
    data = dataset()
    assert len(data) == 7
    assert data.labels.tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert repr(data) == "Dataset('seven', (7, 2), (7, 3), float32)"


ONES = np.ones((2, 3), np.float32)
CLASSES = one_hot([0, 1], 2)


@pytest.mark.parametrize(
    ("inputs", "targets", "error", "message"),
    [
        (ONES.tolist(), CLASSES, TypeError, "inputs: expected a float32 or float64 array, got list"),
        (ONES.astype(int), CLASSES, TypeError, "inputs: expected a float32 or float64 array, got int64"),
        (ONES, CLASSES.astype(bool), TypeError, "targets .*: expected a float32 array, got bool"),
        (
            ONES,
            CLASSES.astype(float),
            TypeError,
            "targets .*: expected a float32 array, got float64",
        ),
        (
            ONES.reshape(2, 3, 1),
            CLASSES,
            ValueError,
            r"inputs: expected shape \(N, D\), one example a row; got \(2, 3, 1\)",
        ),
        (
            ONES,
            CLASSES[0],
            ValueError,
            r"targets \(one_hot makes them\): expected shape \(2, C\), .*; got \(2,\)",
        ),
        (ONES[:0], CLASSES[:0], ValueError, r"inputs: expected shape \(N, D\), .*; got \(0, 3\)"),
        (ONES, CLASSES[:1], ValueError, r"expected shape \(2, C\), .*; got \(1, 2\)"),
        (ONES * [[1], [np.nan]], CLASSES.astype(float), ValueError, "inputs: .*finite.*row 1 fails"),
        (ONES * [[np.inf], [1]], CLASSES.astype(float), ValueError, "inputs: .*finite.*row 0 fails"),
        (ONES, CLASSES * 0.5, ValueError, "one_hot.*single 1.*row 0 fails"),
        (ONES, np.float32([[0, 1], [1, 1]]), ValueError, "one_hot.*single 1.*row 1 fails"),
        (ONES, np.float32([[0, 1], [0, np.nan]]), ValueError, "one_hot.*single 1.*row 1 fails"),
    ],
)
def test_a_dataset_refuses(inputs, targets, error, message):
    with pytest.raises(error, match=message):
        Dataset(inputs, targets)


def test_batches_without_rng_keep_the_order_and_the_shorter_last_batch():
    batches = list(dataset().batches(3, None))
    assert [len(inputs) for inputs, _ in batches] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate([inputs for inputs, _ in batches]), dataset().inputs)
    np.testing.assert_array_equal(np.concatenate([targets for _, targets in batches]), dataset().targets)


def test_shuffled_batches_hold_every_example_once_beside_its_own_target():
    batches = list(dataset().batches(3, np.random.default_rng(0)))
    inputs, targets = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    examples = inputs[:, 0].astype(int) // 2
    assert examples.tolist() != list(range(7))
    assert sorted(examples) == list(range(7))
    np.testing.assert_array_equal(targets.argmax(axis=1), examples % 3)


def test_every_epoch_has_its_own_order_and_a_seed_repeats_them():
    def two_epochs(rng):
        return [[x[0, 0] for x, _ in dataset().batches(1, rng)] for _ in range(2)]

    first, second = two_epochs(np.random.default_rng(1))
    assert first != second
    assert [first, second] == two_epochs(np.random.default_rng(1))


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_writing_into_a_batch_leaves_the_dataset_alone(rng):
    data = dataset()
    for inputs, targets in data.batches(7, rng):
        inputs[:] = -1
        targets[:] = -1
    np.testing.assert_array_equal(data.inputs, dataset().inputs)
    np.testing.assert_array_equal(data.targets, dataset().targets)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batches_keep_the_dtype(dtype):
    inputs, targets = next(dataset(dtype=dtype).batches(7, None))
    assert inputs.dtype == targets.dtype == dtype


@pytest.mark.parametrize(
    ("batch_size", "error"),
    [
        (0, ValueError),
        (-3, ValueError),
        (8, ValueError),
        (2.0, TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
)
def test_a_bad_batch_size_is_refused_at_the_call_not_at_the_first_batch(batch_size, error):
    with pytest.raises(error, match="batch_size"):
        dataset().batches(batch_size, None)


@pytest.mark.parametrize("rng", [0, np.random, np.random.RandomState(0)])
def test_only_a_generator_shuffles(rng):
    with pytest.raises(TypeError, match="batches: rng: expected"):
        dataset().batches(2, rng)
    with pytest.raises(TypeError, match="split: rng"):
        dataset().split(2, rng)


def test_a_split_without_rng_takes_the_first_examples():
    first, second = dataset().split(5, None)
    np.testing.assert_array_equal(first.inputs, dataset().inputs[:5])
    np.testing.assert_array_equal(second.targets, dataset().targets[5:])
    assert first.name == second.name == "seven"


def test_a_random_split_puts_every_example_into_one_part():
    first, second = dataset().split(5, np.random.default_rng(0))
    assert (len(first), len(second)) == (5, 2)
    examples = np.concatenate([first.inputs, second.inputs])[:, 0].astype(int) // 2
    assert examples.tolist() != list(range(7))
    assert sorted(examples) == list(range(7))
    np.testing.assert_array_equal(np.concatenate([first.labels, second.labels]), examples % 3)


@pytest.mark.parametrize(
    ("n", "error"), [(0, ValueError), (7, ValueError), (2.0, TypeError), (True, TypeError)]
)
def test_both_parts_of_a_split_get_an_example(n, error):
    with pytest.raises(error, match="split: n"):
        dataset().split(n, None)
