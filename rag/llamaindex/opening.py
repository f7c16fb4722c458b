"""A folder of articles -> a loaded assistant, with LlamaIndex's own models where they are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import LLM

from rag.assistant import Assistant
from rag.config import load_config
from rag.llamaindex.embedder import LlamaIndexEmbedder
from rag.llamaindex.model import LlamaIndexModel


def open_folder(
    articles: str | Path, *, llm: LLM | None = None, embed_model: BaseEmbedding | None = None, **settings: Any
) -> Assistant:
    """An assistant over a folder, loaded. Close it in the end, or use it in a ``with``.

    Args:
        articles: the folder.
        llm: what writes the answers; None: what the settings name (``model="none"``: the articles' own sentences).
        embed_model: what turns texts into vectors; None: Footnote's own.
        settings: as ``rag.load_config`` takes them, such as ``data="library"``.

    Raises:
        FootnoteError: what is missing or wrong, in one sentence.
    """
    config = load_config(articles=articles, **settings)
    model = LlamaIndexModel(llm, seconds=config.hosted_seconds) if llm is not None else None
    embedder = LlamaIndexEmbedder(embed_model) if embed_model is not None else None
    assistant = Assistant(config, model=model, embedder=embedder)
    try:
        assistant.load()
    except BaseException:
        assistant.close()
        raise
    return assistant
