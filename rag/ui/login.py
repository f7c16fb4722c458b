"""The password of a page: who is logged in, who may try again and when. Knows no request and no HTML."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from rag.password import matches

SESSION_SECONDS = 12 * 3600
"""A working day; after that, or when Footnote ends, the password is asked for again."""
MOST_SESSIONS = 1000
"""Beyond that the oldest are logged out; each was opened with the password."""
CLIENT_TRIES, CLIENT_SECONDS = 5, 60.0
"""Wrong passwords that one client may give at once, and the seconds after which it may give one more."""
ALL_TRIES, ALL_SECONDS = 20, 5.0
"""The same for all clients together, for whoever guesses from many addresses: 17,000 guesses a day at most."""
MOST_CLIENTS = 10_000
"""Clients whose tries are remembered; beyond that the oldest are forgotten, while those of all together still count."""

Clock = Callable[[], float]


class Bucket:
    """A number of tries that fills up again with time."""

    def __init__(self, tries: int, seconds: float, now: float) -> None:
        self._most, self._seconds = tries, seconds
        self._left, self._seen = float(tries), now

    def wait(self, now: float) -> float:
        """Seconds until a try is left, 0 when there is one."""
        self._left = min(self._most, self._left + (now - self._seen) / self._seconds)
        self._seen = now
        return max(0.0, (1.0 - self._left) * self._seconds)

    def take(self) -> None:
        """Use one."""
        self._left -= 1.0

    def give_back(self) -> None:
        """Have it back, for it was a good one."""
        self._left += 1.0


class Throttle:
    """Slows guessing, by client and for all clients together."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._all = Bucket(ALL_TRIES, ALL_SECONDS, clock())
        self._clients: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, client: str) -> float:
        """Take a try; 0 when there was one, else the seconds to wait."""
        now = self._clock()
        bucket = self._clients.setdefault(client, Bucket(CLIENT_TRIES, CLIENT_SECONDS, now))
        self._clients.move_to_end(client)
        if len(self._clients) > MOST_CLIENTS:
            self._clients.popitem(last=False)
        waits = max(bucket.wait(now), self._all.wait(now))
        if not waits:
            bucket.take()
            self._all.take()
        return waits

    def forgive(self, client: str) -> None:
        """The try was the right password, and does not count."""
        self._all.give_back()
        if client in self._clients:
            self._clients[client].give_back()


class Login:
    """The password, the sessions opened with it, and the token of this machine's own command line."""

    def __init__(self, password: str, token: str, clock: Clock = time.monotonic) -> None:
        """``password``: as ``rag.password.hashed`` made it. ``token``: what the note beside the library says."""
        self._password, self._token, self._clock = password, token, clock
        self._throttle = Throttle(clock)
        # By digest, so that the time a look-up takes says nothing about a token; and no memory dump holds a valid one.
        self._sessions: OrderedDict[str, float] = OrderedDict()
        self._checking = asyncio.Lock()

    async def open(self, client: str, password: str) -> tuple[str | None, float]:
        """Try ``password``: the token of a new session or None, and the seconds to wait if it was not even tried."""
        waits = self._throttle.take(client)
        if waits:
            return None, waits
        async with self._checking:  # One at a time: the hash takes memory and a core on purpose.
            right = await asyncio.to_thread(matches, password, self._password)
        if not right:
            return None, 0.0
        self._throttle.forgive(client)
        token = secrets.token_urlsafe(32)
        self._sessions[_digest(token)] = self._clock() + SESSION_SECONDS
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return token, 0.0

    def session(self, token: str) -> str | None:
        """The name of the session that ``token`` opens, None when there is none or its time is over."""
        name = _digest(token)
        expires = self._sessions.get(name)
        if expires is None:
            return None
        if expires < self._clock():
            del self._sessions[name]
            return None
        return name

    def is_terminal(self, token: str) -> bool:
        """Whether this is the command line of the user who started the page."""
        return bool(self._token) and hmac.compare_digest(token.encode(), self._token.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
