"""Requests that are no question: understood before anything is searched, answered in a form of their own.

Knows the index, briefs and what retrieval finds; knows no language model and no window.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from anyascii import anyascii

from rag.domain import Answer, AnswerSentence, Kind, Scope, Timings, Turn
from rag.models.base import Embedder
from rag.requests import resizing, shelf, talk, telling, views
from rag.requests.gloss import in_english
from rag.requests.kinds import Classifier, judged, likeliest, plain
from rag.requests.language import NOTES, NOTHING, in_short, language_of
from rag.requests.lines import SHORT, WORDS, Lines, answered
from rag.requests.scope import scope_of
from rag.requests.subject import Subject, with_names
from rag.retrieval import Retrieval, Retriever
from rag.retrieval.question import leans_on_history
from rag.retrieval.terms import words

__all__ = ["Desk", "Lines", "respond", "tell"]

ANSWERS = 0.0
"""Log-odds that the articles answer from which on a request that looks foreign to them is a question after all."""
SHOWN = 3
"""Sentences that are shown for a request in another language."""
RETRIEVED = 10
"""Passages that are told to have been found."""
UNANSWERED, INSTEAD = -0.6, 0.2
"""Where the log-odds that the articles answer a question are below the first, it is what else it may be with at least
the second probability."""
SAYS_NOTHING: frozenset[Kind] = frozenset({"vague", "smalltalk"})
"""Kinds of requests that name nothing which the articles hold."""
NEVER_INSTEAD: frozenset[Kind] = SAYS_NOTHING | {"outside", "says", "opinion", "help", "overview"}
"""Kinds that a question is not taken for because the articles do not answer it."""
NAMES_SOMETHING = frozenset({"article", "summary", "timeline", "people"})
"""Kinds whose requests are about something, so that words which no article holds tell that it is not there."""


_LOOKS_FOR = re.compile(r"\b(?:about|mention\w*|on|regarding|cover\w*|by|with|discuss\w*)\b", re.IGNORECASE)
"""In a request about the folder: that there is something to look for."""


@dataclass
class Desk:
    """A request with all that answers it.

    ``search`` finds evidence as for a question; ``examples`` tells what can be asked.
    """

    question: str
    history: Sequence[Turn]
    retriever: Retriever
    embedder: Embedder
    classifier: Classifier
    search: Callable[[str], Retrieval]
    examples: Callable[[], Sequence[str]]
    translate: Callable[[str], str] | None = None
    """Puts a request into English; None where no model can."""
    foreign: bool = False
    """Whether it is in another language still, so that a word which no article holds tells nothing."""
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.lines = Lines(self.retriever.index())

    @cached_property
    def vector(self) -> Sequence[float]:
        """The search model's, of the request."""
        return self.embedder.embed_query(plain(self.question))

    @cached_property
    def found(self) -> Retrieval:
        """What a search for the request finds."""
        return self.search(self.question)

    @cached_property
    def subject(self) -> Subject:
        """What it is about."""
        index = self.retriever.index()
        text, _ = index.speller.correct(with_names(self.question, index))
        return Subject(text, self.history, index, lambda: self.retriever.rank(text))

    @cached_property
    def scope(self) -> Scope | None:
        """The articles that a question keeps to."""
        return scope_of(self.question, self.retriever.index())

    @cached_property
    def language(self) -> str | None:
        """The language of the request, None for English."""
        return language_of(self.question, self.retriever.index().speller.knows)

    @cached_property
    def odds(self) -> Mapping[Kind, float]:
        """How likely each kind is, by the words; all for a question where nothing can be told apart."""
        if not self.classifier.reads(self.embedder):
            return {"question": 1.0}
        return self.classifier.probabilities(self.question, self.vector)

    def kind(self) -> tuple[Kind, float]:
        """What is asked for, and how sure that is."""
        if self.language is not None:
            return "language", 1.0
        if len(self.odds) == 1:
            return "question", 1.0
        kind, sure = judged(self.odds, leans=bool(self.history) and leans_on_history(self.question))
        if kind in SAYS_NOTHING and self.subject.names_something:
            kind = likeliest(self.odds, without=SAYS_NOTHING)  # it names something that the articles hold
            return (kind, self.odds[kind]) if self.odds[kind] > self.odds["question"] else ("question", sure)
        if kind == "question" and self.found.answers < UNANSWERED:
            other = likeliest(self.odds, without=NEVER_INSTEAD)
            if self.odds[other] >= INSTEAD:
                return other, self.odds[other]
        return kind, sure


def respond(desk: Desk, started: float) -> Answer | None:
    """The answer to a request that is no question; None for one that is, or that nothing but a search can answer.

    Args:
        desk: the request.
        started: ``time.perf_counter()`` at its arrival.
    """
    answer = _resized(desk)
    if answer is not None:
        return _timed(answer, started)
    kind, sure = desk.kind()
    answer = tell(desk, kind, started)
    return replace(answer, confidence=round(sure, 4)) if answer is not None else None


def tell(desk: Desk, kind: Kind, started: float) -> Answer | None:
    """The answer to a request of a known kind; None for a question, and where only a search can answer."""
    answer = _ANSWERS[kind](desk) if kind in _ANSWERS else None
    return _timed(answer, started) if answer is not None else None


def _timed(answer: Answer, started: float) -> Answer:
    total = (time.perf_counter() - started) * 1000
    return replace(answer, timings=Timings(total, total, total))


