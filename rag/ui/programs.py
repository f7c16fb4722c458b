"""Everything for other programs in one place: the APIs, the page that describes them, the tools. Knows no Gradio."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route

from rag.ui.api.chat import chat_app
from rag.ui.api.errors import API, CHAT, MCP
from rag.ui.api.page import api_page
from rag.ui.api.service import Service
from rag.ui.api.v1 import v1_app
from rag.ui.mcp.server import McpRoute


@dataclass(frozen=True)
class Programs:
    """What is added to the app. ``lifespan``: what has to run as long as it does."""

    apis: dict[str, FastAPI]
    tools: McpRoute

    @property
    def lifespan(self) -> Callable[[Any], AbstractAsyncContextManager[None]]:
        return self.tools.lifespan

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        app.include_router(api_page(self.apis))
        for where, api in self.apis.items():
            app.mount(where, api)
        app.router.routes.append(Route(MCP, self.tools, methods=["GET", "POST", "DELETE"]))


def for_programs(service: Service) -> Programs:
    """The APIs and tools over one service."""
    return Programs({API: v1_app(service), CHAT: chat_app(service)}, McpRoute(service))
