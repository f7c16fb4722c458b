"""E-books: chapters in the order of reading, each as a page of HTML. Follows no link, opens no file beside the book."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from rag.articles.details import Details, clean, iso_date
from rag.articles.source import Source
from rag.articles.whole import read_whole
from rag.articles.zipped import open_archive, parse, part
from rag.errors import UnreadableFile

MAX_CHAPTERS = 2_000
_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/rights.xml"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"


def read(data: bytes) -> Source:
    """The chapters' text without covers and contents, with the book's title, author, publisher and date.

    Raises:
        UnreadableFile: no e-book, damaged, protected, too large, or without text.
    """
    archive = open_archive(data, "an e-book")
    package, root = _package(archive)
    if part(archive, _RIGHTS) is not None:
        raise UnreadableFile("protected against copying (DRM); only a copy without that can be read.")
    read_chapters = [source for page in _chapters(archive, package, root) if (source := read_whole(page)).text]
    if not read_chapters:
        raise UnreadableFile("no text was found in its chapters; save what is to be read as .txt.")
    text = "\n\n".join(source.text for source in read_chapters)
    return Source(text, _details(root), frozenset(head for source in read_chapters for head in source.headings))


def _package(archive: zipfile.ZipFile) -> tuple[str, Any]:
    """The name of the package document, which lists the chapters, and its root."""
    container = part(archive, _CONTAINER)
    if container is None:
        raise UnreadableFile("not an e-book: it is another archive under this name; convert it to .epub anew.")
    named = parse(container, _CONTAINER).find(".//{*}rootfile")
    name = unquote(named.get("full-path") or "") if named is not None else ""
    package = part(archive, name) if name else None
    if package is None:
        raise UnreadableFile("an e-book without a list of its chapters; convert it to .epub anew.")
    return name, parse(package, name)


def _chapters(archive: zipfile.ZipFile, package: str, root: Any) -> Iterator[bytes]:
    """The chapters' files. A name that leads out of the book, or to another host, names no part of it."""
    items = {item.get("id"): item for item in root.iter(f"{_OPF}item")}
    spine = [items.get(ref.get("idref")) for ref in root.iter(f"{_OPF}itemref") if ref.get("linear") != "no"]
    if len(spine) > MAX_CHAPTERS:
        raise UnreadableFile(f"{len(spine):,} chapters, and {MAX_CHAPTERS:,} is the limit; split the book.")
    seen: set[str] = set()
    for item in spine:
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package), unquote(item.get("href") or "")))
        page = part(archive, name) if name not in seen else None
        seen.add(name)
        if page is not None:
            yield page


def _details(root: Any) -> Details:
    def given(name: str) -> list[str]:
        return ["".join(element.itertext()) for element in root.iter(f"{_DC}{name}")]

    titles, dates = given("title"), given("date")
    return Details(
        title=clean(titles[0]) if titles else None,
        outlet=clean(given("publisher")),
        author=clean(given("creator")),
        date=iso_date(dates[0]) if dates else None,
    )
