"""Where a library is kept: the data folder and its lock, the names in the database, the server if there is one.

Knows no database; cheap to import, so that a door can knock before anything heavy is loaded.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import socket
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from rag.errors import FootnoteError, LibraryBusy, LibraryDamaged, LibraryError, LibraryUnwritable
from rag.secrets import secrets_of, shown_url

__all__ = ["LibraryLock", "Place", "collection_prefix", "lock"]

CONNECT_SECONDS = 5.0
"""How long a Chroma server may take to accept a connection; Chroma's own client would wait without end."""

_CAUSE_CHARACTERS = 200
"""Of a database's own message that is passed on to the user."""

SPARE_BYTES = 8_000_000
"""What must stay free on the disk for an article to be written: journals, and the next start."""

REPAIR = "python -m rag doctor --repair"

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_LOCKLESS = frozenset({errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP})
_SQLITE_ERRNO = {8: errno.EROFS, 10: errno.EIO, 13: errno.ENOSPC, 14: errno.EIO}
_SQLITE_DAMAGED = frozenset({11, 26, 522})
"""Malformed, no database, shorter than it says."""
_SQLITE_READING = frozenset({266, 522})


class LibraryLock:
    """The right to use a data folder, held by one process at a time.

    The system takes it back when the process ends, however it ends: a killed Footnote leaves no stale lock. A folder
    that cannot be written, but holds a library, is taken for reading: then ``unwritable`` says why.
    """

    def __init__(self, data: Path) -> None:
        from filelock import FileLock

        self.data = data
        self.unwritable: LibraryUnwritable | None = None
        # Not thread-local: the page takes the lock in one thread and releases it in another. Never a file that stands
        # for a lock, where the drive has none: it would stay behind when the process is killed.
        self._file = FileLock(data / "library.lock", thread_local=False, fallback_to_soft=False)

    def acquire(self, timeout: float = 0.0) -> None:
        """Take the folder, making it when missing. Taking what is held already changes nothing.

        Args:
            timeout: seconds to wait for another process to let go; 0 tries once.

        Raises:
            LibraryBusy: another process, or another part of this one, holds it.
            LibraryError: the folder cannot be made or written, and holds no library to read; or its drive has no locks.
        """
        from filelock import Timeout

        if self._file.is_locked or self.unwritable:
            return
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self._file.acquire(timeout=timeout)
        except Timeout:
            raise self._busy() from None
        except OSError as error:
            self.unwritable = _unwritable(self.data, error) if _stored(self.data) else None
            if self.unwritable:
                self._see_that_nobody_writes()
                return
            why, advice = error.strerror or error, "make it a folder that can be written"
            if error.errno in _LOCKLESS:
                why, advice = "its drive has no locks, so two programs could write at once", "put it on a local disk"
            raise LibraryError(
                f"The data folder {self.data} cannot be used ({why}): {advice}, or choose another one with --data."
            ) from None

    def _see_that_nobody_writes(self) -> None:
        """A folder that we may only read may be another user's, whose Footnote is running."""
        with suppress(ImportError, FileNotFoundError):
            import fcntl

            try:
                with (self.data / "library.lock").open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                self.unwritable = None
                raise self._busy() from None
            except OSError:  # No locks there, or not to be read: nothing can be told.
                return

    def _busy(self) -> LibraryBusy:
        return LibraryBusy(
            f"The library in {self.data} is in use by another Footnote: "
            "stop that one, or choose another folder with --data."
        )

    def release(self) -> None:
        """Give the folder back. Safe to call twice."""
        self.unwritable = None
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
    original: Path | None = None
    """What ``folder`` is a copy of, to be read in its place."""

    @classmethod
    def of(cls, data: Path, url: str | None) -> Place:
        """The place for a data folder; a server's URL gets Chroma's own port when it names none.

        Raises:
            LibraryError: a URL that is not ``http(s)://host[:port]``.
        """
        return cls((data / "library").resolve(), _server_url(url) if url else None)

    def reach(self) -> None:
        """Make the folder, for its owner alone, or see that the server takes connections; ``OSError`` if not."""
        if self.url:
            parts = urlsplit(self.url)
            socket.create_connection((parts.hostname or "", parts.port or 0), CONNECT_SECONDS).close()
        else:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)

    def copied(self) -> Place:
        """A copy of an embedded library in a temporary folder: a database that cannot be written cannot be opened.

        Raises:
            OSError: there is no room for it anywhere.
        """
        roomy = sorted(filter(os.path.isdir, (tempfile.gettempdir(), "/dev/shm")), key=_free, reverse=True)
        target = Path(tempfile.mkdtemp(prefix="footnote-", dir=roomy[0]))
        try:
            shutil.copytree(self.folder, target / "library")
        except (OSError, shutil.Error):
            shutil.rmtree(target, ignore_errors=True)
            raise
        return Place(target / "library", original=self.folder)

    def discard(self) -> None:
        """Remove the folder if it is a copy."""
        if self.original is not None:
            shutil.rmtree(self.folder.parent, ignore_errors=True)

    def check_room(self, needed: int) -> None:
        """See that ``needed`` bytes can be written, before anything is removed to be replaced.

        Raises:
            LibraryUnwritable: they cannot.
        """
        if self.url:
            return
        with suppress(OSError):
            if _free(self.folder) < needed + SPARE_BYTES:
                raise LibraryUnwritable(_unwritable_sentence(self.folder, errno.ENOSPC))
        if unwritable := _probed(self.folder):
            raise unwritable

    @contextmanager
    def failing(self, done: str) -> Iterator[None]:
        """Turn whatever a database raises inside into one sentence for the user.

        Args:
            done: what was to be done with the library, as a participle: "opened", "read".

        Raises:
            LibraryUnwritable: the disk is full, failing or read-only.
            LibraryDamaged: what is stored cannot be made out.
            LibraryError: in place of any other exception.
        """
        try:
            yield
        except FootnoteError:
            raise
        except Exception as error:
            raise self._error(done, error) from error
        except BaseException as panic:
            # What Chroma's Rust part cannot handle comes as a PanicException: no Exception, and nowhere to be imported.
            if type(panic).__name__ != "PanicException":
                raise
            raise LibraryError(self._sentence(done, panic)) from panic

    def damaged(self, cause: str) -> LibraryDamaged:
        """The error that says what is damaged, and how to mend it."""
        kept = self.original or self.folder
        return LibraryDamaged(
            f"The library in {kept} is damaged ({cause}): run {REPAIR}, which makes it anew from the articles."
        )

    def _error(self, done: str, error: Exception) -> LibraryError:
        if not self.url:
            kept = self.original or self.folder
            if unwritable := _unwritable(kept, error):
                return unwritable
            if _sqlite_code(error) in _SQLITE_DAMAGED:
                return self.damaged(_cause(error))
            if done == "written" and (unwritable := _probed(self.folder)):  # Chroma does not pass on all causes.
                return unwritable
        return LibraryError(self._sentence(done, error))

    def _sentence(self, done: str, error: BaseException) -> str:
        cause = _cause(error)
        if self.url:
            return (
                f"The library on the Chroma server at {self.url} could not be {done} ({cause}): "
                "see that the server runs and that FOOTNOTE_CHROMA_URL is its address."
            )
        return (
            f"The library in {self.original or self.folder} could not be {done} ({cause}): if the disk is neither full "
            f"nor read-only, run {REPAIR}, which makes it anew from the articles."
        )


