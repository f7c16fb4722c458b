"""Any LlamaIndex LLM as the language model that writes answers. Knows the contract of models and LlamaIndex's chat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms import LLM
from pydantic import ValidationError

from rag.errors import ModelError
from rag.llamaindex.keys import keys_around, keys_of
from rag.llamaindex.threads import MOST_STUCK, Threads, TookTooLong, TooManyStuck
from rag.models.base import Chunk, Message, Usage
from rag.models.chat import TOKEN_CHARS, SaidNothing, well_formed
from rag.models.hosted import REPLY_SECONDS, SEATS, estimate_tokens, redacted
from rag.models.line import Line
from rag.secrets import Redactor

_SEEN_CHARS = 200
_READ_CHARS = 20_000
"""Of an error: looking for keys takes time, and a page of HTML may be long."""
_CUT = frozenset({"length", "max_tokens", "content_filter", "max_output_tokens"})
"""Why a reply ended that is not whole, in the words of several services."""


class LlamaIndexModel:
    """A LlamaIndex ``LLM``, asked by ``stream_chat`` in a thread of its own. See ``LanguageModel`` for the contract.

    A stop takes effect at the LLM's next token: a call that has not said anything yet cannot be interrupted.
    """

    def __init__(
        self,
        llm: LLM,
        *,
        name: str | None = None,
        local: bool = False,
        seconds: float = REPLY_SECONDS,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Note whom to ask; nothing is sent before the first question.

        Args:
            llm: set it to temperature 0; it stays the caller's to close.
            name: what answers call it; None: what it calls itself.
            local: whether reading the prompt is the waiting time. Then it is shown less evidence, and chooses among
                the articles' own sentences instead of writing its own.
            seconds: for a whole reply.
            options: what it is given with each request, such as ``{"max_tokens": 200}``. Without, its own settings
                hold, and a reply is cut off where it is too long.
        """
        self.name = name or _name_of(llm)
        self.local = local
        self._llm = llm
        self._seconds = seconds
        self._options = dict(options or {})
        self._line = Line(SEATS)
        self._threads = Threads()
        self._without_key = Redactor(keys_of(llm))

    def count_tokens(self, text: str) -> int:
        """About how many tokens ``text`` has."""
        return estimate_tokens(text)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        """See ``LanguageModel.stream``. Should the LLM say its key, that does not get any further."""
        with closing(self._in_line(messages, max_tokens)) as chunks:  # type: ignore[type-var]  # a generator
            yield from redacted(chunks, self._without_key)

    def warm(self, prefix: Sequence[Message]) -> None:
        """Do nothing: a request may cost money."""

    def close(self) -> None:
        """Do nothing: the LLM is the caller's."""

    def _in_line(self, messages: Sequence[Message], max_tokens: int) -> Iterator[Chunk]:
        ticket = self._line.enter()
        try:
            while (place := ticket.place()) > 1:
                yield Chunk(place=place)
            heard = self._threads.hear(lambda: _chunks(self._llm, messages, max_tokens, self._options), self._seconds)
            with closing(heard) as chunks:  # type: ignore[type-var]  # a generator
                yield from (chunk or Chunk() for chunk in chunks)
        except GeneratorExit:
            raise
        except BaseException as error:
            raise self._explain(error) from None  # What it came from may hold a key, and would stand in a traceback.
        finally:
            ticket.leave()

    def _explain(self, error: BaseException) -> ModelError:
        match error:
            case SaidNothing():
                seen, advice = "sent no words", "check its settings, or ask again"
            case TookTooLong():
                seen, advice = f"took longer than {self._seconds:g} s", "ask again, or give it more seconds"
            case TooManyStuck():
                seen = f"has not ended {MOST_STUCK} requests that nobody waits for any more"
                advice = "give the LLM a timeout of its own, or ask later"
            case _:
                seen, advice = f"failed ({self._clean(error)})", "check its settings, or ask again"
        return ModelError(f"The language model {self._without_key(self.name)} {seen}: {advice}.")

    def _clean(self, error: BaseException) -> str:
        return explained(error, self._llm)


