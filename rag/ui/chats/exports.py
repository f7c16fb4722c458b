"""The routes that hand out files: an answer, a chat, or what the articles tell. No Gradio here."""

from __future__ import annotations

import logging
import threading
import time

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from rag.chats import ChatsError
from rag.domain import Telling, told_as
from rag.errors import FootnoteError
from rag.export import Document, Format, exported
from rag.ui.asking import BROKEN
from rag.ui.chats.papers import answer_document, brief_document, chat_document
from rag.ui.chats.tab import GONE, Keeping
from rag.ui.contract import AssistantLike

EXPORT = "/export"
AT_ONCE = 2
"""Briefs at a time: each takes a core while it is made."""
_TITLES = {"brief": "In brief", "timeline": "Timeline", "people": "Who is who"}

_log = logging.getLogger(__name__)


def export_routes(keeping: Keeping, assistant: AssistantLike) -> APIRouter:
    """``GET /export/answer?chat=ID&turn=N&format=md``, ``/export/chat`` and ``/export/brief?telling=timeline``."""
    router = APIRouter()
    lookup, with_changes = assistant.article, keeping.with_changes
    places = threading.BoundedSemaphore(AT_ONCE)

    @router.get(EXPORT + "/answer")
    def answer(chat: str, turn: int, format: Format = "md") -> Response:
        try:
            found = keeping.chats.chat(chat)
        except ChatsError as error:
            return _sentence(503, str(error))
        one = next((each for each in found.turns if each.number == turn), None) if found else None
        return _file(answer_document(one, with_changes, lookup), format) if one else _sentence(404, GONE)

    @router.get(EXPORT + "/chat")
    def chat(chat: str, format: Format = "md") -> Response:
        try:
            found = keeping.chats.chat(chat)
        except ChatsError as error:
            return _sentence(503, str(error))
        return _file(chat_document(found, with_changes, lookup), format) if found else _sentence(404, GONE)

    @router.get(EXPORT + "/brief")
    def brief(telling: Telling = "brief", about: str = "", format: Format = "md") -> Response:
        if not places.acquire(blocking=False):
            return _sentence(503, "Other briefs are being made: ask for this one again in a moment.")
        try:
            told = assistant.tell(told_as(telling, about), about)
            title = f"{_TITLES[telling]}: {about}" if about.strip() else _TITLES[telling]
            return _file(brief_document(told, title, time.time(), lookup), format)
        except FootnoteError as error:
            return _sentence(404, str(error))
        except Exception:
            _log.exception("Telling %s about %r failed.", telling, about)
            return _sentence(500, BROKEN)
        finally:
            places.release()

    return router


def _file(document: Document, form: Format) -> Response:
    made = exported(document, form)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return Response(made.data, media_type=made.media, headers=headers)


def _sentence(status: int, words: str) -> Response:
    return PlainTextResponse(f"{words}\n", status, {"X-Content-Type-Options": "nosniff"})
