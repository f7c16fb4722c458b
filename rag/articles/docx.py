"""Word files: paragraphs, headings and tables in order, with what the document's properties say. Knows no page.

Opened by python-docx; its paragraphs leave out what was inserted with tracked changes, links and text boxes, so the
words are collected from the elements themselves. Pictures and linked files are not looked at.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from rag.articles.details import Details, clean, iso_date
from rag.articles.source import Source
from rag.articles.zipped import open_archive, part
from rag.errors import UnreadableFile

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DROPPED = frozenset({_FALLBACK, f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_W}instrText", f"{_W}sectPr"})
_WRITTEN = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}noBreakHyphen": "-"}
_HEADINGS = ("heading", "title", "subtitle")
_NOBODY = frozenset({"python-docx", "microsoft office user", "user", "admin", "author", "windows user"})
"""Authors that programs put in where nobody gave a name."""


def read(data: bytes) -> Source:
    """The document's text, a paragraph or a row of a table a line; title, author and date from its properties.

    Raises:
        UnreadableFile: no Word file, damaged, encrypted, or one that unpacks to more than a document has.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile("encrypted, or an old Word file under this name; save it as .docx without a password.")
    archive = open_archive(data, "a Word file")
    if part(archive, "[Content_Types].xml") is None:
        raise UnreadableFile("not a Word file: it is another archive under this name; save it anew.")
    document = _open(data)
    styles = _heading_styles(document)
    lines = [(words, style in styles) for words, style in _lines(document.element.body) if words]
    text = "\n\n".join(words for words, _ in lines)
    return Source(text, _details(document.core_properties), frozenset(words for words, heads in lines if heads))


def _open(data: bytes) -> Any:
    import docx
    from docx.opc.exceptions import OpcError

    damaged = (OpcError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, AttributeError, SyntaxError, EOFError)
    try:
        return docx.Document(io.BytesIO(data))
    except damaged as error:
        what = type(error).__name__
        raise UnreadableFile(f"not a Word file, or a damaged one ({what}); open it in Word and save it anew.") from None


def _heading_styles(document: Any) -> frozenset[str]:
    """Ids of the paragraph styles for headings; Word calls them by English names in every language."""
    return frozenset(
        style.style_id for style in document.styles if (style.name or "").lower().startswith(_HEADINGS)
    )  # fmt: skip


def _lines(body: Any) -> Iterator[tuple[str, str]]:
    """Each paragraph or row of a table with its style's id. No recursion: elements may be nested without end."""
    inside_rows = set()
    for element in body.iter(f"{_W}p", f"{_W}tr"):
        if _is_dropped(element) or any(parent in inside_rows for parent in element.iterancestors(f"{_W}tr")):
            continue
        if element.tag == f"{_W}tr":
            inside_rows.add(element)
            cells = (c for c in element.iter(f"{_W}tc") if next(c.iterancestors(f"{_W}tr")) is element)
            yield " | ".join(filter(None, map(_cell, cells))), ""
        else:
            yield _words(element), _style(element)


def _is_dropped(element: Any) -> bool:
    return any(parent.tag in _DROPPED for parent in element.iterancestors())


def _cell(cell: Any) -> str:
    """A cell's words, those of a table in it too."""
    paragraphs = (paragraph for paragraph in cell.iter(f"{_W}p") if not _is_dropped(paragraph))
    return " ".join(filter(None, map(_words, paragraphs)))


def _words(paragraph: Any) -> str:
    """The paragraph's words as one line, text boxes in it aside, which are paragraphs of their own."""
    found: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if element.tag in _DROPPED or element.tag == f"{_W}p" or not isinstance(element.tag, str):
            continue
        if element.tag == f"{_W}t":
            found.append(element.text or "")
        found.append(_WRITTEN.get(element.tag, ""))
        waiting += reversed(element)
    return " ".join("".join(found).split())


def _style(paragraph: Any) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return (style.get(f"{_W}val") or "") if style is not None else ""


def _details(properties: Any) -> Details:
    author = clean(properties.author)
    created = properties.created
    return Details(
        title=clean(properties.title),
        author=None if author and author.lower() in _NOBODY else author,
        date=iso_date(created) if created and created.year > 1980 and not _is_template(created) else None,
    )


def _is_template(created: Any) -> bool:
    """Whether it is the moment in which python-docx's own template was made, which its documents keep."""
    return (created.year, created.month, created.day, created.hour) == (2013, 12, 23, 23)
