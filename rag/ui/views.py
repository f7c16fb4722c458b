"""Replies of plain pages: whole, or as the bare fragment that the chat page's panel shows. Knows no room's content."""

from __future__ import annotations

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from rag.ui.render import missing_html, page_html
from rag.ui.words import UNKNOWN_ARTICLE

HEADERS = {
    # No script, no picture, no frame, forms to ourselves alone: whatever an article holds, its page can fetch nothing.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Nothing is told to others; with no referrer at all, browsers would not say that a form is ours.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def reply(status: int, title: str, body: Markup, fragment: bool) -> HTMLResponse:
    """``body`` as a page of its own, or bare where ``fragment``."""
    content = body if fragment else page_html(title, body)
    return HTMLResponse(content, status_code=status, headers=HEADERS)


def no_such_article(article_id: str, library: str, fragment: bool) -> HTMLResponse:
    """What is said where the library that is open has no article of this id."""
    said = UNKNOWN_ARTICLE.format(id=article_id, library=library)
    return reply(404, "No such article", missing_html("No such article", said), fragment)


def onward(address: str, title: str, body: Markup, fragment: bool) -> Response:
    """What follows a form that did its work: ``body`` for the panel, the page at ``address`` for a browser."""
    return reply(200, title, body, fragment) if fragment else RedirectResponse(address, 303, HEADERS)
