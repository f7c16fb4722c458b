"""The routes that are in use: what may be read, what may be sent, by whom, and how large. The door judges by them.

Gradio brings many more; they stay shut. Knows no request and no page.
"""

from __future__ import annotations

import re
from typing import get_args

from rag.domain import Telling
from rag.ui.api.errors import MCP

MOST_BYTES = 256 * 1024
"""Of a request's body; the longest question with its history has a tenth."""
BODY_SECONDS = 20.0
"""In which a body must have come."""
USUAL = (MOST_BYTES, BODY_SECONDS)
LARGER = {"/add/files": (60_000_000, 128.0), "/add/text": (4_000_000, 60.0)}
"""Bytes and seconds of the forms that bring articles, for those who have logged in."""
READING = ("GET", "HEAD")
LOGIN = "/login"

_ENDPOINTS = "|".join(("ask", *get_args(Telling)))
_ROOMS = (
    r"/",
    r"/articles(/.*)?",
    r"/details",
    r"/libraries",
    r"/add",
    r"/why/[0-9a-f]{32}(/model)?",
    r"/choices",
    r"/keys",
    r"/settings",
    r"/doctor",
    r"/chats(/[\w-]{1,64})?",
    r"/api",
)
"""Pages of our own: what a link from elsewhere may lead to, and before which the password is asked for."""
_PARTS = (
    r"/add/(page|progress)",
    r"/alive",
    r"/settings/loading",
    r"/export/(answer|chat|brief)",
    r"/(footnote|assets|static)/.+",
    r"/theme\.css",
    r"/favicon\.ico",
    r"/config/?",
    r"/gradio_api/(info/?|queue/data|heartbeat/[\w-]{1,64})",
    rf"/gradio_api/call/(?:{_ENDPOINTS})/[\w-]{{1,64}}",
)
"""What these pages fetch."""
_FORMS = (
    rf"/gradio_api/(queue/join|run/predict|call/(?:{_ENDPOINTS})|cancel)",
    r"/details",
    r"/libraries/(open|make|rename|forget)",
    r"/add/(files|link|keep|discard|text)",
    r"/(remove|undo|reread)",
    r"/settings(/(forget|stop|fetch|theme))?",
    r"/doctor(/repair)?",
    r"/chats/[\w-]{1,64}/(name|delete|restore|thumb)",
)
"""What is sent to us to be changed or asked."""
_PROGRAMS = re.compile(
    r"/api|/api/v1/(openapi\.json|search|brief|timeline|people|status|articles(/.+)?)|/v1/models(/[\w.-]{1,64})?|/mcp",
    re.S,
)
_PROGRAMS_CHANGE = re.compile(r"/api/v1/(ask|sync)|/v1/chat/completions|/mcp")
"""What other programs ask: with a password, all that a key opens besides articles to read."""
_LINKED = re.compile(r"/articles(/.*)?", re.S)
_PAGES = re.compile("|".join(_ROOMS), re.S)
_READ = re.compile("|".join((*_ROOMS, *_PARTS)), re.S)
_CHANGE = re.compile("|".join(_FORMS))
STREAM = re.compile(rf"/gradio_api/(?:queue/data|call/(?:{_ENDPOINTS})/([\w-]{{1,64}}))")


def is_route(method: str, path: str) -> bool:
    """Whether there is something here for whoever may come in."""
    if method in READING:
        return _is_one_of(path, _READ, _PROGRAMS)
    if method == "DELETE":  # It is told there that there are no sessions to end.
        return path == MCP
    return method == "POST" and _is_one_of(path, _CHANGE, _PROGRAMS_CHANGE)


def is_page(method: str, path: str) -> bool:
    """Whether this is a page that somebody looks at."""
    return method in READING and _PAGES.fullmatch(path) is not None


def is_for_keys(method: str, path: str) -> bool:
    """Whether a key opens this: what programs ask, and articles to read."""
    return _is_one_of(path, _PROGRAMS, _PROGRAMS_CHANGE) or (method in READING and _is_one_of(path, _LINKED))


def safe_path(onward: str) -> str:
    """``onward`` when it is a path of our own, else the page: a form must not send anybody elsewhere."""
    rooms = r"add|api|details|libraries|settings|doctor|articles(/[\w!-.:-@\[\]_~%/]*)?|chats(/[\w-]*)?"
    return onward if re.fullmatch(rf"/(({rooms})?(\?[\w=&%-]*)?)?", onward, re.A) else "/"


def _is_one_of(path: str, *known: re.Pattern[str]) -> bool:
    return any(each.fullmatch(path) for each in known)
