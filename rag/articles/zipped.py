"""Archives of XML (.docx, .epub): opened within bounds, parsed without fetching anything. Knows neither."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from rag.errors import UnreadableFile

MAX_UNPACKED = 60_000_000
"""Bytes of all parts together; what an archive says of itself, and no part gives more than it says."""
MAX_PARTS = 5_000
MAX_PART = 20_000_000
"""Bytes of one part that is read."""


def open_archive(data: bytes, what: str) -> zipfile.ZipFile:
    """The archive, if it is one and does not unpack to more than a document does. ``what``: "a Word file".

    Raises:
        UnreadableFile: no archive, or a bomb.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise UnreadableFile(f"not {what}: it is cut off, or something else under this name; save it anew.") from None
    size = sum(part.file_size for part in parts)
    if size > MAX_UNPACKED or len(parts) > MAX_PARTS:
        raise UnreadableFile(
            f"it unpacks to {size / 1e6:,.0f} MB in {len(parts):,} parts, and {MAX_UNPACKED / 1e6:.0f} MB in "
            f"{MAX_PARTS:,} is the limit; save its text as .txt."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile("encrypted, or protected against copying; save a copy without that.")
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """One part's bytes; None where there is none of this name.

    Raises:
        UnreadableFile: it is damaged or too large.
    """
    import zlib

    try:
        about = archive.getinfo(name)
        if about.file_size > MAX_PART:
            raise UnreadableFile(
                f"its part {name} has {about.file_size / 1e6:,.0f} MB, and {MAX_PART / 1e6:.0f} MB is the limit."
            )
        return archive.read(about)
    except KeyError:
        return None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise UnreadableFile(f"its part {name} is damaged; save the file anew.") from None


def parse(data: bytes, name: str) -> Any:
    """The part's root element. No entity is replaced, no address is asked, and depth and size have bounds.

    Raises:
        UnreadableFile: it is not well-formed.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise UnreadableFile(f"its part {name} is damaged; save the file anew.") from None
