"""A fair line before something that serves few at a time: first come, first served. Knows no model."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

POLL_SECONDS = 0.15
"""How long one look at the line lasts; a caller who waits can leave between two looks."""
GONE_SECONDS = 5.0
"""Who has not looked for so long has gone away without leaving, and is passed over."""


class Line:
    """Hands out tickets. The first ``seats`` of the line are served, the others wait in order."""

    def __init__(self, seats: int = 1) -> None:
        self.seats = seats
        self.changed = threading.Condition()
        self.tickets: list[Ticket] = []

    def enter(self) -> Ticket:
        """A ticket at the end of the line. Whoever takes one must ``leave`` in the end."""
        ticket = Ticket(self)
        with self.changed:
            self.tickets.append(ticket)
        return ticket

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for our turn, however long it takes, and leave at the end."""
        ticket = self.enter()
        try:
            while ticket.place() > 1:
                pass
            yield
        finally:
            ticket.leave()


class Ticket:
    """A place in a line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._seen = time.monotonic()
        self._served = False

    def place(self, timeout: float = POLL_SECONDS) -> int:
        """Our place in the line, 1 once it is our turn; looks for at most ``timeout`` seconds whether it is."""
        line = self._line
        with line.changed:
            if self not in line.tickets:  # We were thought gone: back to the end.
                line.tickets.append(self)
            self._seen = time.monotonic()
            line.changed.wait_for(lambda: self._now() == 1, timeout)
            self._seen = time.monotonic()
            place = self._now()
            self._served = place == 1
            return place

    def leave(self) -> None:
        """Make room for the next. Safe to call twice, and from any thread."""
        with self._line.changed:
            if self in self._line.tickets:
                self._line.tickets.remove(self)
            self._line.changed.notify_all()

    def _now(self) -> int:
        line, oldest = self._line, time.monotonic() - GONE_SECONDS
        line.tickets[:] = [t for t in line.tickets if t is self or t._served or t._seen > oldest]
        return max(1, line.tickets.index(self) - line.seats + 2)
