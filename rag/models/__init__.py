"""The edges: the embedder, the language model, the pinned weights and how they get here. Imports no model library."""

from rag.models.base import Chunk, Embedder, LanguageModel, Message, Usage
from rag.models.embedder import NoEmbedder, load_embedder
from rag.models.fetching import fetch
from rag.models.language import check_model, kind_of, label_of, load_model, setting_of, weights_for
from rag.models.scripted import HashEmbedder, ScriptedModel
from rag.models.weights import MINILM, PINNED, QWEN_0_5B, QWEN_1_5B, Progress, Weights, is_present, path_of, verify

__all__ = [
    "MINILM",
    "PINNED",
    "QWEN_0_5B",
    "QWEN_1_5B",
    "Chunk",
    "Embedder",
    "HashEmbedder",
    "LanguageModel",
    "Message",
    "NoEmbedder",
    "Progress",
    "ScriptedModel",
    "Usage",
    "Weights",
    "check_model",
    "fetch",
    "is_present",
    "kind_of",
    "label_of",
    "load_embedder",
    "load_model",
    "path_of",
    "setting_of",
    "verify",
    "weights_for",
]
