"""The lexical lane: BM25 over passages with their article's title, outlet and date in front. Knows no vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from rag.domain import Article, Passage
from rag.retrieval.terms import terms, words

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
        tokens = [terms(document) for document in documents]
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

    def search(self, weighted_terms: Mapping[str, float], k: int) -> list[tuple[str, float]]:
        """The ``k`` best passage ids with their BM25 score (above 0), best first. Weights scale each term's share."""
        if self._bm25 is None:
            return []
        import numpy as np

        total = np.zeros(len(self._ids), dtype=np.float32)
        for weight in sorted(set(weighted_terms.values())):
            group = [t for t, w in weighted_terms.items() if w == weight and t in self._vocabulary]
            if group:
                total += weight * self._bm25.get_scores(group)
        best = np.argsort(-total, kind="stable")[:k]
        return [(self._ids[i], float(total[i])) for i in best if total[i] > 0]
