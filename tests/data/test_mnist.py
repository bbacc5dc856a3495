"""MNIST found, downloaded, checked and read: with small files under MNIST's names, and with the real ones."""

import gzip
import hashlib
import logging
import math
import pathlib
import socket
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

from mlpedu.data import mnist
from mlpedu.data.mnist import load_mnist
from mlpedu.data.normalization import raw_pixels, standardized

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = mnist.SHA256


def idx(values, *shape):
    return struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape) + bytes(values)


def small_files():
    """Three training images and one test image of 2 x 2 pixels."""
    contents = {
        TRAIN_IMAGES: idx([0, 51, 102, 255, *range(8)], 3, 2, 2),
        TRAIN_LABELS: idx([7, 0, 9], 3),
        TEST_IMAGES: idx([255, 255, 0, 0], 1, 2, 2),
        TEST_LABELS: idx([4], 1),
    }
    return {name: gzip.compress(content, mtime=0) for name, content in contents.items()}


def publish(monkeypatch, files):
    """Let `files` count as the published MNIST."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(mnist, "SHA256", digests)
    monkeypatch.setattr(mnist, "BYTES", {name: len(content) for name, content in files.items()})
    return files


@pytest.fixture
def files(monkeypatch):
    monkeypatch.delenv("MLPEDU_DATA", raising=False)
    return publish(monkeypatch, small_files())


@pytest.fixture
def folder(files, tmp_path):
    folder = tmp_path / "by-hand"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A user's cache that does not exist yet."""
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "mlpedu"


@pytest.fixture
def use_mirrors(files, mirrors, monkeypatch):
    """Calling it with behaviours puts such mirrors in the place of the real ones."""
    mirrors.files = files
    monkeypatch.setattr(mnist, "TIMEOUT", (0.3, 0.3))
    return lambda *behaviours: monkeypatch.setattr(mnist, "MIRRORS", [mirrors.address(b) for b in behaviours])


def names_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_files_in_a_named_folder_become_two_datasets(folder):
    train, test = load_mnist(folder)
    np.testing.assert_allclose(train.inputs[0], [0, 0.2, 0.4, 1], rtol=1e-6)
    assert train.labels.tolist() == [7, 0, 9]
    assert (train.inputs.shape, train.targets.shape) == ((3, 4), (3, 10))
    assert (test.inputs.shape, test.labels.tolist()) == ((1, 4), [4])
    assert train.name == test.name == "MNIST"
    assert train.inputs.dtype == train.targets.dtype == np.float32


def test_normalization_and_dtype_are_those_asked_for(folder):
    train, _ = load_mnist(folder, normalize=raw_pixels, dtype=np.float64)
    assert train.inputs[0].tolist() == [0, 51, 102, 255]
    assert train.inputs.dtype == train.targets.dtype == np.float64


def test_training_and_test_images_are_normalized_each_by_themselves(folder):
    train, test = load_mnist(folder, normalize=standardized)
    # 0, 0, 255, 255 have mean and standard deviation 127.5
    np.testing.assert_allclose(test.inputs, [[1, 1, -1, -1]])
    assert abs(train.inputs.mean()) < 1e-6


def test_the_environment_variable_names_the_folder_and_the_argument_goes_before_it(
    folder, monkeypatch, tmp_path
):
    monkeypatch.setenv("MLPEDU_DATA", str(folder))
    assert len(load_mnist()[0]) == 3
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        load_mnist(tmp_path / "elsewhere")


@pytest.mark.parametrize("dtype", [int, np.float16, None])
def test_a_dtype_that_is_not_floating_is_refused_before_any_file_is_read(dtype, tmp_path):
    with pytest.raises(TypeError, match="load_mnist: dtype"):
        load_mnist(tmp_path / "nowhere", dtype=dtype)


REMEDIES = [*mnist.SHA256, "load_mnist(folder)", "MLPEDU_DATA", "synthetic_digits(n, rng)"]


