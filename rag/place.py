"""Where a library is kept: the data folder and its lock, the names in the database, the server if there is one.

Knows no database; cheap to import, so that a door can knock before anything heavy is loaded.
"""

from __future__ import annotations

import hashlib
import re
import socket
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from rag.errors import FootnoteError, LibraryBusy, LibraryError
from rag.secrets import secrets_of, shown_url

__all__ = ["LibraryLock", "Place", "collection_prefix", "lock"]

CONNECT_SECONDS = 5.0
"""How long a Chroma server may take to accept a connection; Chroma's own client would wait without end."""

_CAUSE_CHARACTERS = 200
"""Of a database's own message that is passed on to the user."""


class LibraryLock:
    """The right to use a data folder, held by one process at a time.

    The system takes it back when the process ends, however it ends: a killed Footnote leaves no stale lock.
    """

    def __init__(self, data: Path) -> None:
        from filelock import FileLock

        self.data = data
        # Not thread-local: the page takes the lock in one thread and releases it in another.
        self._file = FileLock(data / "library.lock", thread_local=False)

    def acquire(self, timeout: float = 0.0) -> None:
        """Take the folder, making it when missing. Taking what is held already changes nothing.

        Args:
            timeout: seconds to wait for another process to let go; 0 tries once.

        Raises:
            LibraryBusy: another process, or another part of this one, holds it.
            LibraryError: the folder cannot be made or written.
        """
        from filelock import Timeout

        if self._file.is_locked:
            return
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self._file.acquire(timeout=timeout)
        except Timeout:
            raise LibraryBusy(
                f"The library in {self.data} is in use by another Footnote: "
                "stop that one, or choose another folder with --data."
            ) from None
        except OSError as error:
            raise LibraryError(
                f"The data folder {self.data} cannot be used ({error.strerror or error}): "
                "make it a folder that can be written, or choose another one with --data."
            ) from None

    def release(self) -> None:
        """Give the folder back. Safe to call twice."""
        self._file.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()


def lock(data: Path, timeout: float = 0.0) -> LibraryLock:
    """A lock on ``data`` that has been acquired; see ``LibraryLock.acquire`` for what may go wrong."""
    taken = LibraryLock(data)
    taken.acquire(timeout)
    return taken


def collection_prefix(articles: Path) -> str:
    """What the names of a folder's collections begin with, derived from its resolved path: ``seeds-1a2b3c4d``.

    So each folder has a library of its own, and a folder that moves gets a new one.
    """
    path = articles.expanduser().resolve()
    plain = unicodedata.normalize("NFKD", path.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "articles"
    digest = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{slug}-{digest}"


@dataclass(frozen=True, slots=True)
class Place:
    """A database: embedded in ``folder``, or a server at ``url``. Says what a user can do when it fails."""

    folder: Path
    url: str | None = None

    @classmethod
    def of(cls, data: Path, url: str | None) -> Place:
        """The place for a data folder; a server's URL gets Chroma's own port when it names none.

        Raises:
            LibraryError: a URL that is not ``http(s)://host[:port]``.
        """
        return cls((data / "library").resolve(), _server_url(url) if url else None)

    def reach(self) -> None:
        """Make the folder, or see that the server takes connections; raises ``OSError`` if not."""
        if self.url:
            parts = urlsplit(self.url)
            socket.create_connection((parts.hostname or "", parts.port or 0), CONNECT_SECONDS).close()
        else:
            self.folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def failing(self, done: str) -> Iterator[None]:
        """Turn whatever a database raises inside into one sentence for the user.

        Args:
            done: what was to be done with the library, as a participle: "opened", "read".

        Raises:
            LibraryError: in place of any other exception.
        """
        try:
            yield
        except FootnoteError:
            raise
        except Exception as error:
            raise LibraryError(self._sentence(done, error)) from error
        except BaseException as panic:
            # What Chroma's Rust part cannot handle comes as a PanicException: no Exception, and nowhere to be imported.
            if type(panic).__name__ != "PanicException":
                raise
            raise LibraryError(self._sentence(done, panic)) from panic

    def _sentence(self, done: str, error: BaseException) -> str:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        cause = lines[0][:_CAUSE_CHARACTERS].rstrip(" .")
        if self.url:
            return (
                f"The library on the Chroma server at {self.url} could not be {done} ({cause}): "
                "see that the server runs and that FOOTNOTE_CHROMA_URL is its address."
            )
        return (
            f"The library in {self.folder} could not be {done} ({cause}): if the disk is neither full nor read-only, "
            "delete that folder and start again, and it is made anew from the articles."
        )


def _server_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 8000)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        shown = shown_url(url) if secrets_of(url) else repr(url)
        raise LibraryError(
            f"{shown} is not the address of a Chroma server: FOOTNOTE_CHROMA_URL looks like http://127.0.0.1:8000."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"
