"""One question on its way: a thread of its own owns the assistant's iterator, the page takes the newest answer from it.

That makes stopping prompt even while the model is between two words, and a slow page never holds up the model:
answers that nobody had time to look at are skipped. A thread is only begun when the question has a place, and whoever
waits for a place or for news does so on the event loop, so that questions never use up the threads that article pages
are served with. Knows no Gradio.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace

from rag.domain import EVERYTHING, Answer, Turn, Within
from rag.errors import FootnoteError
from rag.ui.contract import AssistantLike
from rag.ui.places import Place, Places
from rag.ui.words import count

PACE = 0.08
"""Seconds between two values for the page: twelve a second read as steady writing and cost little."""

BROKEN = "Something went wrong while answering. The terminal shows what; asking again may help."
"""What the reader is told of an error that nobody foresaw; its text may hold what is not the reader's business."""

_log = logging.getLogger(__name__)


class Asking:
    """A question that is being answered. Iterate it once; ``stop`` may be called from any thread at any time."""

    def __init__(
        self,
        assistant: AssistantLike,
        question: str,
        history: Sequence[Turn] = (),
        places: Places | None = None,
        client: str = "",
        within: Within = EVERYTHING,
    ) -> None:
        """``places``: where ``client`` gets its place for this question; None: there is one for everybody.

        ``within``: the articles that it is kept to.
        """
        self._assistant = assistant
        self._question = question
        self._history = tuple(history)
        self._places = places or Places()
        self._client = client
        self._within = within
        self._latest = Answer(question)
        self._lock = threading.Lock()
        self._fresh = True
        self._ended = False
        self._stop = threading.Event()
        self._begun = False
        self._dropped = False
        self._wake: Callable[[], None] = _nobody
        self.failure: str | None = None
        """Why there is no answer, where the question ended in an error."""
        self.cause: FootnoteError | None = None
        """That error; None where nobody foresaw it."""

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
        self._wake()

    async def __aiter__(self) -> AsyncIterator[Answer]:
        """The newest answer whenever there is a newer one, the last ``done`` unless dropped. Never raises."""
        news = self._listen()
        place = None
        try:
            place = self._places.enter(self._client)
            async for latest in self._waiting(place):
                yield latest
            if not self._stop.is_set():
                self._begin(place)
                async for latest in self._growing(news):
                    yield latest
        except FootnoteError as error:
            self._fail(str(error), error)
        finally:
            self._stop.set()
            self._wake = _nobody
            if place is not None and not self._begun:
                place.leave()
        if not self._dropped:
            latest = self._latest
            yield latest if latest.done else replace(latest, status=None, stopped=True, done=True)

    def _begin(self, place: Place) -> None:
        """Start the thread; the place is given back when that has ended, maybe long after the page has turned away."""
        loop = asyncio.get_running_loop()

        def work() -> None:
            try:
                self._work()
            finally:
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(place.leave)

        self._begun = True
        threading.Thread(target=work, name="footnote-ask", daemon=True).start()

    def _listen(self) -> asyncio.Event:
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # The loop is closed: the page has ended.
                loop.call_soon_threadsafe(news.set)

        self._wake = wake
        return news

    async def _waiting(self, place: Place) -> AsyncIterator[Answer]:
        async for before in place.waiting():
            if self._stop.is_set():
                return
            yield replace(
                self._latest, status=f"{count(before, 'question')} to be answered before" if before else "Next"
            )

    async def _growing(self, news: asyncio.Event) -> AsyncIterator[Answer]:
        """What there is that was not seen, at most every ``PACE`` seconds; the last is left to the caller."""
        while True:
            news.clear()
            latest, fresh, ended = self._look()
            if ended or latest.done or self._stop.is_set():
                return
            if fresh:
                yield latest
                await self._pause(news)
            else:
                await news.wait()

    async def _pause(self, news: asyncio.Event) -> None:
        """Wait for ``PACE`` seconds, but not when there is nothing more to come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PACE):
                while not (self._ended or self._stop.is_set()):
                    news.clear()
                    await news.wait()

    def _look(self) -> tuple[Answer, bool, bool]:
        with self._lock:
            fresh, self._fresh = self._fresh, False
            return self._latest, fresh, self._ended

    def _work(self) -> None:
        try:
            answers = self._assistant.ask(self._question, self._history, self._within)
            try:
                self._take(answers)
            finally:
                close = getattr(answers, "close", None)
                if close:
                    close()
        except FootnoteError as error:
            self._fail(str(error), error)
        except Exception:
            _log.exception("Answering %r failed.", self._question)
            self._fail(BROKEN)
        finally:
            self._ended = True
            self._wake()

    def _take(self, answers: Iterator[Answer]) -> None:
        for answer in answers:
            if self._stop.is_set():
                return
            if answer != self._latest:
                self._set(answer)

    def _set(self, answer: Answer) -> None:
        with self._lock:
            self._latest, self._fresh = answer, True
        self._wake()

    def _fail(self, message: str, cause: FootnoteError | None = None) -> None:
        self.failure, self.cause = message, cause
        self._set(replace(self._latest, error=message, status=None, done=True))


def _nobody() -> None:
    """Nobody is listening."""
