"""Extractive mode: the articles' own sentences as the answer. Knows no language model and never leaves the articles."""

from __future__ import annotations

from collections.abc import Sequence

from rag.domain import AnswerSentence, Citation, Evidence
from rag.retrieval.selection import Scored

MAX_SENTENCES = 4
KEEP = 0.6
"""Sentences below this share of the best score are left out."""


def compose(scored: Sequence[Scored], evidence: Sequence[Evidence]) -> tuple[AnswerSentence, ...]:
    """At most four sentences, verbatim, each citing itself; the best first, neighbours in reading order."""
    chosen = _choose(scored, evidence)
    return tuple(
        AnswerSentence(
            item.sentence.text,
            (Citation(e.n, e.article, item.sentence.start, item.sentence.end, item.sentence.text),),
            supported=True,
        )
        for item, e in chosen
    )


def _choose(scored: Sequence[Scored], evidence: Sequence[Evidence]) -> list[tuple[Scored, Evidence]]:
    best = [item for item in scored if item.score >= KEEP * scored[0].score] if scored else []
    held = [
        (item, e)
        for item in best
        for e in evidence
        if e.article == item.sentence.article and e.span.covers(item.sentence.span)
    ]
    kept = held[:MAX_SENTENCES]
    return sorted(kept, key=lambda pair: (pair[1].n, pair[0].sentence.start))
