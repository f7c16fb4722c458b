"""Places for questions, handed out in turn to those who ask, so that nobody who asks much keeps others waiting.

All of it happens on the page's event loop: waiting costs no thread. Knows no page and no assistant.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from rag.errors import TooMany

AT_ONCE = 16
"""Questions on their way at a time. The model serves them one after the other and says so."""
MOST_WAITING = 128
"""Questions that wait for a place; whoever comes then is told to come back."""
SHARE = 2
"""One client has at most one part in so many of all places, so that there is always room for another."""
TICK_SECONDS = 1.0
"""How often who waits hears how many are before; that is also when a page that was closed is noticed."""


class Place:
    """One question's place. Whoever takes one must ``leave`` in the end."""

    def __init__(self, places: Places, client: str) -> None:
        self.client = client
        self.granted = asyncio.Event()
        self._places = places
        self._left = False

    async def waiting(self) -> AsyncIterator[int]:
        """How many wait before us, now and then, until it is our turn; nothing at all when it is at once."""
        while not self.granted.is_set():
            yield self._places.before(self)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.granted.wait(), TICK_SECONDS)

    def leave(self) -> None:
        """Make room for the next. Safe to call twice, on the event loop alone."""
        if not self._left:
            self._left = True
            self._places.take_back(self)


class Places:
    """Round robin over clients, first come first served for each."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._at_once, self._most_waiting = at_once, most_waiting
        self._served: dict[str, int] = {}
        self._lines: OrderedDict[str, deque[Place]] = OrderedDict()
        """Who waits, by client; the client whose turn is next comes first."""

    def enter(self, client: str) -> Place:
        """A place for a question of ``client``, at once or later.

        Raises:
            TooMany: too many wait already.
        """
        self._check(client)
        place = Place(self, client)
        self._lines.setdefault(client, deque()).append(place)
        self._serve()
        return place

    def before(self, place: Place) -> int:
        """How many will be served before this one, as things stand: those of its own client, and as many of others."""
        ahead = self._lines[place.client].index(place)
        others = sum(min(len(line), ahead + 1) for client, line in self._lines.items() if client != place.client)
        return ahead + others

    def _check(self, client: str) -> None:
        waiting = sum(map(len, self._lines.values()))
        if waiting >= self._most_waiting:
            raise TooMany(f"{waiting} questions are waiting already: ask again in a minute.")
        own = len(self._lines.get(client, ()))
        if own >= self._most_waiting // SHARE:
            raise TooMany(f"{own} of your own questions are waiting already: ask again when they are answered.")

    def _serve(self) -> None:
        """Give every free place to the client whose turn it is."""
        while sum(self._served.values()) < self._at_once:
            client = next((c for c in self._lines if self._served.get(c, 0) < self._at_once // SHARE), None)
            if client is None:
                return
            line = self._lines.pop(client)
            place = line.popleft()
            if line:
                self._lines[client] = line  # At the end: all others come first.
            self._served[client] = self._served.get(client, 0) + 1
            place.granted.set()

    def take_back(self, place: Place) -> None:
        """``place`` is not needed any more, whether or not it was granted."""
        if place.granted.is_set():
            self._served[place.client] -= 1
            if not self._served[place.client]:
                del self._served[place.client]
        else:
            self._lines[place.client].remove(place)
            if not self._lines[place.client]:
                del self._lines[place.client]
        self._serve()
