"""LlamaIndex models of our own for tests: an LLM that does what it is told, vectors from hashes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_completion_callback
from pydantic import PrivateAttr

from rag.models import HashEmbedder

GOOD = "YES. Jake Sullivan had a seven-hour meeting with Yang Jiechi in Rome [1]."
Behave = Callable[[str], Iterator[Any]]


def words(text: str) -> Behave:
    """Says a text in words."""
    return lambda _: (CompletionResponse(text="", delta=f"{word} ") for word in text.split(" "))


class ToldLLM(CustomLLM):
    """Streams whatever ``behave`` yields for a prompt. ``_asked``: the prompts; ``_closed``: replies that were left."""

    api_key: str | None = None
    api_base: str | None = None
    default_headers: dict[str, str] = {}  # noqa: RUF012
    _behave: Behave = PrivateAttr()
    _asked: list[str] = PrivateAttr(default_factory=list)
    _closed: int = PrivateAttr(default=0)

    def __init__(self, behave: Behave | str = GOOD, **fields: Any) -> None:
        super().__init__(**fields)
        self._behave = words(behave) if isinstance(behave, str) else behave

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="told", is_chat_model=True)

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        self._asked.append(prompt)
        return CompletionResponse(text="".join(one.delta or "" for one in self._behave(prompt)))

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Iterator[CompletionResponse]:
        self._asked.append(prompt)
        return self._stream(prompt)

    def _stream(self, prompt: str) -> Iterator[CompletionResponse]:
        try:
            yield from self._behave(prompt)
        except GeneratorExit:
            self._closed += 1
            raise


class WholeLLM(ToldLLM):
    """One that does not stream."""

    def stream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> Any:
        raise NotImplementedError


class SaysAll(ToldLLM):
    """One that tells the whole text so far instead of what is new."""

    def stream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> Iterator[ChatResponse]:
        said = "".join(one.delta or "" for one in self._behave(""))
        for end in range(0, len(said) + 1, 7):
            yield ChatResponse(message=ChatMessage(role="assistant", content=said[:end]))
        yield ChatResponse(message=ChatMessage(role="assistant", content=said))


class HashedEmbedding(BaseEmbedding):
    """Vectors of hashed words, three times as long as they should be."""

    api_key: str | None = None
    dimensions: int = 64
    _batches: list[int] = PrivateAttr(default_factory=list)

    def _get_query_embedding(self, query: str) -> list[float]:
        return [3 * number for number in HashEmbedder(self.dimensions).embed_query(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        self._batches.append(len(texts))
        return [self._get_query_embedding(text) for text in texts]


def endless(delta: str, pause: float = 0.0) -> Behave:
    """The same piece for ever."""

    def say(_: str) -> Iterator[CompletionResponse]:
        while True:
            time.sleep(pause)
            yield CompletionResponse(text="", delta=delta)

    return say
