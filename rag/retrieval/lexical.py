"""BM25 over passages with their article's title, outlet and date in front. Knows no vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rag.domain import Article, Passage
from rag.retrieval.terms import terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""Lucene's defaults; other values moved recall by less than its interval (docs/log.md)."""


class LexicalIndex:
    """BM25 (bm25s, Lucene's variant: Kamphuis et al. 2020) over stemmed passages, derived from the library."""

    def __init__(self, passages: Sequence[Passage], articles: Mapping[str, Article]) -> None:
        import bm25s

        self._ids = [passage.id for passage in passages]
        headers = {id: article.header for id, article in articles.items()}
        documents = [f"{headers.get(p.article, '')}\n{p.text}" for p in passages]
        above = {id: terms(header) for id, header in headers.items()}
        own = [terms(passage.text) for passage in passages]
        tokens = [[*above.get(p.article, ()), *held] for p, held in zip(passages, own, strict=True)]
        self.counts: dict[str, Counter[str]] = {id: Counter() for id in articles}
        """How often each article holds each stem."""
        for passage, held in zip(passages, own, strict=True):
            self.counts.setdefault(passage.article, Counter()).update(held)
        self._vocabulary = frozenset(term for document in tokens for term in document)
        frequency = Counter(term for document in tokens for term in set(document))
        total = max(1, len(documents))
        self._idf = {term: math.log(1 + (total - n + 0.5) / (n + 0.5)) for term, n in frequency.items()}
        self._unseen_idf = math.log(1 + (total + 0.5) / 0.5)
        self.surface = Counter(word for document in documents for word in words(document))
        self.documents: tuple[str, ...] = tuple(documents)
        self._bm25 = bm25s.BM25(method="lucene", k1=K1, b=B) if self._vocabulary else None
        if self._bm25 is not None:
            self._bm25.index(tokens, show_progress=False)

    def __contains__(self, term: str) -> bool:
        return term in self._vocabulary

    def idf(self, term: str) -> float:
        """Inverse document frequency over passages; a term that no passage holds counts as the rarest."""
        return self._idf.get(term, self._unseen_idf)

    def matrix(self, known: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of each of these terms, all of which the index holds, for each passage: (terms, passages)."""
        import numpy as np

        if self._bm25 is None or not known:
            return np.zeros((len(known), len(self._ids)), dtype=np.float32)
        return np.stack([self._bm25.get_scores([term]) for term in known]).astype(np.float32)

    def search(self, weighted_terms: Mapping[str, float], k: int) -> list[tuple[str, float]]:
        """The ``k`` best passage ids with their BM25 score (above 0), best first. Weights scale each term's share."""
        import numpy as np

        known = [term for term in weighted_terms if term in self._vocabulary]
        total = np.array([weighted_terms[term] for term in known], dtype=np.float32) @ self.matrix(known)
        best = np.argsort(-total, kind="stable")[:k]
        return [(self._ids[i], float(total[i])) for i in best if total[i] > 0]
