"""How long each language model has taken on this machine: the latest answers' times, kept beside the library.

Knows no model and no page. What cannot be read or written is forgotten: no answer fails for it.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rag.domain import Answer
from rag.kept import write_whole

FILE = "pace.json"
_LATEST = 20
"""Answers that count, of each model."""
_MODELS = 20
_NAME_CHARACTERS = 200
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Pace:
    """Medians in seconds over ``answers`` questions: to the first word, and to the end."""

    first_s: float
    whole_s: float
    answers: int


class Paces:
    """Notes times and tells them. May be called from any thread."""

    def __init__(self, data: Path) -> None:
        self._file = data / FILE
        self._lock = threading.Lock()
        self._times: dict[str, list[tuple[float, float]]] | None = None

    def note(self, answer: Answer) -> None:
        """Remember how long ``answer`` took, if it is a whole one to a question."""
        first, whole = answer.timings.first_token_ms, answer.timings.total_ms
        if answer.kind != "question" or answer.refused or answer.error or answer.stopped or not (first and whole):
            return
        with self._lock:
            times = self._loaded()
            name = answer.model[:_NAME_CHARACTERS]
            latest = [*times.pop(name, []), (first, whole)][-_LATEST:]
            times[name] = latest
            self._times = dict(list(times.items())[-_MODELS:])
            self._save()

    def of(self, model: str) -> Pace | None:
        """What was noted of the model that answers call ``model``, None when nothing was."""
        with self._lock:
            times = self._loaded().get(model)
        if not times:
            return None
        first, whole = (median(each) / 1000 for each in zip(*times, strict=True))
        return Pace(first, whole, len(times))

    def _loaded(self) -> dict[str, list[tuple[float, float]]]:
        if self._times is None:
            self._times = {}
            with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
                with self._file.open("rb") as stream:
                    kept = json.loads(stream.read(_MOST_BYTES))
                self._times = {str(name): [(float(a), float(b)) for a, b in rows] for name, rows in kept.items()}
        return self._times

    def _save(self) -> None:
        with suppress(OSError):
            write_whole(self._file, json.dumps(self._times).encode())
