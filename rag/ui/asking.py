"""One question on its way: a thread of its own owns the assistant's iterator, the page takes the newest answer from it.

That makes stopping prompt even while the model is between two words, and a slow page never holds up the model:
answers that nobody had time to look at are skipped. Knows no Gradio.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.domain import Answer, Turn
from rag.errors import FootnoteError
from rag.ui.contract import AssistantLike

PACE = 0.08
"""Seconds between two values for the page: twelve a second read as steady writing and cost little."""

BROKEN = "Something went wrong while answering. The terminal shows what; asking again may help."
"""What the reader is told of an error that nobody foresaw; its text may hold what is not the reader's business."""

_log = logging.getLogger(__name__)


class Asking:
    """A question that is being answered. Iterate it once; ``stop`` may be called from any thread at any time."""

    def __init__(self, assistant: AssistantLike, question: str, history: Sequence[Turn] = ()) -> None:
        self._assistant = assistant
        self._question = question
        self._history = tuple(history)
        self._latest = Answer(question)
        self._news = threading.Condition()
        self._fresh = True
        self._ended = False
        self._stop = threading.Event()
        self._dropped = False

    @property
    def dropped(self) -> bool:
        """Whether nobody waits for this answer any more."""
        return self._dropped

    def drop(self) -> None:
        """Stop, and hand out nothing more."""
        self._dropped = True
        self.stop()

    def stop(self) -> None:
        """Cut the answer off. What is there stays, marked as stopped; the model is freed at its next sign of life."""
        self._stop.set()
        with self._news:
            self._news.notify_all()

    def __iter__(self) -> Iterator[Answer]:
        """The newest answer whenever there is a newer one, the last ``done`` unless dropped. Never raises."""
        threading.Thread(target=self._work, name="footnote-ask", daemon=True).start()
        try:
            while True:
                latest, ended = self._next()
                if ended or self._stop.is_set():
                    break
                yield latest
                time.sleep(PACE)
            if not self._dropped:
                yield latest if latest.done else replace(latest, status=None, stopped=True, done=True)
        finally:
            self._stop.set()

    def _next(self) -> tuple[Answer, bool]:
        with self._news:
            self._news.wait_for(lambda: self._fresh or self._ended or self._stop.is_set())
            self._fresh = False
            return self._latest, self._ended

    def _work(self) -> None:
        try:
            answers = self._assistant.ask(self._question, self._history)
            try:
                self._take(answers)
            finally:
                close = getattr(answers, "close", None)
                if close:
                    close()
        except FootnoteError as error:
            self._fail(str(error))
        except Exception:
            _log.exception("Answering %r failed.", self._question)
            self._fail(BROKEN)
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _take(self, answers: Iterator[Answer]) -> None:
        for answer in answers:
            if self._stop.is_set():
                return
            with self._news:
                if answer != self._latest:
                    self._latest, self._fresh = answer, True
                    self._news.notify_all()

    def _fail(self, message: str) -> None:
        with self._news:
            self._latest = replace(self._latest, error=message, status=None, done=True)
            self._fresh = True
