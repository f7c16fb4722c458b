"""Evidence: the sentences of the best passages that answer the question, under a token budget. Knows no index.

A small model's waiting time is its prompt, so evidence is chosen sentence by sentence rather than by passage.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from rag.domain import Article, Evidence, Sentence, Span, Statement
from rag.retrieval.candidates import Candidate
from rag.retrieval.features import WEIGHTS, Closeness, Seen, log_odds
from rag.retrieval.people import surnames
from rag.retrieval.question import Query
from rag.retrieval.terms import fold, stem, words
from rag.retrieval.wanted import Wanted, wanted

MAX_EVIDENCE_CHARS = 500
MAX_EVIDENCE_SENTENCES = 3
MARKER_TOKENS = 4
"""What the number in front of a piece of evidence costs."""
FLOOR = math.log(0.002)
"""Sentences that are so much less likely than the best one (log-odds) are left out even when there is room."""
REPEAT = 1.0
"""What a sentence loses (log-odds) when chosen ones hold all that it holds of the question, and that is all of it."""
EACH = 2
"""How many sentences each of several sub-questions claims."""
ECHO = 2
"""A sentence that tells at most so many words more than the question, and not the kind of thing that is asked for,
only repeats it: what is asked for then mostly stands in the next one."""
REJECTED = 6.0
"""What a sentence loses (log-odds) that holds all of an answer that the question corrects; in proportion for less."""
ASIDE = 6.0
"""Log-odds of a credit or byline, which is among the candidates only when one is asked for."""
NO_CLOSENESS = Closeness()


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score: log-odds, of which only differences within one question mean something."""

    sentence: Sentence
    score: float
    own: Mapping[str, float] = field(default_factory=dict)
    """Each term of the question that the sentence (or its speaker) holds, with its share of the question."""
    met: Mapping[str, float] = field(default_factory=dict)
    """How well each term of the question is met in meaning, at most 1; empty without vectors."""
    near: Set[str] = frozenset()
    """All terms of the sentence, of those around it and of its article's header."""
    aside: bool = False
    """A line of a credit or byline: its lines belong together."""
    speaker: Statement | None = None
    echoes: bool = False
    """It hardly tells more than the question says itself."""
    features: Mapping[str, float] = field(default_factory=dict)


_LEANING = re.compile(
    r"^[\"\u201c\u2018'«(]*(he|she|they|it|his|her|their|its|this|that|these|those|according to (him|her|them)"
    r"|the (latter|former|expert|analyst|politician|diplomat|source|interlocutor|official|spokesman|spokeswoman"
    r"|spokesperson|representative|minister|president|leader|newspaper|agency|company|document|bill|meeting|visit|parties|sides))\b|^[\"\u201c«]",
    re.I,
)
_ATTRIBUTED = re.compile(
    r"[\"\u201d»],?\s*[\w\s.,'\u2019-]{0,60}\b(said|says|noted|stressed|told|added|believes|stated|concluded|argues)\b",
    re.I,
)


def leans_on_previous(sentence: str) -> bool:
    """Whether a sentence needs the one before it: it opens with a pronoun, a role or a quotation with no speaker."""
    match = _LEANING.match(sentence)
    if match is None:
        return False
    opens_quotation = match.group(0)[-1:] in '"\u201c«'
    return not (opens_quotation and _ATTRIBUTED.search(sentence))


Around = Callable[[Sentence], tuple[Sentence | None, Sentence | None]]
"""The sentences before and after one."""
Speaker = Callable[[Sentence], Statement | None]
"""Who says a sentence."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidate sentences of a question, best first, for all of it and for each of its sub-questions."""

    whole: tuple[Scored, ...] = ()
    by_part: tuple[tuple[Scored, ...], ...] = ()


class Selector:
    """Scores the sentences of ranked passages against a question and picks evidence among them."""

    def __init__(self, idf: Callable[[str], float], weights: Mapping[str, float] = WEIGHTS) -> None:
        self._idf = idf
        self._weights = weights

    def score(
        self,
        query: Query,
        candidates: Sequence[Candidate],
        closeness: Mapping[str, Closeness],
        people: Collection[str] = (),
    ) -> tuple[Scored, ...]:
        """The candidates by score, best first, each sentence once.

        ``closeness`` goes by sentence id; ``people`` are the stems of the surnames of those who speak somewhere.
        """
        own_words, named = frozenset(map(stem, words(query.asks))), frozenset(query.weights) & frozenset(people)
        asked = _Asked(wanted(query.asks), own_words, named)
        shares, best = self._shares(query), dict[str, Scored]()
        for candidate in candidates:
            found = self._scored(_look(candidate, asked, closeness), shares, query.rejected)
            id = candidate.sentence.id
            if id not in best or found.score > best[id].score:
                best[id] = found
        return tuple(sorted(best.values(), key=lambda s: (-s.score, s.sentence.article, s.sentence.start)))

    def _shares(self, query: Query) -> dict[str, float]:
        weights = {term: self._idf(term) * weight for term, weight in query.weights.items()}
        total = sum(weights.values()) or 1.0
        return {term: weight / total for term, weight in weights.items()}

    def _scored(self, seen: Seen, shares: Mapping[str, float], rejected: Set[str]) -> Scored:
        held, features = seen.candidate, seen.features(shares)
        score = log_odds(features, self._weights) + (ASIDE if held.aside else 0.0)
        score -= REJECTED * len(rejected & held.own) / (len(rejected) or 1)
        own = {term: share for term, share in shares.items() if term in held.own}
        return Scored(
            held.sentence,
            score,
            own,
            met=seen.closeness.met,
            near=held.near,
            aside=held.aside,
            speaker=held.speaker,
            echoes=seen.echoes,
            features=features,
        )

    def choose(
        self, pool: Pool, around: Around, budget: int, count: Callable[[str], int], speaker: Speaker = lambda _: None
    ) -> list[Scored]:
        """The best sentences that fit ``budget`` tokens, with the neighbours that a pronoun needs.

        The best one first, then the best for each of its sub-questions, then greedily: what a chosen sentence already
        holds of the question counts less for the next one.
        """
        taken = _Taken(budget, count, around, speaker)
        if not pool.whole:
            return []
        taken.take(pool.whole[0])
        for claim in self.claims(pool, EACH):
            taken.take(claim)
        self._fill(taken, pool.whole)
        return list(taken.chosen.values())

    def claims(self, pool: Pool, each: int) -> tuple[Scored, ...]:
        """The best few sentences for each of the sub-questions, the first of each first."""
        return tuple(ranked[place] for place in range(each) for ranked in pool.by_part if place < len(ranked))

    def _fill(self, taken: _Taken, ranked: Sequence[Scored]) -> None:
        floor = ranked[0].score + FLOOR
        left = {item.sentence.id: item for item in ranked if item.sentence.id not in taken.chosen}
        while left:
            best = max(left.values(), key=lambda item: _worth(item, taken.held))
            if _worth(best, taken.held) < floor:
                break
            del left[best.sentence.id]
            taken.take(best)


