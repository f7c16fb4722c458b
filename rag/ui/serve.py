"""Serves the window on one port: article routes, the chat page, then the assistant's loading. Knows no model.

Order matters. The port is taken first, so that a taken one is said before anything slow; the page is answered next;
only then is the assistant started, whose imports take longer than everything else together.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from rag.chats import Chats
from rag.errors import ConfigError
from rag.quiet import hush
from rag.ui.contract import AssistantLike
from rag.ui.door import Access, Door
from rag.ui.headers import is_loopback

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRACE = 1
"""Seconds that open connections (every page holds one) get at the end."""
PATIENCE = 2.0
"""Seconds after which loading begins even if nobody has opened the page; likewise the most that closing may take."""

_SCRIPTS = ("settings.js", "footnote.js", "adding.js", "keeping.js", "checking.js", "asking.js")
"""Modules of the chat page, each of them for one thing; they import ``view.js``."""
_PAGE_HEADERS = [
    (
        b"content-security-policy",
        # Gradio builds its templates with eval and inline styles; other hosts it does not need, and nobody gets them.
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def take_port(host: str, port: int, *, to_network: bool = False) -> socket.socket:
    """A socket that listens on ``host:port``; early visitors wait in its queue until the page is up.

    Args:
        host: an address of this machine or a name for one.
        port: the port, 0 for any that is free.
        to_network: whether others than this machine may be let in. What counts is the address, not what it is called.

    Raises:
        ConfigError: the port is taken, the address cannot be used, or it is open to the network and must not be.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if not to_network and not is_loopback(str(address[0])):
            raise ConfigError(_exposed(host))
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        raise ConfigError(_refusal(host, port, error)) from None
    return listener


def _exposed(host: str) -> str:
    return (
        f"The address {host} is open to the network and no password is set: set FOOTNOTE_PASSWORD in the environment "
        "or in .env, or leave --host at 127.0.0.1, which only this machine can reach."
    )


def is_open(listener: socket.socket) -> bool:
    """Whether others than this machine can reach it."""
    return not is_loopback(str(listener.getsockname()[0]))


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is already in use; end the program that has it or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} is not open to ordinary users; choose one above 1023 with --port."
    return f"Cannot listen on {host}:{port} ({error.strerror or error}); choose another address with --host or --port."


def create_app(
    assistant: AssistantLike,
    first_page: threading.Event | None = None,
    access: Access | None = None,
    chats: Chats | None = None,
) -> FastAPI:
    """Article routes, static files and the chat page in one app. Imports Gradio, which takes seconds.

    ``first_page`` is set when the chat page has been sent for the first time. ``access``: who may come in, by default
    whoever is on this machine. ``chats``: where conversations are kept, by default until the process ends.
    """
    hush()  # Read by Gradio when it is imported.
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.staticfiles import StaticFiles

    from rag.ui.adding import adding_routes
    from rag.ui.api.service import Service
    from rag.ui.articles import article_routes
    from rag.ui.chats.exports import export_routes
    from rag.ui.chats.routes import chat_routes
    from rag.ui.chats.tab import Keeping
    from rag.ui.checking import checking_routes
    from rag.ui.page import Window, build
    from rag.ui.programs import for_programs
    from rag.ui.render import STATIC, STATIC_ADDRESS
    from rag.ui.settings.routes import settings_routes
    from rag.ui.shelf.routes import shelf_routes
    from rag.ui.theme import ThemeOfRequest

    keeping = Keeping(chats or Chats(None, ""), assistant.article)
    window = Window(assistant, keeping)
    programs = for_programs(Service(assistant, window.places))
    app = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=programs.lifespan)
    app.include_router(article_routes(assistant))
    app.include_router(chat_routes(keeping, assistant.article))
    app.include_router(export_routes(keeping, assistant))
    app.include_router(checking_routes(assistant, window.kept))
    app.include_router(shelf_routes(assistant, local=access is None or access.local))
    app.include_router(settings_routes(assistant))
    app.include_router(adding_routes(assistant))
    programs.add_to(app)
    app.mount(STATIC_ADDRESS, _Static(StaticFiles(directory=STATIC)))
    app.add_middleware(_FirstPage, first_page=first_page or threading.Event())
    # The last ones added are the outermost.
    app.add_middleware(Door, access=access or Access(), hung_up=window.hung_up)
    app.add_middleware(ThemeOfRequest)
    gr.mount_gradio_app(
        app,
        build(assistant, window),
        path="/",
        head=_head(),
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=True,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
    )
    return app


