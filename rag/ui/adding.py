"""The routes by which articles come and go: files, links, texts; removed, brought back, read again. No Gradio here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from rag.adding import Fetcher, Holding, Kept, keep, keep_page, paste, preview_of, remove, removed, restore
from rag.articles import max_bytes
from rag.errors import AddingError
from rag.ui.adding_batches import Batches, Row, lines
from rag.ui.adding_views import adding_html, preview_html, progress_html
from rag.ui.contract import AssistantLike
from rag.ui.views import onward, reply

ADD = "/add"
MOST_FILES = 1000
TITLE = "Add articles"

Text = Annotated[str, Form()]


class _Desk:
    """What the routes share: what was added lately, what is held to be looked at, and how each is shown."""

    def __init__(self, assistant: AssistantLike, fetcher: Fetcher) -> None:
        self.assistant = assistant
        self.fetcher = fetcher
        self.holding = Holding()
        self.batches = Batches()

    def known(self) -> dict[str, str]:
        return {article.digest: article.id for article in self.assistant.articles()}

    def progress(self, token: str) -> Markup:
        rows, going = self.batches.get(token), self.assistant.is_reading()
        shown = lines(rows, self.assistant.file)
        return progress_html(token, shown, self.assistant.status(), going=going)

    def page(self, *, batch: str = "", gone: str = "", words: str = "", restored: str = "", url: str = "") -> Markup:
        home = self.assistant.home()
        return adding_html(
            home,
            self.assistant.status(),
            self.assistant.unreadable(),
            words=words,
            progress=self.progress(batch) if self.batches.get(batch) else None,
            removed=removed(home.data, gone) if gone else None,
            restored=restored,
            url=url,
        )

    def added(self, rows: Sequence[Row], fragment: bool, more_of: str = "") -> Response:
        """What follows when something was added: it is read, and the page says how far that is."""
        token = self.batches.put(rows, more_of)
        if any(row.id for row in rows):
            self.assistant.reread()
        return onward(f"{ADD}?batch={token}", TITLE, self.page(batch=token), fragment)

    def refused(self, words: str, fragment: bool, status: int = 400, url: str = "") -> HTMLResponse:
        return reply(status, TITLE, self.page(words=words, url=url), fragment)


def adding_routes(assistant: AssistantLike, fetcher: Fetcher | None = None) -> APIRouter:
    """``/add`` with its forms, ``/remove``, ``/undo`` and ``/reread``. Nothing is fetched before a link is sent."""
    router, desk = APIRouter(), _Desk(assistant, fetcher or Fetcher(assistant.home().link_hosts))
    _add_pages(router, desk)
    _add_files(router, desk)
    _add_links(router, desk)
    _add_removing(router, desk)
    return router


def _add_pages(router: APIRouter, desk: _Desk) -> None:
    @router.api_route(ADD, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def add(batch: str = "", gone: str = "", fragment: bool = False) -> HTMLResponse:
        try:
            shown = reply(200, TITLE, desk.page(batch=batch, gone=gone), fragment)
        except AddingError as error:
            return desk.refused(str(error), fragment, 404)
        if desk.batches.get(batch) and desk.assistant.is_reading():
            shown.headers["Refresh"] = "2"  # Without script, the page itself looks how far it is.
        return shown

    @router.api_route(f"{ADD}/progress", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def progress(batch: str = "", fragment: bool = False) -> HTMLResponse:
        return reply(200, TITLE, desk.progress(batch), fragment)

    @router.post("/reread")
    def reread(fragment: bool = False) -> Response:
        desk.assistant.reread()
        return desk.added([], fragment)


def _add_files(router: APIRouter, desk: _Desk) -> None:
    @router.post(f"{ADD}/files")
    async def files(request: Request, batch: str = "", fragment: bool = False) -> Response:
        try:
            async with request.form(max_files=MOST_FILES, max_fields=8) as form:
                sent = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
                rows = await run_in_threadpool(_keep_all, desk, sent)
        except HTTPException:
            return desk.refused(f"The form could not be read: add at most {MOST_FILES} files at a time.", fragment)
        if not rows:
            return desk.refused("No file was chosen: choose some, or drop them on the page.", fragment)
        return desk.added(rows, fragment, batch)

    @router.post(f"{ADD}/text")
    def text(title: Text = "", text: Text = "", fragment: bool = False) -> Response:
        try:
            kept = paste(desk.assistant.home().articles, title, text, desk.known())
        except AddingError as error:
            return desk.refused(str(error), fragment)
        return desk.added([_row(kept.id, kept)], fragment)


def _add_links(router: APIRouter, desk: _Desk) -> None:
    @router.post(f"{ADD}/link")
    def link(url: Text = "", fragment: bool = False) -> Response:
        try:
            preview = preview_of(desk.fetcher.fetch(url))
        except AddingError as error:
            return desk.refused(str(error), fragment, url=url)
        token = desk.holding.put(preview)
        return onward(f"{ADD}/page?token={token}", preview.article.title, preview_html(preview, token), fragment)

    @router.api_route(f"{ADD}/page", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def page(token: str = "", fragment: bool = False) -> HTMLResponse:
        try:
            preview = desk.holding.look(token)
        except AddingError as error:
            return desk.refused(str(error), fragment, 404)
        return reply(200, preview.article.title, preview_html(preview, token), fragment)

    @router.post(f"{ADD}/keep")
    def keep_it(token: Text = "", fragment: bool = False) -> Response:
        try:
            held = desk.holding.look(token)
            kept = keep_page(desk.assistant.home().articles, held.page, held.article.title, desk.known())
        except AddingError as error:
            return desk.refused(str(error), fragment)
        desk.holding.drop(token)
        return desk.added([_row(kept.id, kept)], fragment)

    @router.post(f"{ADD}/discard")
    def discard(token: Text = "", fragment: bool = False) -> Response:
        desk.holding.drop(token)
        return onward(ADD, TITLE, desk.page(), fragment)


def _add_removing(router: APIRouter, desk: _Desk) -> None:
    @router.post("/remove")
    def remove_it(article: Text = "", fragment: bool = False) -> Response:
        home = desk.assistant.home()
        try:
            gone = remove(home.articles, home.data, article)
        except AddingError as error:
            return desk.refused(str(error), fragment)
        desk.assistant.reread()
        return onward(f"{ADD}?gone={gone.token}", "Removed", desk.page(gone=gone.token), fragment)

    @router.post("/undo")
    def undo(token: Text = "", fragment: bool = False) -> Response:
        try:
            back = restore(desk.assistant.home().data, token)
        except AddingError as error:
            return desk.refused(str(error), fragment)
        return desk.added([Row(back, back)], fragment)


def _keep_all(desk: _Desk, sent: Sequence[UploadFile]) -> list[Row]:
    folder, known, rows = desk.assistant.home().articles, desk.known(), []
    for one in sent:
        name = one.filename or ""
        try:
            rows.append(_row(name, keep(folder, name, one.file.read(max_bytes(name) + 1), known)))
        except AddingError as error:
            rows.append(Row(name, words=str(error)))
    return rows


def _row(name: str, kept: Kept) -> Row:
    return Row(name, kept.id, kept.already)
