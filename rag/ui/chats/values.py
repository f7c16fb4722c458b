"""What the page knows of where a turn is kept. Knows no database and no HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.chats import Thumb
from rag.domain import Article


@dataclass(frozen=True, slots=True)
class Keep:
    """Where a turn is kept, "" when it is not; what its reader thought of it; what is to be said about keeping."""

    chat: str
    number: int
    thumb: Thumb | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a list of chats says on top. ``undo``: the chat that a click has back. ``bad``: it went wrong."""

    words: str
    undo: str = ""
    bad: bool = False


def as_it_was(articles: Sequence[Article], lookup: Callable[[str], Article | None]) -> Callable[[str], Article | None]:
    """Finds articles among those that were kept with an answer, else in the library."""
    kept = {article.id: article for article in articles}
    return lambda id: kept.get(id) or lookup(id)
