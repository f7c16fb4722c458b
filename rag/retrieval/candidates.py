"""The sentences that may become evidence, as they are whatever is asked. Knows articles and speakers, no question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.domain import Article, Hit, Sentence, Span, Statement
from rag.retrieval.subquestions import SAYS_NOTHING
from rag.retrieval.terms import content_words, fold, stem, terms, words

BRIEF_WORDS = 4
"""A sentence of so few words is rarely an answer."""

_SURNAMES = """
    bai cai cao chen cheng choi cui deng ding dong du fan fang feng fu gao guo han hao he hou hu huang jia jiang
    jin kim kong lei li liang lin liu lu luo ma mao meng moon nguyen pan peng qian qin qiu ren shao shen shi
    song su sun tan tang tian wan wang wei wu xi xia xiao xie xiong xu xue yan yang yao ye yin yoon yu yuan zeng
    zhang zhao zheng zhong zhou zhu zou
"""
SURNAME_FIRST = frozenset(_SURNAMES.split())
"""Frequent surnames of languages in which they stand before the first name, folded."""

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


def surnames(statement: Statement) -> frozenset[str]:
    """The stems of the words of a speaker's name that mean the person by themselves, mostly one.

    None for anybody but a person with first and last name: whoever asks about Moscow seldom wants what Moscow says. Of
    a name that begins with a frequent Chinese or Korean surname either end may be it (Xi Jinping, Kim Novak).
    """
    name = words(statement.speaker)
    if len(name) < 2 or not all(word[0].isupper() for word in name):
        return frozenset()
    return frozenset(stem(word) for word in (name[-1], name[0]) if word is name[-1] or fold(word) in SURNAME_FIRST)


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
