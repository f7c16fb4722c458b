"""Evidence: the sentences of the best passages that answer the question, under a token budget. Knows no index.

A small model's waiting time is its prompt, so evidence is chosen sentence by sentence rather than by passage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.domain import Article, Evidence, Hit, Sentence, Span
from rag.retrieval.question import Query
from rag.retrieval.terms import fold, terms, words

MAX_EVIDENCE_CHARS = 500
MAX_EVIDENCE_SENTENCES = 3
MARKER_TOKENS = 4
"""What the number in front of a piece of evidence costs."""
BRIEF_WORDS = 4
BRIEF_SHARE = 0.6
"""A sentence of so few words is rarely an answer."""
HEADING_SHARE = 0.75
"""A heading says what comes below it says better."""


@dataclass(frozen=True, slots=True)
class SelectionWeights:
    """How much each feature of a sentence counts. Measured on the development questions (docs/log.md)."""

    coverage: float = 1.6
    """Share of the question's idf mass that the sentence itself holds, 0 to 1."""
    context: float = 0.35
    """The same share for the sentence with its neighbours and its article's header."""
    similarity: float = 0.25
    """Cosine similarity of question and sentence."""
    rank: float = 0.5
    """Reciprocal of the rank of the best passage that holds the sentence."""
    repeat: float = 0.5
    """How much of a sentence's own coverage is lost when a chosen sentence has the same terms, 0 to 1."""
    kind: float = 0.05
    """Whether the sentence holds the kind of thing that is asked for (a number, a time, a name)."""
    aside: float = 0.5
    """A credit or byline, which is among the candidates only when one is asked for."""
    floor: float = 0.4
    """Sentences below this share of the best score are left out even when there is room."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score."""

    sentence: Sentence
    score: float
    own: Mapping[str, float] = field(default_factory=dict)
    """What each term of the question that the sentence holds adds to its score."""
    aside: bool = False
    """A line of a credit or byline: its lines belong together."""


_NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion)\b",
    re.I,
)
_TIME = re.compile(
    r"\b(\d{4}|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|yesterday|today|tomorrow|week|month|year|day|hours?|minutes?|ago|earlier|since)\b",
    re.I,
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'\u2019-]+")
_ASKS_NUMBER = re.compile(
    r"\bhow (many|much|long|old|big|large|far|often)\b|\bwhat (number|percentage|share|amount|goal|target)\b", re.I
)
_ASKS_TIME = re.compile(
    r"\bwhen\b|\bwhat (day|date|year|month|time)\b|\bhow long\b|\bsince when\b|\bwhich (day|year|month)\b", re.I
)
_ASKS_NAME = re.compile(r"^\W*(and |but )?(who|whom|whose|which)\b|\bby whom\b", re.I)
_LEANING = re.compile(
    r"^[\"\u201c\u2018'«(]*(he|she|they|it|his|her|their|its|this|that|these|those|according to (him|her|them)"
    r"|the (latter|former|expert|analyst|politician|diplomat|source|interlocutor|official|spokesman|spokeswoman"
    r"|spokesperson|representative|minister|president|leader|newspaper|agency|company|document|bill|meeting|visit|parties|sides))\b|^[\"\u201c«]",
    re.I,
)
_CONTINUES = re.compile(r"^(he|she|they|it|this|these|such|according to (him|her|them)|in particular)\b", re.I)
_ATTRIBUTED = re.compile(
    r"[\"\u201d»],?\s*[\w\s.,'\u2019-]{0,60}\b(said|says|noted|stressed|told|added|believes|stated|concluded|argues)\b",
    re.I,
)


def asks_for(question: str) -> re.Pattern[str] | None:
    """A pattern for the kind of thing that the question wants, when its wording tells."""
    if _ASKS_TIME.search(question):
        return _TIME
    if _ASKS_NUMBER.search(question):
        return _NUMBER
    if _ASKS_NAME.search(question):
        return _NAME
    return None


def leans_on_previous(sentence: str) -> bool:
    """Whether a sentence needs the one before it: it opens with a pronoun, a role or a quotation with no speaker."""
    match = _LEANING.match(sentence)
    if match is None:
        return False
    opens_quotation = match.group(0)[-1:] in '"\u201c«'
    return not (opens_quotation and _ATTRIBUTED.search(sentence))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a question every sentence is held against."""

    shares: Mapping[str, float]
    """Each term's share of the question's idf mass; they add up to 1."""
    kind: re.Pattern[str] | None
    """What the kind of thing that is asked for looks like."""


class Selector:
    """Scores the sentences of ranked passages against a question and picks evidence among them."""

    def __init__(self, idf: Callable[[str], float], weights: SelectionWeights | None = None) -> None:
        self._idf = idf
        self._weights = weights or SelectionWeights()

    def score(
        self,
        query: Query,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
        similarity: Mapping[str, float],
    ) -> list[Scored]:
        """The sentences of ``hits`` by score, best first, each once. ``similarity`` maps sentence ids to a cosine."""
        best: dict[str, Scored] = {}
        asked = self._asked(query)
        for rank, hit in enumerate(hits, 1):
            article = articles[hit.passage.article]
            for sentence, near in _with_context(hit, article):
                near_question = similarity.get(sentence.id, 0.0)
                item = self._score_one(asked, sentence, near, near_question, rank, hit.passage.kind != "body")
                if article.is_heading(sentence.span):
                    item = replace(item, score=HEADING_SHARE * item.score)
                known = best.get(sentence.id)
                if known is None or item.score > known.score:
                    best[sentence.id] = item
        return sorted(best.values(), key=lambda s: (-s.score, s.sentence.article, s.sentence.start))

    def _asked(self, query: Query) -> _Asked:
        weights = {term: self._idf(term) * weight for term, weight in query.weights.items()}
        total = sum(weights.values()) or 1.0
        return _Asked({term: weight / total for term, weight in weights.items()}, asks_for(query.text))

    def _score_one(
        self, asked: _Asked, sentence: Sentence, near: frozenset[str], similarity: float, rank: int, aside: bool
    ) -> Scored:
        w = self._weights
        held = frozenset(terms(sentence.text))
        rest = (
            w.context * sum(share for term, share in asked.shares.items() if term in near or term in held)
            + w.similarity * max(0.0, similarity)
            + w.rank / rank
            + (w.kind if asked.kind is not None and asked.kind.search(sentence.text) else 0.0)
            + (w.aside if aside else 0.0)
        )
        own = {term: w.coverage * share for term, share in asked.shares.items() if term in held}
        brief = BRIEF_SHARE if len(words(sentence.text)) < BRIEF_WORDS else 1.0
        return Scored(sentence, brief * (rest + sum(own.values())), own, aside)

    def choose(
        self,
        scored: Sequence[Scored],
        neighbours: Callable[[Sentence], tuple[Sentence | None, Sentence | None]],
        budget: int,
        count: Callable[[str], int],
    ) -> list[Scored]:
        """The best sentences that fit ``budget`` tokens, with the neighbours that a pronoun needs.

        Greedy: what a chosen sentence already holds of the question counts less for the next one, so that each part
        of a question finds its own sentence.
        """
        chosen: dict[str, Scored] = {}
        pool = {item.sentence.id: item for item in scored}
        floor = self._weights.floor * scored[0].score if scored else 0.0
        held: set[str] = set()
        left = budget
        while pool:
            best = max(pool.values(), key=lambda item: self._worth(item, held))
            del pool[best.sentence.id]
            if self._worth(best, held) < floor:
                break
            if best.sentence.id in chosen or _repeats(best, chosen):
                continue
            group = [s for s in _with_neighbours(best, neighbours) if s.sentence.id not in chosen]
            for candidate in (group, [best]):
                cost = sum(count(s.sentence.text) + MARKER_TOKENS for s in candidate)
                if cost <= left:
                    left -= cost
                    chosen.update((s.sentence.id, s) for s in candidate)
                    held.update(best.own)
                    break
        return list(chosen.values())

    def _worth(self, item: Scored, held: Collection[str]) -> float:
        repeated = sum(share for term, share in item.own.items() if term in held)
        return item.score - self._weights.repeat * repeated


def _with_context(hit: Hit, article: Article) -> Iterator[tuple[Sentence, frozenset[str]]]:
    """The sentences of a passage, each with the terms of what stands around it and of its article's header."""
    texts = [article.quote(span) for span in hit.passage.sentences]
    for place, span in enumerate(hit.passage.sentences):
        near = frozenset(terms(" ".join([article.header, *texts[max(0, place - 2) : place + 2]])))
        yield Sentence(article.id, span.start, span.end, texts[place]), near


def _with_neighbours(
    item: Scored, neighbours: Callable[[Sentence], tuple[Sentence | None, Sentence | None]]
) -> list[Scored]:
    """The sentence with the one before it, when it leans on that, and the one after it, when that leans on it."""
    before, after = neighbours(item.sentence)
    group = [item]
    if before is not None and (item.aside or leans_on_previous(item.sentence.text)):
        group.insert(0, Scored(before, item.score, aside=item.aside))
    if after is not None and (item.aside or _CONTINUES.match(after.text)):
        group.append(Scored(after, item.score, aside=item.aside))
    return group


def _repeats(item: Scored, chosen: Mapping[str, Scored]) -> bool:
    """Whether the same words have been chosen elsewhere (web pages say their headline twice)."""
    text = fold(item.sentence.text)
    return any(text in fold(other.sentence.text) for other in chosen.values())


def group(chosen: Sequence[Scored], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """Neighbouring sentences joined into evidence, the best first; the position is the citation number."""
    best: dict[tuple[str, int, int], float] = {}
    ordered = sorted(chosen, key=lambda s: (s.sentence.article, s.sentence.start))
    run: list[Scored] = []
    for item in ordered:
        if run and not _joins(run, item, articles):
            best[_key(run)] = max(s.score for s in run)
            run = []
        run.append(item)
    if run:
        best[_key(run)] = max(s.score for s in run)
    ranked = sorted(best.items(), key=lambda pair: -pair[1])
    return tuple(
        Evidence(n, id, start, end, articles[id].quote(Span(start, end)))
        for n, ((id, start, end), _) in enumerate(ranked, 1)
    )


def _key(run: Sequence[Scored]) -> tuple[str, int, int]:
    return run[0].sentence.article, run[0].sentence.start, run[-1].sentence.end


def _joins(run: Sequence[Scored], item: Scored, articles: Mapping[str, Article]) -> bool:
    last = run[-1].sentence
    between = (
        articles[last.article].text[last.end : item.sentence.start] if last.article == item.sentence.article else "x"
    )
    return (
        not between.strip()
        and len(run) < MAX_EVIDENCE_SENTENCES
        and item.sentence.end - run[0].sentence.start <= MAX_EVIDENCE_CHARS
    )
