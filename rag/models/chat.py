"""One client for local and hosted models: llama-index's OpenAILike on an event loop of its own, heard as an iterator.

The request lives in an asyncio task, because only a cancelled task closes its connection at any moment, and a closed
connection is what stops a model. Knows no line, no weights and no server process.
"""

from __future__ import annotations

import asyncio
import math
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from itertools import count
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
TOKEN_CHARS = 12
"""More characters than a token has on average: a reply beyond so many for each does not end by itself."""

_loop: asyncio.AbstractEventLoop | None = None
_loop_lock = threading.Lock()


_CUT = frozenset({"length", "max_tokens", "content_filter", ""})
"""Why a reply ended that is not whole, in OpenAI's words; "": the connection did, without a reason."""


class SaidNothing(Exception):
    """A reply without a word: a failure, and no answer. The message says what came in its place, if that is known."""


def _nothing() -> None:
    return None


def _never(_: Exception, __: int) -> None:
    return None


class Chat:
    """Streams chat completions, each within ``seconds``.

    ``prepare`` gives the client to ask and the messages as it should see them; it may block and raise ModelError, and
    runs in a thread of its own. ``explain`` turns what the client raises into one sentence for the user. ``again``
    tells after how many seconds to try once more, given what a request failed with before its first word and which
    attempt it was; None: not at all.
    """

    def __init__(
        self,
        prepare: Prepare,
        explain: Callable[[Exception], ModelError],
        seconds: float,
        again: Callable[[Exception, int], float | None] = _never,
    ) -> None:
        self._prepare = prepare
        self._explain = explain
        self._seconds = seconds
        self._again = again

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, ended: Callable[[], None] = _nothing
    ) -> Iterator[Chunk]:
        """Stream a reply; a chunk comes at least every 0.15 s, and the last one carries the usage.

        A reply that goes on and on is cut off, and one without a word is a failure. Closing the iterator closes the
        connection. ``ended`` is called, from another thread, as soon as the request has ended, whether or not anybody
        still listens.

        Raises:
            ModelError: the request failed.
        """
        box: queue.SimpleQueue[Chunk | Exception | None] = queue.SimpleQueue()
        closed = threading.Event()

        async def work() -> None:
            try:
                async with asyncio.timeout(self._seconds):
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
        for attempt in count(1):
            begun = False
            try:
                async for chunk in _request(llm, prepared, max_tokens):
                    begun = True
                    yield chunk
                return
            except Exception as error:
                wait = None if begun else self._again(error, attempt)
                if wait is None:
                    raise
            await asyncio.sleep(wait)


async def _request(llm: OpenAILike, messages: Sequence[Message], max_tokens: int) -> AsyncIterator[Chunk]:
    usage, finish, length, spoken = Usage(), "", 0, False
    most = max_tokens * TOKEN_CHARS
    replies: Any = await llm.astream_chat(_to_llama_index(messages), max_tokens=max_tokens)
    async with aclosing(replies):
        async for reply in replies:
            usage = _usage_of(reply.raw) or usage
            finish = _finish_of(reply.raw) or finish
            if not reply.delta:
                continue
            text = str(reply.delta)[: most - length]
            yield Chunk(text, first=None if length else _alternatives(reply.raw))
            length, spoken = length + len(text), spoken or not text.isspace()
            if length >= most:
                break
    if not spoken:
        raise SaidNothing
    yield Chunk(usage=usage, cut=finish in _CUT)


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
            raise explain(said) from None  # What it came from may hold a key, and would stand in a traceback.
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
    told = getattr(getattr(_choice(raw), "logprobs", None), "content", None)
    if not told:
        return None
    found = {str(top.token): float(top.logprob) for top in told[0].top_logprobs}
    return found if all(math.isfinite(value) and value <= 0 for value in found.values()) else None


def _finish_of(raw: Any) -> str:
    """Why the reply ends, in OpenAI's word, where a raw chunk tells; "stop" is as it should be."""
    return str(getattr(_choice(raw), "finish_reason", None) or "")


def _choice(raw: Any) -> Any:
    return (getattr(raw, "choices", None) or [None])[0]


def _usage_of(raw: Any) -> Usage | None:
    """The usage that a raw chunk carries, from OpenAI's ``usage`` and llama.cpp's ``timings``; None without either."""
    counted = getattr(raw, "usage", None)
    if counted is None:
        return None
    details = getattr(counted, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None)
    if cached is None:
        cached = (getattr(raw, "timings", None) or {}).get("cache_n")
    prompt, said = (getattr(counted, name, None) for name in ("prompt_tokens", "completion_tokens"))
    return Usage(_number(prompt), _number(cached), _number(said))


def _number(seen: Any) -> int | None:
    return seen if isinstance(seen, int) else None
