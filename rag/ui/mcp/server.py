"""The server of the protocol, whichever way it is spoken: over HTTP inside the app, over stdio on its own."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from rag.ui.api.errors import MCP
from rag.ui.api.replies import refusal
from rag.ui.api.service import Service
from rag.ui.door import CLIENT
from rag.ui.headers import HERE, values
from rag.ui.mcp import tools
from rag.ui.mcp.sources import Here, Source
from rag.ui.routes import MOST_BYTES

INSTRUCTIONS = (
    "Footnote answers questions about a folder of articles. Ask it what the articles say, and cite what it cites: "
    f"each citation names an article and the exact characters. {tools.UNTRUSTED}"
)
NOWHERE = "footnote://library"
"""Where links begin when no page runs that they could lead to."""

Origin = Callable[[Any], tuple[Source, str]]
"""From the HTTP request of a call, None on stdio: whom to ask, and where links begin."""


def server(origin: Origin) -> Server[Any]:
    """The server, not yet spoken to."""

    async def list_tools(_: Any, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools.listed())

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        source, base = origin(context.request)
        return await tools.call(params.name, params.arguments, source, base)

    return Server(
        "footnote",
        title="Footnote",
        version="1",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


class McpRoute:
    """The ASGI app at /mcp: every request stands alone, so that nothing is kept of whoever has gone."""

    def __init__(self, service: Service) -> None:
        def origin(request: Any) -> tuple[Source, str]:
            host = next(iter(values(request.scope, "host")), "")
            client = str(request.scope.get(CLIENT, HERE))
            return Here(service, client), f"{request.scope['scheme']}://{host}"

        # Names and origins are the door's to judge, which knows those that are set.
        unjudged = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._manager = StreamableHTTPSessionManager(
            server(origin), stateless=True, security_settings=unjudged, max_request_body_size=MOST_BYTES
        )

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """While the app runs."""
        logging.getLogger("mcp").setLevel(logging.ERROR)  # What clients send wrong is no news to the user.
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await refusal(MCP, 405, "Send requests by POST.", {"Allow": "POST"})(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)
