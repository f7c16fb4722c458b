"""The routes of kept chats: the list, a chat to be read, renaming, deleting, judging. No Gradio here."""

from __future__ import annotations

import time
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from rag.chats import REASONS, Chats, ChatsError, Listed, Place, Thumb
from rag.export import body
from rag.ui.chats.papers import chat_document, clock_of, day_of
from rag.ui.chats.tab import GONE, Keeping
from rag.ui.chats.values import Keep, Said
from rag.ui.render import chat_html, chats_html, missing_html, thumbs_html
from rag.ui.sources import Lookup
from rag.ui.views import onward, reply
from rag.ui.words import count, date_in_words, quoted

CHATS = "/chats"
_DAY = 86400


def chat_routes(keeping: Keeping, lookup: Lookup) -> APIRouter:
    """``/chats`` and what can be done with a chat; with ``fragment=1`` the bare HTML."""
    router = APIRouter(default_response_class=HTMLResponse)
    chats = keeping.chats

    @router.api_route(CHATS, methods=["GET", "HEAD"])
    def listed(q: str = "", fragment: bool = False) -> Response:
        return reply(200, "Chats", _list(chats, q), fragment)

    @router.api_route(CHATS + "/{chat_id}", methods=["GET", "HEAD"])
    def chat(chat_id: str, fragment: bool = False) -> Response:
        try:
            found = chats.chat(chat_id)
        except ChatsError as error:
            return reply(503, "Chats", missing_html("Chats cannot be read", str(error)), fragment)
        if found is None:
            return reply(404, "No such chat", missing_html("No such chat", GONE), fragment)
        document = chat_document(found, keeping.with_changes, lookup)
        return reply(200, found.title, chat_html(body(document), chat_id), fragment)

    @router.post(CHATS + "/{chat_id}/name")
    def rename(chat_id: str, title: Annotated[str, Form()] = "", fragment: bool = False) -> Response:
        return _done(chats, lambda: chats.rename(chat_id, title), Said(f"Renamed to {quoted(title)}."), fragment)

    @router.post(CHATS + "/{chat_id}/delete")
    def delete(chat_id: str, fragment: bool = False) -> Response:
        said = Said("Deleted. It can be had back for 30 days.", undo=chat_id)
        return _done(chats, lambda: chats.delete(chat_id), said, fragment)

    @router.post(CHATS + "/{chat_id}/restore")
    def restore(chat_id: str, fragment: bool = False) -> Response:
        return _done(chats, lambda: chats.restore(chat_id), Said("It is back."), fragment)

    @router.post(CHATS + "/{chat_id}/thumb")
    def thumb(
        chat_id: str,
        turn: Annotated[int, Form()],
        up: Annotated[bool, Form()],
        reason: Annotated[str, Form()] = "",
        words: Annotated[str, Form()] = "",
        fragment: bool = False,
    ) -> Response:
        said = Thumb(up, "" if up else reason if reason in REASONS else "other", words.strip())
        keep, status = Keep(chat_id, turn, said), 200
        try:
            if not chats.thumb(Place(chat_id, turn), said):
                keep, status = Keep(chat_id, turn, problem=GONE), 404
        except ChatsError as error:
            keep, status = Keep(chat_id, turn, problem=str(error)), 503
        if status != 200:
            return reply(status, "Not kept", thumbs_html(keep), fragment)
        return onward(f"{CHATS}/{chat_id}#turn-{turn}", "Kept", thumbs_html(keep), fragment)

    return router


def _done(chats: Chats, act: object, said: Said, fragment: bool) -> Response:
    """The list, with what was done or why not."""
    try:
        if callable(act) and not act():
            return reply(
                404,
                "Chats",
                _list(chats, said=Said("There is no such chat, or no name was given.", bad=True)),
                fragment,
            )
    except ChatsError as error:
        return reply(503, "Chats", _list(chats, said=Said(str(error), bad=True)), fragment)
    return onward(CHATS, "Chats", _list(chats, said=said), fragment)


def _list(chats: Chats, query: str = "", said: Said | None = None) -> Markup:
    try:
        found = chats.listed(query)
    except ChatsError as error:
        return chats_html([], query, said or Said(str(error), bad=True))
    if said is None and chats.news:
        said = Said(chats.news, bad=True)
    by_day = groupby(found, key=lambda one: day_of(one.changed))
    return chats_html([(_day_in_words(day), [_row(one) for one in some]) for day, some in by_day], query, said)


def _day_in_words(day: str) -> str:
    now = time.time()
    return {day_of(now): "Today", day_of(now - _DAY): "Yesterday"}.get(day) or date_in_words(day)


def _row(one: Listed) -> dict[str, str]:
    return {"id": one.id, "title": one.title, "meta": f"{count(one.turns, 'question')} · {clock_of(one.changed)}"}
