"""Progress on the terminal: one bar on stderr that follows the assistant's status. Knows no model and no page."""

from __future__ import annotations

import sys
import threading
from typing import Any, TextIO

from tqdm import tqdm

from rag.status import Status


class TerminalProgress:
    """Shows each phase with a bar where its share is known, as one line otherwise; silent once nothing is going on.

    An instance is a ``Watcher``: call it with every new status.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._bar: tqdm[Any] | None = None
        self._said = ""
        self._lock = threading.Lock()

    def __call__(self, status: Status) -> None:
        with self._lock:
            if status.problem and status.problem != self._said:
                self._end()
                self._said = status.problem
                print(status.problem, file=self._stream, flush=True)
            if status.progress is None:
                self._end()
                self._line(status.phase)
            else:
                self._advance(status.phase, status.progress)

    def close(self) -> None:
        """End the bar, if there is one."""
        with self._lock:
            self._end()

    def _line(self, phase: str) -> None:
        if phase and phase != self._said:
            self._said = phase
            print(phase, file=self._stream, flush=True)

    def _advance(self, phase: str, progress: float) -> None:
        bar = self._bar or tqdm(total=100, file=self._stream, bar_format="{desc} |{bar:24}| {percentage:3.0f} %")
        self._bar = bar
        bar.set_description_str(phase, refresh=False)
        bar.update(round(progress * 100) - bar.n)
        if progress >= 1:
            self._end()

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
