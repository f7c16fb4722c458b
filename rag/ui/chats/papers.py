"""Kept turns and briefs as documents for export and for reading. Knows no format and no route."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from rag.chats import Chat, KeptTurn
from rag.domain import Answer, Article
from rag.export import Document, Entry
from rag.ui.chats.values import as_it_was
from rag.ui.sources import Lookup
from rag.ui.turns import entry_of
from rag.ui.words import count, cut, date_in_words

WithChanges = Callable[[Answer, tuple[Article, ...]], Answer]
_TITLE = 200
"""Characters of a question that is a document's title."""


def day_of(seconds: float) -> str:
    """``2022-03-14``, where we are."""
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def clock_of(seconds: float) -> str:
    """ "14:05", where we are."""
    return time.strftime("%H:%M", time.localtime(seconds))


def moment(seconds: float) -> str:
    """ "14 March 2022, 14:05"."""
    return f"{date_in_words(day_of(seconds))}, {clock_of(seconds)}"


def chat_document(chat: Chat, with_changes: WithChanges, lookup: Lookup) -> Document:
    """A whole chat."""
    about = f"A chat in Footnote, begun {moment(chat.begun)} · {count(len(chat.turns), 'question')}"
    return Document(chat.title, about, tuple(_entry(turn, with_changes, lookup) for turn in chat.turns))


def answer_document(turn: KeptTurn, with_changes: WithChanges, lookup: Lookup) -> Document:
    """One answer; the question is the title."""
    entry = _entry(turn, with_changes, lookup)
    title, about = cut(entry.question, _TITLE), f"Asked in Footnote, {moment(turn.asked)}"
    return Document(title, about, (replace(entry, question="" if title == entry.question else entry.question),))


def brief_document(answer: Answer, title: str, now: float, lookup: Lookup) -> Document:
    """What the articles tell in one form."""
    entry = replace(entry_of(answer, lookup), question="")
    return Document(title, f"From the articles in Footnote, {moment(now)}", (entry,))


def _entry(turn: KeptTurn, with_changes: WithChanges, lookup: Lookup) -> Entry:
    known = as_it_was(turn.articles, lookup)
    entry = entry_of(with_changes(turn.answer, turn.articles), known, turn.number)
    return replace(entry, facts=(f"Asked {moment(turn.asked)}", *entry.facts))
