"""Requests that are no question: understood before anything is searched, answered in a form of their own.

Knows the index, briefs and what retrieval finds; knows no language model and no window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from anyascii import anyascii

from rag.domain import Answer, AnswerSentence, Kind, Timings, Turn
from rag.models.base import Embedder
from rag.requests import shelf, talk, telling, views
from rag.requests.kinds import Classifier
from rag.requests.language import NOTES, NOTHING, language_of
from rag.requests.lines import Lines, answered
from rag.requests.subject import Subject
from rag.retrieval import Retrieval, Retriever
from rag.retrieval.terms import words

__all__ = ["Desk", "Lines", "respond", "tell"]

ANSWERS = 0.0
"""Log-odds that the articles answer from which on a request that looks foreign to them is a question after all."""
NEAR = -1.0
"""Score of a sentence that is shown for a request in another language."""
SHOWN = 3


@dataclass
class Desk:
    """A request with all that answers it.

    ``search`` finds evidence as for a question; ``examples``: what can be asked.
    """

    question: str
    history: Sequence[Turn]
    retriever: Retriever
    embedder: Embedder
    classifier: Classifier
    search: Callable[[str], Retrieval]
    examples: Sequence[str]
    vector: Sequence[float] = field(init=False)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.vector = self.embedder.embed_query(self.question)
        self.lines = Lines(self.retriever.index())

    @cached_property
    def found(self) -> Retrieval:
        """What a search for the request finds."""
        return self.search(self.question)

    @cached_property
    def subject(self) -> Subject:
        """What it is about."""
        index = self.retriever.index()
        text, _ = index.speller.correct(self.question)
        hits = self.retriever.rank(self.question)
        return Subject(text, self.history, index, hits)

    @cached_property
    def language(self) -> str | None:
        """The language of the request, None for English."""
        return language_of(self.question, self.retriever.index().speller.knows)

    def kind(self) -> tuple[Kind, float]:
        """What is asked for, and how sure that is."""
        if self.language is not None:
            return "language", 1.0
        if not self.classifier.reads(self.embedder):
            return "question", 1.0
        kind, sure = self.classifier.kind(self.question, self.vector)
        return ("question", sure) if kind == "vague" and self.history else (kind, sure)


def respond(desk: Desk, started: float) -> Answer | None:
    """The answer to a request that is no question; None for one that is, or that nothing but a search can answer.

    Args:
        desk: the request.
        started: ``time.perf_counter()`` at its arrival.
    """
    kind, sure = desk.kind()
    answer = tell(desk, kind, started)
    return replace(answer, confidence=round(sure, 4)) if answer is not None else None


def tell(desk: Desk, kind: Kind, started: float) -> Answer | None:
    """The answer to a request of a known kind; None for a question, and where only a search can answer."""
    answer = _ANSWERS[kind](desk) if kind in _ANSWERS else None
    if answer is None:
        return None
    total = (time.perf_counter() - started) * 1000
    return replace(answer, timings=Timings(total, total, total))


def _language(desk: Desk) -> Answer | None:
    code = desk.language or "en"
    found = desk.search(anyascii(desk.question))
    near = [item for item in found.scored if item.score >= NEAR and not item.aside][:SHOWN]
    named = [w for w in words(anyascii(desk.question)) if w[:1].isupper() and desk.retriever.index().speller.knows(w)]
    shown = near or (list(found.scored[:1]) if named else [])
    desk.lines.say((NOTES if shown else NOTHING)[code])
    desk.lines.add("", [desk.lines.cited(item.sentence) for item in shown])
    return answered(desk.question, "language", desk.lines)


def _smalltalk(desk: Desk) -> Answer | None:
    talk.smalltalk(desk.lines, desk.vector, desk.embedder.embed)
    return answered(desk.question, "smalltalk", desk.lines)


def _help(desk: Desk) -> Answer | None:
    talk.help_(desk.lines, desk.examples)
    return answered(desk.question, "help", desk.lines)


def _vague(desk: Desk) -> Answer | None:
    talk.vague(desk.lines, desk.examples)
    return answered(desk.question, "vague", desk.lines)


def _outside(desk: Desk) -> Answer | None:
    """Nothing for the articles, unless they say it after all."""
    if desk.found.answers > ANSWERS and not desk.subject.unknown:
        return None
    talk.outside(desk.lines, len(desk.lines.index.articles))
    return answered(desk.question, "outside", desk.lines, "refused")


def _about(kind: Kind, handler: shelf.Handler) -> Callable[[Desk], Answer | None]:
    """An answer from what the request is about; a refusal where no article holds the names that it gives."""

    def answer(desk: Desk) -> Answer | None:
        if desk.subject.unknown or (desk.subject.strange and desk.subject.numbered is None):
            return _not_there(desk, kind)
        return (
            answered(desk.question, kind, desk.lines) if handler(desk.subject, desk.lines) else _not_there(desk, kind)
        )

    return answer


def _with_views(kind: Kind, handler: Callable[[Subject, Retrieval, Lines], bool]) -> Callable[[Desk], Answer | None]:
    """An answer from what is found for the request; a question where there is nothing to set out."""

    def answer(desk: Desk) -> Answer | None:
        if kind != "opinion" and desk.subject.unknown:
            return None
        return answered(desk.question, kind, desk.lines) if handler(desk.subject, desk.found, desk.lines) else None

    return answer


def _not_there(desk: Desk, kind: Kind) -> Answer | None:
    """What a request names is in no article; one that only fails to say what it means is searched for."""
    missing = desk.subject.unknown or desk.subject.strange
    if not missing:
        return None
    named = ", ".join(f"“{name}”" for name in missing)
    desk.lines.add("", [AnswerSentence(f"Not in the articles: they do not mention {named}.")])
    return answered(desk.question, kind, desk.lines, "refused")


_ANSWERS: dict[Kind, Callable[[Desk], Answer | None]] = {
    "language": _language,
    "smalltalk": _smalltalk,
    "help": _help,
    "vague": _vague,
    "outside": _outside,
    "library": _about("library", shelf.library),
    "article": _about("article", shelf.article),
    "overview": _about("overview", telling.overview),
    "summary": _about("summary", telling.summary),
    "timeline": _about("timeline", telling.timeline),
    "people": _about("people", telling.people),
    "list": _about("list", telling.everything),
    "says": _with_views("says", views.says),
    "positions": _with_views("positions", views.positions),
    "opinion": _with_views("opinion", views.opinion),
}
