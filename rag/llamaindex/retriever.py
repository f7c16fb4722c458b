"""A library as a LlamaIndex retriever: a question -> the passages that answer it, best first."""

from __future__ import annotations

import asyncio

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.assistant import Assistant
from rag.llamaindex import nodes


class FootnoteRetriever(BaseRetriever):
    """Finds passages by words and meaning, read by Footnote's reader; no language model takes part."""

    def __init__(
        self, assistant: Assistant, similarity_top_k: int = 10, callback_manager: CallbackManager | None = None
    ) -> None:
        """Search what ``assistant`` has loaded; it stays the caller's to close.

        Args:
            assistant: a loaded one, as ``open_folder`` gives it.
            similarity_top_k: passages at most.
            callback_manager: LlamaIndex's, to be told of each search.
        """
        self._assistant = assistant
        self._most = similarity_top_k
        super().__init__(callback_manager=callback_manager)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.search(query_bundle.query_str).hits
        return nodes.found(hits[: self._most], self._assistant.article)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)
