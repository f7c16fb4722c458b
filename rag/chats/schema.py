"""The tables of the chats' database: made, recognised, searched. Knows no chat.

One file, journal deleted after each write, synced to the disk before a write counts: a killed process leaves what was
there, and nothing beside the file that would be needed to read it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

SCHEMA = 1
BUSY_SECONDS = 3.0
"""How long a write waits for another process, such as an export on the terminal."""

_TABLES = """
CREATE TABLE IF NOT EXISTS chats (
    id TEXT PRIMARY KEY, library TEXT NOT NULL, title TEXT NOT NULL, begun REAL NOT NULL, changed REAL NOT NULL,
    deleted REAL
);
CREATE INDEX IF NOT EXISTS chats_by_library ON chats (library, changed);
CREATE TABLE IF NOT EXISTS turns (
    chat TEXT NOT NULL, number INTEGER NOT NULL, asked REAL NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL,
    answer TEXT, articles TEXT, done INTEGER NOT NULL, seal TEXT NOT NULL, PRIMARY KEY (chat, number)
);
CREATE TABLE IF NOT EXISTS thumbs (
    chat TEXT NOT NULL, number INTEGER NOT NULL, library TEXT NOT NULL, at REAL NOT NULL, up INTEGER NOT NULL,
    reason TEXT NOT NULL, words TEXT NOT NULL, answer TEXT NOT NULL, articles TEXT NOT NULL, history TEXT NOT NULL,
    seal TEXT NOT NULL, PRIMARY KEY (chat, number)
);
"""
_INDEX = "CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5 (chat UNINDEXED, number UNINDEXED, question, text)"


class Newer(Exception):
    """The file was made by a later Footnote."""


class Damaged(sqlite3.DatabaseError):
    """SQLite's own check finds the file damaged."""


def connect(file: Path | None) -> sqlite3.Connection:
    """The database in ``file``, made if need be, for its owner alone; in memory when there is no file.

    Raises:
        sqlite3.Error, OSError: it cannot be opened or made, or is damaged.
        Newer: it is not ours to touch.
    """
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    db = sqlite3.connect(file or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    for setting in ("synchronous = FULL", "secure_delete = ON", "trusted_schema = OFF", "temp_store = MEMORY"):
        db.execute(f"PRAGMA {setting}")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise Newer
    if version == 0:
        db.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT")
        with suppress(sqlite3.OperationalError):  # A SQLite without FTS5: then texts are looked through.
            db.execute(_INDEX)
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise Damaged("damaged")


def has_index(db: sqlite3.Connection) -> bool:
    """Whether words are indexed."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'found'").fetchone() is not None


def matching(query: str) -> str:
    """What was typed into a search field as a query of FTS5: every word, the beginning of a word is enough."""
    return " ".join('"{}"*'.format(word.replace('"', '""')) for word in query.split())


def like(query: str) -> str:
    """Likewise as a pattern of LIKE, with ``!`` before what is meant literally."""
    plain = query.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{plain}%"
