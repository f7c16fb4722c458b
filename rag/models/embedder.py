"""Texts to unit vectors: all-MiniLM-L6-v2 on the processor, through sentence-transformers; or none at all.

Knows no store and no ranking.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rag.errors import WeightsError
from rag.models.base import Embedder, Tokens
from rag.models.chat import well_formed
from rag.models.cores import usable_cores
from rag.models.weights import MINILM, path_of, verify

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Made = TypeVar("Made")

BATCH_TEXTS = 32
"""Texts embedded at a time; a query waits for one such batch at most."""

QUERY_THREADS = 1
"""One question is a few milliseconds of work, and the words of its sentences some tenths of a second. On busy cores,
while the language model writes, a second thread makes it seven times slower (19 ms against 129 ms), because each waits
for the other to be scheduled."""


class MiniLM:
    """all-MiniLM-L6-v2: 384 dimensions, reads the first 256 tokens of a text. See ``Embedder``. Thread-safe."""

    dimensions = 384

    def __init__(self, model: SentenceTransformer, threads: int) -> None:
        import torch

        self.fingerprint = f"{MINILM.name}:{MINILM.sha256[:12]}:unit:{model.max_seq_length}"
        self._model = model
        self._threads = threads
        self._set_threads = torch.set_num_threads
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector for each text, in order."""
        return self._in_batches(texts, self._whole, self._threads)

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        with self._lock:
            self._set_threads(QUERY_THREADS)
            return self._whole([well_formed(text)])[0]

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, in order, each as it is meant in its text."""
        return self._in_batches(texts, self._by_token, QUERY_THREADS)

    def _in_batches(self, texts: Sequence[str], make: Callable[[list[str]], list[Made]], threads: int) -> list[Made]:
        # Texts of like length share a batch: each is padded to its batch's longest, which took half of the time.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        made: dict[int, Made] = {}
        for start in range(0, len(order), BATCH_TEXTS):
            places = order[start : start + BATCH_TEXTS]
            batch = [well_formed(texts[place]) for place in places]
            with self._lock:  # Taken anew for each batch, so that a question need not wait for a whole sync.
                self._set_threads(threads)
                made.update(zip(places, make(batch), strict=True))
        return [made[place] for place in range(len(texts))]

    def _whole(self, texts: list[str]) -> list[list[float]]:
        found = self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return [[float(x) for x in vector] for vector in found]

    def _by_token(self, texts: list[str]) -> list[Tokens]:
        found: Any = self._model.encode(texts, output_value="token_embeddings", show_progress_bar=False)
        tokenized: Any = self._model.tokenizer(
            texts, return_offsets_mapping=True, truncation=True, max_length=self._model.max_seq_length
        )
        return [_tokens(m.numpy(), spans) for m, spans in zip(found, tokenized["offset_mapping"], strict=True)]


def _tokens(vectors: Any, spans: Sequence[tuple[int, int]]) -> Tokens:
    """With those that frame a text: what it is about as a whole gathers there."""
    import numpy as np

    rows = np.asarray(vectors, dtype=np.float32)
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return Tokens(tuple((int(start), int(end)) for start, end in spans), unit)


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

    def embed_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """No token is told from another."""
        import numpy as np

        return [Tokens((), np.zeros((0, 1), dtype=np.float32)) for _ in texts]


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


def _load(place: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(str(place), device="cpu", local_files_only=True)
