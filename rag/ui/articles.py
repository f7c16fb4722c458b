"""The route for articles: a page of its own for every source, or the bare fragment for the panel. No Gradio here."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from rag.domain import Article, Span
from rag.ui.addresses import ARTICLES, parse_mark, parse_marks, parse_page
from rag.ui.contract import AssistantLike
from rag.ui.render import article_html, missing_html
from rag.ui.views import no_such_article, reply


def article_routes(assistant: AssistantLike) -> APIRouter:
    """``GET /articles/ID?mark=START-END``, ``?page=N``; with ``fragment=1`` the bare element.

    ``also=START-END,START-END`` marks other words lightly: what else an answer found there.

    Only ids that the library knows are served; the path is never a file's.
    """
    router = APIRouter()

    @router.api_route(ARTICLES + "/{article_id:path}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def article(
        article_id: str, mark: str | None = None, page: str | None = None, fragment: bool = False, also: str = ""
    ) -> HTMLResponse:
        found = assistant.article(article_id)
        if found is None:
            return no_such_article(article_id, assistant.status().library, fragment)
        cited = parse_mark(mark) if mark is not None else None
        if mark is not None and (cited is None or cited.end > len(found.text)):
            return reply(400, "No such passage", _bad_mark(found, mark), fragment)
        number = parse_page(page) if page is not None else None
        if page is not None and not (number and number <= len(found.pages)):
            return reply(400, "No such page", _bad_page(found, page), fragment)
        body = article_html(found, cited, number, also=parse_marks(also))
        return reply(200, found.title, body, fragment)

    return router


def _bad_mark(article: Article, mark: str) -> Markup:
    whole = Span(0, len(article.text))
    return missing_html(
        "No such passage",
        f"“{mark}” names no passage of “{article.title}”: two numbers from {whole.start} to {whole.end} are expected, "
        "as in mark=10-80. The article may have changed since the link was made.",
    )


def _bad_page(article: Article, page: str) -> Markup:
    pages = f"a page from 1 to {len(article.pages)} is expected" if article.pages else "this article has no pages"
    return missing_html("No such page", f"“{page}” names no page of “{article.title}”: {pages}.")
