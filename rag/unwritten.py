"""Clears what a stored index of vectors holds of memory that was never written to. Knows files, no database.

hnswlib writes room for a thousand vectors at once, and the places that hold none yet as it got them from the system:
with whatever the process had there before, the header of a request to a hosted model for one. Nothing reads them.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

_HEADER = struct.Struct("<iQQQQ")
"""``header.bin`` begins with version, offset, elements there is room for, elements there are, bytes an element takes.

Source: ``HEADER_FIELDS`` in hnswalg.h of chroma-core/hnswlib; all of version 1.
"""
_LENGTH_BYTES = 4
_STEP = 1 << 20


def clear_unwritten(folder: Path) -> None:
    """Overwrite with zeros, in each index below ``folder``, the places that no vector has been put into.

    For when nothing is being written. An index of another version, or one that cannot be written, stays as it is.
    """
    for header in sorted(folder.glob("*/header.bin")):
        with suppress(OSError, struct.error):
            version, _, _, elements, size = _HEADER.unpack(header.read_bytes()[: _HEADER.size])
            if version == 1:
                _clear_from(header.with_name("data_level0.bin"), elements * size)
                _clear_from(header.with_name("length.bin"), elements * _LENGTH_BYTES)


def _clear_from(file: Path, start: int) -> None:
    """Zeros from ``start`` to the end; written only where there is something else, so that a file at rest stays so."""
    with file.open("r+b") as stream:
        stream.seek(start)
        while block := stream.read(_STEP):
            if block.count(0) < len(block):
                stream.seek(-len(block), 1)
                stream.write(bytes(len(block)))