@pytest.mark.parametrize("named_by", ["argument", "environment"])
@pytest.mark.parametrize(
    ("damage", "error", "found"),
    [
        (pathlib.Path.unlink, FileNotFoundError, "the folder holds no such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:30]), ValueError, "found 30 bytes of SHA-256"),
        (lambda path: path.write_bytes(b""), ValueError, "found 0 bytes of SHA-256"),
        (lambda path: path.write_bytes(b"<html>Log in</html>"), ValueError, "found 19 bytes of SHA-256"),
    ],
)
def test_a_bad_file_in_a_named_folder_is_one_error_and_no_download(
    folder, cache, mirrors, use_mirrors, monkeypatch, named_by, damage, error, found
):
    use_mirrors("good")
    damage(folder / TEST_IMAGES)
    if named_by == "environment":
        monkeypatch.setenv("MLPEDU_DATA", str(folder))
    with pytest.raises(error) as caught:
        load_mnist(folder if named_by == "argument" else None)
    expected = f"expected {mnist.BYTES[TEST_IMAGES]} bytes of SHA-256 {mnist.SHA256[TEST_IMAGES]}"
    for part in [str(folder / TEST_IMAGES), expected, found, *REMEDIES]:
        assert part in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert mirrors.requests == []
    assert not cache.exists()


@pytest.mark.parametrize("behaviour", ["good", "redirecting"])
def test_without_a_folder_the_files_are_downloaded_once_and_silently(
    files, cache, mirrors, use_mirrors, monkeypatch, capsys, behaviour
):
    logger = logging.Logger("pooch")
    logger.addHandler(logging.StreamHandler())
    monkeypatch.setattr("pooch.utils.LOGGER", logger)
    use_mirrors(behaviour, "missing")
    first, _ = load_mnist()
    assert names_in(cache) == sorted(files)
    seen = len(mirrors.requests)
    again, _ = load_mnist()
    np.testing.assert_array_equal(first.inputs, again.inputs)
    assert len(mirrors.requests) == seen
    assert capsys.readouterr() == ("", "")


BAD = ["missing", "truncated", "corrupt", "stalled", "stalled-midway"]


@pytest.mark.parametrize("behaviour", BAD)
def test_the_second_mirror_helps_where_the_first_is_bad(files, cache, mirrors, use_mirrors, behaviour):
    use_mirrors(behaviour, "good")
    start = time.monotonic()
    train, _ = load_mnist()
    assert time.monotonic() - start < 3
    assert len(train) == 3
    assert names_in(cache) == sorted(files)
    # The bad mirror costs one time-out, not four.
    assert [b for b, _ in mirrors.requests] == [behaviour] + 4 * ["good"]


@pytest.mark.parametrize("behaviour", BAD)
def test_without_a_good_mirror_there_is_one_error_in_time_and_no_file(cache, mirrors, use_mirrors, behaviour):
    use_mirrors(behaviour, "missing")
    start = time.monotonic()
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist()
    assert time.monotonic() - start < 3
    tried = [mirrors.address(b) + TRAIN_IMAGES for b in (behaviour, "missing")]
    for part in [str(cache), *tried, *REMEDIES]:
        assert part in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert names_in(cache) == []


def test_without_a_network_there_is_one_error(cache, files, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        unheard = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        monkeypatch.setattr(mnist, "MIRRORS", [unheard, "http://no-such-host.invalid/"])
        with pytest.raises(FileNotFoundError, match="could not be downloaded into"):
            load_mnist()
    assert names_in(cache) == []


def test_a_damaged_file_in_the_cache_is_downloaded_again_and_the_others_are_not(
    files, cache, mirrors, use_mirrors
):
    use_mirrors("good")
    load_mnist()
    mirrors.requests.clear()
    (cache / TEST_LABELS).write_bytes(files[TEST_LABELS][:-5])
    load_mnist()
    assert mirrors.requests == [("good", TEST_LABELS)]
    assert (cache / TEST_LABELS).read_bytes() == files[TEST_LABELS]


def test_a_download_that_breaks_off_keeps_the_files_that_are_whole(files, cache, use_mirrors):
    cache.mkdir(parents=True)
    (cache / TRAIN_IMAGES).write_bytes(files[TRAIN_IMAGES])
    use_mirrors("truncated")
    with pytest.raises(FileNotFoundError):
        load_mnist()
    assert names_in(cache) == [TRAIN_IMAGES]


def test_a_cache_that_cannot_be_made_is_the_same_error(cache, use_mirrors):
    cache.parent.write_text("a file where a folder should be")
    use_mirrors("good")
    with pytest.raises(FileNotFoundError, match="could not be downloaded into"):
        load_mnist()


def test_a_terminal_gets_a_progress_bar(cache, use_mirrors, monkeypatch, capsys):
    use_mirrors("truncated", "good")
    monkeypatch.setenv("FORCE_COLOR", "1")
    load_mnist()
    shown = capsys.readouterr().err
    assert all(name in shown for name in mnist.SHA256)
    assert "100%" in shown


def test_the_import_leaves_the_download_alone():
    program = "import sys, mlpedu.data; print({'pooch', 'requests', 'rich', 'tqdm'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"


def test_the_published_files_are_mnist(mnist_folder):
    train, test = load_mnist(mnist_folder, normalize=raw_pixels)
    assert (train.inputs.shape, test.inputs.shape) == ((60000, 784), (10000, 784))
    assert train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    # The mean and the standard deviation of the training images, as everybody quotes them: 0.1307 and 0.3081.
    assert math.isclose(train.inputs.mean(dtype=float) / 255, 0.1307, abs_tol=5e-5)
    assert math.isclose(train.inputs.std(dtype=float) / 255, 0.3081, abs_tol=5e-5)
