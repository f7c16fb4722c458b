"""What a reader of one format hands over, and how bytes become text. Knows no folder and no single format."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rag.articles.details import Details
from rag.errors import UnreadableFile

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text, whole, with what its metadata and markup say about it."""

    text: str
    details: Details = field(default_factory=Details)
    headings: Collection[str] = ()
    """Lines that the markup calls headings."""
    note: str = ""
    """A last line of the text that is ours and not the file's: shown in grey, never evidence."""
    pages: tuple[int, ...] = ()
    """Where each page begins in the text, if the file has pages."""


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """``data`` as text, a byte order mark dropped and line ends made ``\\n``.

    Raises:
        UnreadableFile: the bytes are binary or not in ``encoding``; the message names the byte and its offset.
    """
    _refuse_binary(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"not {encoding.upper()}: byte 0x{data[error.start]:02x} at offset {error.start} (line {line}); "
            f"save the file as UTF-8."
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def only_this_file() -> Iterator[None]:
    """Whatever goes wrong within is one file's trouble: the others are not to suffer from a rule that trips over it.

    Raises:
        UnreadableFile: anything but a wish to stop was raised.
    """
    try:
        yield
    except UnreadableFile:
        raise
    except Exception as error:  # RecursionError and MemoryError too: what a file asks for beyond reason
        _log.debug("A file cannot be read.", exc_info=True)
        what = type(error).__name__
        raise UnreadableFile(f"it cannot be read ({what}); save its text as .txt, in smaller files.") from error


def _refuse_binary(data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile("not UTF-8: it begins with the byte order mark of UTF-16; save the file as UTF-8.")
    if (offset := data.find(b"\0")) >= 0:
        raise UnreadableFile(f"binary, not text: a zero byte at offset {offset}; only text files can be articles.")
