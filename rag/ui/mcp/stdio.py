"""The protocol over stdin and stdout: asks the app that runs, or opens the library itself. Knows no page."""

from __future__ import annotations

from collections import deque

import anyio
from mcp.server.stdio import stdio_server

from rag import running
from rag.assistant import Assistant
from rag.config import Config
from rag.errors import LibraryBusy
from rag.terminal import TerminalProgress
from rag.ui.api.service import Service
from rag.ui.mcp.server import NOWHERE, Origin, server
from rag.ui.mcp.sources import Here, There


def serve(config: Config, model: str | None) -> None:
    """Until stdin ends. ``model``: the one that was asked for, None for any.

    Raises:
        LibraryBusy: the library is held by something that cannot be asked.
        FootnoteError: it cannot be used.
    """
    try:
        assistant = Assistant(config, TerminalProgress())
    except LibraryBusy as busy:
        _elsewhere(config, model, busy)
        return
    with assistant:
        assistant.start()
        here = Here(Service(assistant), "stdio")
        anyio.run(_run, lambda _: (here, NOWHERE))


def _elsewhere(config: Config, model: str | None, busy: LibraryBusy) -> None:
    def find() -> running.Running:
        """Anew for each call, for the app may have been started again."""
        found = running.find(config.data, config.articles, model)
        if found is None:
            raise busy
        bases.append(found.url)
        return found

    bases: deque[str] = deque(maxlen=1)
    find()
    anyio.run(_run, lambda _: (There(find), bases[-1]))


async def _run(origin: Origin) -> None:
    spoken = server(origin)
    async with stdio_server() as (read, write):
        await spoken.run(read, write, spoken.create_initialization_options())
