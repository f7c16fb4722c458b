"""Somebody else's code, heard from a thread of its own: with a deadline, and never more of it stuck than we allow.

Nothing can end a thread from outside. Whoever is left alone ends at its next value; one that never gives another is
counted, and where too many are, nothing more is begun. Knows no model.
"""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

HEARTBEAT_SECONDS = 0.15
MOST_STUCK = 4
T = TypeVar("T")


class TookTooLong(Exception):
    """The deadline has passed."""


class TooManyStuck(Exception):
    """As many calls as are allowed still run, though nobody waits for them any more."""


class Threads:
    """Runs iterators in daemon threads."""

    def __init__(self, most_stuck: int = MOST_STUCK) -> None:
        self._most_stuck = most_stuck
        self._left: set[threading.Thread] = set()
        self._changing = threading.Lock()

    def hear(self, make: Callable[[], Iterator[T | None]], seconds: float) -> Iterator[T | None]:
        """The values of ``make()``, and None at least every 0.15 s. Closing it closes that at its next value.

        Raises:
            TookTooLong: it is not done after ``seconds``.
            TooManyStuck: nothing was begun.
            Exception: what it raises.
        """
        with self._changing:
            self._left = {thread for thread in self._left if thread.is_alive()}
            if len(self._left) >= self._most_stuck:
                raise TooManyStuck
        worker = _Worker(make)
        worker.thread.start()
        try:
            yield from worker.values(time.monotonic() + seconds)
        finally:
            worker.left.set()
            if worker.thread.is_alive():
                with self._changing:
                    self._left.add(worker.thread)

    def call(self, work: Callable[[], T], seconds: float) -> T:
        """What ``work()`` gives.

        Raises:
            TookTooLong, TooManyStuck, Exception: as ``hear`` does.
        """
        for value in self.hear(lambda: iter([(work(),)]), seconds):
            if value is not None:
                return value[0]
        raise TookTooLong  # Never: there is a value or an exception.


class _Worker(Generic[T]):
    def __init__(self, make: Callable[[], Iterator[T | None]]) -> None:
        self.left = threading.Event()
        self._make = make
        self._box: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
        # What traces calls (LlamaIndex's instrumentation) finds the one that this belongs to by its context.
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=context.run, args=(self._work,), name="plugged in", daemon=True)

    def values(self, deadline: float) -> Iterator[T | None]:
        while True:
            if time.monotonic() > deadline:
                raise TookTooLong
            try:
                value, error = self._box.get(timeout=HEARTBEAT_SECONDS)
            except queue.Empty:
                yield None
                continue
            if error is not None:
                raise error
            if value is None:
                return
            yield value

    def _work(self) -> None:
        """Pass on what comes, until nobody hears; values without content are not passed on, however many come."""
        end: tuple[T | None, BaseException | None] = (None, None)
        values: Iterator[T | None] = iter(())
        try:
            values = self._make()
            for value in values:
                if self.left.is_set():
                    break
                if value is not None:
                    self._box.put((value, None))
        except BaseException as error:  # whatever it is, it belongs to whoever waits
            end = (None, error)
        finally:
            self._box.put(end)
            close = getattr(values, "close", None)
            if close is not None:
                with suppress(Exception):  # Nobody is left to be told.
                    close()
