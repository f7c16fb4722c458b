"""An HTTP client for an endpoint that may be anybody's: bounded, and sent nowhere else. Knows no model and no message.

Imports httpx, so import it late.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import httpx

MOST_BYTES = 2_000_000
"""Of one reply: what a server says around a token is about 300 bytes, so a reply of ours has 50,000."""
_CONNECT_SECONDS = 5.0
_NOT_OURS = ("OpenAI-Organization", "OpenAI-Project", "Cookie")
"""Headers that the client library takes from variables which are meant for another service."""


class TooLong(Exception):
    """A reply of more bytes than any reply needs."""


def client(silence: float) -> httpx.AsyncClient:
    """A client that gives up after ``silence`` seconds without a byte, and follows nobody to another address."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(silence, connect=_CONNECT_SECONDS),
        follow_redirects=False,  # The excerpts go to the address that was named, and to no other.
        headers={"Accept-Encoding": "identity"},  # What is packed may be a thousand times as long.
        event_hooks={"request": [_strip], "response": [_bound]},
    )


async def _strip(request: httpx.Request) -> None:
    for name in _NOT_OURS:
        request.headers.pop(name, None)


async def _bound(response: httpx.Response) -> None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise TooLong("packed, which was not asked for")
    response.stream = _Bounded(cast(httpx.AsyncByteStream, response.stream))


class _Bounded(httpx.AsyncByteStream):
    """A body of at most ``MOST_BYTES``."""

    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        come = 0
        async for block in self._inner:
            come += len(block)
            if come > MOST_BYTES:
                raise TooLong(f"more than {MOST_BYTES // 1_000_000} MB")
            yield block

    async def aclose(self) -> None:
        await self._inner.aclose()
