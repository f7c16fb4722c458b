"""Question -> evidence: lexical and dense lanes, fused by rank, read by the reader, then sentences under a budget.

Reads the library; knows no language model and no window.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from rag.briefs import Brief, Named, Person, brief, likeness, organisations_of, outlets, people_of
from rag.domain import Article, Evidence, Hit, Passage, Sentence, Span, Statement, Turn
from rag.models.base import Embedder, Reader
from rag.quotes import speaker_of
from rag.retrieval.coverage import Coverage
from rag.retrieval.fusion import fuse
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.pages import Scored, page, scored
from rag.retrieval.question import BODY_ONLY, Query, understand
from rag.retrieval.ranking import Ranker
from rag.retrieval.selection import choose, group
from rag.retrieval.spelling import Speller
from rag.retrieval.terms import terms
from rag.store import Library

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LANE_WEIGHTS", "Index", "Query", "Retrieval", "Retriever", "Scored"]

LANE_DEPTH = 60
"""How many pieces each lane hands to the fusion."""
LANE_WEIGHTS: Mapping[str, float] = {"lexical": 1.0, "dense": 1.0, "aside": 1.0}
"""Measured on questions in people's own words and on MultiHop-RAG's, which favour the lexical lane (docs/log.md)."""
SCOPE_SHARE = 4
"""Where a question is kept to some articles, the lanes go through this part of the library to find theirs."""
READ = 8
"""How many of the best passages are read: each is waiting time (docs/reader.md)."""
BEGINNING = 25
"""Sentences by which articles are compared with each other."""
NOTHING = -10.0
"""Log-odds that the articles answer where nothing was found."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question: pieces by rank, their sentences by score, and the evidence chosen among them."""

    query: Query
    hits: tuple[Hit, ...] = ()
    scored: tuple[Scored, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    answers: float = NOTHING
    """Log-odds, by the reader, that what was found answers the question."""


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
    briefs: dict[str, Brief] = field(repr=False, default_factory=dict)
    """What the library keeps of each article; see ``brief``."""

    @cached_property
    def ranker(self) -> Ranker:
        """The lexical lane."""
        return Ranker(self.lexical, tuple(self.passages.values()), self.articles)

    @cached_property
    def body(self) -> Mapping[str, tuple[Sentence, ...]]:
        """The running text of each article: its sentences without headings, credits and bylines."""
        return {
            id: tuple(s for s in own if s.id not in self.asides and s.id not in self.headings)
            for id, own in self.sentences.items()
        }

    def brief(self, article: str) -> Brief:
        """What is kept of an article; worked out where a library that cannot be written was stored without."""
        if article not in self.briefs:
            self.briefs[article] = brief(self.articles[article], self.body[article])
        return self.briefs[article]

    def said_in(self, said: Statement) -> Sentence | None:
        """The first sentence of the running text in which something is said; None where none is."""
        return next((s for s in self.body[said.article] if s.span.overlap(said.span)), None)

    def sentence(self, article: str, span: Span) -> Sentence:
        """The sentence of an article that a span is."""
        return Sentence(article, span.start, span.end, self.articles[article].quote(span))

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Everybody whom the articles name with a role or quote."""
        entries = {id: self.brief(id).people for id in self.articles}
        return people_of(entries, self.articles, self.sentence)

    @cached_property
    def organisations(self) -> Mapping[str, Sequence[Named]]:
        """The organisations of each article, by what all articles together say."""
        return organisations_of({id: self.brief(id) for id in self.articles}, outlets(self.articles.values()))

    @cached_property
    def likeness(self) -> Floats:
        """How alike each two articles are, in order, by title and beginning: what comes later is detail."""
        begins = ([a.title, *(s.text for s in self.body[id][:BEGINNING])] for id, a in self.articles.items())
        return likeness([Counter(term for text in texts for term in terms(text)) for texts in begins])

    @property
    def is_prepared(self) -> bool:
        """Whether ``prepare`` has been called."""
        return "likeness" in vars(self)

    def prepare(self) -> None:
        """Work out now what the first request for all articles would have to wait for."""
        _ = self.people, self.organisations, self.likeness

    @cached_property
    def header_terms(self) -> Mapping[str, frozenset[str]]:
        """The stems of what is known of each article besides its text (title, outlet, author, section), and byline."""
        return {id: frozenset(terms(_about(article))) for id, article in self.articles.items()}

    def terms_of(self, article: str) -> Mapping[str, int]:
        """How often an article holds each stem."""
        return self.lexical.counts[article]

    def speaker(self, sentence: Sentence) -> Statement | None:
        """Who says the sentence, where its article tells."""
        return speaker_of(self.articles[sentence.article], sentence.span)

    def label(self, sentence: Sentence) -> str | None:
        """Who says it, in full; None for what the article itself says."""
        said = self.speaker(sentence)
        return said.label if said else None

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
        reader: Reader,
        lane_weights: Mapping[str, float] = LANE_WEIGHTS,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._reader = reader
        self._lane_weights = lane_weights
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

    def retrieve(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        budget: int = 200,
        count: Callable[[str], int] | None = None,
        among: Collection[str] = (),
    ) -> Retrieval:
        """Ranked passages and the evidence for ``question``.

        Args:
            question: as the user typed it.
            history: the turns before, oldest first.
            budget: tokens of evidence, counted by ``count`` (default: a quarter of the characters); a question that
                several sentences are likely to answer has more (``rag.retrieval.selection.SEVERAL``).
            among: the ids of the articles to keep to; () for all.
        """
        index = self.index()
        query = understand(question, history, index.speller)
        hits = self._rank(query, index, among)
        if not hits:
            return Retrieval(query)
        turn = history[-1] if query.leans else None
        return self._read(query, turn, hits, index, budget, count or _estimate)

    def rank(self, question: str, history: Sequence[Turn] = ()) -> list[Hit]:
        """What the lanes find for a question, best first, before anything is read."""
        index = self.index()
        return self._rank(understand(question, history, index.speller), index)

    def _read(
        self,
        query: Query,
        turn: Turn | None,
        hits: Sequence[Hit],
        index: Index,
        budget: int,
        count: Callable[[str], int],
    ) -> Retrieval:
        """What the reader says of the best hits, with scores from 1 to 2; the others keep theirs, and come behind."""
        shown, rest = hits[:READ], hits[READ:]
        passages = [hit.passage for hit in shown]
        readings = self._reader.read(query.text, turn, [page(p, index.articles[p.article]) for p in passages])
        coverage = Coverage.of(query, index.lexical.idf)
        words = [coverage.odds(p, index.articles[p.article], index.speaker) for p in passages]
        ranked = scored(passages, readings, words, index.speaker)
        by_page = [
            replace(hit, score=1 + _probability(reading.page), scores={**hit.scores, "reader": reading.page})
            for hit, reading in zip(shown, readings, strict=True)
        ]
        chosen = choose(ranked, index.neighbours, budget, count, index.speaker)
        return Retrieval(
            query,
            (*sorted(by_page, key=lambda hit: -hit.score), *rest),
            ranked,
            group(chosen, index.articles),
            _log_sum([logit for reading in readings for logit in reading.sentences]),
        )

    def _rank(self, query: Query, index: Index, among: Collection[str] = ()) -> list[Hit]:
        depth = max(LANE_DEPTH, len(index.passages) // SCOPE_SHARE) if among else LANE_DEPTH
        lexical = index.ranker.rank(query, depth)
        dense = self._library.nearest(self._embedder.embed_query(query.dense), depth) if self.searches_meaning else []
        raw = {"lexical": lexical, "dense": dense}
        if among:
            raw = {lane: [pair for pair in found if _article(pair[0], index) in among] for lane, found in raw.items()}
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


def _about(article: Article) -> str:
    bylines = [article.quote(mark.span) for mark in article.marks if mark.kind == "byline"]
    return " ".join(part for part in (article.title, article.outlet, article.author, article.section, *bylines) if part)


def _article(passage: str, index: Index) -> str | None:
    return index.passages[passage].article if passage in index.passages else None


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _log_sum(logits: Sequence[float]) -> float:
    """The logarithm of the sum of the sentences' odds: that any of them answers, as the reader was trained."""
    best = max(logits, default=NOTHING)
    return best + math.log(sum(math.exp(logit - best) for logit in logits)) if logits else NOTHING


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
        headings=frozenset(id for each, found in sentences.items() for id in _headings(articles[each], found)),
        lexical=lexical,
        speller=Speller(lexical.surface, lexical.documents),
        briefs=dict(contents.briefs),
    )


def _headings(article: Article, sentences: Collection[Sentence]) -> Iterator[str]:
    """The ids of the sentences that are headings."""
    known = article.headings(sentence.span for sentence in sentences)
    return (sentence.id for sentence in sentences if sentence.span in known)
