"""Light or dark: what a reader has chosen is in a cookie, and every page that is made meanwhile knows it.

Chooses nothing for who follows the system. Knows no page's content.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, get_args

from rag.ui.headers import cookie

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
COOKIE = "footnote-theme"
"""Shared by all Footnotes of a machine, unlike sessions; the chat page's script reads it, too."""
YEAR = 365 * 24 * 3600

_chosen: ContextVar[str] = ContextVar("theme", default="system")


def theme() -> str:
    """The theme for whoever made the request that is being answered."""
    return _chosen.get()


class ThemeOfRequest:
    """The middleware that knows it. Plain ASGI, so that streams flow."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = cookie(scope, COOKIE) if scope["type"] == "http" else ""
        _chosen.set(chosen if chosen in THEMES else "system")
        await self._app(scope, receive, send)
