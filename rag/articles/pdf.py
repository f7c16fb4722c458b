"""PDF files: running text with the page on which it stands; a scan is refused. Knows no geometry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rag.articles.apart import take_apart
from rag.articles.columns import Line
from rag.articles.details import Details, clean
from rag.articles.layout import Page, running_text
from rag.articles.source import Source
from rag.errors import UnreadableFile

_MAGIC_WITHIN = 1024  # bytes; viewers allow as much before the header
_NO_TITLE = re.compile(r"\(?(?:untitled|anonymous|microsoft word|slide|document|title|powerpoint)\b|.*\.\w{2,5}$", re.I)
_NOBODY = re.compile(r"\(?(?:anonymous|unspecified|unknown|user|admin|author)\)?", re.I)
_NO_LETTER = re.compile(r"\(cid:\d+\)|\ufffd|[\ue000-\uf8ff]")
"""What stands for a letter whose font does not say which it is."""
_MAX_NO_LETTERS = 0.1


def read(data: bytes) -> Source:
    """The document's running text with the beginning of each page, title and author.

    The date on which a PDF was made is not taken: it is not the article's.

    Raises:
        UnreadableFile: no PDF, broken, encrypted, too long, without pages, or without text: a scan.
    """
    if b"%PDF-" not in data[:_MAGIC_WITHIN]:
        raise UnreadableFile("not a PDF: it does not begin with %PDF; rename it to what it is.")
    found = take_apart("pdf", data)
    pages = found["pages"]
    if not pages:
        raise UnreadableFile("a PDF without a page; save it anew from where it was made.")
    printed = running_text([Page(page["height"], [Line(*line) for line in page["lines"]]) for page in pages])
    _refuse_without_text(printed.text, pages)
    given = found["details"]
    title, author = (clean(given.get(name)) for name in ("Title", "Author"))
    details = Details(
        title=printed.title if title is None or _NO_TITLE.match(title) else title,
        author=None if author is None or _NOBODY.fullmatch(author) else author,
    )
    return Source(printed.text, details, printed.headings, pages=printed.pages)


def _refuse_without_text(text: str, pages: Sequence[Mapping[str, Any]]) -> None:
    letters = sum(c.isalnum() for c in text)
    if not letters:
        pictures = "pictures" if any(page["pictures"] for page in pages) else "drawings or empty"
        raise UnreadableFile(
            f"a scan: its pages are {pictures}, without text; run OCR (for example ocrmypdf) over it first."
        )
    if len(_NO_LETTER.findall(text)) > _MAX_NO_LETTERS * letters:
        raise UnreadableFile(
            "its fonts do not say which letters they show; run OCR (for example ocrmypdf --force-ocr) over it first."
        )