def _cause(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:_CAUSE_CHARACTERS].rstrip(" .")


def _stored(data: Path) -> bool:
    return (data / "library").is_dir()


def _free(folder: str | Path) -> int:
    return shutil.disk_usage(folder).free


def _sqlite_code(error: BaseException) -> int | None:
    found = re.search(r"\(code: (\d+)\)", str(error))
    return int(found[1]) if found else None


def _probed(folder: Path) -> LibraryUnwritable | None:
    """What the disk says to another write."""
    probe = folder / "probe.part"
    try:
        with probe.open("wb") as stream:
            stream.write(bytes(65536))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        return _unwritable(folder, error)
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    return None


def _unwritable(kept: Path, error: Exception) -> LibraryUnwritable | None:
    """What is said when it was the disk that refused a write; None for all else."""
    code = _sqlite_code(error)
    system = re.search(r"os error (\d+)", str(error))
    number = error.errno if isinstance(error, OSError) else int(system[1]) if system else None
    if code is not None and code not in _SQLITE_READING:
        number = _SQLITE_ERRNO.get(code & 0xFF)
    if number in _FULL | _CLOSED | {errno.EIO}:
        return LibraryUnwritable(_unwritable_sentence(kept, number or 0))
    return None


def _unwritable_sentence(kept: Path, number: int) -> str:
    if number in _FULL:
        why, mend = "The disk is full", "make room"
    elif number in _CLOSED:
        why, mend = f"{kept} cannot be written ({os.strerror(number)})", "make it a folder that can be written"
    else:
        why, mend = f"The disk of {kept} refuses to write ({os.strerror(number)})", "see to the disk"
    return f"{why}: new and changed articles are not read, what is stored is answered from; {mend}, then start again."


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
