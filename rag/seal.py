"""A seal over the files of a stored library: their checksums, written when all is at rest, compared before opening.

A database notices some damage by itself; a flipped byte inside a text, a vector or a link between vectors it does not.
The seal is broken before the first write and made again after the last one, so a killed process leaves none, and a
library without one is looked through by slower means. Knows no database.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from rag.unwritten import clear_unwritten

SEAL = "seal.json"
DATABASE = "chroma.sqlite3"
_INDEX_NOTE = "index_metadata.pickle"
"""Stands in the folder of an index of vectors once that has been written; without it, the other files are not read."""


def make(folder: Path) -> None:
    """Seal what ``folder`` holds now. Without room for the seal there is none, which costs the next start a moment."""
    draft = folder / f"{SEAL}.part"
    clear_unwritten(folder)
    with suppress(OSError):
        try:
            sums = {file.relative_to(folder).as_posix(): _checksum(file) for file in _files(folder)}
            draft.write_text(json.dumps(sums, indent=0), encoding="utf-8")
            os.replace(draft, folder / SEAL)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def remove(folder: Path) -> None:
    """Break the seal: something is about to be written."""
    (folder / SEAL).unlink(missing_ok=True)


def damage(folder: Path) -> str | None:
    """What is not as it was written, in words; None when all is well, or nothing is stored yet."""
    database = folder / DATABASE
    try:
        sums = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        return next((f"{name} is {state}" for name, sum in sums.items() if (state := _state(folder / name, sum))), None)
    except FileNotFoundError:
        pass
    except (ValueError, AttributeError):  # The seal itself: half of a flipped bit says that the others may be too.
        return f"{SEAL} is not as it was written"
    if not database.is_file():
        return f"{DATABASE} is gone" if any(folder.glob(f"*/{_INDEX_NOTE}")) else None
    return _check(database)


def _state(file: Path, wanted: str) -> str | None:
    try:
        return None if _checksum(file) == wanted else "not as it was written"
    except FileNotFoundError:
        return "gone"


def _check(database: Path) -> str | None:
    """SQLite's own check. It also finishes what a killed process had begun to write, as any opening does."""
    try:
        with closing(sqlite3.connect(database, timeout=0.1)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:  # Cannot be opened or written now: whoever opens it next says so.
        return None
    except sqlite3.DatabaseError as error:
        found = str(error)
    first = str(found).splitlines()[0]
    return None if first == "ok" else f"{DATABASE}: {first}"


def _files(folder: Path) -> Iterator[Path]:
    yield folder / DATABASE
    for note in sorted(folder.glob(f"*/{_INDEX_NOTE}")):
        yield from sorted(file for file in note.parent.iterdir() if file.is_file())


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
