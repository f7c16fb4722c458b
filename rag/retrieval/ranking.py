"""The lexical lane: passages by the words of a question, whole and part by part. Knows no vectors and no library.

A passage's score is a sum of what can be seen of it: BM25 of the whole question, whether its outlet is named, and the
part of the question that it answers best, by BM25 and by its best single sentence.
Passages are then taken one by one; what a taken one answers counts less for the next, so that each part of a question
finds its own passage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.domain import Article, Passage
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.parts import Outlets, parts
from rag.retrieval.question import Query
from rag.retrieval.terms import question_terms, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float32]

CANDIDATES = 120
"""How many passages are looked at sentence by sentence."""


@dataclass(frozen=True, slots=True)
class RankWeights:
    """How much each view of a passage counts; every view lies between 0 and 1. Measured (docs/benchmarks.md)."""

    whole: float = 1.5
    """BM25 of the whole question, as a share of the best passage's."""
    outlet: float = 0.4
    """The question names the outlet of the article."""
    part: float = 1.0
    """BM25 of the part answered best, among the articles of the outlets that the part names, if it names one."""
    sentence: float = 0.5
    """Share of that part's idf mass that the passage's best single sentence holds."""
    spread: float = 0.15
    """How much of a part's score is lost when a taken passage answers that part in full."""
    article: float = 0.1
    """Lost for each passage already taken from the same article."""
    beside: float = 0.2
    """Lost for each taken passage that stands right beside this one."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The passages worth a closer look. ``rest`` (n) is what counts whole, ``by_part`` (n, parts) what a part adds."""

    places: NDArray[np.int64]
    rest: Scores
    by_part: Scores


class Ranker:
    """Ranks the passages of one state of the library."""

    def __init__(
        self,
        lexical: LexicalIndex,
        passages: Sequence[Passage],
        articles: Mapping[str, Article],
        weights: RankWeights | None = None,
    ) -> None:
        """``passages`` in the order of ``lexical``: those of an article together, by their place in it."""
        import numpy as np

        self._lexical = lexical
        self._passages = passages
        self._articles = articles
        self._weights = weights or RankWeights()
        self.outlets = Outlets(articles.values())
        self._kinds = np.array([passage.kind for passage in passages], dtype=object)
        self._article_of = np.array([passage.article for passage in passages], dtype=object)
        self._outlet_of = np.array([articles[passage.article].outlet or "" for passage in passages], dtype=object)
        self._sentence_terms: dict[str, list[frozenset[str]]] = {}

    def rank(self, query: Query, k: int) -> list[tuple[str, float]]:
        """The ``k`` best passage ids of the kinds that the query wants, best first, with a score above 0.

        Args:
            query: what is asked.
            k: how many.
        """
        known = [term for term in query.weights if term in self._lexical]
        if not known:
            return []
        candidates = self._candidates(query, known)
        return [(self._passages[place].id, score) for place, score in self._take(candidates, k)]

    def _candidates(self, query: Query, known: Sequence[str]) -> _Candidates:
        import numpy as np

        w = self._weights
        asked = _parts(query, known)  # each with (terms,)
        matrix = self._lexical.matrix(known) * self._of_kind(query)
        by_part = np.stack([_share(row @ matrix * self._where(text, query)) for text, row in asked], axis=1)
        every = np.array([query.weights[term] for term in known], dtype=np.float32)
        whole = _share(every @ matrix)
        named = self._published_by(self.outlets.named(query.text))
        rest = w.whole * whole + w.outlet * named
        first = rest + w.part * by_part.max(axis=1)
        places = np.argsort(-np.where(whole > 0, first, -1), kind="stable")[:CANDIDATES]
        places = places[whole[places] > 0]
        held = self._coverage(places, known, [row for _, row in asked])
        return _Candidates(places, rest[places], w.part * by_part[places] + w.sentence * held)

    def _of_kind(self, query: Query) -> Scores:
        import numpy as np

        found = np.zeros(len(self._passages), dtype=np.float32)
        for kind in query.kinds:
            found += self._kinds == kind
        return found

    def _where(self, part: str, query: Query) -> Scores:
        """1 for the passages that a part can be about: of the outlets that it names, else the question; else all."""
        import numpy as np

        outlets = self.outlets.named(part) or self.outlets.named(query.text)
        return self._published_by(outlets) if outlets else np.ones(len(self._passages), dtype=np.float32)

    def _published_by(self, outlets: frozenset[str]) -> Scores:
        import numpy as np

        found = np.zeros(len(self._passages), dtype=np.float32)
        for outlet in outlets:
            found += self._outlet_of == outlet
        return found

    def _coverage(self, places: NDArray[np.int64], known: Sequence[str], asked: Sequence[Scores]) -> Scores:
        """(candidates, parts): the largest share of a part's idf mass that one sentence of the passage holds."""
        import numpy as np

        idf = np.array([self._lexical.idf(term) for term in known], dtype=np.float32)
        mass = np.stack([row * idf for row in asked], axis=1)  # (terms, parts)
        mass /= np.maximum(mass.sum(axis=0), 1e-9)
        held = np.zeros((len(places), len(asked)), dtype=np.float32)
        for row, place in enumerate(places):
            for said in self._said(self._passages[place]):
                there = np.array([term in said for term in known], dtype=np.float32)
                held[row] = np.maximum(held[row], there @ mass)
        return held

    def _said(self, passage: Passage) -> list[frozenset[str]]:
        """The terms of each sentence of a passage, worked out once."""
        found = self._sentence_terms.get(passage.id)
        if found is None:
            article = self._articles[passage.article]
            found = [frozenset(terms(article.quote(span))) for span in passage.sentences]
            self._sentence_terms[passage.id] = found
        return found

    def _take(self, candidates: _Candidates, k: int) -> list[tuple[int, float]]:
        """Places of passages with their score when taken, which never grows from one to the next."""
        import numpy as np

        w = self._weights
        places, by_part = candidates.places, candidates.by_part
        articles = self._article_of[places]
        full = np.maximum(by_part.max(axis=0, initial=0), 1e-9)
        answered = np.zeros(by_part.shape[1], dtype=np.float32)
        left = candidates.rest.copy()
        taken: list[tuple[int, float]] = []
        for _ in range(min(k, len(places))):
            worth = left + (by_part * (1 - w.spread * answered)).max(axis=1)
            best = int(worth.argmax())
            taken.append((int(places[best]), float(worth[best])))
            answered = np.maximum(answered, by_part[best] / full)
            same = articles == articles[best]
            left -= w.article * same + w.beside * (same & (np.abs(places - places[best]) == 1))
            left[best] = -np.inf
        return [(place, score) for place, score in taken if score > 0]


def _parts(query: Query, known: Sequence[str]) -> list[tuple[str, Scores]]:
    """Each part of the question with the weights of its terms; what the conversation adds belongs to every part."""
    import numpy as np

    added = set(query.weights) - set(query.own)
    found: list[tuple[str, Scores]] = []
    for text in parts(query.text):
        wanted = added.union(question_terms(text))
        row = [query.weights[term] if term in wanted else 0.0 for term in known]
        found.append((text, np.array(row, dtype=np.float32)))
    return found


def _share(scores: Scores) -> Scores:
    """Scores as a share of the best one."""
    import numpy as np

    best: float = max(float(scores.max(initial=0)), 1e-9)
    return (scores / best).astype(np.float32)
