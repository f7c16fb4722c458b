"""The real app on a port of its own, in a thread of the test, and every route that its routers know."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.routing import Mount, Route

from rag.ui.contract import AssistantLike
from rag.ui.door import Access
from rag.ui.serve import create_app, take_port

FILLED = {
    "article_id": "trams.txt",
    "model": "footnote",
    "path": "x",
    "api_name": "ask",
    "session_hash": "s",
    "event_id": "e",
    "chat_id": "c",
}


@dataclass
class Served:
    """A running page."""

    url: str
    app: Any

    @property
    def gradio(self) -> Any:
        """Gradio's own app inside."""
        return next(route.app for route in self.app.routes if isinstance(route, Mount) and hasattr(route.app, "blocks"))

    def routes(self) -> list[tuple[str, str]]:
        """Method and address of everything that any router of the app would answer."""
        return sorted({*_routes(self.app.routes), *_routes(self.gradio.routes)})

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30, **options)


def _routes(routes: list[Any]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Route):
            names = {name: FILLED.get(name, "1") for name in route.param_convertors}
            path = route.path_format.format(**names)
            yield from ((method, path) for method in route.methods or {"GET"})
        elif isinstance(route, Mount) and route.path and route.routes:  # an app of its own
            yield from ((method, route.path + path) for method, path in _routes(route.routes))
        elif isinstance(route, Mount) and route.path:
            yield ("GET", f"{route.path}/footnote.css")
        elif hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes)


@contextlib.contextmanager
def served(assistant: AssistantLike, access: Access | None = None, host: str = "127.0.0.1") -> Iterator[Served]:
    listener = take_port(host, 0, to_network=True)
    app = create_app(assistant, access=access)
    app.state.assistant = assistant
    config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1, proxy_headers=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    try:
        yield Served(f"http://{shown}:{port}", app)
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()
