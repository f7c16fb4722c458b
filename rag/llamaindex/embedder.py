"""Any LlamaIndex embedding class as what turns texts into vectors. Knows no store and no ranking."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from functools import cached_property

from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.errors import ModelError
from rag.llamaindex.keys import keys_of
from rag.llamaindex.model import explained
from rag.llamaindex.threads import Threads, TookTooLong
from rag.models.chat import well_formed
from rag.secrets import Redactor

BATCH_SECONDS = 60.0
_PROBE = "A sentence by which the number of dimensions is found."

Vectors = Sequence[Sequence[float]]


class Unusable(Exception):
    """What came is no list of vectors of one length; the message says what it is."""


class LlamaIndexEmbedder:
    """A LlamaIndex ``BaseEmbedding``. See ``Embedder`` for the contract. Thread-safe: one batch at a time.

    Another class, model name or number of dimensions makes another fingerprint, and the library is embedded anew.
    """

    def __init__(self, embed_model: BaseEmbedding, *, name: str | None = None, seconds: float = BATCH_SECONDS) -> None:
        """Note whom to ask; nothing is sent before a library is opened.

        Args:
            embed_model: it stays the caller's.
            name: names its weights and settings; None: the model's name. Give one where the same name comes to mean
                other vectors, as by another instruction.
            seconds: for one batch.
        """
        self._model = embed_model
        self._kind = f"{type(embed_model).__module__}.{type(embed_model).__qualname__}"
        self._name = name or embed_model.model_name
        self._seconds = seconds
        self._lock = threading.Lock()
        self._threads = Threads()

    @cached_property
    def dimensions(self) -> int:
        """Found by embedding a sentence, once.

        Raises:
            ModelError: the model failed.
        """
        return len(self._ask(lambda: [self._model.get_query_embedding(_PROBE)], 1)[0])

    @cached_property
    def fingerprint(self) -> str:
        """Class, name and dimensions."""
        return Redactor(keys_of(self._model))(f"{self._kind}:{self._name}:{self.dimensions}:unit")

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector for each text, in order.

        Raises:
            ModelError: the model failed, or what it gave is no such vector.
        """
        size = max(1, self._model.embed_batch_size)
        batches = ([well_formed(text) for text in texts[at : at + size]] for at in range(0, len(texts), size))
        return [vector for batch in batches for vector in self._batch(batch)]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question; raises as ``embed`` does."""
        asked = well_formed(text)
        return self._units(self._ask(lambda: [self._model.get_query_embedding(asked)], 1))[0]

    def _batch(self, texts: list[str]) -> list[list[float]]:
        return self._units(self._ask(lambda: self._model.get_text_embedding_batch(texts), len(texts)))

    def _units(self, vectors: Vectors) -> list[list[float]]:
        wrong = {len(vector) for vector in vectors} - {self.dimensions}
        if wrong:
            raise self._error(f"gave a vector of {wrong.pop()} dimensions after one of {self.dimensions}")
        return [_unit(vector) for vector in vectors]

    def _ask(self, work: Callable[[], Vectors], wanted: int) -> Vectors:
        if not self._lock.acquire(timeout=self._seconds):
            raise self._error(f"is still busy after {self._seconds:g} s")

        def locked() -> Vectors:
            try:
                return _checked(work(), wanted)
            finally:
                self._lock.release()  # Here, where it has ended: whoever asks next must not ask beside it.

        try:
            return self._threads.call(locked, self._seconds)
        except TookTooLong:
            raise self._error(f"took longer than {self._seconds:g} s for {wanted} texts") from None
        except Exception as error:
            raise self._error(f"failed ({explained(error, self._model)})") from None  # It may hold a key.

    def _error(self, seen: str) -> ModelError:
        named = Redactor(keys_of(self._model))(self._name)
        return ModelError(f"The embedding model {named} {seen}: check its settings, or ask again.")


def _checked(vectors: Vectors, wanted: int) -> list[list[float]]:
    """The vectors as lists of finite numbers, as many as were wanted.

    Raises:
        Unusable: they are something else.
    """
    found = [[float(number) for number in vector] for vector in vectors]
    if len(found) != wanted:
        raise Unusable(f"{len(found)} vectors for {wanted} texts")
    if not all(found):
        raise Unusable("a vector without dimensions")
    if not all(math.isfinite(number) for vector in found for number in vector):
        raise Unusable("a vector with what is no number")
    return found


def _unit(vector: Sequence[float]) -> list[float]:
    """The vector at length 1; one of zeros, which says nothing, as the first axis."""
    largest = max(abs(number) for number in vector)
    if largest == 0:
        return [1.0, *vector[1:]]
    scaled = [number / largest for number in vector]  # First, so that no square is beyond what a float holds.
    length = math.sqrt(sum(number * number for number in scaled))
    return [number / length for number in scaled]
