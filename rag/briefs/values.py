"""What a brief is made of: events, people, things. Frozen values; knows no rule that finds them.

``Brief`` is what is kept of one article, as spans. What is told of one article or of many is made of it: ``Event``,
``Person``, ``Thing``, with sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.domain import Sentence, Span, Statement

Sentences = Mapping[str, Sequence[Sentence]]
"""Article id -> its body sentences in order, without headings, credits and bylines."""

Key = tuple[int, int, int]
"""Year, month and day; 0 for what is not told."""

Introduction = Literal["role", "name", "part", "said"]
"""How well a sentence introduces somebody: with the role, by the whole name, by a part of it, by what they say."""


@dataclass(frozen=True, slots=True)
class Dated:
    """The span of a sentence that says when something happened; see ``Event``."""

    span: Span
    when: str
    key: Key | None


@dataclass(frozen=True, slots=True)
class Named:
    """A country, organisation or place in one article: one ``key`` for all spellings, ``name`` the commonest here."""

    key: str
    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may name an organisation, and how much in this article speaks for it: too little to tell here."""

    name: str
    signs: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Appearance:
    """Somebody in one article.

    ``named`` is False for a speaker whom it only describes; ``is_somebody`` tells a person from an institution then.
    ``said``: places of what they say in
    ``Article.statements``. ``introduced`` is the sentence that introduces them, ``how`` how well; None where none does.
    """

    name: str
    role: str | None
    count: int
    named: bool = True
    is_somebody: bool = True
    said: tuple[int, ...] = ()
    introduced: Span | None = None
    how: Introduction = "said"


@dataclass(frozen=True, slots=True)
class Brief:
    """What is kept of an article, as exact spans of its sentences, so that nothing is worked out when it is asked for.

    ``summary``: up to nine sentences in order of worth, of which ``usual`` tell it. ``gist``: the one that says best
    what it is about. ``candidates`` are told of only where other articles speak for them too.
    """

    summary: tuple[Span, ...] = ()
    usual: int = 0
    gist: Span | None = None
    events: tuple[Dated, ...] = ()
    figures: tuple[Span, ...] = ()
    countries: tuple[Named, ...] = ()
    organisations: tuple[Named, ...] = ()
    places: tuple[Named, ...] = ()
    people: tuple[Appearance, ...] = ()
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A sentence that says when something happened.

    ``when``: the words for it, verbatim from the sentence. ``key``: year, month and day, 0 for what is not told, as
    far as the words and (for a day and month without a year) the article's own date tell; None for weekdays and
    vague words.
    """

    sentence: Sentence
    when: str
    key: Key | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom articles name, or a speaker whom they only describe.

    ``name``: the fullest spelling, or the description. ``introduced``: the sentence with name and role, else the first
    that names them. ``statements``: what they say, surest first.
    """

    name: str
    role: str | None
    introduced: Sentence
    statements: tuple[Statement, ...]
    articles: tuple[str, ...]

    @property
    def label(self) -> str:
        """Name and role."""
        return f"{self.name}, {self.role}" if self.role else self.name


@dataclass(frozen=True, slots=True)
class Thing:
    """A country, organisation or place with the sentences that mention it, in order."""

    name: str
    sentences: tuple[Sentence, ...]
