"""Says how things stand: one status that every room changes its part of, and what is wrong with each of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from rag.ingest import SyncProgress
from rag.models import Progress
from rag.status import Status

NEWS_S = 180.0
"""How long the page tells what has changed in the folder."""

Watcher = Callable[[Status], None]


class Teller:
    """The status, told to whoever watches at every change. May be used from any thread, whatever locks it holds."""

    def __init__(self, status: Status, problems: Mapping[str, str], watch: Watcher | None = None) -> None:
        """Begin with ``status`` and the problems that are known already, by the part that they are of."""
        self._changing = threading.Lock()
        self._problems = dict(problems)
        self._status = replace(status, problem=self._all_problems())
        self._watch = watch
        self._news_end = 0.0

    def status(self) -> Status:
        """Where things stand. News is left out when it is old."""
        if self._status.news and time.monotonic() > self._news_end:
            self.say(news="")
        return self._status

    def say(self, **changes: object) -> None:
        """Change fields of the status."""
        with self._changing:
            if changes.get("news"):
                self._news_end = time.monotonic() + NEWS_S
            self._status = replace(self._status, **changes)  # type: ignore[arg-type]  # every change names a field
            status = self._status
        if self._watch is not None:
            self._watch(status)

    def trouble(self, where: str, what: str | None, **changes: object) -> None:
        """Say what is wrong with one part, or that nothing is any more; what is wrong elsewhere stays said."""
        with self._changing:
            if what is None:
                self._problems.pop(where, None)
            else:
                self._problems[where] = what
            self._status = replace(self._status, problem=self._all_problems())
        self.say(**changes)

    def reading(self, progress: SyncProgress) -> None:
        """Say how much of the folder has been read."""
        share = progress.done / progress.total if progress.total else None
        self.say(phase=f"Reading the articles, {progress.done} of {progress.total}", progress=share)

    def reading_again(self, progress: SyncProgress) -> None:
        """Likewise, while answers are given: that files are looked at is not worth a word."""
        if progress.phase == "reading":
            self.reading(progress)

    def fetching(self, progress: Progress) -> None:
        """Say how much of a download is here."""
        share = progress.done / progress.total if progress.total else None
        self.say(phase=f"Fetching {progress.words}", progress=share)

    def _all_problems(self) -> str | None:
        return " ".join(self._problems.values()) or None
