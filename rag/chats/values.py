"""The nouns of what is kept: chats, turns, thumbs. Frozen; knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.domain import Answer, Article

REASONS: Mapping[str, str] = {
    "wrong": "Wrong answer",
    "source": "Wrong source",
    "absent": "Not in the articles",
    "incomplete": "Incomplete",
    "other": "Something else",
}
"""Why an answer was found not good, by the word that is stored."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn is kept: its chat, and its number there, from 0."""

    chat: str
    number: int


@dataclass(frozen=True, slots=True)
class Thumb:
    """What a reader thinks of an answer. ``reason``: a key of REASONS where it is not good, else ""."""

    up: bool
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question with its answer, and the articles it cites as they were: all but their text."""

    number: int
    asked: float
    answer: Answer
    articles: tuple[Article, ...] = ()

    def article(self, id: str) -> Article | None:
        """The article of this id as it was when the turn was answered."""
        return next((article for article in self.articles if article.id == id), None)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat with its turns in order. Times are seconds since 1970."""

    id: str
    title: str
    begun: float
    turns: tuple[KeptTurn, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A chat in a list."""

    id: str
    title: str
    changed: float
    turns: int
