"""The door in front of every route, Gradio's own included: who may come in, and with what.

A page on this machine can be reached by every web page that its user has open. The door lets in what this page's own
script, a browser's address bar and programs on this machine send, and nothing else:

- a Host by which this page is known, for a foreign name that resolves to this machine makes a foreign page same-origin;
- no request that another page made (Sec-Fetch-Site, Origin), whether or not browsers would ask before (CORS);
- the routes that are in use, and no other of the many that Gradio brings;
- bodies of a size that a question has;
- with a password: whoever has logged in, or holds the token of the note beside the library; and, where programs have
  business, whoever holds a key.

What the routes are is told in ``rag.ui.routes``. Plain ASGI, so that streams flow. Knows no Gradio and no assistant.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from rag.keys import Keys
from rag.ui import routes
from rag.ui.api.errors import speaks
from rag.ui.headers import (
    HERE,
    bearer,
    cookie,
    cookie_name,
    here,
    is_loopback,
    is_own_request,
    is_wildcard,
    own_address,
    peer,
    values,
    wants_html,
)
from rag.ui.login import Login

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLIENT = "footnote.client"
"""Where a request's scope says whose it is: a session, an address, or HERE."""
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.I)

_FOREIGN_HOST = (
    "This Footnote is not known by the name {host}. If it should be, add the name to its setting allowed_hosts "
    "(FOOTNOTE_ALLOWED_HOSTS).\n"
)
_FOREIGN_PAGE = "This request was made by another page; Footnote answers its own alone.\n"
_NO_ROUTE = "There is nothing here.\n"
_TOO_LONG = "The request is longer than {most}: shorten it.\n"
_TOO_MUCH = "These are more than {most} at a time: add fewer, or smaller ones.\n"
_NO_ROOM = "There is no room on this machine's disk for what was sent: make some, then send it again.\n"
_TOO_SLOW = "The request did not arrive in time: send it again.\n"
_LOG_IN = (
    "Log in first: open this address in a browser, or send the password to /login; "
    "programs show a key (Authorization: Bearer), made by `python -m rag key new`.\n"
)

_File = SpooledTemporaryFile[bytes]
HungUp = Callable[[str], None]
"""Told the session, or the event, whose stream was left before its end."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the page: the names it is reached by, its password if it has one, and the keys of other programs.

    ``local``: nobody but this machine's users, who may name folders of it.
    """

    names: tuple[str, ...] = ()
    login: Login | None = None
    local: bool = True
    keys: Keys | None = None


class Door:
    """The middleware. Whatever it does not let in reaches no route, leaves no file and makes no session."""

    def __init__(self, app: ASGIApp, access: Access, hung_up: HungUp) -> None:
        self._app = app
        self._names = frozenset(name.lower().strip("[]") for name in access.names if not is_wildcard(name))
        self._login, self._keys = access.login, access.keys
        self._hung_up = hung_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:  # Nothing here speaks WebSocket.
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            if refusal[0] == 404 and scope["method"] == "GET" and wants_html(scope):
                await _nowhere(scope, receive, send)
            else:
                await _say(scope, receive, send, *refusal)
            return
        most, seconds = self._bounds(scope)
        with SpooledTemporaryFile(
            routes.MOST_BYTES
        ) as body:  # What is longer than a question goes to disk, not to memory.
            try:
                whole = await _read_body(scope, receive, body, most, seconds)
            except TimeoutError:
                await _say(scope, receive, send, 408, _TOO_SLOW)
                return
            except OSError:
                await _say(scope, receive, send, 507, _NO_ROOM)
                return
            if not whole:
                await _say(scope, receive, send, 413, _too_long(scope, most))
                return
            body.seek(0)
            if self._login is not None and not await self._admitted(self._login, scope, body, receive, send):
                return
            scope.setdefault(CLIENT, peer(scope))
            await self._app(scope, self._heard(scope, _again(body, receive)), send)

    def _bounds(self, scope: Scope) -> tuple[int, float]:
        """The most bytes of a request's body, and the seconds in which it must have come."""
        login = self._login
        known = login is None or login.session(cookie(scope, cookie_name(scope))) or login.is_terminal(bearer(scope))
        return routes.LARGER.get(scope["path"], routes.USUAL) if known else routes.USUAL

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Why a request may not come in, judged by its first lines."""
        hosts = [*values(scope, "host"), *values(scope, "x-forwarded-host")]
        stranger = next((host for host in hosts if not self._is_ours(host, scope)), None)
        if stranger is not None or len(values(scope, "host")) != 1:
            return 403, _FOREIGN_HOST.format(host=f"{stranger or '(none)':.80}")
        if not (is_own_request(scope, hosts[0]) or _is_visit(scope)):
            return 403, _FOREIGN_PAGE
        if not self._is_route(scope["method"], scope["path"]):
            return 404, _NO_ROUTE
        length = next(iter(values(scope, "content-length")), "0")
        most, _ = self._bounds(scope)
        if not length.isascii() or not length.isdigit() or int(length[:12]) > most:
            return 413, _too_long(scope, most)
        return None

    def _is_ours(self, host: str, scope: Scope) -> bool:
        found = _HOST.fullmatch(host)
        if not found:
            return False
        name = found[1].lower().strip("[]")
        return name == "localhost" or is_loopback(name) or name in self._names or name == own_address(scope)

    def _is_route(self, method: str, path: str) -> bool:
        return routes.is_route(method, path) or (
            path == routes.LOGIN and self._login is not None and method in (*routes.READING, "POST")
        )

    async def _admitted(self, login: Login, scope: Scope, body: _File, receive: Receive, send: Send) -> bool:
        """Whether whoever asks has logged in. Answers those who have not."""
        session = login.session(cookie(scope, cookie_name(scope)))
        if scope["path"] == routes.LOGIN:
            await _log_in(login, scope, body.read(), receive, send)
            return False
        if session is not None:
            scope[CLIENT] = f"session {session}"
            return True
        if login.is_terminal(bearer(scope)):
            scope[CLIENT] = HERE
            return True
        key = self._keys.owner(bearer(scope)) if self._keys is not None else None
        if key is not None and routes.is_for_keys(scope["method"], scope["path"]):
            scope[CLIENT] = f"key {key.id}"
            return True
        if routes.is_page(scope["method"], scope["path"]) and wants_html(scope):
            await _form(scope, receive, send, 401, "", onward=here(scope))
        else:
            await _say(scope, receive, send, 401, _LOG_IN, {"WWW-Authenticate": "Bearer"})
        return False

    def _heard(self, scope: Scope, receive: Receive) -> Receive:
        """``receive``, noting when whoever listens to an answer leaves before its end."""
        stream = routes.STREAM.fullmatch(scope["path"])
        if not stream:
            return receive
        whose = stream[1] or next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", ())), "")

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self._hung_up(whose)
            return message

        return heard


def _is_visit(scope: Scope) -> bool:
    """Whether somebody follows a link to a page from elsewhere: the page opens, and the other one learns nothing."""
    return (
        routes.is_page(scope["method"], scope["path"])
        and values(scope, "sec-fetch-mode") == ["navigate"]
        and values(scope, "sec-fetch-dest") == ["document"]
        and not values(scope, "origin")
    )


def _too_long(scope: Scope, most: int) -> str:
    if scope["path"] in routes.LARGER and most > routes.MOST_BYTES:
        return _TOO_MUCH.format(most=f"{most // 1_000_000} MB")
    return _TOO_LONG.format(most=f"{most // 1024} kB")


async def _read_body(scope: Scope, receive: Receive, body: _File, most: int, seconds: float) -> bool:
    """Write the whole body, however it is sent, into ``body``; False when it is too long.

    Raises:
        TimeoutError: it did not come in time, or whoever sent it has gone.
        OSError: there is no room for it.
    """
    if scope["method"] in routes.READING:
        return True
    came, more = 0, True
    async with asyncio.timeout(seconds):
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":  # Half a form is no form.
                raise TimeoutError
            more = message.get("more_body", False)
            came += len(message.get("body", b""))
            if came > most:
                return False
            body.write(message.get("body", b""))
    return True


def _again(body: _File, receive: Receive) -> Receive:
    """A ``receive`` that gives the body, which was read already, piece by piece, and then whatever comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        piece = body.read(routes.MOST_BYTES)
        given = len(piece) < routes.MOST_BYTES
        return {"type": "http.request", "body": piece, "more_body": not given}

    return again