def _resized(desk: Desk) -> Answer | None:
    """The last answer once more, shorter, or what is left to say; None for a request for anything else."""
    size = _size_of(desk, desk.question) if desk.history else None
    if size is None or desk.subject.names_something:
        return None
    before = [turn for turn in desk.history if _size_of(desk, turn.question) is None]
    if not before:
        return None
    said = " ".join(" ".join(turn.answer.split()) for turn in desk.history) if size == "more" else ""
    lines = Lines(desk.retriever.index(), most=SHORT if size == "shorter" else WORDS, said=said)
    inner = _with_question(desk, before[-1].question, lines)
    inner.history = before[:-1]
    kind = inner.kind()[0]
    told = _ANSWERS[kind](inner) if kind in _ANSWERS else None
    if told is None:
        kind = "question"
        found = inner.found.scored if inner.found.answers > UNANSWERED else ()
        most = 1 if size == "shorter" else SHOWN
        left = [i for i in found if i.score >= found[0].score - views.WIDELY and i.sentence.text not in said]
        lines.add("", [lines.cited(item.sentence) for item in left[:most]])
    if not any(line.citations for part in lines.sections for line in part.lines):
        lines = Lines(lines.index)
        lines.say("The articles say no more about it." if size == "more" else "It cannot be said in fewer sentences.")
        told = None
    return replace(told or answered(desk.question, kind, lines), question=desk.question)


def _size_of(desk: Desk, text: str) -> resizing.Size | None:
    if not desk.classifier.reads(desk.embedder):
        return None
    same = text == desk.question
    return resizing.size_of(text, lambda: desk.vector if same else desk.embedder.embed_query(text), desk.embedder)


def _language(desk: Desk) -> Answer | None:
    """What is asked, put into English by a model or a glossary, else by the names that it gives; the note is in its own
    language."""
    code = desk.language or "en"
    index = desk.retriever.index()
    english = desk.translate(desk.question) if desk.translate else ""
    english = english or in_english(desk.question, code, index.speller.knows)
    text = english or anyascii(desk.question)
    lines = Lines(index)
    lines.say(in_short(code))
    inner = _with_question(desk, text, lines)
    kind = inner.kind()[0] if english else judged(desk.odds)[0]
    told = _ANSWERS[kind](inner) if kind not in ("question", "language") else None
    if told is None:
        inner.lines = Lines(index)
        inner.lines.say(NOTES[code])
        told = _closest(desk, inner, code, named=bool(english))
    return replace(told, question=desk.question, kind="language", searched=(english,) if english else ())


def _closest(desk: Desk, inner: Desk, code: str, *, named: bool) -> Answer:
    """The sentences that come closest; a word that says so where nothing does. ``named``: whether words are known."""
    lines = inner.lines
    known = lines.index.speller.knows
    named = named or any(w[:1].isupper() and known(w) for w in words(inner.question))
    usable = [i for i in inner.found.scored if not i.aside and i.sentence.id not in lines.index.headings]
    shown = usable[:SHOWN] if named else []
    if not shown:
        lines = Lines(lines.index)
        lines.say(NOTHING[code])
    lines.add("", [lines.cited(item.sentence) for item in shown])
    return answered(desk.question, "language", lines)


def _with_question(desk: Desk, question: str, lines: Lines) -> Desk:
    """The desk with another wording of its request, which adds to ``lines``."""
    other = replace(desk, question=question, translate=None, foreign=desk.translate is None)
    other.lines = lines
    return other


def _smalltalk(desk: Desk) -> Answer | None:
    talk.smalltalk(desk.lines, desk.vector, desk.embedder)
    return answered(desk.question, "smalltalk", desk.lines)


def _help(desk: Desk) -> Answer | None:
    talk.help_(desk.lines, desk.examples())
    return answered(desk.question, "help", desk.lines)


def _vague(desk: Desk) -> Answer | None:
    talk.vague(desk.lines, desk.examples())
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
        sought = kind in NAMES_SOMETHING or (kind == "library" and _LOOKS_FOR.search(desk.question) is not None)
        told = desk.subject.article is not None or desk.subject.picked is not None
        strange = desk.subject.strange if sought and not told else ()
        if kind != "overview" and not desk.foreign and (desk.subject.unknown or strange):
            return _not_there(desk, kind)
        if not handler(desk.subject, desk.lines):
            return _not_there(desk, kind)
        return replace(answered(desk.question, kind, desk.lines), retrieved=tuple(desk.subject.hits[:RETRIEVED]))

    return answer


def _with_views(kind: Kind, handler: Callable[[Subject, Retrieval, Lines], bool]) -> Callable[[Desk], Answer | None]:
    """An answer from what is found for the request; a question where there is nothing to set out."""

    def answer(desk: Desk) -> Answer | None:
        if kind != "opinion" and desk.subject.unknown:
            return None
        if not handler(desk.subject, desk.found, desk.lines):
            return None
        return replace(answered(desk.question, kind, desk.lines), retrieved=tuple(desk.found.hits[:RETRIEVED]))

    return answer


def _list(desk: Desk) -> Answer | None:
    """All of a kind that is known; of any other, all sentences that are likely to name some."""
    return _about("list", telling.everything)(desk) or _with_views("list", views.all_that_answer)(desk)


def _positions(desk: Desk) -> Answer | None:
    """What speaks for and against something where that is asked; else who says what, what is disputed first."""

    def sides(subject: Subject, found: Retrieval, lines: Lines) -> bool:
        return views.for_and_against(subject, desk.search, lines) or views.positions(subject, found, lines)

    return _with_views("positions", sides)(desk)


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
    "list": _list,
    "says": _with_views("says", views.says),
    "positions": _positions,
    "opinion": _with_views("opinion", views.opinion),
}
