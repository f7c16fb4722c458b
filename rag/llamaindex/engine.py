"""A library as a LlamaIndex query engine: a question -> an answer whose sources are the words that it cites."""

from __future__ import annotations

import asyncio
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

from rag.assistant import Assistant, complete
from rag.domain import Answer
from rag.llamaindex import nodes
from rag.llamaindex.retriever import FootnoteRetriever
from rag.llamaindex.streaming import Streamed, answers, last, streamed
from rag.llamaindex.wording import worded


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
            values = answers(self._assistant, query_bundle.query_str)
            response: RESPONSE_TYPE
            if self._streaming:
                one = Streamed(values, self._assistant)
                response = StreamingResponse(one.texts(), one.sources, one.told)  # type: ignore[arg-type]  # a generator
            else:
                response = self._response(complete(values))
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        with self._event(query_bundle) as event:
            values = answers(self._assistant, query_bundle.query_str)
            response: RESPONSE_TYPE
            if self._streaming:
                one = await streamed(values, self._assistant)
                response = AsyncStreamingResponse(one.atexts(), one.sources, one.told)  # type: ignore[arg-type]
            else:
                response = await asyncio.to_thread(self._response, await last(values))
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    def _event(self, query_bundle: QueryBundle) -> Any:
        return self.callback_manager.event(CBEventType.QUERY, payload={EventPayload.QUERY_STR: query_bundle.query_str})

    def _response(self, answer: Answer) -> Response:
        return Response(worded(answer), nodes.cited(answer, self._assistant.article), answer.to_json())

    def _get_prompt_modules(self) -> PromptMixinType:
        """None: Footnote's prompt is a part of what is measured."""
        return {}