async def _say(
    scope: Scope, receive: Receive, send: Send, status: int, sentence: str, headers: dict[str, str] | None = None
) -> None:
    from starlette.responses import PlainTextResponse

    if speaks(scope["path"]):
        from rag.ui.api.replies import refusal

        await refusal(scope["path"], status, sentence, headers)(scope, receive, send)
        return
    kept = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    await PlainTextResponse(sentence, status, kept)(scope, receive, send)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """What a person sees at an address that leads nowhere."""
    from rag.ui.render import missing_html
    from rag.ui.views import reply

    body = missing_html("There is nothing here", "This address leads nowhere: it may have been mistyped.")
    await reply(404, "There is nothing here", body, fragment=False)(scope, receive, send)


async def _log_in(login: Login, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    """The form, or what comes of it: on to the page with a session, or the form again with a word."""
    given = parse_qs(body.decode("utf-8", "surrogateescape"), max_num_fields=8) if body.count(b"&") < 8 else {}
    onward = routes.safe_path(given.get("next", ["/"])[0])
    if scope["method"] != "POST":
        await _form(scope, receive, send, 401, "", onward)
        return
    token, waits = await login.open(peer(scope), given.get("password", [""])[0])
    if token is not None:
        await _welcome(scope, receive, send, token, onward)
    elif waits:
        seconds = math.ceil(waits)
        words = f"Too many wrong passwords: try again in {seconds} seconds."
        await _form(scope, receive, send, 429, words, onward, {"Retry-After": str(seconds)})
    else:
        await _form(scope, receive, send, 401, "That is not the password.", onward)


async def _welcome(scope: Scope, receive: Receive, send: Send, token: str, onward: str) -> None:
    from starlette.responses import JSONResponse, RedirectResponse, Response

    # A program that logs in, such as gradio_client, takes a redirect for a refusal.
    page = wants_html(scope)
    answer: Response = RedirectResponse(onward, 303) if page else JSONResponse({"success": True})
    secure = scope.get("scheme") == "https" or values(scope, "x-forwarded-proto") == ["https"]
    answer.set_cookie(cookie_name(scope), token, httponly=True, samesite="strict", secure=secure, path="/")
    answer.headers["Cache-Control"] = "no-store"
    await answer(scope, receive, send)


async def _form(
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int,
    words: str,
    onward: str,
    headers: dict[str, str] | None = None,
) -> None:
    from starlette.responses import HTMLResponse

    from rag.ui.render import login_html, login_policy

    kept = {
        "Content-Security-Policy": login_policy(),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # With none at all, browsers would not say that the form is ours.
        **(headers or {}),
    }
    await HTMLResponse(login_html(words, routes.safe_path(onward)), status, kept)(scope, receive, send)
