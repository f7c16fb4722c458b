"""The addresses of articles and cited words, both ways. Knows no page and no article."""

from __future__ import annotations

import re
from urllib.parse import quote

from rag.domain import Span
from rag.wording import web_link as web_link

ARTICLES = "/articles"
_MARK = re.compile(r"(\d{1,9})-(\d{1,9})")


def article_address(article_id: str, span: Span | None = None) -> str:
    """Where an article, or the words ``span`` of it, can be opened: ``/articles/ID?mark=START-END#mark``.

    The span travels in the query because a fragment never reaches the server.
    """
    path = f"{ARTICLES}/{quote(article_id, safe='/')}"
    return f"{path}?mark={span.start}-{span.end}#mark" if span else path


def parse_mark(value: str) -> Span | None:
    """``START-END`` as a span of at least one code point, or None when it is not one."""
    match = _MARK.fullmatch(value)
    if not match:
        return None
    span = Span(int(match[1]), int(match[2]))
    return span if span.start < span.end else None


def parse_page(value: str) -> int | None:
    """The number of a page, or None when it is none."""
    return int(value) if re.fullmatch(r"[0-9]{1,5}", value) else None
