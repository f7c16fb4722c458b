"""A library as a LlamaIndex query engine: a question -> an answer whose sources are the words that it cites."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import (
    RESPONSE_TYPE,
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.answering.numbering import in_order
from rag.assistant import Assistant, complete
from rag.domain import Answer
from rag.llamaindex import nodes
from rag.llamaindex.retriever import FootnoteRetriever
from rag.llamaindex.steps import steps
from rag.llamaindex.wording import grown, worded


class FootnoteQueryEngine(BaseQueryEngine):
    """Answers as Footnote does: each sentence cites, each citation is checked, what is not told is refused.

    ``response.source_nodes[0]`` is what ``[1]`` cites; ``response.metadata`` is the whole Answer JSON. A streamed
    response holds what may be cited while it streams, and what is cited once it has ended.
    """

    def __init__(
        self, assistant: Assistant, streaming: bool = False, callback_manager: CallbackManager | None = None
    ) -> None:
        """Ask ``assistant``, which stays the caller's to close.

        Args:
            assistant: a loaded one, as ``open_folder`` gives it.
            streaming: whether ``query`` gives a ``StreamingResponse`` (``aquery``: an asynchronous one).
            callback_manager: LlamaIndex's, to be told of each question.
        """
        self._assistant = assistant
        self._streaming = streaming
        super().__init__(callback_manager)

    def retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """The passages that are found for a question."""
        return FootnoteRetriever(self._assistant, callback_manager=self.callback_manager).retrieve(query_bundle)

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        with self._event(query_bundle) as event:
            answers = self._answers(query_bundle)
            response = self._streamed(answers) if self._streaming else self._response(complete(answers))
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        with self._event(query_bundle) as event:
            answers = self._answers(query_bundle)
            response: RESPONSE_TYPE
            if self._streaming:
                response = await self._astreamed(answers)
            else:
                response = await asyncio.to_thread(self._response, await _last(answers))
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    def _event(self, query_bundle: QueryBundle) -> Any:
        return self.callback_manager.event(CBEventType.QUERY, payload={EventPayload.QUERY_STR: query_bundle.query_str})

    def _answers(self, query_bundle: QueryBundle) -> Iterator[Answer]:
        """Each answer with its numbers in the order of its text, without a gap."""
        with closing(self._assistant.ask(query_bundle.query_str)) as answers:  # type: ignore[type-var]  # a generator
            for answer in answers:
                yield in_order(answer)

    def _response(self, answer: Answer) -> Response:
        return Response(worded(answer), nodes.cited(answer, self._assistant.article), answer.to_json())

    def _streamed(self, answers: Iterator[Answer]) -> StreamingResponse:
        """The response once evidence is found, so that its sources can be shown before its first word."""
        pieces, sources, told = grown(answers), list[NodeWithScore](), dict[str, Any]()
        first = next(pieces)
        self._tell(first[1], sources, told)

        def texts() -> Iterator[str]:
            with closing(pieces):  # type: ignore[type-var]  # a generator
                for text, answer in _after(first, pieces):
                    if answer.done:
                        self._tell(answer, sources, told)
                    if text:
                        yield text

        return StreamingResponse(texts(), sources, told)  # type: ignore[arg-type]  # a generator, which is what it needs

    async def _astreamed(self, answers: Iterator[Answer]) -> AsyncStreamingResponse:
        pieces, sources, told = grown(answers), list[NodeWithScore](), dict[str, Any]()
        first = await asyncio.to_thread(next, pieces)
        self._tell(first[1], sources, told)

        async def texts() -> AsyncIterator[str]:
            async with aclosing(steps(_after(first, pieces))) as values:  # type: ignore[type-var]  # a generator
                async for text, answer in values:
                    if answer.done:
                        self._tell(answer, sources, told)
                    if text:
                        yield text

        return AsyncStreamingResponse(texts(), sources, told)  # type: ignore[arg-type]  # likewise

    def _tell(self, answer: Answer, sources: list[NodeWithScore], told: dict[str, Any]) -> None:
        """Fill in what a response holds; the lists are its own, and whoever has the response sees them grow."""
        make = nodes.cited if answer.done else nodes.shown
        sources[:] = make(answer, self._assistant.article)
        told.update(answer.to_json())

    def _get_prompt_modules(self) -> PromptMixinType:
        """None: Footnote's prompt is a part of what is measured."""
        return {}


async def _last(answers: Iterator[Answer]) -> Answer:
    """The last answer; whoever is cancelled meanwhile stops the model."""
    async with aclosing(steps(answers)) as values:  # type: ignore[type-var]  # a generator
        return [answer async for answer in values][-1]


def _after(first: tuple[str, Answer], rest: Iterator[tuple[str, Answer]]) -> Iterator[tuple[str, Answer]]:
    with closing(rest):  # type: ignore[type-var]  # a generator
        yield first
        yield from rest
