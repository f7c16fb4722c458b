"""Rich text: the text without formatting, with what the file's properties say. Knows no headings."""

from __future__ import annotations

import re

from rag.articles.apart import take_apart
from rag.articles.details import Details, clean, iso_date
from rag.articles.source import Source
from rag.errors import UnreadableFile

_MAGIC = b"{\\rtf"
_INFO = re.compile(rb"\{\\(title|author) ?([^{}\\]{1,500})\}")
_CREATED = re.compile(rb"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})\D")
_INFO_WITHIN = 100_000  # bytes; it stands at the beginning, behind the fonts and styles


def read(data: bytes) -> Source:
    """The text with title, author and date, where the properties give them in plain letters.

    Raises:
        UnreadableFile: no RTF, or it takes too long.
    """
    if not data.lstrip().startswith(_MAGIC):
        raise UnreadableFile("not rich text: it does not begin with {\\rtf; rename it to what it is.")
    text = take_apart("rtf", data)["text"]
    lines = (" ".join(line.split()) for line in text.replace("\0", "").splitlines())
    return Source("\n".join(lines).strip(), _details(data[:_INFO_WITHIN]))


def _details(head: bytes) -> Details:
    given = {match[1]: match[2].decode("latin-1") for match in _INFO.finditer(head)}
    created = _CREATED.search(head)
    date = "-".join(part.decode().zfill(2) for part in created.groups()) if created else None
    return Details(title=clean(given.get(b"title")), author=clean(given.get(b"author")), date=date and iso_date(date))
