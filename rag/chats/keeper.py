"""Keeps chats in a database: begins, writes, lists, searches, renames, deletes. Knows no page.

One connection under one lock. What the disk or the file refuses is raised as ``ChatsError``, with a sentence for the
reader; the next call tries again. A damaged file is set aside and a new one begun.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from rag.chats import schema
from rag.chats.forms import packed
from rag.chats.rows import OURS, THUMBS, TURNS, at, named_by, new_id, put, seal, searching, shortened, turn_of, writable
from rag.chats.values import Chat, Listed, Place, Thumb
from rag.domain import Answer, Article
from rag.errors import FootnoteError
from rag.place import collection_prefix

CHATS_FILE = "chats.sqlite3"
KEPT_DAYS = 30
"""For which a deleted chat can be had back."""
MOST_LISTED = 500
"""Chats in a list; older ones are found by searching."""
WORDS = 2000
"""Characters of what a reader writes about an answer."""

_UNKEPT = "This chat is not being kept: {}; answers go on."
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_DAY = 86400.0

R = TypeVar("R")


class ChatsError(FootnoteError):
    """Chats cannot be kept or read just now."""


class Chats:
    """All chats of one data folder; those of one library are shown. Every method may be called from any thread."""

    def __init__(
        self, file: Path | None, library: str | Callable[[], str], clock: Callable[[], float] = time.time
    ) -> None:
        """``file``: the database; None: in memory, until the process ends. ``library``: whose chats they are now."""
        self._library = library
        self._file = file
        self._clock = clock
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self.news = ""
        """What befell the file, for the reader; "" when nothing did."""

    @property
    def library(self) -> str:
        """Whose chats are shown and begun."""
        return self._library if isinstance(self._library, str) else self._library()

    def close(self) -> None:
        """Let the file go. Safe to call twice; whatever is asked later opens it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    # Writing.

    def begin(self, chat: str, question: str, number: int, *, over: bool = False) -> Place:
        """A place for a question that is asked now; a chat of its own where ``chat`` is "".

        Args:
            number: the place that it has on its page, which it gets unless another tab has taken it.
            over: put it in the place of the turn that is there.
        """

        def write(db: sqlite3.Connection) -> Place:
            now, id = self._clock(), chat or new_id()
            row = db.execute("SELECT library FROM chats WHERE id = ?", (id,)).fetchone()
            if row and row[0] != self.library:  # Another one has been opened since: this is no chat of its.
                row, id = None, new_id()
            if row is None:
                title = named_by(question)
                db.execute("INSERT INTO chats VALUES (?, ?, ?, ?, ?, NULL)", (id, self.library, title, now, now))
            else:
                db.execute("UPDATE chats SET changed = ?, deleted = NULL WHERE id = ?", (now, id))
            last = db.execute("SELECT MAX(number) FROM turns WHERE chat = ?", (id,)).fetchone()[0]
            place = number if over or last is None else max(number, last + 1)
            put(db, Place(id, place), Answer(question), (), asked=now)
            return Place(id, place)

        return self._do(write)

    def write(self, place: Place, answer: Answer, articles: Sequence[Article] = ()) -> None:
        """The answer as far as it has come. ``articles``: those that it shows, without their texts."""

        def write(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT asked FROM turns WHERE chat = ? AND number = ?", at(place)).fetchone()
            if row is not None:  # else the chat was deleted for good meanwhile
                put(db, place, answer, tuple(articles), asked=row[0])
                db.execute("UPDATE chats SET changed = ? WHERE id = ?", (self._clock(), place.chat))

        self._do(write)

    def rename(self, chat: str, title: str) -> bool:
        """Give a chat another title; False where there is no such chat, or no title."""
        title = shortened(" ".join(title.split()))
        return bool(title) and self._change(f"UPDATE chats SET title = ? WHERE {OURS}", title, chat)

    def delete(self, chat: str) -> bool:
        """Take a chat out of sight; for KEPT_DAYS it can be had back."""
        return self._change(f"UPDATE chats SET deleted = ? WHERE {OURS}", self._clock(), chat)

    def restore(self, chat: str) -> bool:
        """Have a deleted chat back."""
        return self._change("UPDATE chats SET deleted = NULL WHERE id = ? AND library = ?", chat)

    def thumb(self, place: Place, thumb: Thumb) -> bool:
        """Keep what a reader thinks of an answer, with the answer; False where there is no such turn."""
        found = self.chat(place.chat)
        turn = next((one for one in found.turns if one.number == place.number), None) if found else None
        if found is None or turn is None or not turn.answer.done:
            return False
        before = [one.answer for one in found.turns if one.number < place.number]
        history = packed(tuple((one.question, one.text) for one in before[-6:]))
        kept = (packed(turn.answer), packed(turn.articles), history)
        said = (thumb.reason, writable(thumb.words[:WORDS]))
        row = (*at(place), self.library, self._clock(), int(thumb.up), *said, *kept, seal(*said, *kept))
        self._do(lambda db: db.execute(f"INSERT OR REPLACE INTO thumbs VALUES ({', '.join('?' * 11)})", row))
        return True

    # Reading.

    def listed(self, query: str = "") -> list[Listed]:
        """Chats, the last changed first; with ``query`` those that have its words in a question, answer or title."""

        def read(db: sqlite3.Connection) -> list[Listed]:
            where, values = searching(db, query)
            rows = db.execute(
                "SELECT id, title, changed, (SELECT COUNT(*) FROM turns WHERE chat = id) FROM chats "
                f"WHERE library = ? AND deleted IS NULL {where} ORDER BY changed DESC, id LIMIT ?",
                (self.library, *values, MOST_LISTED),
            )
            return [Listed(*row) for row in rows]

        return self._do(read)

    def latest(self) -> str:
        """The id of the chat that was changed last, "" when there is none."""
        return next((one.id for one in self.listed()), "")

    def chat(self, id: str) -> Chat | None:
        """A chat with all its turns; None where there is none, or it is deleted."""

        def read(db: sqlite3.Connection) -> Chat | None:
            row = db.execute(f"SELECT title, begun FROM chats WHERE {OURS}", (id, self.library)).fetchone()
            if row is None:
                return None
            return Chat(id, row[0], row[1], tuple(turn_of(kept) for kept in db.execute(TURNS, (id,))))

        return self._do(read)

    def thumbs(self, id: str) -> dict[int, Thumb]:
        """What a reader thought of the answers of a chat, by number."""
        rows = self._do(lambda db: db.execute(THUMBS, (id,)).fetchall())
        return {number: Thumb(bool(up), reason, words) for number, up, reason, words in rows}

    def feedback(self) -> Iterator[tuple[Place, Thumb, str, str, str]]:
        """Every thumb of the library: where, what, and answer, articles and history as they were packed."""
        query = "SELECT chat, number, up, reason, words, answer, articles, history, seal FROM thumbs WHERE library = ?"
        rows = self._do(lambda db: db.execute(f"{query} ORDER BY at", (self.library,)).fetchall())
        for chat, number, up, reason, words, *kept, sealed in rows:
            if sealed == seal(reason, words, *kept):
                answer, articles, history = kept
                yield Place(chat, number), Thumb(bool(up), reason, words), answer, articles, history

    # The file.

    def _change(self, statement: str, *values: object) -> bool:
        return self._do(lambda db: db.execute(statement, (*values, self.library)).rowcount > 0)

    def _do(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """Run ``work`` in one transaction.

        Raises:
            ChatsError: it could not be done, and nothing of it was.
        """
        with self._lock:
            try:
                db = self._opened()
                db.execute("BEGIN")
                try:
                    done = work(db)
                    db.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        db.execute("ROLLBACK")
                    raise
            except (sqlite3.Error, OSError) as error:
                raise self._failed(error) from error
            return done

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = self._connected()
            with suppress(sqlite3.Error):  # On a disk that cannot be written, they stay a little longer.
                self._purge(self._db)
        return self._db

    def _connected(self) -> sqlite3.Connection:
        try:
            return schema.connect(self._file)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            self._set_aside()
            return schema.connect(self._file)
        except schema.Newer:
            raise ChatsError(
                _UNKEPT.format(f"{self._file} was made by a newer Footnote: use that one, or move the file away")
            ) from None

    def _purge(self, db: sqlite3.Connection) -> None:
        """Forget for good what was deleted long ago."""
        old = "(SELECT id FROM chats WHERE deleted < ?)"
        tables = ["turns", "thumbs", *(["found"] if schema.has_index(db) else [])]
        before = (self._clock() - KEPT_DAYS * _DAY,)
        if db.execute("SELECT 1 FROM chats WHERE deleted < ?", before).fetchone():
            db.execute("BEGIN")
            for table in tables:
                db.execute(f"DELETE FROM {table} WHERE chat IN {old}", before)
            db.execute("DELETE FROM chats WHERE deleted < ?", before)
            if "found" in tables:  # An index keeps removed words until it is made anew.
                db.execute("INSERT INTO found (found) VALUES ('rebuild')")
            db.execute("COMMIT")

    def _set_aside(self) -> None:
        """Keep a damaged file under another name, and say so."""
        if self._file is None:
            return
        stamp = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(self._clock()))
        aside = self._file.with_name(f"chats-damaged-{stamp}-{secrets.token_hex(2)}.sqlite3")
        os.replace(self._file, aside)
        with suppress(OSError):
            os.replace(f"{self._file}-journal", f"{aside}-journal")
        self.news = f"The file of chats was damaged: it is kept as {aside.name} in {aside.parent}, and a new one begun."

    def _failed(self, error: sqlite3.Error | OSError) -> ChatsError:
        with suppress(sqlite3.Error):
            self.close()
        if isinstance(error, sqlite3.DatabaseError) and _is_damage(error):
            with suppress(OSError):
                self._set_aside()
                return ChatsError(self.news)
        return ChatsError(_UNKEPT.format(_why(error)))


def chats_of(data: Path, articles: Callable[[], Path]) -> Chats:
    """The chats in a data folder, of the library over the articles that are open at the time."""
    return Chats(data / CHATS_FILE, lambda: collection_prefix(articles()))


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return isinstance(error, schema.Damaged) or (code & 0xFF) in _BROKEN


def _why(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        return f"the disk refuses ({error.strerror or error})"
    words = str(error)
    known = {
        "database or disk is full": "the disk is full",
        "attempt to write a readonly database": "its file cannot be written",
        "unable to open database file": "its file cannot be opened or made",
        "database is locked": "another program is holding its file",
    }
    return known.get(words, f"the disk refuses ({words})")
