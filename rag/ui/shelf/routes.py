"""The shelf's routes: the list of articles, corrections by hand, the libraries. No Gradio here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from rag.corrections import FIELDS
from rag.domain import Article
from rag.errors import ShelfError
from rag.ui import words
from rag.ui.addresses import ARTICLES, article_address
from rag.ui.contract import AssistantLike
from rag.ui.render import article_html
from rag.ui.shelf.catalogue import SORTS, Catalogue, Choice, date_bound
from rag.ui.shelf.views import DETAILS, LIBRARIES, details_html, libraries_html, list_html
from rag.ui.views import no_such_article, onward, reply

LONGEST = 300
"""Characters of what is searched for."""

Text = Annotated[str, Form()]


def shelf_routes(assistant: AssistantLike, *, local: bool) -> APIRouter:
    """All of them. ``local``: whether the page is this machine's alone, so that folders of it may be named."""
    router = APIRouter()
    _add_list(router, assistant)
    _add_details(router, assistant)
    _add_libraries(router, assistant, local)
    return router


def _add_list(router: APIRouter, assistant: AssistantLike) -> None:
    known: list[Catalogue] = []

    def catalogue() -> Catalogue:
        """Made anew only when the library holds something else."""
        held = assistant.holdings()
        if not known or known[0].held != held:  # Quick: what has not changed is the same object.
            known[:] = [Catalogue(held)]
        return known[0]

    @router.api_route(ARTICLES, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def shelf(
        q: str = "",
        sort: str = "title",
        outlet: str = "",
        person: str = "",
        since: str = "",
        until: str = "",
        page: str = "1",
        fragment: bool = False,
    ) -> HTMLResponse:
        bounds = [date_bound(typed[:LONGEST]) for typed in (since, until)]
        bad = next((typed for typed, bound in zip((since, until), bounds, strict=True) if bound is None), "")
        order = next((one for one in SORTS if one == sort), SORTS[0])
        choice = Choice(q[:LONGEST], order, outlet[:LONGEST], person[:LONGEST], bounds[0] or "", bounds[1] or "")
        body = list_html(
            catalogue(),
            choice,
            int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
            library=assistant.status().library,
            problem=words.NOT_A_DATE.format(typed=bad[:40]) if bad else "",
            loaded=assistant.status().ready,
        )
        return reply(200, "Articles", body, fragment)


def _add_details(router: APIRouter, assistant: AssistantLike) -> None:
    def unknown(article_id: str, fragment: bool) -> HTMLResponse:
        return no_such_article(article_id[:200], assistant.status().library, fragment)

    @router.api_route(DETAILS, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def details(article: str = "", fragment: bool = False) -> HTMLResponse:
        found = assistant.article(article)
        if found is None:
            return unknown(article, fragment)
        return reply(200, "Details", details_html(found, assistant.as_filed(article), _shown(found)), fragment)

    @router.post(DETAILS, response_class=HTMLResponse)
    def correct(
        article: Text = "",
        title: Text = "",
        outlet: Text = "",
        author: Text = "",
        date: Text = "",
        url: Text = "",
        restore: Annotated[list[str] | None, Form()] = None,
        fragment: bool = False,
    ) -> Response:
        found = assistant.article(article)
        if found is None:
            return unknown(article, fragment)
        typed = {"title": title, "outlet": outlet, "author": author, "date": date, "url": url}
        filed, back = assistant.as_filed(article), restore or ()
        changes = _changes(typed, _shown(found), filed, back)
        try:
            if changes:
                assistant.correct(article, changes)
        except ShelfError as error:
            kept = {name: value[:1000] for name, value in typed.items()}
            return reply(400, "Details", details_html(found, filed, kept, str(error), back), fragment)
        after = assistant.article(article) or found
        late = words.CORRECTED_LATER if changes and after is found else ""
        return onward(article_address(article), after.title, article_html(after, word=late), fragment)


def _shown(article: Article) -> dict[str, str]:
    return {name: getattr(article, name) or "" for name in FIELDS}


def _changes(
    typed: dict[str, str], shown: dict[str, str], filed: Article | None, restore: list[str] | tuple[()]
) -> dict[str, str | None]:
    """What a form asks for: only fields that were touched, and none to say by hand what the file says anyway."""
    changes: dict[str, str | None] = {}
    for name, value in typed.items():
        value = value.strip()
        if name in restore or (value != shown[name] and filed is not None and value == (getattr(filed, name) or "")):
            changes[name] = None
        elif value != shown[name]:
            changes[name] = value
    return changes


def _add_libraries(router: APIRouter, assistant: AssistantLike, local: bool) -> None:
    def page(status: int, fragment: bool, problem: str = "", name: str = "", folder: str = "") -> HTMLResponse:
        body = libraries_html(assistant.libraries, local=local, problem=problem, name=name, folder=folder)
        return reply(status, "Libraries", body, fragment)

    def done(fragment: bool, made: str = "") -> Response:
        return onward(LIBRARIES, "Libraries", libraries_html(assistant.libraries, local=local, made=made), fragment)

    @router.api_route(LIBRARIES, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def libraries(fragment: bool = False) -> HTMLResponse:
        return page(200, fragment)

    @router.post(f"{LIBRARIES}/make", response_class=HTMLResponse)
    def make(name: Text = "", folder: Text = "", fragment: bool = False) -> Response:
        try:
            if folder.strip() and not local:
                raise ShelfError(words.LOCAL_ONLY)
            made = assistant.libraries.make(name, folder)
        except ShelfError as error:
            return page(400, fragment, str(error), name, folder)
        return done(fragment, made.name)

    @router.post(f"{LIBRARIES}/open", response_class=HTMLResponse)
    def open_library(name: Text = "", fragment: bool = False) -> Response:
        try:
            assistant.open_library(name)
        except ShelfError as error:
            return page(400, fragment, str(error))
        return done(fragment)

    @router.post(f"{LIBRARIES}/rename", response_class=HTMLResponse)
    def rename(name: Text = "", new: Text = "", fragment: bool = False) -> Response:
        try:
            assistant.libraries.rename(name, new)
        except ShelfError as error:
            return page(400, fragment, str(error))
        return done(fragment)

    @router.post(f"{LIBRARIES}/forget", response_class=HTMLResponse)
    def forget(name: Text = "", fragment: bool = False) -> Response:
        try:
            assistant.libraries.forget(name)
        except ShelfError as error:
            return page(400, fragment, str(error))
        return done(fragment)
