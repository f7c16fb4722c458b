"""The edges: the embedder, the language model, the pinned weights and how they get here. Imports no model library."""

from rag.models.base import Chunk, Embedder, LanguageModel, Message, Page, Reader, Reading, Usage
from rag.models.embedder import NoEmbedder, load_embedder
from rag.models.fetching import fetch
from rag.models.language import (
    check_model,
    kind_of,
    label_of,
    load_model,
    notice_of,
    same_model,
    sent_to,
    setting_of,
    usable,
    weights_for,
)
from rag.models.lending import Lending
from rag.models.reader import load_reader
from rag.models.scripted import HashEmbedder, ScriptedModel, WordReader
from rag.models.weights import (
    MINILM,
    MPNET,
    PINNED,
    QWEN_0_5B,
    QWEN_1_5B,
    Progress,
    Weights,
    is_present,
    path_of,
    verify,
)

__all__ = [
    "MINILM",
    "MPNET",
    "PINNED",
    "QWEN_0_5B",
    "QWEN_1_5B",
    "Chunk",
    "Embedder",
    "HashEmbedder",
    "LanguageModel",
    "Lending",
    "Message",
    "NoEmbedder",
    "Page",
    "Progress",
    "Reader",
    "Reading",
    "ScriptedModel",
    "Usage",
    "Weights",
    "WordReader",
    "check_model",
    "fetch",
    "is_present",
    "kind_of",
    "label_of",
    "load_embedder",
    "load_model",
    "load_reader",
    "notice_of",
    "path_of",
    "same_model",
    "sent_to",
    "setting_of",
    "usable",
    "verify",
    "weights_for",
]
