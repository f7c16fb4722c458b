"""A library as a LlamaIndex chat engine: follow-ups are understood from the turns before, without another model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import pairwise

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.callbacks import CallbackManager, trace_method
from llama_index.core.chat_engine.types import AgentChatResponse, BaseChatEngine, StreamingAgentChatResponse

from rag.assistant import Assistant, complete
from rag.domain import Answer, Turn
from rag.llamaindex import nodes
from rag.llamaindex.streaming import Streamed, answers, last, streamed
from rag.llamaindex.wording import worded

_NUMBER = re.compile(r" \[\d+\]")


class FootnoteChatEngine(BaseChatEngine):
    """A conversation with a library. One at a time may speak with it: it keeps the history of one chat."""

    def __init__(
        self,
        assistant: Assistant,
        chat_history: Sequence[ChatMessage] = (),
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """Ask ``assistant``, which stays the caller's to close.

        Args:
            assistant: a loaded one, as ``open_folder`` gives it.
            chat_history: what was said before.
            callback_manager: LlamaIndex's, to be told of each turn.
        """
        self._assistant = assistant
        self._history = list(chat_history)
        self.callback_manager = callback_manager or CallbackManager([])

    @property
    def chat_history(self) -> list[ChatMessage]:
        """What has been said so far."""
        return list(self._history)

    def reset(self) -> None:
        """Forget what was said."""
        self._history.clear()

    @trace_method("chat")
    def chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """The whole answer; ``chat_history`` replaces what was said before."""
        return self._response(message, complete(self._asked(message, chat_history)))

    @trace_method("chat")
    async def achat(self, message: str, chat_history: list[ChatMessage] | None = None) -> AgentChatResponse:
        """The same for an event loop."""
        answer = await last(self._asked(message, chat_history))
        return await asyncio.to_thread(self._response, message, answer)

    @trace_method("chat")
    def stream_chat(self, message: str, chat_history: list[ChatMessage] | None = None) -> StreamingAgentChatResponse:
        """The answer in pieces; its sources are what it cites once it has ended."""
        one = Streamed(self._asked(message, chat_history), self._assistant)
        return StreamingAgentChatResponse(
            chat_stream=self._replies(message, one),  # type: ignore[arg-type]  # a generator, which is what it needs
            source_nodes=one.sources,
            is_writing_to_memory=False,
        )

    @trace_method("chat")
    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """The same for an event loop."""
        one = await streamed(self._asked(message, chat_history), self._assistant)
        return StreamingAgentChatResponse(
            achat_stream=self._areplies(message, one),  # type: ignore[arg-type]  # likewise
            source_nodes=one.sources,
            is_writing_to_memory=False,
        )

    def _asked(self, message: str, chat_history: list[ChatMessage] | None) -> Iterator[Answer]:
        if chat_history is not None:
            self._history = list(chat_history)
        return answers(self._assistant, message, turns(self._history))

    def _response(self, message: str, answer: Answer) -> AgentChatResponse:
        self._keep(message, worded(answer))
        found = nodes.cited(answer, self._assistant.article)
        return AgentChatResponse(worded(answer), source_nodes=found, metadata=answer.to_json())

    def _replies(self, message: str, one: Streamed) -> Iterator[ChatResponse]:
        said = ""
        for text in one.texts():
            said += text
            yield _reply(said, text)
        self._keep(message, said)

    async def _areplies(self, message: str, one: Streamed) -> AsyncIterator[ChatResponse]:
        said = ""
        async for text in one.atexts():
            said += text
            yield _reply(said, text)
        self._keep(message, said)

    def _keep(self, message: str, answer: str) -> None:
        """Both, once the answer is whole: what was broken off is nothing to lean on."""
        self._history += [ChatMessage(message, role=MessageRole.USER), _reply(answer, "").message]


def turns(history: Sequence[ChatMessage]) -> list[Turn]:
    """The questions of a conversation, each with the answer that follows it, without its numbers."""
    return [
        Turn(str(asked.content), _NUMBER.sub("", str(said.content)))
        for asked, said in pairwise(history)
        if (asked.role, said.role) == (MessageRole.USER, MessageRole.ASSISTANT)
    ]


def _reply(said: str, new: str) -> ChatResponse:
    return ChatResponse(message=ChatMessage(said, role=MessageRole.ASSISTANT), delta=new)
