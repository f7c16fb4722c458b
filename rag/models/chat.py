"""One client for local and hosted models: llama-index's OpenAILike on an event loop of its own, heard as an iterator.

The request lives in an asyncio task, because only a cancelled task closes its connection at any moment, and a closed
connection is what stops a model. Knows no line, no weights and no server process.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from rag.errors import ModelError
from rag.models.base import Chunk, Message, Usage
from rag.models.line import Line

if TYPE_CHECKING:
    from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]

    Prepare = Callable[[Sequence[Message]], tuple[OpenAILike, Sequence[Message]]]

HEARTBEAT_SECONDS = 0.15
_STOP_SECONDS = 2.0
"""How long a stop waits for the connection to be closed; it takes milliseconds."""

_loop: asyncio.AbstractEventLoop | None = None
_loop_lock = threading.Lock()


def _nothing() -> None:
    return None


class Chat:
    """Streams chat completions.

    ``prepare`` gives the client to ask and the messages as it should see them; it may block and raise ModelError, and
    runs in a thread of its own. ``explain`` turns what the client raises into one sentence for the user.
    """

    def __init__(self, prepare: Prepare, explain: Callable[[Exception], ModelError]) -> None:
        self._prepare = prepare
        self._explain = explain

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, ended: Callable[[], None] = _nothing
    ) -> Iterator[Chunk]:
        """Stream a reply; a chunk comes at least every 0.15 s, and the last one carries the usage.

        Closing the iterator closes the connection. ``ended`` is called, from another thread, as soon as the request
        has ended, whether or not anybody still listens.

        Raises:
            ModelError: the request failed.
        """
        box: queue.SimpleQueue[Chunk | Exception | None] = queue.SimpleQueue()
        closed = threading.Event()

        async def work() -> None:
            try:
                async for chunk in self._chunks(messages, max_tokens):
                    box.put(chunk)
                box.put(None)
            except Exception as error:
                box.put(error)
            finally:
                closed.set()
                ended()

        task = asyncio.run_coroutine_threadsafe(work(), background_loop())
        try:
            yield from _listen(box, self._explain)
        finally:
            if not closed.is_set():
                task.cancel()
                closed.wait(_STOP_SECONDS)

    async def _chunks(self, messages: Sequence[Message], max_tokens: int) -> AsyncIterator[Chunk]:
        llm, prepared = await asyncio.to_thread(self._prepare, messages)
        usage = Usage()
        begun = False
        replies: Any = await llm.astream_chat(_to_llama_index(prepared), max_tokens=max_tokens)
        async with aclosing(replies):
            async for reply in replies:
                usage = _usage_of(reply.raw) or usage
                if reply.delta:
                    yield Chunk(reply.delta, first=None if begun else _alternatives(reply.raw))
                    begun = True
        yield Chunk(usage=usage)


def stream_in_line(line: Line, chat: Chat, messages: Sequence[Message], max_tokens: int) -> Iterator[Chunk]:
    """A reply once it is our turn; until then, our place in the line. Closing the iterator leaves line and model."""
    ticket = line.enter()
    try:
        while (place := ticket.place()) > 1:
            yield Chunk(place=place)
        yield from chat.stream(messages, max_tokens=max_tokens, ended=ticket.leave)
    finally:
        ticket.leave()


def _listen(
    box: queue.SimpleQueue[Chunk | Exception | None], explain: Callable[[Exception], ModelError]
) -> Iterator[Chunk]:
    while True:
        try:
            said = box.get(timeout=HEARTBEAT_SECONDS)
        except queue.Empty:
            yield Chunk()
            continue
        if said is None:
            return
        if isinstance(said, ModelError):
            raise said
        if isinstance(said, Exception):
            raise explain(said) from said
        yield said


def background_loop() -> asyncio.AbstractEventLoop:
    """The event loop that all requests share, in a daemon thread; made when it is first needed."""
    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="models", daemon=True).start()
        return _loop


def well_formed(text: str) -> str:
    """``text`` without lone surrogates, which no model and no JSON can take."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _to_llama_index(messages: Sequence[Message]) -> list[Any]:
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role=message.role, content=well_formed(message.content)) for message in messages]


def _alternatives(raw: Any) -> dict[str, float] | None:
    """The likeliest tokens at the place of a raw chunk's first token, with log-probabilities; None when not told."""
    choices = getattr(raw, "choices", None) or [None]
    told = getattr(getattr(choices[0], "logprobs", None), "content", None)
    return {top.token: float(top.logprob) for top in told[0].top_logprobs} if told else None


def _usage_of(raw: Any) -> Usage | None:
    """The usage that a raw chunk carries, from OpenAI's ``usage`` and llama.cpp's ``timings``; None without either."""
    counted = getattr(raw, "usage", None)
    if counted is None:
        return None
    details = getattr(counted, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None)
    if cached is None:
        cached = (getattr(raw, "timings", None) or {}).get("cache_n")
    return Usage(counted.prompt_tokens, cached, counted.completion_tokens)
