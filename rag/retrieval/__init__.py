"""Question -> evidence: lexical and dense lanes, fused by rank, then sentences under a token budget.

Reads the library; knows no language model and no window.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from rag.domain import Article, Evidence, Hit, Passage, Sentence, Statement, Turn
from rag.models.base import Embedder
from rag.quotes import speaker_of
from rag.retrieval.candidates import candidates
from rag.retrieval.features import Closeness
from rag.retrieval.fusion import fuse
from rag.retrieval.late import TokenVectors, met
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.parts import has_two_sides
from rag.retrieval.people import surnames
from rag.retrieval.question import BODY_ONLY, Query, understand
from rag.retrieval.ranking import Ranker
from rag.retrieval.selection import Pool, Scored, Selector, group, of_part
from rag.retrieval.spelling import Speller
from rag.retrieval.subquestions import SubQuestion, subquestions
from rag.store import Library

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = ["LANE_WEIGHTS", "Index", "Query", "Retrieval", "Retriever", "Scored"]

LANE_DEPTH = 40
"""How many pieces each lane hands to the fusion."""
LANE_WEIGHTS: Mapping[str, float] = {"lexical": 1.0, "dense": 0.15, "aside": 1.0}
"""Measured: equal weights make the fusion worse than BM25 alone on news (docs/log.md)."""
SELECT_FROM = 12
"""How many of the best passages offer their sentences as evidence."""
SELECT_FROM_PART = 6
"""How many of the best passages of a sub-question do so beside them."""
SEVERAL = 1.7
"""How many times the evidence a question may have that asks for several things: each needs sentences of its own."""
WARMED = 1000
"""Sentences whose words are looked at when a library is opened: some seconds of one core."""
WARMED_AT_A_TIME = 16
"""A question that comes meanwhile waits for no more."""
PER_SPEAKER = 3
"""How many passages beyond these may come in because somebody speaks there whom the question names."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question: pieces by rank, their sentences by score, and the evidence chosen among them."""

    query: Query
    hits: tuple[Hit, ...] = ()
    scored: tuple[Scored, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    several: bool = False
    """The question asks for several things, or names several people."""
    claims: frozenset[str] = frozenset()
    """The ids of the sentences that are the best for one of the sub-questions."""


@dataclass(frozen=True, slots=True)
class _Search:
    """A question or sub-question, its vector (None without vectors) and the passages that it finds, best first."""

    query: Query
    vector: list[float] | None
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class _Compared:
    """The sentences of passages, by id, with what a question's vector is compared with; all empty without vectors."""

    sentences: Mapping[str, Sentence]
    passages: Sequence[Sequence[str]]
    """The ids of the sentences of each passage."""
    alone: Mapping[str, Vector]
    window: Mapping[str, Vector]
    """The vectors of each sentence and the one before it, added."""


@dataclass(frozen=True)
class Index:
    """Everything derived from one revision of the library."""

    revision: str
    articles: Mapping[str, Article]
    passages: Mapping[str, Passage]
    sentences: Mapping[str, tuple[Sentence, ...]] = field(repr=False)
    asides: Mapping[str, str] = field(repr=False)
    """What a sentence is that is no body text: its id to ``credit`` or ``byline``."""
    headings: frozenset[str] = field(repr=False)
    """Ids of the sentences that are headlines or section headings."""
    lexical: LexicalIndex = field(repr=False)
    speller: Speller = field(repr=False)
    vectors: dict[str, Vector] = field(default_factory=dict, repr=False)
    """Vectors of the sentences that were looked at so far, by sentence id."""

    @cached_property
    def ranker(self) -> Ranker:
        """The lexical lane."""
        return Ranker(self.lexical, tuple(self.passages.values()), self.articles)

    @cached_property
    def people(self) -> frozenset[str]:
        """The stems of the surnames of everybody who says something somewhere."""
        return frozenset(
            name for article in self.articles.values() for said in article.statements for name in surnames(said)
        )

    def speaker(self, sentence: Sentence) -> Statement | None:
        """Who says the sentence, where its article tells."""
        return speaker_of(self.articles[sentence.article], sentence.span)

    def before(self, sentence: Sentence) -> str | None:
        """The id of the sentence before this one in its article, whatever it is."""
        known = self.sentences[sentence.article]
        place = bisect_left(known, sentence.start, key=lambda s: s.start)
        return known[place - 1].id if place > 0 else None

    def sentences_of(self, passage: Passage) -> list[Sentence]:
        """The sentences that a passage consists of."""
        article = self.articles[passage.article]
        return [Sentence(article.id, span.start, span.end, article.quote(span)) for span in passage.sentences]

    def neighbours(self, sentence: Sentence) -> tuple[Sentence | None, Sentence | None]:
        """The sentences before and after this one: among the running text of its article, or among its asides."""
        aside = sentence.id in self.asides
        known = [
            s
            for s in self.sentences[sentence.article]
            if s.id == sentence.id or ((s.id in self.asides) == aside and s.id not in self.headings)
        ]
        place = bisect_left(known, sentence.start, key=lambda s: s.start)
        after = place + 1 if place < len(known) and known[place].start == sentence.start else place
        return known[place - 1] if place > 0 else None, known[after] if after < len(known) else None

    def aside(self, evidence: Evidence) -> str | None:
        """``credit`` or ``byline`` where a piece of evidence is one, None for body text."""
        return next((self.asides[s.id] for s in self.within(evidence) if s.id in self.asides), None)

    def within(self, evidence: Evidence) -> tuple[Sentence, ...]:
        """The sentences that a piece of evidence consists of."""
        return tuple(s for s in self.sentences[evidence.article] if evidence.span.covers(s.span))


class Retriever:
    """Finds evidence in a library. Its indexes are derived from the library and rebuilt only when that has changed."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        lane_weights: Mapping[str, float] = LANE_WEIGHTS,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._lane_weights = lane_weights
        self._tokens = TokenVectors(embedder)
        self._cached: Index | None = None

    @property
    def searches_meaning(self) -> bool:
        """Whether there are real vectors; without them the search is by words alone."""
        return self._embedder.dimensions > 1

    def index(self) -> Index:
        """The indexes of the library as it is now."""
        revision = self._library.revision
        if self._cached is None or self._cached.revision != revision:
            self._cached = _build(self._library)
        return self._cached

    def warm(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Look at the words of the first sentences ahead of the first question; of a large library at some only."""
        texts = [sentence.text for known in self.index().sentences.values() for sentence in known][:WARMED]
        for start in range(0, len(texts), WARMED_AT_A_TIME):
            if stopped():
                return
            self._tokens.of(texts[start : start + WARMED_AT_A_TIME])

    def retrieve(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        budget: int = 200,
        count: Callable[[str], int] | None = None,
    ) -> Retrieval:
        """Ranked passages and the evidence for ``question``.

        Args:
            question: as the user typed it.
            history: the turns before, oldest first.
            budget: tokens of evidence, counted by ``count`` (default: a quarter of the characters); a question that
                asks for several things has more (``SEVERAL``).
        """
        index = self.index()
        selector = Selector(index.lexical.idf)
        whole = self._search(question, history, index)
        parts = self.parts(whole.query, index)
        found = [self._search(part.text, _after(history, part), index) for part in parts]
        best = _best(whole, found, index)
        offered, compared = candidates(best, index.articles, index.speaker), self._compared(best, index)

        def scored(search: _Search) -> tuple[Scored, ...]:
            return selector.score(search.query, offered, self._closeness(search, compared), index.people)

        ranked = scored(whole)
        each = [of_part(scored(one), ranked, part.person) for part, one in zip(parts, found, strict=True)]
        pool = Pool(ranked, tuple(each))
        several = bool(parts) or has_two_sides(whole.query.text)
        room = round(budget * SEVERAL) if several else budget
        chosen = selector.choose(pool, index.neighbours, room, count or _estimate, index.speaker)
        claims = frozenset(item.sentence.id for item in selector.claims(pool, each=1))
        return Retrieval(whole.query, tuple(whole.hits), ranked, group(chosen, index.articles), several, claims)

    def parts(self, query: Query, index: Index) -> tuple[SubQuestion, ...]:
        """The things that a question asks, each of which is searched for by itself; () when it asks one."""
        return subquestions(query.text, index.people)

    def _search(self, question: str, history: Sequence[Turn], index: Index) -> _Search:
        query = understand(question, history, index.speller)
        vector = self._embedder.embed_query(query.dense) if self.searches_meaning else None
        return _Search(query, vector, self._rank(query, vector, index))

    def _rank(self, query: Query, vector: list[float] | None, index: Index) -> list[Hit]:
        similar = partial(self._similar, vector=vector, index=index) if vector is not None else None
        lexical = index.ranker.rank(query, LANE_DEPTH, similar)
        dense = self._library.nearest(vector, LANE_DEPTH) if vector is not None else []
        raw = {"lexical": lexical, "dense": dense}
        lanes = {
            lane: [id for id, _ in found if id in index.passages and index.passages[id].kind in query.kinds]
            for lane, found in raw.items()
        }
        if query.kinds != BODY_ONLY:
            lanes["aside"] = _asides(lanes, query, index)
        figures = {lane: dict(found) for lane, found in raw.items()}
        return [
            Hit(index.passages[id], score, {lane: f[id] for lane, f in figures.items() if id in f} | {"fused": score})
            for id, score in fuse(lanes, self._lane_weights)
        ]

    def _similar(self, passages: Sequence[Passage], vector: list[float], index: Index) -> list[float]:
        """For each passage the cosine similarity of its most similar sentence, at least 0."""
        ids = {passage.id: [s.id for s in index.sentences_of(passage)] for passage in passages}
        cosines = _cosines(vector, self._vectors([id for found in ids.values() for id in found], index))
        return [max([0.0, *(cosines.get(id, 0.0) for id in ids[passage.id])]) for passage in passages]

    def _vectors(self, ids: Sequence[str], index: Index) -> dict[str, Vector]:
        """The vectors of sentences, each read from the library once."""
        missing = [id for id in dict.fromkeys(ids) if id not in index.vectors]
        if missing:
            import numpy as np

            found = self._library.sentence_vectors(missing)
            index.vectors.update((id, np.asarray(vector, dtype=np.float32)) for id, vector in found.items())
        return {id: index.vectors[id] for id in dict.fromkeys(ids) if id in index.vectors}

    def _compared(self, hits: Sequence[Hit], index: Index) -> _Compared:
        """The sentences of ``hits`` that have a vector, as every part of the question is held against them."""
        held = [index.sentences_of(hit.passage) for hit in hits] if self.searches_meaning else []
        sentences = {s.id: s for found in held for s in found}
        before = {id: index.before(sentence) or "" for id, sentence in sentences.items()}
        vectors = self._vectors([*sentences, *filter(None, before.values())], index)
        known = [id for id in sentences if id in vectors]
        return _Compared(
            sentences={id: sentences[id] for id in known},
            passages=[[s.id for s in found if s.id in vectors] for found in held],
            alone={id: vectors[id] for id in known},
            window={id: _sum(vectors[id], vectors.get(before[id])) for id in known},
        )

    def _closeness(self, search: _Search, compared: _Compared) -> dict[str, Closeness]:
        """How close sentences are to what is searched for, by sentence id; {} without vectors."""
        if search.vector is None:
            return {}
        alone, window = _cosines(search.vector, compared.alone), _cosines(search.vector, compared.window)
        meets = met(search.query.asks, list(compared.sentences.values()), self._tokens)
        passage: dict[str, float] = {}
        for ids in compared.passages:
            best = max((alone[id] for id in ids), default=0.0)
            passage |= {id: max(best, passage.get(id, best)) for id in ids}
        return {id: Closeness(window[id], passage[id], meets[id]) for id in compared.sentences}


def _after(history: Sequence[Turn], part: SubQuestion) -> Sequence[Turn]:
    """The conversation as a sub-question follows it: what the question says before it is its last turn."""
    return [*history, Turn(part.context, "")] if part.context else history


def _best(whole: _Search, parts: Sequence[_Search], index: Index) -> list[Hit]:
    """The passages whose sentences may be evidence, each once: the best of the question and of each of its parts."""
    best = [*whole.hits[:SELECT_FROM], *_by_the_named(whole.hits[SELECT_FROM:], whole.query, index)]
    best += [hit for part in parts for hit in part.hits[:SELECT_FROM_PART]]
    return list({hit.passage.id: hit for hit in reversed(best)}.values())[::-1]


def _by_the_named(hits: Sequence[Hit], query: Query, index: Index) -> list[Hit]:
    """Further passages in which somebody speaks whom the question names, the best few of each speaker."""
    asked, found, seen = set(query.own), [], Counter[str]()
    for hit in hits:
        spoken = (index.speaker(s) for s in index.sentences_of(hit.passage))
        names = {name for statement in spoken if statement for name in surnames(statement) & asked}
        if any(seen[name] < PER_SPEAKER for name in names):
            found.append(hit)
            seen.update(names)
    return found


def _cosines(vector: Sequence[float], others: Mapping[str, Vector]) -> dict[str, float]:
    import numpy as np

    if not others:
        return {}
    matrix = np.stack(list(others.values()))
    lengths = np.maximum(np.linalg.norm(matrix, axis=1), 1e-9)
    return dict(zip(others, (matrix @ np.asarray(vector, dtype=np.float32) / lengths).tolist(), strict=True))


def _sum(one: Vector, other: Vector | None) -> Vector:
    return one if other is None else one + other


def _asides(lanes: Mapping[str, Sequence[str]], query: Query, index: Index) -> list[str]:
    """The credits or bylines that are asked for, of the articles that the other lanes found, the best article first."""
    found = list(dict.fromkeys(index.passages[id].article for lane in lanes.values() for id in lane))
    rank = {article: place for place, article in enumerate(found)}
    asked = [p for p in index.passages.values() if p.kind != "body" and p.kind in query.kinds and p.article in rank]
    return [p.id for p in sorted(asked, key=lambda p: (rank[p.article], p.start))]


def _estimate(text: str) -> int:
    return len(text) // 4 + 1


def _build(library: Library) -> Index:
    contents = library.contents()
    articles = {article.id: article for article in contents.articles}
    passages = contents.passages
    lexical = LexicalIndex(passages, articles)
    sentences: dict[str, dict[Sentence, None]] = {id: {} for id in articles}
    asides: dict[str, str] = {}
    for passage in passages:
        article = articles[passage.article]
        for span in passage.sentences:
            sentence = Sentence(article.id, span.start, span.end, article.quote(span))
            sentences[article.id][sentence] = None
            if passage.kind != "body":
                asides[sentence.id] = passage.kind
    return Index(
        revision=contents.revision,
        articles=articles,
        passages={p.id: p for p in passages},
        sentences={id: tuple(sorted(found, key=lambda s: s.start)) for id, found in sentences.items()},
        asides=asides,
        headings=frozenset(s.id for id, found in sentences.items() for s in found if articles[id].is_heading(s.span)),
        lexical=lexical,
        speller=Speller(lexical.surface, lexical.documents),
    )
