"""What both HTTP APIs share: an app of their own whose errors have their form, whose question it is, who has hung up.

Knows no Gradio and no assistant.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from rag.errors import FootnoteError
from rag.ui.api.errors import sentence_of, status_of, unfit
from rag.ui.api.replies import HEADERS, refusal
from rag.ui.api.service import Unanswered
from rag.ui.asking import BROKEN, Asking
from rag.ui.door import CLIENT
from rag.ui.headers import HERE

T = TypeVar("T")
_log = logging.getLogger(__name__)


def program_app(title: str, description: str, openapi: str | None) -> FastAPI:
    """An app to mount, whose errors are one sentence each. ``openapi``: where it describes itself."""
    app = FastAPI(
        title=title, description=description, version="1", openapi_url=openapi, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip

    described = app.openapi

    def as_it_is() -> dict[str, Any]:
        """The description without the reply that FastAPI has for what does not fit: ours is another."""
        schema = described()
        for told in (told for methods in schema["paths"].values() for told in methods.values()):
            told["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            schema.get("components", {}).get("schemas", {}).pop(name, None)
        return schema

    app.openapi = as_it_is  # type: ignore[method-assign]  # as FastAPI's documents tell to change it

    @app.exception_handler(RequestValidationError)
    async def unfit_request(request: Request, error: RequestValidationError) -> Response:
        return refusal(path_of(request), 400, unfit(error.errors()))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        said = {404: "There is nothing here.", 405: "That method is not for this address."}
        words = said.get(error.status_code, "The request cannot be read: send one JSON object.")
        return refusal(path_of(request), error.status_code, words, error.headers)

    @app.exception_handler(FootnoteError)
    async def told(request: Request, error: FootnoteError) -> Response:
        return refusal(path_of(request), status_of(error), sentence_of(error))

    @app.exception_handler(Unanswered)
    async def unanswered(request: Request, error: Unanswered) -> Response:
        return refusal(path_of(request), status_of(error.cause), str(error))

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        return refusal(path_of(request), 500, BROKEN)

    return app


def path_of(request: Request) -> str:
    """The whole address, whichever app is mounted where."""
    return str(request.scope["path"])


def client_of(request: Request) -> str:
    """Whose request it is."""
    return str(request.scope.get(CLIENT, HERE))


async def heard(request: Request, asking: Asking, work: Awaitable[T]) -> T:
    """The result of ``work``; whoever hangs up meanwhile frees the model."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        asking.drop()

    watching = asyncio.create_task(watch())
    try:
        return await work
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def streamed(asking: Asking, lines: AsyncIterator[bytes], media_type: str) -> Response:
    """``lines`` as they come, once the first is there, so that an error that comes at once has its own status.

    Raises:
        Unanswered: it ended before it began.
    """
    first = await anext(lines, b"")
    if asking.failure:
        asking.stop()
        raise Unanswered(asking)

    async def whole() -> AsyncIterator[bytes]:
        try:
            yield first
            async for line in lines:
                yield line
        finally:
            asking.stop()
            close: Any = getattr(lines, "aclose", None)
            if close is not None:
                await close()

    return StreamingResponse(whole(), media_type=media_type, headers={**HEADERS, "X-Accel-Buffering": "no"})