def explained(error: BaseException, plugged: object) -> str:
    """An error in one line and without secrets; cut only then, since the rest of a key is not recognised any more."""
    without = Redactor([*keys_of(plugged), *keys_around()])
    whole = " ".join(str(error).split())
    read = whole[:_READ_CHARS]
    if len(read) < len(whole):
        read = read[: len(read) - without.unfinished(read)]  # What may be the front of a key is not shown either.
    said = without(read)[:_SEEN_CHARS]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _name_of(llm: LLM) -> str:
    try:
        told = llm.metadata.model_name
    except Exception:  # Some look up a size there, and know it of their own models alone.
        told = str(getattr(llm, "model", "") or "")
    return told if told and told != "unknown" else llm.class_name()


def _chunks(
    llm: LLM, messages: Sequence[Message], max_tokens: int, options: Mapping[str, Any]
) -> Iterator[Chunk | None]:
    """The reply, bounded in length; None for a piece without text. Runs in a thread that may be left alone."""
    most, length, spoken, finish, usage = max_tokens * TOKEN_CHARS, 0, False, "", Usage()
    with closing(_replies(llm, messages, options)) as replies:  # type: ignore[type-var]  # a generator
        for reply in replies:
            text = _added(reply, length)[: most - length]
            finish, usage = _finish_of(reply) or finish, _usage_of(reply) or usage
            yield Chunk(text) if text else None
            length, spoken = length + len(text), spoken or bool(text.strip())
            if length >= most:
                finish = "length"
                break
    if not spoken:
        raise SaidNothing
    yield Chunk(usage=usage, cut=finish in _CUT)


def _replies(llm: LLM, messages: Sequence[Message], options: Mapping[str, Any]) -> Iterator[ChatResponse]:
    """Streamed; whole from an LLM that does not stream."""
    asked = [ChatMessage(role=message.role, content=well_formed(message.content)) for message in messages]
    try:
        stream = iter(llm.stream_chat(asked, **options))
        first = next(stream, None)
    except NotImplementedError:
        yield llm.chat(asked, **options)
        return
    except ValidationError as error:
        if error.title.endswith("EndEvent"):  # LlamaIndex's own word for a reply that ended before it began.
            return
        raise
    try:
        yield from chain([first] if first is not None else [], stream)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


def _added(reply: ChatResponse, length: int) -> str:
    """The new text; from the whole one where an LLM tells only that."""
    return str(reply.delta) if reply.delta is not None else str(reply.message.content or "")[length:]


def _finish_of(reply: ChatResponse) -> str:
    """Why the reply ends, in the service's word, where it tells."""
    for held in (_held(_held(reply.raw, "choices"), 0), reply.raw, reply.additional_kwargs):
        for name in ("finish_reason", "stop_reason", "done_reason"):
            told = _held(held, name)
            if told:
                return str(getattr(told, "value", told)).lower()
    return ""


def _usage_of(reply: ChatResponse) -> Usage | None:
    """The tokens of the call, where it tells."""
    for held in (_held(reply.raw, "usage"), reply.additional_kwargs):
        prompt, said = (_held(held, name) for name in ("prompt_tokens", "completion_tokens"))
        if isinstance(prompt, int) or isinstance(said, int):
            return Usage(prompt if isinstance(prompt, int) else None, None, said if isinstance(said, int) else None)
    return None


def _held(thing: Any, name: str | int) -> Any:
    """An entry of a mapping or list, or an attribute; None where there is none."""
    if isinstance(thing, Mapping):
        return thing.get(name)
    if isinstance(name, int):
        return thing[name] if isinstance(thing, Sequence) and len(thing) > name else None
    return getattr(thing, name, None)
