"""Extractive mode: the articles' own sentences as the answer. Knows no language model and never leaves the articles."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.voice import voiced
from rag.domain import AnswerSentence, Citation, Evidence
from rag.retrieval.selection import Scored

MAX_SENTENCES = 4
KEEP = 2.0
"""Sentences that are so much less likely (log-odds) than the best one are left out."""


def compose(scored: Sequence[Scored], evidence: Sequence[Evidence]) -> tuple[AnswerSentence, ...]:
    """At most four sentences, verbatim with their speakers, each citing itself; the best first, neighbours in order.

    A credit or byline is given whole: its lines mean nothing one by one.
    """
    said = {_citation(item, e): _text(item, e) for item, e in _choose(scored, evidence)}
    return tuple(AnswerSentence(text, (citation,), supported=True) for citation, text in said.items())


def _text(item: Scored, e: Evidence) -> str:
    return e.quote if item.aside else voiced(item.sentence, item.speaker)


def _citation(item: Scored, e: Evidence) -> Citation:
    if item.aside:
        return Citation(e.n, e.article, e.start, e.end, e.quote)
    return Citation(e.n, e.article, item.sentence.start, item.sentence.end, item.sentence.text)


def _choose(scored: Sequence[Scored], evidence: Sequence[Evidence]) -> list[tuple[Scored, Evidence]]:
    best = [item for item in scored if item.score >= scored[0].score - KEEP] if scored else []
    held = [
        (item, e)
        for item in best
        for e in evidence
        if e.article == item.sentence.article and e.span.covers(item.sentence.span)
    ]
    kept = held[:MAX_SENTENCES]
    return sorted(kept, key=lambda pair: (pair[1].n, pair[0].sentence.start))
