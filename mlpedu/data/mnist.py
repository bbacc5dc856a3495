"""MNIST, 60,000 + 10,000 handwritten digits: found, downloaded, checked and read. See :doc:`/data`."""

import gzip
import hashlib
import os
from pathlib import Path

import numpy as np

from mlpedu.arguments import floating_dtype
from mlpedu.data.dataset import Dataset, one_hot
from mlpedu.data.normalization import unit_range

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TIMEOUT = (5, 15)  # seconds: to connect, and from one packet to the next

# The four files as they were first published.
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
BYTES = dict(zip(SHA256, (9912422, 28881, 1648877, 4542), strict=True))


def load_mnist(folder=None, *, normalize=unit_range, dtype=np.float32):
    """Load MNIST [1]_: images of 28 x 28 pixels, one digit each, in their published order.

    Parameters
    ----------
    folder : path, optional
        Where the four files are. Without it: the folder that the environment variable ``MLPEDU_DATA`` names;
        without that: the user's cache, into which missing or damaged files are downloaded (11 MB). A folder
        that was named is only read.
    normalize : callable
        From pixels (N, 784), 0 to 255, to inputs: see `mlpedu.data.normalization`. Called once for the
        training and once for the test images.
    dtype : float32 or float64

    Returns
    -------
    train, test : Dataset
        60,000 and 10,000 examples named "MNIST", with 784 inputs and 10 classes.

    Raises
    ------
    FileNotFoundError
        A file is missing, or could not be downloaded.
    ValueError
        A file is not, byte for byte, the one published.
    TypeError
        Another dtype.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
       recognition", Proceedings of the IEEE 86 (1998), section III.A.
    """
    dtype = floating_dtype("load_mnist: dtype", dtype)
    if folder is None:
        folder = os.environ.get("MLPEDU_DATA") or _filled_cache()
    arrays = [_parse_idx(name, _read(Path(folder).expanduser() / name)) for name in SHA256]
    train, test = (
        Dataset(normalize(images.reshape(len(images), -1).astype(dtype)), one_hot(labels, 10, dtype), "MNIST")
        for images, labels in (arrays[:2], arrays[2:])
    )
    return train, test


def _read(path):
    """What a file of the four holds, unzipped, if it is the published one."""
    expected = f"{BYTES[path.name]:,} bytes of SHA-256 {SHA256[path.name]}"
    if not path.is_file():
        found = "the folder holds no such file" if path.parent.is_dir() else "there is no such folder"
        raise FileNotFoundError(f"MNIST: no file {path}: expected {expected}, but {found}. {_remedies()}")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[path.name]:
        found = f"{len(content):,} bytes of SHA-256 {digest}"
        raise ValueError(
            f"MNIST: {path} is not as published: expected {expected}, found {found}. {_remedies()}"
        )
    return gzip.decompress(content)


def _parse_idx(name, content):
    """The array in an IDX file: four bytes, the length of each axis (big-endian), then one byte a value."""
    axes = 3 if "idx3" in name else 1
    shape = np.frombuffer(content, ">u4", axes, offset=4).tolist()
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _filled_cache():
    """The user's cache folder, with all four files in it."""
    import pooch

    pooch.get_logger().setLevel("WARNING")
    cache = pooch.os_cache("mlpedu")
    failures = ""
    for mirror in MIRRORS:
        try:
            for name, digest in SHA256.items():
                # Leaves a good file alone; else downloads under another name, checks the digest, and renames.
                pooch.retrieve(mirror + name, digest, fname=name, path=cache, downloader=_download)
            return cache
        except (OSError, ValueError) as error:  # requests' own errors are OSErrors
            failures += f"\n- {mirror}{name}: {error}"
    raise FileNotFoundError(f"MNIST: could not be downloaded into {cache}:{failures}\n{_remedies()}")


def _download(url, path, pooch_instance):
    """What pooch calls to download: with time-outs and, on a terminal, a progress bar."""
    from pooch import HTTPDownloader
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = _Bar(progress, url.rpartition("/")[2])
        HTTPDownloader(bar, chunk_size=2**16, timeout=TIMEOUT)(url, path, pooch_instance)


class _Bar:
    """The names by which pooch moves a progress bar, passed on to rich."""

    def __init__(self, progress, description):
        self.total = None
        self._progress = progress
        self._task = progress.add_task(description, total=None)

    def update(self, advance):
        self._progress.update(self._task, total=self.total, advance=advance)

    def reset(self):
        self._progress.reset(self._task)

    def close(self):
        self._progress.stop()


def _remedies():
    return (
        f"Put the files {', '.join(SHA256)} (for instance from {MIRRORS[0]}) into a folder and name it in "
        "load_mnist(folder) or the environment variable MLPEDU_DATA; name none, and they are downloaded. "
        "Without MNIST, synthetic_digits(n, rng) draws digits that will do for a lesson."
    )
