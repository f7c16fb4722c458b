"""Tensors in few bytes: weights as whole numbers of 8 or 4 bits with a scale for each row or group. Knows no model.

Symmetric rounding to the nearest number. A matrix of 8 bits has one scale for each row, that is for each output: with
one for all of a tensor, a few large rows leave the others nothing. A table of 4 bits has one for each ``GROUP`` numbers
of a row. What is small (biases, norms) stays as it is, in half precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Stored = Mapping[str, NDArray[Any]]

GROUP = 32
EIGHT, FOUR, SCALE = ".int8", ".int4", ".scale"


def save(tensors: Mapping[str, Floats], file: Path, *, four: frozenset[str] = frozenset()) -> None:
    """Write tensors: matrices in 8 bits, those in ``four`` (whose columns ``GROUP`` divides) in 4, vectors in 16."""
    import numpy as np
    from safetensors.numpy import save_file

    packed: dict[str, NDArray[Any]] = {}
    for name, tensor in tensors.items():
        if name in four:
            packed[name + FOUR], packed[name + SCALE] = _four(tensor)
        elif tensor.ndim == 2 and len(tensor) > 1:
            packed[name + EIGHT], packed[name + SCALE] = _eight(tensor)
        else:
            packed[name] = np.asarray(tensor, dtype=np.float16)
    save_file(packed, file)


def read(file: Path) -> Stored:
    """The tensors of a file as they are stored: under NAME, or under NAME with ``EIGHT`` or ``FOUR`` and ``SCALE``.

    Raises:
        OSError, ValueError: the file cannot be read or is no such file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(file)
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def unpacked(stored: Stored) -> dict[str, Floats]:
    """The tensors that ``save`` was given, as far as rounding keeps them.

    Raises:
        KeyError: a scale is missing.
    """
    import numpy as np

    tensors: dict[str, Floats] = {}
    for name, tensor in stored.items():
        if name.endswith(EIGHT):
            bare = name.removesuffix(EIGHT)
            tensors[bare] = tensor.astype(np.float32) * stored[bare + SCALE].astype(np.float32)
        elif name.endswith(FOUR):
            bare = name.removesuffix(FOUR)
            tensors[bare] = _unpacked(tensor, stored[bare + SCALE])
        elif not name.endswith(SCALE):
            tensors[name] = tensor.astype(np.float32)
    return tensors


def _eight(matrix: Floats) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """(rows, columns) as whole numbers from -127 to 127, and the scales (rows, 1)."""
    import numpy as np

    scale = _scale(np.abs(matrix).max(axis=1, keepdims=True) / 127)
    return np.rint(matrix / scale.astype(np.float32)).clip(-127, 127).astype(np.int8), scale


def _four(table: Floats) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """(rows, columns / 2), two numbers from -7 to 7 a byte, and the scales (rows, columns / GROUP)."""
    import numpy as np

    rows, columns = table.shape
    grouped = table.reshape(rows, columns // GROUP, GROUP)
    scale = _scale(np.abs(grouped).max(axis=2, keepdims=True) / 7)
    whole = np.rint(grouped / scale.astype(np.float32)).clip(-7, 7).astype(np.int8).reshape(rows, columns) + 8
    return (whole[:, ::2] | (whole[:, 1::2] << 4)).astype(np.uint8), scale[:, :, 0]


def _unpacked(packed: NDArray[np.uint8], scale: NDArray[np.float16]) -> Floats:
    import numpy as np

    rows, halves = packed.shape
    whole = np.empty((rows, halves * 2), dtype=np.float32)
    whole[:, ::2], whole[:, 1::2] = packed & 15, packed >> 4
    grouped = (whole - 8).reshape(rows, -1, GROUP) * scale.astype(np.float32)[:, :, None]
    return grouped.reshape(rows, halves * 2)


def _scale(scale: Floats) -> NDArray[np.float16]:
    """Rounded to 16 bits before it is divided by, and nowhere 0."""
    import numpy as np

    return np.maximum(scale, 1e-7).astype(np.float16)
