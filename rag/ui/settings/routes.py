"""The routes of settings and check-up. What changes something is for this machine and for who has logged in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from rag.ui import words
from rag.ui.contract import AssistantLike
from rag.ui.door import CLIENT
from rag.ui.headers import HERE
from rag.ui.settings.checkup import Checkup
from rag.ui.settings.choosing import Desk, Form, Outcome
from rag.ui.settings.html import doctor_html, loading_html, settings_html
from rag.ui.theme import COOKIE, THEMES, YEAR
from rag.ui.views import onward, reply

SETTINGS, DOCTOR = "/settings", "/doctor"
_MOST_FIELDS = 40
_AGAIN_S = 2
"""After so many seconds a page without script looks again while something is being done."""


def settings_routes(assistant: AssistantLike) -> APIRouter:
    """``/settings`` and ``/doctor``, with their forms."""
    router = APIRouter()
    desk, checkup = Desk(assistant), Checkup(assistant)

    def page(fragment: bool, outcome: Outcome | None = None, status: int = 200, chosen: str | None = None) -> Response:
        body = settings_html(assistant, desk, outcome, chosen)
        return reply(status, "Settings", body, fragment)

    async def changing(request: Request, fragment: bool, change: Callable[[Form], Outcome]) -> Response:
        """The page after ``change``, or why there is none."""
        form = await _form(request)
        if form is None:
            return page(fragment, Outcome((words.NO_FORM,), failed=True), 400)
        if not _may_change(request):
            return page(fragment, Outcome((words.NOT_FROM_THERE,), failed=True), 403)
        outcome = await run_in_threadpool(change, form)
        if outcome.failed or outcome.notes:
            return page(fragment, outcome, 422 if outcome.failed else 200)
        return onward(SETTINGS, "Settings", settings_html(assistant, desk), fragment)

    @router.api_route(SETTINGS, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def settings(fragment: bool = False) -> Response:
        return page(fragment)

    @router.get(f"{SETTINGS}/loading", response_class=HTMLResponse)
    def loading() -> Response:
        return reply(200, "Settings", loading_html(assistant.status()), fragment=True)

    @router.post(SETTINGS, response_class=HTMLResponse)
    async def choose(request: Request, fragment: bool = False) -> Response:
        return await changing(request, fragment, desk.choose)

    @router.post(f"{SETTINGS}/forget", response_class=HTMLResponse)
    async def forget(request: Request, fragment: bool = False) -> Response:
        return await changing(request, fragment, desk.forget)

    @router.post(f"{SETTINGS}/stop", response_class=HTMLResponse)
    async def stop(request: Request, fragment: bool = False) -> Response:
        return await changing(request, fragment, lambda _: _done(assistant.not_now))

    @router.post(f"{SETTINGS}/fetch", response_class=HTMLResponse)
    async def fetch(request: Request, fragment: bool = False) -> Response:
        return await changing(request, fragment, lambda _: _done(assistant.fetch))

    @router.post(f"{SETTINGS}/theme", response_class=HTMLResponse)
    async def theme(request: Request, fragment: bool = False) -> Response:
        chosen = (await _form(request) or {}).get("theme", "")
        if chosen not in THEMES:
            return page(fragment, Outcome((words.NO_THEME,), failed=True), 422)
        answer = (
            page(fragment, chosen=chosen) if fragment else onward(SETTINGS, "", settings_html(assistant, desk), False)
        )
        answer.set_cookie(COOKIE, chosen, max_age=YEAR, samesite="strict", path="/")
        return answer

    def doctor_page(fragment: bool, asking: bool = False, status: int = 200, note: str = "") -> Response:
        answer = reply(status, "Check-up", doctor_html(checkup.state, asking=asking, note=note), fragment)
        if checkup.state.busy and not fragment:
            answer.headers["Refresh"] = str(_AGAIN_S)
        return answer

    @router.api_route(DOCTOR, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def doctor(fragment: bool = False) -> Response:
        if checkup.state.findings is None and not checkup.state.failed:
            checkup.look()
        return doctor_page(fragment)

    @router.post(DOCTOR, response_class=HTMLResponse)
    async def look(request: Request, fragment: bool = False) -> Response:
        if await _form(request) is None:
            return doctor_page(fragment, status=400, note=words.NO_FORM)
        checkup.look()
        return doctor_page(fragment)

    @router.post(f"{DOCTOR}/repair", response_class=HTMLResponse)
    async def anew(request: Request, fragment: bool = False) -> Response:
        form = await _form(request)
        if form is None:
            return doctor_page(fragment, status=400, note=words.NO_FORM)
        if not _may_change(request):
            return doctor_page(fragment, status=403, note=words.NOT_FROM_THERE)
        if form.get("sure") != "yes":
            return doctor_page(fragment, asking=True)
        checkup.anew()
        return doctor_page(fragment)

    return router


def _done(action: Callable[[], None]) -> Outcome:
    action()
    return Outcome(())


def _may_change(request: Request) -> bool:
    """Whether the request is from this machine, or from somebody who has logged in."""
    client = str(request.scope.get(CLIENT, ""))
    return client == HERE or client.startswith("session ")


async def _form(request: Request) -> Form | None:
    """The fields of a form, None when the request brings no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return None
    try:
        text = (await request.body()).decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError:
        return None
