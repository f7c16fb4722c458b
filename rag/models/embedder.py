"""Texts to unit vectors: all-MiniLM-L6-v2 on the processor, through llama-index's HuggingFaceEmbedding; or none at all.

Knows no store and no ranking.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import WeightsError
from rag.models.base import Embedder
from rag.models.chat import well_formed
from rag.models.cores import usable_cores
from rag.models.weights import MINILM, path_of, verify

if TYPE_CHECKING:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # type: ignore[import-untyped]

BATCH_TEXTS = 32
"""Texts embedded at a time; a query waits for one such batch at most."""

QUERY_THREADS = 1
"""One question is a few milliseconds of work. On busy cores, while the language model writes, a second thread makes it
seven times slower (19 ms against 129 ms), because each waits for the other to be scheduled."""


class MiniLM:
    """all-MiniLM-L6-v2: 384 dimensions, reads the first 256 tokens of a text. See ``Embedder``. Thread-safe."""

    dimensions = 384

    def __init__(self, model: HuggingFaceEmbedding, threads: int) -> None:
        import torch

        self.fingerprint = f"{MINILM.name}:{MINILM.sha256[:12]}:unit:{model.max_length}"
        self._model = model
        self._threads = threads
        self._set_threads = torch.set_num_threads
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector for each text, in order."""
        # Texts of like length share a batch: each is padded to its batch's longest, which took half of the time.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors: dict[int, list[float]] = {}
        for start in range(0, len(order), BATCH_TEXTS):
            places = order[start : start + BATCH_TEXTS]
            batch = [well_formed(texts[place]) for place in places]
            with self._lock:  # Taken anew for each batch, so that a question need not wait for a whole sync.
                self._set_threads(self._threads)
                vectors.update(zip(places, self._model.get_text_embedding_batch(batch), strict=True))
        return [vectors[place] for place in range(len(texts))]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        with self._lock:
            self._set_threads(QUERY_THREADS)
            vector: list[float] = self._model.get_query_embedding(well_formed(text))
        return vector


class NoEmbedder:
    """Stands in while there are no weights: all texts are alike, so a search goes by words only."""

    fingerprint = "none"
    dimensions = 1

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The same one-dimensional unit vector for each text."""
        return [[1.0] for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        """The same again."""
        return [1.0]


def load_embedder(folder: Path) -> Embedder:
    """The embedder whose weights lie below ``folder``; takes seconds, and asks nothing of any network.

    Raises:
        WeightsError: the weights are missing or damaged; fetch ``MINILM`` first.
    """
    verify(MINILM, folder)
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # Else it warns when a process forks after use.
    try:
        return MiniLM(_load(path_of(MINILM, folder)), usable_cores())
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"The search model in {path_of(MINILM, folder)} cannot be loaded ({error}): delete it and start again."
        ) from error


def _load(place: Path) -> HuggingFaceEmbedding:
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from transformers.utils import logging as transformers_logging

    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return HuggingFaceEmbedding(
        model_name=str(place),
        device="cpu",
        normalize=True,
        embed_batch_size=BATCH_TEXTS,
        cache_folder=str(place),
        local_files_only=True,
        show_progress_bar=False,
    )
