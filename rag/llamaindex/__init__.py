"""Footnote inside LlamaIndex, and LlamaIndex inside Footnote: the public names. Nothing else imports this room.

It imports llama_index (seconds), which no other room does before it is asked something.
"""

from rag.llamaindex.chat import FootnoteChatEngine
from rag.llamaindex.embedder import LlamaIndexEmbedder
from rag.llamaindex.engine import FootnoteQueryEngine
from rag.llamaindex.model import LlamaIndexModel
from rag.llamaindex.opening import open_folder
from rag.llamaindex.retriever import FootnoteRetriever

__all__ = [
    "FootnoteChatEngine",
    "FootnoteQueryEngine",
    "FootnoteRetriever",
    "LlamaIndexEmbedder",
    "LlamaIndexModel",
    "open_folder",
]
