"""All words of a page of HTML that is article throughout, such as a chapter of a book. Fetches nothing, runs nothing.

What is saved from the web has menus and comments around its text, which ``html.py`` leaves out; here nothing is.
"""

from __future__ import annotations

from typing import Any

from rag.articles.html import MAX_TAGS, decode_page
from rag.articles.source import Source
from rag.articles.zipped import parse
from rag.errors import UnreadableFile

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "form", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_SILENT = frozenset({
    "head", "script", "style", "template", "svg", "math", "noscript", "iframe", "object", "embed", "audio", "video",
    "canvas", "select", "textarea", "title",
})  # fmt: skip


def read_whole(data: bytes) -> Source:
    """The page's text, a block a line, with its headings; empty where there is none.

    Raises:
        UnreadableFile: neither UTF-8 nor the encoding that the page declares, or more tags than a page has.
    """
    tags = data.count(b"<")
    if tags > MAX_TAGS:
        raise UnreadableFile(f"{tags:,} tags, and {MAX_TAGS:,} is the limit; save the text as .txt.")
    root = _root(data)
    if root is None:
        return Source("")
    lines, headings = _lines(root)
    return Source("\n\n".join(lines), headings=frozenset(headings))


def _root(data: bytes) -> Any:
    """As XML where it is XHTML, in which an empty element may be closed at once; else as browsers read it."""
    from lxml import etree

    try:
        return parse(data, "page")
    except UnreadableFile:
        parser = etree.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
        text = decode_page(data).encode("utf-8", "replace")
        try:
            return etree.fromstring(text, parser) if text.strip() else None
        except (etree.XMLSyntaxError, ValueError):
            return None


def _lines(root: Any) -> tuple[list[str], list[str]]:
    from lxml import etree

    lines: list[str] = []
    headings: list[str] = []
    words: list[str] = []

    def end_line(*, heading: bool = False) -> None:
        line = " ".join("".join(words).split())
        words.clear()
        if line:
            lines.append(line)
            if heading:
                headings.append(line)

    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        tag = element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _SILENT:
                walker.skip_subtree()
                continue
            if tag in _BLOCKS:
                end_line()
            words.append(" " if tag == "br" else element.text or "")
        else:
            if tag in _BLOCKS:
                end_line(heading=tag in _HEADINGS)
            words.append(element.tail or "")
    end_line()
    return lines, headings
