"""Turns as rows of the chats' database and back, sealed; titles; what finds words. Knows no transaction."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import replace
from typing import Any

from rag.chats import schema
from rag.chats.forms import UnknownForm, packed, unpacked
from rag.chats.values import KeptTurn, Place
from rag.domain import Answer, Article

MOST_TITLE = 80
"""Characters of a chat's title."""
DAMAGED_TURN = "What was kept of this turn is damaged and is not shown; ask the question again."
OTHER_FORM = "This turn was kept by another version of Footnote; its words are shown, its sources are not."

OURS = "id = ? AND library = ? AND deleted IS NULL"
TURNS = "SELECT number, asked, question, text, answer, articles, done, seal FROM turns WHERE chat = ? ORDER BY number"
THUMBS = "SELECT number, up, reason, words FROM thumbs WHERE chat = ?"


def new_id() -> str:
    """128 random bits: whoever does not know an id cannot guess one."""
    return secrets.token_urlsafe(16)


def named_by(question: str) -> str:
    """A question as the title of a chat: shortened at a word."""
    return shortened(" ".join(question.split())) or "A chat"


def shortened(text: str) -> str:
    """As much of a title as a list shows, cut at a word."""
    text = writable(text)
    if len(text) <= MOST_TITLE:
        return text
    head = text[: MOST_TITLE - 1]
    return f"{head.rsplit(' ', 1)[0] if ' ' in head[MOST_TITLE // 2 :] else head}…"


def writable(text: str) -> str:
    """``text`` without halves of characters, which no column takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def at(place: Place) -> tuple[str, int]:
    """A place as a row's key."""
    return place.chat, place.number


def seal(*texts: str) -> str:
    """What tells that these texts are those that were written."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:32]


def put(db: sqlite3.Connection, place: Place, answer: Answer, articles: tuple[Article, ...], asked: float) -> None:
    """Write a turn, in the place of what is there."""
    question, text = writable(answer.question), writable(answer.text)
    kept = (packed(answer), packed(articles))
    row = (*at(place), asked, question, text, *kept, int(answer.done), seal(question, text, *kept))
    db.execute(f"INSERT OR REPLACE INTO turns VALUES ({', '.join('?' * 9)})", row)
    if schema.has_index(db) and (answer.done or not answer.text):
        db.execute("DELETE FROM found WHERE chat = ? AND number = ?", at(place))
        db.execute("INSERT INTO found VALUES (?, ?, ?, ?)", (*at(place), question, text))


def turn_of(row: tuple[Any, ...]) -> KeptTurn:
    """A row as a turn. What was being written when the process ended is marked as cut off."""
    number, asked, question, text, answer, articles, done, sealed = row
    if sealed != seal(question, text, answer or "", articles or ""):
        return KeptTurn(number, asked, Answer(question, error=DAMAGED_TURN, done=True))
    try:
        made = unpacked(answer, Answer)
        shown = unpacked(articles, tuple[Article, ...])
    except UnknownForm:
        made, shown = Answer(question, text=text, error=OTHER_FORM, done=bool(done)), ()
    return KeptTurn(number, asked, made if made.done else as_cut_off(made), shown)


def as_cut_off(answer: Answer) -> Answer:
    """An answer that will not go on."""
    return replace(answer, status=None, stopped=True, done=True)


def searching(db: sqlite3.Connection, query: str) -> tuple[str, tuple[str, ...]]:
    """The condition that a chat holds what was typed, and its values."""
    query = writable(query.replace("\0", " ")).strip()
    if not query:
        return "", ()
    pattern = schema.like(query)
    turns = "SELECT chat FROM turns WHERE question LIKE ? ESCAPE '!' OR text LIKE ? ESCAPE '!'"
    plain = f"title LIKE ? ESCAPE '!' OR id IN ({turns})"
    if schema.has_index(db):
        found = "id IN (SELECT chat FROM found WHERE found MATCH ?)"
        return f"AND ({found} OR {plain})", (schema.matching(query), *[pattern] * 3)
    return f"AND ({plain})", (pattern,) * 3
