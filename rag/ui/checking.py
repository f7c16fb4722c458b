"""The routes for looking behind an answer, and for what stands beside the box. No Gradio here."""

from __future__ import annotations

import uuid

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse

from rag.answering.prompts import prefix
from rag.ui.choices import choices
from rag.ui.contract import AssistantLike
from rag.ui.render import choices_html, keys_html, missing_html, trace_html, why_html
from rag.ui.views import HEADERS, reply
from rag.ui.why import WHY, Kept, why

ALIVE, CHOICES, KEYS = "/alive", "/choices", "/keys"
_SPEAKERS = {"system": "Instructions", "user": "Example", "assistant": "What to reply"}
_GONE = "It was answered too long ago, or before Footnote was started: ask again, and look at the new answer."


def checking_routes(assistant: AssistantLike, kept: Kept) -> APIRouter:
    """``/why/ID`` and ``/why/ID/model`` of an answer that was shown; ``/choices``, ``/keys``, and who is ``/alive``."""
    router = APIRouter()
    run = uuid.uuid4().hex

    @router.api_route(WHY + "/{key}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def behind(key: str, fragment: bool = False) -> HTMLResponse:
        found = kept.get(key)
        if found is None:
            return reply(404, "Not kept", missing_html("This answer is not kept any more", _GONE), fragment)
        return reply(200, "Why this answer", why_html(why(*found, assistant.article)), fragment)

    @router.api_route(WHY + "/{key}/model", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def trace(key: str, fragment: bool = False) -> HTMLResponse:
        found = kept.get(key)
        if found is None or found[0].trace is None:
            return reply(404, "Not kept", missing_html("This prompt is not kept any more", _GONE), fragment)
        said = [
            (_SPEAKERS.get(message.role, message.role), message.content)
            for message in prefix(fenced=found[0].trace.fenced)
        ]
        return reply(200, "Sent to the model", trace_html(said, found[0].trace), fragment)

    @router.api_route(CHOICES, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def offered(fragment: bool = False) -> HTMLResponse:
        return reply(200, "Keep questions to", choices_html(choices(assistant.articles())), fragment)

    @router.api_route(KEYS, methods=["GET", "HEAD"], response_class=HTMLResponse)
    def keys(fragment: bool = False) -> HTMLResponse:
        return reply(200, "Keys", keys_html(), fragment)

    @router.api_route(ALIVE, methods=["GET", "HEAD"], response_class=PlainTextResponse)
    def alive() -> PlainTextResponse:
        """Which run of the program answers: a page that finds another one loads itself anew."""
        return PlainTextResponse(run, headers=HEADERS)

    return router
