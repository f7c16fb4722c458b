"""How well each word of a question is met, in meaning, by some word of a sentence. Knows no index and no ranking.

Late interaction: each token of the question is compared with each token of the sentence, and its best match counts
(MaxSim of ColBERT, Khattab and Zaharia 2020, arXiv 2004.12832; with an untrained encoder's token vectors as in
BERTScore, Zhang et al. 2020, arXiv 1904.09675). One vector for a whole sentence blurs what a single word asks for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.domain import Sentence
from rag.models.base import Embedder, Tokens
from rag.retrieval.terms import is_stop_word, stem, word_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float16]

KEPT = 4000
"""Sentences whose tokens are remembered: about 25 KB each."""


@dataclass
class TokenVectors:
    """The token vectors of sentences, each made when it is first needed; the oldest are forgotten."""

    embedder: Embedder
    kept: dict[str, Vectors] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def of(self, texts: Iterable[str]) -> dict[str, Vectors]:
        """For each text its tokens' unit vectors, shape (tokens, dimensions)."""
        wanted = list(dict.fromkeys(texts))
        found = {text: known for text in wanted if (known := self.kept.get(text)) is not None}
        missing = [text for text in wanted if text not in found]
        made = [tokens.vectors.astype("float16") for tokens in self.embedder.embed_tokens(missing)] if missing else []
        new = dict(zip(missing, made, strict=True))
        with self._lock:  # Several may ask at once.
            self.kept.update(new)
            while len(self.kept) > KEPT:
                del self.kept[next(iter(self.kept))]
        return found | new


def met(question: str, sentences: Sequence[Sentence], vectors: TokenVectors) -> dict[str, dict[str, float]]:
    """For each sentence (by id) and each term of the question the cosine of its best match there, at most 1.

    A word of several tokens counts as their mean; a term that the question has twice by its better match.
    """
    asked = vectors.embedder.embed_tokens([question])[0]
    terms = _terms(question, asked)
    known = vectors.of(sentence.text for sentence in sentences)
    return {sentence.id: _best(asked, terms, known[sentence.text]) for sentence in sentences}


def _best(asked: Tokens, terms: Mapping[str, Sequence[Sequence[int]]], own: Vectors) -> dict[str, float]:
    if not len(own) or not len(asked.vectors):
        return {}
    best = (asked.vectors @ own.astype("float32").T).max(axis=1)
    return {term: max(float(best[list(places)].mean()) for places in words) for term, words in terms.items()}


def _terms(question: str, asked: Tokens) -> dict[str, list[list[int]]]:
    """The terms of a question, and for each of its occurrences the places of its tokens."""
    found: dict[str, list[list[int]]] = {}
    for word, start, end in word_spans(question):
        places = [i for i, (first, last) in enumerate(asked.spans) if first < end and last > start]
        if places and not is_stop_word(word):
            found.setdefault(stem(word), []).append(places)
    return found
