"""What was added together, so that its progress can be told: rows in memory under a token. Knows no page."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.reading import FileState
from rag.ui.words import count

MOST_BATCHES = 100

File = Callable[[str], FileState]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was added: its ``id`` once it is in the folder, or ``words`` on why it is not."""

    name: str
    id: str = ""
    already: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the page shows it now."""

    name: str
    stage: str
    words: str
    id: str = ""


class Batches:
    """The newest batches; an older one makes room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Row, ...]] = {}

    def put(self, rows: Sequence[Row], more_of: str = "") -> str:
        """Hold rows, with those of an earlier token when they belong together; the token that finds them again."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            rows = (*self._held.pop(more_of, ()), *rows)
            while len(self._held) >= MOST_BATCHES:
                del self._held[next(iter(self._held))]
            self._held[token] = tuple(rows)
        return token

    def get(self, token: str) -> tuple[Row, ...]:
        """The rows of a token, none where there are none any more."""
        with self._lock:
            return self._held.get(token, ())


def lines(rows: Sequence[Row], file: File) -> list[Line]:
    """The rows with how far each is."""
    return [_line(row, file) for row in rows]


def _line(row: Row, file: File) -> Line:
    if not row.id:
        return Line(row.name, "refused", row.words)
    state = file(row.id)
    words = {
        "waiting": "waiting",
        "reading": "is being read",
        "read": f"read, {count(state.passages, 'passage')}" if state.passages else "read",
        "refused": state.reason,
        "gone": "not in the folder any more",
    }[state.stage]
    if row.already and state.stage == "read":
        words = f"already there{f' as {row.id}' if row.id != row.name else ''}"
    return Line(row.name, state.stage, words, row.id)
