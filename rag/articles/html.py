"""Saved web pages: the text is what trafilatura extracts. Knows no rules about residue; those come later."""

from __future__ import annotations

import codecs
import logging
import re
from contextlib import suppress
from typing import Any

from rag.articles.details import Details, clean, iso_date, web_address
from rag.articles.source import Source, decode
from rag.errors import UnreadableFile

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
MAX_TAGS = 100_000
"""A long article's page has some thousands; each takes time and memory."""
_CHARSET_WITHIN = 4096  # bytes; HTML asks for it in the first 1024
_AS_BROWSERS_DO = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What a declared encoding means on the web, by Python's names (WHATWG Encoding Standard): pages that say iso-8859-1
have the quotation marks of windows-1252."""
_OPTIONS: dict[str, Any] = {
    # The default balance between precision and recall had the best F1 (0.925) on 250 pages with known content.
    "include_comments": False,
    "include_tables": True,
    "with_metadata": True,
    # htmldate guesses a date from anything on the page unless told not to: a guess is worse than "no date given".
    "date_extraction_params": {"extensive_search": False, "original_date": True},
}


def read(data: bytes) -> Source:
    """The page's main text without comments, with the details that its metadata give.

    Raises:
        UnreadableFile: neither UTF-8 nor the encoding that the page declares, binary, more tags than a page has, or
            no article text in it.
    """
    tags = data.count(b"<")
    if tags > MAX_TAGS:
        raise UnreadableFile(f"{tags:,} tags, and {MAX_TAGS:,} is the limit; save the article's text as .txt.")
    page = _extract(decode_page(data))
    text = (page.text or "").strip() if page else ""
    if not text:
        raise UnreadableFile("no article text was found in the page; save the article's own page, or its text as .txt.")
    heads = ("".join(head.itertext()) for head in page.body.iter("head")) if page.body is not None else ()
    return Source(text, _details(page), frozenset(" ".join(head.split()) for head in heads))


def decode_page(data: bytes) -> str:
    """The page as text: UTF-8, else in the encoding that it declares, as browsers take it.

    Raises:
        UnreadableFile: it is neither.
    """
    try:
        return decode(data)
    except UnreadableFile:
        declared = _CHARSET.search(data[:_CHARSET_WITHIN])
        if not declared:
            raise
    label = declared[1].decode("ascii")
    try:
        name = codecs.lookup(label).name
        with suppress(UnreadableFile):  # A byte that windows-1252 lacks, as browsers do not mind.
            return decode(data, _AS_BROWSERS_DO.get(name, name))
        return decode(data, name)
    except (LookupError, UnicodeError):
        raise UnreadableFile(f"unknown encoding {label!r}; save the page as UTF-8.") from None


def _extract(page: str) -> Any:
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it has to say is said by the errors here
    try:
        return bare_extraction(page, **_OPTIONS)
    except Exception as error:  # the extractor meets any tag soup; whatever it trips over, the other files go on
        what = type(error).__name__
        raise UnreadableFile(f"the page could not be parsed ({what}); save its text as .txt.") from error


def _details(page: Any) -> Details:
    categories = [c for c in page.categories or [] if c]
    return Details(
        title=clean(page.title),
        outlet=clean(page.sitename),
        author=clean(page.author.split("; ")) if page.author else None,
        date=iso_date(page.date) if page.date else None,
        url=web_address(page.url) if page.url else None,
        section=clean(categories[0]) if categories else None,
    )
