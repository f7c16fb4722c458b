"""How far each file is while the folder is read, for whoever waits for it. Values and a board; knows no reader."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

FileStage = Literal["waiting", "reading", "read", "refused", "gone"]


@dataclass(frozen=True, slots=True)
class FileState:
    """How far one file is: ``passages`` it was read into, 0 if that is not known, or why it cannot be read."""

    article: str
    stage: FileStage
    passages: int = 0
    reason: str = ""


class ReadingBoard:
    """The newest state of each file that was read. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, FileState] = {}

    def note(self, state: FileState) -> None:
        """Write down a newer state."""
        with self._lock:
            self._states[state.article] = state

    def keep(self, ids: Collection[str]) -> None:
        """Forget files that are none of these, those of the folder."""
        with self._lock:
            self._states = {id: state for id, state in self._states.items() if id in ids}

    def state(self, article: str) -> FileState | None:
        """The newest state of a file, None when none was written down."""
        with self._lock:
            return self._states.get(article)
