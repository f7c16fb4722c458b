"""What a brief is made of: events, people, things. Frozen values; knows no rule that finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.domain import Sentence, Statement

Sentences = Mapping[str, Sequence[Sentence]]
"""Article id -> its body sentences in order, without headings, credits and bylines."""


@dataclass(frozen=True, slots=True)
class Event:
    """A sentence that says when something happened.

    ``when``: the words for it, verbatim from the sentence. ``key``: year, month and day, 0 for what is not told, as
    far as the words and (for a day and month without a year) the article's own date tell; None for weekdays and
    vague words.
    """

    sentence: Sentence
    when: str
    key: tuple[int, int, int] | None


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
