"""The check-up and the making anew of the library, in the background: one at a time, for all tabs. Knows no HTML."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rag.doctor import Finding, Repair, examine, repair
from rag.errors import FootnoteError
from rag.status import Status
from rag.ui import words
from rag.ui.contract import AssistantLike, Watcher

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """How far it is. ``phase``: what is being done, "" when nothing is. ``notes``: what came of making anew."""

    phase: str = ""
    progress: float | None = None
    findings: tuple[Finding, ...] | None = None
    notes: tuple[str, ...] = ()
    failed: bool = False

    @property
    def busy(self) -> bool:
        return bool(self.phase)


class Checkup:
    """Looks and mends. ``state`` may be read at any time."""

    def __init__(self, assistant: AssistantLike) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self.state = State()

    def look(self) -> None:
        """Begin a check-up, unless something is being done."""
        self._begin(words.LOOKING, self._look)

    def anew(self) -> None:
        """Begin to make the library anew, unless something is being done."""
        self._begin(words.MAKING_ANEW, self._anew)

    def _begin(self, phase: str, work: Callable[[], State]) -> None:
        with self._lock:
            if self.state.busy:
                return
            self.state = replace(self.state, phase=phase, progress=None, notes=(), failed=False)
        threading.Thread(target=self._do, args=(work,), name="checkup", daemon=True).start()

    def _do(self, work: Callable[[], State]) -> None:
        try:
            self.state = work()
        except FootnoteError as error:
            self.state = replace(self.state, phase="", progress=None, notes=(str(error),), failed=True)
        except Exception:
            _log.exception("The check-up failed.")
            self.state = replace(self.state, phase="", progress=None, notes=(words.CHECKUP_BROKEN,), failed=True)

    def _look(self) -> State:
        config = self._assistant.config
        return State(findings=tuple(examine(config, ours=True, watch=self._say)), notes=self.state.notes)

    def _say(self, what: str, share: float) -> None:
        self.state = replace(self.state, phase=f"{words.LOOKING}: {what}", progress=share)

    def _anew(self) -> State:
        config = self._assistant.config

        def make(tell: Watcher) -> Repair:
            def watch(status: Status) -> None:
                self.state = replace(self.state, phase=status.phase or words.MAKING_ANEW, progress=status.progress)
                tell(status)

            return repair(config, watch)

        done = self._assistant.anew(make)
        aside = words.SET_ASIDE.format(place=done.aside) if done.aside else ""
        self.state = replace(self.state, notes=tuple(filter(None, (words.made_anew(len(done.report.added)), aside))))
        return self._look()


def as_text(findings: tuple[Finding, ...]) -> str:
    """The findings as lines to hand on, without the name of the home folder."""
    home = str(Path.home())
    lines = [f"{grade(finding)}: {finding.what}: {finding.seen}" for finding in findings]
    text = "\n".join(lines)
    return text.replace(home, "~") if len(home) > 1 else text


def grade(finding: Finding) -> str:
    """ "ok", "see to" or "broken"."""
    return "ok" if finding.ok else "broken" if finding.broken else "see to"
