"""Passages as pages for the reader, and what it says of their sentences. Knows articles and speakers, no ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.domain import Article, Passage, Sentence, Span, Statement
from rag.models.base import Page, Reading
from rag.quotes import is_named, speaker_of

ASIDE = 6.0
"""Log-odds of a line of a credit or byline, of which the reader knows nothing: it is a candidate only when one is asked
for."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with how likely it answers the question."""

    sentence: Sentence
    score: float
    """The reader's log-odds and what the question's words add; only differences within a question mean something."""
    speaker: Statement | None = None
    aside: bool = False
    """A line of a credit or byline: its lines belong together."""


def page(passage: Passage, article: Article) -> Page:
    """A passage with its article's header; before words whose speaker the passage does not name stands the name."""

    def shown(span: Span) -> str:
        said, text = speaker_of(article, span), article.quote(span)
        return f"{said.speaker}: {text}" if said and not is_named(said.speaker, passage.text) else text

    return Page(article.header, tuple(map(shown, passage.sentences)))


def scored(
    passages: Sequence[Passage],
    readings: Sequence[Reading],
    words: Sequence[Sequence[float]],
    speaker: Callable[[Sentence], Statement | None],
) -> tuple[Scored, ...]:
    """The sentences of passages that were read, best first. ``words``: what each one's words add to its score."""
    found: list[Scored] = []
    for passage, reading, added in zip(passages, readings, words, strict=True):
        aside = passage.kind != "body"
        for span, logit, more in zip(passage.sentences, reading.sentences, added, strict=True):
            text = passage.text[span.start - passage.start : span.end - passage.start]
            sentence = Sentence(passage.article, span.start, span.end, text)
            found.append(Scored(sentence, logit + more + ASIDE * aside, speaker(sentence), aside))
    return tuple(sorted(found, key=lambda s: (-s.score, s.sentence.article, s.sentence.start)))
