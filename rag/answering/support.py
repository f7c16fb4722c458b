"""Which words of the evidence a sentence rests on, found by comparison. Knows no model.

A small model's own citation numbers are wrong too often to be trusted alone, so every sentence of an answer is compared
with every sentence of the evidence; the model's number only tips the balance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.domain import AnswerSentence, Article, Citation, Evidence, Sentence
from rag.retrieval.terms import question_terms, terms

MARKED_BONUS = 0.15
"""What the model's own number adds to a sentence's support (a share between 0 and 1)."""
QUESTION_SHARE = 0.5
"""How much a word of the question counts beside a word of the answer: it tells which meeting "seven hours" is about."""
MORE_BESIDE = 0.1
MORE_ELSEWHERE = 0.3
"""A further sentence is cited when it supports at least this much more of the answer sentence: little is enough beside
what is cited already, where the citation just grows; elsewhere it becomes a citation of its own."""
MAX_CITED_SENTENCES = 4
MIN_CITED_CHARS = 20
MAX_CITED_CHARS = 500


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence of the evidence and the number of the evidence that it lies in."""

    n: int
    sentence: Sentence
    held: frozenset[str] = field(default=frozenset())
    """The terms of the sentence."""


def sources(evidence: Sequence[Evidence], within: Callable[[Evidence], Sequence[Sentence]]) -> list[Source]:
    """The citable sentences of the evidence."""
    return [
        Source(e.n, s, frozenset(terms(s.text))) for e in evidence for s in within(e) if len(s.text) >= MIN_CITED_CHARS
    ]


def cite(
    text: str,
    marked: Sequence[int],
    question: str,
    candidates: Sequence[Source],
    idf: Callable[[str], float],
    articles: Mapping[str, Article],
) -> AnswerSentence:
    """An answer sentence with the words of the evidence that support it best: one citation for each piece of evidence.

    Args:
        text: the sentence, without markers.
        marked: the evidence numbers that the model gave it; numbers that do not exist are ignored.
        question: what was asked; its words count a little.
        candidates: the sentences that may be cited.
        idf: weight of a term.
        articles: the articles of the candidates, by id.
    """
    wanted = _weights(text, question, idf)
    total = sum(wanted.values()) or 1.0
    said = set(terms(text))
    left = dict(wanted)
    chosen: list[Source] = []
    pool = list(candidates)
    while pool and len(chosen) < MAX_CITED_SENTENCES:
        gains = {place: _gain(s, left, total, marked if not chosen else ()) for place, s in enumerate(pool)}
        place = max(gains, key=lambda p: gains[p] - _needed(pool[p], chosen))
        if gains[place] <= _needed(pool[place], chosen):
            break
        best = pool.pop(place)
        chosen.append(best)
        left = {term: weight for term, weight in left.items() if term in said and term not in best.held}
    return AnswerSentence(text, _joined(chosen, articles))


def citation(n: int, article: str, start: int, text: str) -> Citation:
    """``text``, words of evidence ``n`` that begin at ``start`` of its article, as far as one citation may go."""
    quote = text if len(text) <= MAX_CITED_CHARS else text[:MAX_CITED_CHARS].rsplit(None, 1)[0]
    return Citation(n, article, start, start + len(quote), quote)


def _weights(text: str, question: str, idf: Callable[[str], float]) -> dict[str, float]:
    asked = set(question_terms(question))
    weights = {term: idf(term) * QUESTION_SHARE for term in asked}
    weights |= {term: idf(term) * (QUESTION_SHARE if term in asked else 1.0) for term in terms(text)}
    return weights


def _gain(source: Source, left: Mapping[str, float], total: float, marked: Sequence[int]) -> float:
    """Share of the wanted weight that this sentence holds and that is not yet supported, 0 to 1, plus the bonus."""
    return sum(w for term, w in left.items() if term in source.held) / total + MARKED_BONUS * (source.n in marked)


def _needed(source: Source, chosen: Sequence[Source]) -> float:
    if not chosen:
        return 0.0
    return MORE_BESIDE if any(source.n == other.n for other in chosen) else MORE_ELSEWHERE


def _joined(chosen: Sequence[Source], articles: Mapping[str, Article]) -> tuple[Citation, ...]:
    """One citation for each piece of evidence, from its first chosen sentence to its last, cut where it is too long."""
    found = []
    for n in sorted({source.n for source in chosen}):
        mine = [source.sentence for source in chosen if source.n == n]
        start, end = min(s.start for s in mine), max(s.end for s in mine)
        quote = articles[mine[0].article].text[start:end]
        if len(quote) > MAX_CITED_CHARS:
            quote, start = mine[0].text, mine[0].start
        found.append(citation(n, mine[0].article, start, quote))
    return tuple(found)
