"""The sentences that may become evidence, as they are whatever is asked. Knows articles and speakers, no question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.domain import Article, Hit, Sentence, Span, Statement
from rag.retrieval.subquestions import SAYS_NOTHING
from rag.retrieval.terms import content_words, stem, terms, words

BRIEF_WORDS = 4
"""A sentence of so few words is rarely an answer."""

Speakers = Callable[[Sentence], Statement | None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a ranked passage with what stands around it there."""

    sentence: Sentence
    aside: bool
    """A line of a credit or byline."""
    speaker: Statement | None
    own: frozenset[str]
    """Terms of the sentence and of the name and role of who says it."""
    content: frozenset[str]
    """Terms of the sentence that tell something, without the name and role of who says it."""
    near: frozenset[str]
    """Terms of the sentence, two before it, the one after it and its article's header."""
    header: frozenset[str]
    """Terms of its article's header."""
    heading: bool
    brief: bool


def candidates(
    hits: Sequence[Hit], articles: Mapping[str, Article], speakers: Speakers = lambda _: None
) -> list[Candidate]:
    """The sentences of passages; one that lies in two of them twice, since other words stand around it."""
    return [found for hit in hits for found in _of(hit, articles[hit.passage.article], speakers)]


def _of(hit: Hit, article: Article, speakers: Speakers) -> list[Candidate]:
    spans, header = hit.passage.sentences, frozenset(terms(article.header))
    each = [terms(article.quote(span)) for span in spans]

    def candidate(place: int, span: Span) -> Candidate:
        sentence = Sentence(article.id, span.start, span.end, article.quote(span))
        speaker = speakers(sentence)
        label = frozenset(terms(speaker.label)) if speaker else frozenset()
        near = (term for found in each[max(0, place - 2) : place + 2] for term in found)
        return Candidate(
            sentence=sentence,
            aside=hit.passage.kind != "body",
            speaker=speaker,
            own=label.union(each[place]),
            content=frozenset(map(stem, content_words(sentence.text))) - SAYS_NOTHING - label,
            near=header.union(near),
            header=header,
            heading=article.is_heading(span),
            brief=len(words(sentence.text)) < BRIEF_WORDS,
        )

    return [candidate(place, span) for place, span in enumerate(spans)]
