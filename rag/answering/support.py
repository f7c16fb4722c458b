"""Which words of the evidence a sentence rests on, found by comparison. Knows no model.

A small model's own citation numbers are wrong too often to be trusted alone, so every sentence of an answer is compared
with every sentence of the evidence; the model's number only tips the balance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.domain import AnswerSentence, Citation, Evidence, Sentence
from rag.retrieval.terms import question_terms, terms

MARKED_BONUS = 0.15
"""What the model's own number adds to a sentence's support (a share between 0 and 1)."""
QUESTION_SHARE = 0.5
"""How much a word of the question counts beside a word of the answer: it tells which meeting "seven hours" is about."""
MORE_COVERAGE = 0.4
"""A further sentence is cited when it supports at least this much more of the answer sentence."""
MAX_CITATIONS = 3
MIN_CITED_CHARS = 20
MAX_CITED_CHARS = 500


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence of the evidence and the number of the evidence that it lies in."""

    n: int
    sentence: Sentence

    def citation(self) -> Citation:
        """The sentence as a citation, its end cut at a word where it is longer than a citation may be."""
        text = self.sentence.text
        if len(text) > MAX_CITED_CHARS:
            text = text[:MAX_CITED_CHARS].rsplit(None, 1)[0]
        return Citation(self.n, self.sentence.article, self.sentence.start, self.sentence.start + len(text), text)


def sources(evidence: Sequence[Evidence], within: Callable[[Evidence], Sequence[Sentence]]) -> list[Source]:
    """The citable sentences of the evidence."""
    return [Source(e.n, s) for e in evidence for s in within(e) if len(s.text) >= MIN_CITED_CHARS]


def cite(
    text: str, marked: Sequence[int], question: str, candidates: Sequence[Source], idf: Callable[[str], float]
) -> AnswerSentence:
    """An answer sentence with the words of the evidence that support it best.

    Args:
        text: the sentence, without markers.
        marked: the evidence numbers that the model gave it; numbers that do not exist are ignored.
        question: what was asked; its words count a little.
        candidates: the sentences that may be cited.
        idf: weight of a term.
    """
    wanted = _weights(text, question, idf)
    said = set(terms(text))
    left = dict(wanted)
    chosen: list[Source] = []
    pool = list(candidates)
    while pool and len(chosen) < MAX_CITATIONS:
        best = max(pool, key=lambda s: _support(s, left, wanted) + (MARKED_BONUS if s.n in marked else 0.0))
        gained = _support(best, left, wanted)
        if chosen and gained < MORE_COVERAGE:
            break
        if gained <= 0 and best.n not in marked:
            break
        chosen.append(best)
        pool.remove(best)
        held = set(terms(best.sentence.text))
        left = {term: weight for term, weight in left.items() if term in said and term not in held}
    chosen.sort(key=lambda s: s.n)
    return AnswerSentence(text, tuple(s.citation() for s in chosen))


def _weights(text: str, question: str, idf: Callable[[str], float]) -> dict[str, float]:
    asked = set(question_terms(question))
    weights = {term: idf(term) * QUESTION_SHARE for term in asked}
    weights |= {term: idf(term) * (QUESTION_SHARE if term in asked else 1.0) for term in terms(text)}
    return weights


def _support(source: Source, left: Mapping[str, float], wanted: Mapping[str, float]) -> float:
    """Share of the wanted weight that this sentence holds and that is not yet supported, 0 to 1."""
    total = sum(wanted.values()) or 1.0
    held = set(terms(source.sentence.text))
    return sum(weight for term, weight in left.items() if term in held) / total