def _head() -> str:
    from rag.ui.render import SHEETS, STATIC_ADDRESS, static_address

    return (
        f'<link rel="icon" type="image/svg+xml" href="{static_address("favicon.svg")}">'
        + "".join(f'<link rel="stylesheet" href="{static_address(name)}">' for name in SHEETS)
        + "".join(f'<script type="module" src="{STATIC_ADDRESS}/{name}"></script>' for name in _SCRIPTS)
    )


class _Static:
    """Has browsers ask whether a file is still the same: scripts import one another by name, without a digest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"cache-control", b"no-cache")]
            await send(message)

        await self._app(scope, receive, answer)


class _FirstPage:
    """Adds security headers and a skeleton to the chat page, and notes when it was first sent.

    The skeleton is there at once; Gradio builds the page some time after its scripts have come.
    """

    def __init__(self, app: ASGIApp, first_page: threading.Event) -> None:
        self._app = app
        self._first_page = first_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return

        begun: list[Message] = []
        body = b""

        async def answer(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            whole = _with_skeleton(body)
            kept = [(name, value) for name, value in begun[0]["headers"] if name != b"content-length"]
            length = [] if scope["method"] == "HEAD" else [(b"content-length", str(len(whole)).encode())]
            await send({**begun[0], "headers": [*kept, *length, *_PAGE_HEADERS]})
            await send({**message, "body": whole})

        await self._app(scope, receive, answer)
        self._first_page.set()


def _with_skeleton(page: bytes) -> bytes:
    from rag.ui.render import skeleton_html

    head, found, rest = page.partition(b"<gradio-app")
    head = head.replace(b'<link rel="manifest" href="/manifest.json" />', b"")  # which Gradio names, and does not serve
    return head + str(skeleton_html()).encode() + found + rest if found else page


def serve(
    assistant: AssistantLike,
    listener: socket.socket,
    *,
    open_page: bool = False,
    access: Access | None = None,
    chats: Chats | None = None,
) -> None:
    """Answer on ``listener`` until SIGTERM or Ctrl-C; then close the assistant, within seconds."""
    import uvicorn

    first_page = threading.Event()
    address = page_address(listener)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"Footnote is on {address} (Ctrl-C ends it).", flush=True)
            threading.Thread(target=_begin, args=(assistant, first_page), name="footnote-start", daemon=True).start()
            if open_page:
                await asyncio.to_thread(webbrowser.open, address)

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            # Unlike uvicorn's own, does not raise the signal again afterwards: the assistant is still to be closed.
            if threading.current_thread() is threading.main_thread():
                for ending in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(ending, self.handle_exit)
            yield

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # Pages that are still open are cut off now; that they complain is no news to the user.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
            super().handle_exit(sig, frame)

    options: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "timeout_graceful_shutdown": GRACE,
        "server_header": False,
        # Who a client is, is told by its connection; by a header only where the administrator names the proxy.
        "proxy_headers": "FORWARDED_ALLOW_IPS" in os.environ,
        "ws": "none",
    }
    try:
        Server(uvicorn.Config(create_app(assistant, first_page, access, chats), **options)).run(sockets=[listener])
    finally:
        _close(assistant)


def _begin(assistant: AssistantLike, first_page: threading.Event) -> None:
    first_page.wait(PATIENCE)
    assistant.start()


def _close(assistant: AssistantLike) -> None:
    """Close the assistant, but wait no longer than a user who has asked to end."""
    closing = threading.Thread(target=assistant.close, name="footnote-close", daemon=True)
    closing.start()
    closing.join(PATIENCE)


def page_address(listener: socket.socket) -> str:
    """Where a browser on this machine finds the page."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
