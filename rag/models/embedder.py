"""Texts to unit vectors: all-MiniLM-L6-v2, tuned, on the processor, through sentence-transformers; or none at all.

Knows no store and no ranking.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rag.errors import WeightsError
from rag.models import own
from rag.models.base import Embedder
from rag.models.chat import well_formed
from rag.models.cores import usable_cores
from rag.models.weights import MINILM, path_of, sha256_of, verify
from rag.quiet import hush

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TEXTS = 32
"""Texts embedded at a time; a query waits for one such batch at most."""

QUERY_THREADS = 1
"""One question is a few milliseconds of work. On busy cores, while the language model writes, a second thread makes it
seven times slower (19 ms against 129 ms), because each waits for the other to be scheduled."""


class MiniLM:
    """all-MiniLM-L6-v2 with our adapter: 384 dimensions, reads the first 256 tokens of a text. See ``Embedder``.

    Thread-safe.
    """

    dimensions = 384

    def __init__(self, model: SentenceTransformer, threads: int, adapter: str) -> None:
        """``adapter``: the sha256 of the one that ``model`` is tuned by."""
        import torch

        self.fingerprint = f"{MINILM.name}:{MINILM.sha256[:12]}:{adapter[:12]}:unit:{model.max_seq_length}"
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
            batch = [texts[place] for place in places]
            vectors.update(zip(places, self._encode(batch, self._threads), strict=True))
        return [vectors[place] for place in range(len(texts))]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self._encode([text], QUERY_THREADS)[0]

    def _encode(self, texts: Sequence[str], threads: int) -> list[list[float]]:
        with self._lock:  # Taken anew for each batch, so that a question need not wait for a whole sync.
            self._set_threads(threads)
            found: Any = self._model.encode(
                [well_formed(t) for t in texts], show_progress_bar=False, convert_to_tensor=True
            )
        single = found.float()  # Before it is normed: half precision is not exact enough for unit vectors.
        unit: list[list[float]] = (single / single.norm(dim=1, keepdim=True).clamp_min(1e-9)).tolist()
        return unit


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


def load_embedder(folder: Path, tuned_by: Path | None = None) -> Embedder:
    """The embedder whose weights lie below ``folder``; takes seconds, and asks nothing of any network.

    ``tuned_by``: another adapter than the one that ships, as training needs.

    Raises:
        WeightsError: the weights are missing or damaged; fetch ``MINILM`` first.
    """
    verify(MINILM, folder)
    adapter = tuned_by or own.checked(own.ADAPTER)
    offline()
    try:
        model = _load(path_of(MINILM, folder))
        _adapt(model, adapter)
        return MiniLM(model.to(own.fast_type()), usable_cores(), sha256_of(adapter))
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"The search model in {path_of(MINILM, folder)} cannot be loaded ({error}): delete it and start again."
        ) from error


def offline() -> None:
    """Keep the hub's library from the network. It reads these when it is imported, and gradio imports it, too."""
    hush()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # Else it warns when a process forks after use.


def _load(place: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return SentenceTransformer(str(place), device="cpu", local_files_only=True)


def _adapt(model: SentenceTransformer, adapter: Path) -> None:
    """Add to the encoder's matrices what tuning has changed: for each the product of two of low rank."""
    import torch
    from safetensors.torch import load_file

    factors = load_file(adapter)
    matrices: dict[str, torch.Tensor] = cast(Any, model[0]).auto_model.state_dict()
    for name in {key.rpartition(".")[0] for key in factors}:
        matrices[name] += factors[f"{name}.up"].float() @ factors[f"{name}.down"].float()
