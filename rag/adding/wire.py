"""Connections for httpcore that lead only to addresses that were judged, and end at one deadline. Knows no page."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

Addresses = Callable[[str, int], list[str]]


class OnlyTo(httpcore.NetworkBackend):
    """Resolves a name once, by ``addresses``, which judges what it finds, and connects to just that."""

    def __init__(self, addresses: Addresses, deadline: float, inner: httpcore.NetworkBackend | None = None) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the host's addresses that answers."""
        failed: Exception = httpcore.ConnectError("no address")
        for address in self._addresses(host, port):
            try:
                return _Timed(self._inner.connect_tcp(address, port, left(self._deadline)), self._deadline)
            except httpcore.ConnectError as error:
                failed = error
        raise failed

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Never: a link leads to the web."""
        raise httpcore.ConnectError("no file is a web page")


class _Timed(httpcore.NetworkStream):
    """A connection whose every step has only what is left of the time for all: one byte a second is not for ever."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, left(self._deadline))
        return _Timed(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def left(deadline: float) -> float:
    """Seconds until the deadline.

    Raises:
        httpcore.ReadTimeout: there are none.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("the time is over")
    return seconds
