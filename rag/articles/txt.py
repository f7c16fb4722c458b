"""Plain text: the text is everything in the file. Knows no markup and no metadata."""

from __future__ import annotations

from rag.articles.source import Source, decode


def read(data: bytes) -> Source:
    """The file decoded as UTF-8; nothing cut.

    Raises:
        UnreadableFile: not UTF-8, or binary.
    """
    return Source(decode(data))
