"""Questions that are tried before they are offered: examples and what leads on, while nobody asks anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rag.domain import EVERYTHING, Answer, Within
from rag.examples import examples
from rag.followups import followups
from rag.opened import Opened
from rag.responding import Responder, complete
from rag.teller import Teller

PAUSE_S = 0.02
"""Between two questions that are tried, so that whoever asks comes first."""


class Trying:
    """Knows whether somebody waits for an answer, and tries questions while nobody does."""

    def __init__(self, responder: Responder, teller: Teller, closed: threading.Event) -> None:
        """Try by ``responder``, until ``closed``."""
        self._responder, self._teller, self._closed = responder, teller, closed
        self._finding = threading.Lock()
        self._idle = threading.Condition()
        self._asked = 0
        self._newest: object = None

    @contextmanager
    def being_asked(self) -> Iterator[None]:
        """While somebody waits for an answer, no example is tried."""
        with self._idle:
            self._asked += 1
        try:
            yield
        finally:
            with self._idle:
                self._asked -= 1
                self._idle.notify_all()

    def wait_until_idle(self, seconds: float | None = None) -> None:
        """Wait until nobody waits for an answer, or all is over."""
        with self._idle:
            self._idle.wait_for(lambda: not self._asked or self._closed.is_set(), seconds)

    def close(self) -> None:
        """Wake whoever waits, after ``closed`` has been set."""
        with self._idle:
            self._idle.notify_all()

    def begin(self, opened: Opened) -> None:
        """Find examples for a library as it is now, in the background; what is still being tried is given up."""
        mine = object()
        with self._idle:
            self._newest, opened.examples = mine, None
        threading.Thread(target=self._find, args=(opened, mine), name="examples", daemon=True).start()

    def followups(self, opened: Opened, answer: Answer, asked: Sequence[str], within: Within) -> list[str]:
        """Questions that lead on from an answer, each tried; given up as soon as somebody asks.

        Raises:
            FootnoteError: the library cannot be used, or not yet.
        """
        index = opened.ready().index()
        return followups(
            answer,
            asked,
            index,
            lambda question: self._tried(opened, question, within),
            lambda: not (self._asked or self._closed.is_set()),
        )

    def _find(self, opened: Opened, mine: object) -> None:
        """Try questions and keep what is answered well, one after another, while nobody asks."""

        def over() -> bool:
            return self._closed.is_set() or opened.left.is_set() or mine is not self._newest

        try:
            with self._finding:
                if not over() and opened.articles():
                    index = opened.ready().index()
                    found = examples(index, lambda text: self._tried(opened, text), lambda: self._may_go_on(over))
                    with self._idle:
                        opened.examples = None if over() else found
        except Exception:
            if not over():  # what is closed in the middle of a question complains of it
                raise
        finally:
            if mine is self._newest and not opened.left.is_set():
                self._teller.say(choosing=False)

    def _tried(self, opened: Opened, question: str, within: Within = EVERYTHING) -> Answer:
        return complete(self._responder.answers(opened, question, (), None, time.perf_counter(), within))

    def _may_go_on(self, over: Callable[[], bool]) -> bool:
        time.sleep(PAUSE_S)
        self.wait_until_idle()
        return not over()