def of_part(part: Sequence[Scored], whole: Sequence[Scored], person: str | None) -> tuple[Scored, ...]:
    """The sentences for a sub-question, best first: their scores for it and for the whole question added.

    Where somebody's words are asked for, only what that person says or is named in; everything when there is nothing.
    The sum is higher than any score for the whole alone, so what a sub-question claims leads the evidence.
    """
    known = {item.sentence.id: item.score for item in whole}
    both = [replace(item, score=item.score + known[item.sentence.id]) for item in part if item.sentence.id in known]
    theirs = [item for item in both if person is None or person in item.own]
    return tuple(sorted(theirs or both, key=lambda item: -item.score))


@dataclass
class _Taken:
    """What has been chosen so far, and what is left of the budget."""

    left: int
    count: Callable[[str], int]
    around: Around
    speaker: Speaker
    chosen: dict[str, Scored] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def take(self, item: Scored) -> None:
        """Take a sentence with the neighbours that it needs, or alone, if there is room for it."""
        if item.sentence.id in self.chosen or _repeats(item, self.chosen):
            return
        group = [s for s in _with_neighbours(item, self.around, self.speaker) if s.sentence.id not in self.chosen]
        for candidate in (group, [item]):
            cost = sum(self.count(s.sentence.text) + MARKER_TOKENS for s in candidate)
            if cost <= self.left:
                self.left -= cost
                self.chosen.update((s.sentence.id, s) for s in candidate)
                self.held.update(item.own)
                return


def _worth(item: Scored, held: Collection[str]) -> float:
    repeated = sum(share for term, share in item.own.items() if term in held)
    return item.score - REPEAT * repeated


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question asks for, the stems of its words, and those that are surnames of people who speak."""

    wanted: Wanted
    words: frozenset[str]
    people: frozenset[str]


def _look(candidate: Candidate, asked: _Asked, closeness: Mapping[str, Closeness]) -> Seen:
    """A candidate as a question sees it."""
    speaker = candidate.speaker
    given = asked.wanted.kind is not None and asked.wanted.given_by(candidate.sentence.text)
    return Seen(
        candidate,
        closeness.get(candidate.sentence.id, NO_CLOSENESS),
        wanted=given,
        said=asked.wanted.words and speaker is not None,
        by_named=speaker is not None and not asked.people.isdisjoint(surnames(speaker)),
        echoes=not given and len(candidate.content - asked.words) <= ECHO,
    )


def _with_neighbours(item: Scored, around: Around, speaker: Speaker) -> list[Scored]:
    """The sentence with the one before it, when it leans on that, and the one after it, when it tells too little.

    Words whose speaker is known need no neighbour to say whose they are; the lines of a credit belong together.
    """
    before, after = around(item.sentence)
    group = [item]
    if before is not None and (item.aside or (item.speaker is None and leans_on_previous(item.sentence.text))):
        group.insert(0, Scored(before, item.score, aside=item.aside, speaker=speaker(before)))
    if after is not None and (item.aside or item.echoes):
        group.append(Scored(after, item.score, aside=item.aside, speaker=speaker(after)))
    return group


def _repeats(item: Scored, chosen: Mapping[str, Scored]) -> bool:
    """Whether the same words have been chosen elsewhere (web pages say their headline twice)."""
    text = fold(item.sentence.text)
    return any(text in fold(other.sentence.text) for other in chosen.values())


def group(chosen: Sequence[Scored], articles: Mapping[str, Article]) -> tuple[Evidence, ...]:
    """Neighbouring sentences joined into evidence, the best first; the position is the citation number."""
    runs: list[list[Scored]] = []
    for item in sorted(chosen, key=lambda s: (s.sentence.article, s.sentence.start)):
        if runs and _joins(runs[-1], item, articles):
            runs[-1].append(item)
        else:
            runs.append([item])
    runs.sort(key=lambda run: -max(s.score for s in run))
    return tuple(_evidence(n, run, articles) for n, run in enumerate(runs, 1))


def _evidence(n: int, run: Sequence[Scored], articles: Mapping[str, Article]) -> Evidence:
    article, start, end = articles[run[0].sentence.article], run[0].sentence.start, run[-1].sentence.end
    speakers = {item.speaker.label: None for item in run if item.speaker}
    return Evidence(n, article.id, start, end, article.quote(Span(start, end)), "; ".join(speakers) or None)


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
