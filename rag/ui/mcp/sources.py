"""Where the tools get their answers: from this process, or from the app that runs already. Knows no protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

from rag import running
from rag.domain import Telling, Turn
from rag.errors import FootnoteError
from rag.ui.api.service import Service, last_of

Json = dict[str, Any]
T = TypeVar("T")

PATIENCE = 600.0
"""Seconds that a library that is being read is waited for."""
_LOOK = 0.2


class Source(Protocol):
    """What the tools ask. Every method raises FootnoteError with a sentence for whoever asked."""

    async def ask(self, question: str, history: list[Turn], articles: list[str]) -> Json:
        """Answer JSON."""
        ...

    async def search(self, question: str, most: int) -> Json:
        """Hits."""
        ...

    async def tell(self, telling: Telling, about: str) -> Json:
        """Answer JSON."""
        ...

    async def articles(self) -> list[Json]:
        """Details of every article."""
        ...

    async def article(self, article_id: str) -> Json | None:
        """One article whole, None where there is none."""
        ...


class Here:
    """This process's own library. ``client``: whose place a question takes."""

    def __init__(self, service: Service, client: str) -> None:
        self._service, self._client = service, client

    async def ask(self, question: str, history: list[Turn], articles: list[str]) -> Json:
        return await last_of(self._service.asking(question, history, articles, self._client))

    async def search(self, question: str, most: int) -> Json:
        return await self._ready(lambda: self._service.search(question, most, self._client))

    async def tell(self, telling: Telling, about: str) -> Json:
        return await self._ready(lambda: self._service.tell(telling, about, self._client))

    async def articles(self) -> list[Json]:
        async def listed() -> list[Json]:
            return self._service.articles()

        return await self._ready(listed)

    async def article(self, article_id: str) -> Json | None:
        async def read() -> Json | None:
            return self._service.article(article_id)

        return await self._ready(read)

    async def _ready(self, work: Callable[[], Awaitable[T]]) -> T:
        """``work`` once the library is there: a model cannot know that it should come back later."""
        async with asyncio.timeout(PATIENCE):
            while not (status := self._service.status())["ready"] and (status["phase"] or not status["problem"]):
                await asyncio.sleep(_LOOK)
        return await work()


class There:
    """The app that holds the library, asked over its own API on this machine."""

    def __init__(self, find: Callable[[], running.Running]) -> None:
        """``find``: the app that runs; raises FootnoteError where none does any more."""
        self._find = find

    async def ask(self, question: str, history: list[Turn], articles: list[str]) -> Json:
        turns = [{"question": turn.question, "answer": turn.answer} for turn in history]
        return await self._get("/ask", {"question": question, "history": turns, "articles": articles})

    async def search(self, question: str, most: int) -> Json:
        return await self._get(f"/search?{urlencode({'q': question, 'k': most})}")

    async def tell(self, telling: Telling, about: str) -> Json:
        return await self._get(f"/{telling}?{urlencode({'about': about})}")

    async def articles(self) -> list[Json]:
        return list((await self._get("/articles"))["articles"])

    async def article(self, article_id: str) -> Json | None:
        try:
            return await self._get(f"/articles/{quote(article_id, safe='/')}")
        except running.NotThere:
            return None

    async def _get(self, path: str, body: Json | None = None) -> Json:
        call = running.Call(self._find(), f"/api/v1{path}", body)
        try:
            return await asyncio.to_thread(call.reply)
        except asyncio.CancelledError:
            call.hang_up()  # Which frees the model there.
            raise


def told(error: BaseException) -> str:
    """The sentence of an error."""
    if isinstance(error, TimeoutError):
        return "The library is still being read: ask again later."
    return str(error) if isinstance(error, FootnoteError) else ""
