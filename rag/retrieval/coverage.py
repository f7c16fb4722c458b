"""How much of a question's words a sentence and what stands around it hold. Pure counting of terms; knows no reader.

The reader judges what is said; a small network is less sure than words are of who and what it is said about, so that
both together are right more often than either (docs/reader.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from rag.domain import Article, Passage, Sentence, Statement
from rag.retrieval.question import Query
from rag.retrieval.terms import terms

OWN, AROUND = 3.0, 3.0
"""Log-odds of a sentence that holds all of the question's words itself, and of one that does so with what is around it;
in proportion for fewer."""
BEFORE, BEHIND = 2, 1
"""Sentences of the passage around one that count."""


@dataclass(frozen=True)
class Coverage:
    """``shares``: each term of the question with its share, 0 to 1, of the question's idf mass."""

    shares: Mapping[str, float]

    @classmethod
    def of(cls, query: Query, idf: Callable[[str], float]) -> Coverage:
        """That of a query; what the conversation adds counts as the query weighs it."""
        weights = {term: idf(term) * weight for term, weight in query.weights.items()}
        total = sum(weights.values()) or 1.0
        return cls({term: weight / total for term, weight in weights.items()})

    def odds(self, passage: Passage, article: Article, speaker: Callable[[Sentence], Statement | None]) -> list[float]:
        """For each sentence of a passage what its words add to its log-odds; who says it counts as its own words."""
        header = frozenset(terms(article.header))
        sentences = [Sentence(article.id, s.start, s.end, article.quote(s)) for s in passage.sentences]
        labels = [said.label if (said := speaker(sentence)) else "" for sentence in sentences]
        own = [frozenset(terms(f"{s.text} {label}")) for s, label in zip(sentences, labels, strict=True)]
        around = [header.union(*own[max(0, n - BEFORE) : n + BEHIND + 1]) for n in range(len(own))]
        return [
            OWN * self._held(mine) + AROUND * (self._held(near) - self._held(mine))
            for mine, near in zip(own, around, strict=True)
        ]

    def _held(self, held: Set[str]) -> float:
        return sum(share for term, share in self.shares.items() if term in held)
