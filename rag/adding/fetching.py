"""A link -> the bytes of one web page, when a user asks for it and never otherwise. Bounded in time and size.

The connection goes to the very address that was judged, so that a name cannot resolve to another one in between; each
redirect is judged anew. No cookies, no credentials, no proxies. Knows no folder and no page of ours.
"""

from __future__ import annotations

import re
import threading
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from rag.adding.addresses import Link, Resolve, allowed, parse, resolve
from rag.articles import SUFFIXES
from rag.errors import AddingError

if TYPE_CHECKING:
    import httpcore

SECONDS = 20.0
"""For all of it: name, connections, redirects, the page."""
MOST_BYTES = 8_000_000
"""Of a page, as it comes and unpacked."""
MOST_REDIRECTS = 5
AT_ONCE = 4
"""Pages that are fetched at a time, for everybody."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
}
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Footnote; one page, asked for by a reader)",
    "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,application/pdf;q=0.8,*/*;q=0.1",
    "Accept-Encoding": "gzip",
    "Accept-Language": "en,*;q=0.5",
    "Connection": "close",
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: ``url`` is where it was in the end, ``suffix`` tells its format."""

    url: str
    data: bytes
    suffix: str
    charset: str | None = None


class Fetcher:
    """Fetches pages. ``named``: hosts that may be local or have another port, by the user's own setting."""

    def __init__(
        self,
        named: Iterable[str] = (),
        ask: Resolve = resolve,
        backend: httpcore.NetworkBackend | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._named = frozenset(name.lower() for name in named)
        self._ask = ask
        self._backend = backend
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def fetch(self, url: str) -> Fetched:
        """The page at ``url``, after at most ``MOST_REDIRECTS`` redirects.

        Raises:
            AddingError: the link may not be followed, or what comes is no page that can be read; one sentence.
        """
        if not self._places.acquire(blocking=False):
            raise AddingError("Other links are being fetched: try again in a moment.")
        try:
            return self._follow(parse(url, self._named), time.monotonic() + self._seconds)
        finally:
            self._places.release()

    def _follow(self, link: Link, deadline: float) -> Fetched:
        for _ in range(MOST_REDIRECTS + 1):
            found = self._once(link, deadline)
            if isinstance(found, Fetched):
                return found
            link = parse(urljoin(link.url, found), self._named)
        raise AddingError(
            f"{link.host} sends from one address to the next without end: save the page and add the file."
        )

    def _once(self, link: Link, deadline: float) -> Fetched | str:
        """What is there: a page, or another address."""
        import httpcore

        from rag.adding.wire import OnlyTo

        backend = OnlyTo(lambda host, port: self._addresses(host, port, deadline), deadline, self._backend)
        headers = [("Host", _host_header(link)), *_HEADERS.items()]
        at = httpcore.URL(scheme=link.scheme, host=link.host, port=link.port, target=link.target)
        wait = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        try:
            with (
                httpcore.ConnectionPool(network_backend=backend, max_connections=1, retries=0) as pool,
                pool.stream("GET", at, headers=headers, extensions={"timeout": wait}) as reply,
            ):
                return _taken(reply, link)
        except (httpcore.TimeoutException, TimeoutError):
            raise AddingError(
                f"{link.host} did not send the page within {self._seconds:.0f} seconds: try again later, or save the "
                "page and add the file."
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise AddingError(
                f"{link.host} could not be reached ({_reason(error)}): see that the link opens."
            ) from None

    def _addresses(self, host: str, port: int, deadline: float) -> list[str]:
        """The addresses that may be connected to. A resolver has no time limit of its own, so it gets a thread."""
        found: list[list[str] | AddingError] = []

        def look() -> None:
            try:
                found.append(allowed(host, port, self._ask, self._named))
            except AddingError as error:
                found.append(error)

        thread = threading.Thread(target=look, name="resolving", daemon=True)
        thread.start()
        thread.join(max(0.0, deadline - time.monotonic()))
        if not found:
            raise TimeoutError
        if isinstance(found[0], AddingError):
            raise found[0]
        return found[0]


def _host_header(link: Link) -> str:
    return link.url.split("/")[2]


def _taken(reply: httpcore.Response, link: Link) -> Fetched | str:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers}
    if reply.status in _REDIRECTS and headers.get("location"):
        return headers["location"]
    if reply.status != 200:
        raise AddingError(
            f"{link.host} answered {reply.status}, not with the page: see that the link opens for anybody."
        )
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = _TYPES.get(kind, "")
    if suffix not in SUFFIXES:
        said = f"{kind[:60]!r}" if kind else "nothing that says what it is"
        raise AddingError(f"There is no article at this link, but {said}: only pages, plain text and PDF are fetched.")
    charset = _CHARSET.search(headers.get("content-type", ""))
    data = _body(reply, headers.get("content-encoding", "").strip().lower(), link)
    return Fetched(link.url, data, suffix, charset[1] if charset else None)


def _body(reply: httpcore.Response, packed: str, link: Link) -> bytes:
    """The body, counted as it comes and as it is unpacked."""
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise AddingError(f"{link.host} sends the page packed as {packed[:40]!r}: save the page and add the file.")
    unpack: Any = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in packed else None
    came, data = 0, bytearray()
    for chunk in reply.iter_stream():
        came += len(chunk)
        if came <= MOST_BYTES:
            try:
                data += unpack.decompress(chunk, MOST_BYTES + 1 - len(data)) if unpack else chunk
            except zlib.error:
                raise AddingError(
                    f"What {link.host} sends cannot be unpacked: save the page and add the file."
                ) from None
        if came > MOST_BYTES or len(data) > MOST_BYTES:
            most = f"{MOST_BYTES / 1e6:.0f} MB"
            raise AddingError(f"The page is larger than {most}, which no article is: save its text and add the file.")
    return bytes(data)


def _reason(error: Exception) -> str:
    words = ""
    with suppress(Exception):
        words = str(error).splitlines()[0][:120]
    return words or type(error).__name__
