"""The folder of articles: which files are in it, and their bytes. Knows paths, no formats."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.articles.others import reason_of
from rag.domain import Unreadable
from rag.errors import ArticlesError, UnreadableFile

SUFFIXES = (".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".epub", ".eml", ".rtf")
MAX_BYTES = 5_000_000
"""Of a file that is text. Larger ones are no articles; reading one would hold up everything else."""
MAX_BYTES_PACKED = 30_000_000
"""Of one that holds pictures beside its text."""
_TEXTS = frozenset({".txt", ".md", ".html", ".htm"})
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
"""Opening never waits (for the other end of a pipe) and follows no link: where links lead was looked at before."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds: ids of articles, files that are none, and folders in it that cannot be opened.

    Ids are paths relative to the folder, with ``/``; those of folders end with one.
    """

    articles: tuple[str, ...]
    passed_over: tuple[Unreadable, ...] = ()
    closed: tuple[Unreadable, ...] = ()

    def gone(self, known: Iterable[str]) -> list[str]:
        """Those of ``known`` that are no longer there, sorted; where nobody can look, nothing is known to be gone."""
        closed = tuple(one.article for one in self.closed)
        return sorted(id for id in set(known).difference(self.articles) if not id.startswith(closed))


def list_articles(root: Path) -> list[str]:
    """The ids of all articles below ``root``, sorted; see ``look_into``."""
    return list(look_into(root).articles)


def look_into(root: Path, *, may_be_empty: bool = False) -> Folder:
    """All files below ``root``, told apart.

    Hidden files and folders are left out, and so is README.*: it is about the articles, not one of them.

    Raises:
        ArticlesError: ``root`` is missing, not a folder, cannot be opened, or holds no supported file, unless it
            ``may_be_empty``.
    """
    if not root.exists():
        raise ArticlesError(f"The articles folder {root} does not exist; create it or name another with --articles.")
    if not root.is_dir():
        raise ArticlesError(f"{root} is not a folder; name the folder that holds the articles.")
    files, closed = _walk(root)
    names = sorted(path.relative_to(root).as_posix() for path in files)
    found = tuple(name for name in names if _is_article(name))
    if not found and not closed and not may_be_empty:
        raise ArticlesError(f"The articles folder {root} holds no article: put {', '.join(SUFFIXES)} files in it.")
    others = (Unreadable(printable(name), reason_of(name, SUFFIXES)) for name in names if not _is_article(name))
    return Folder(found, tuple(others), tuple(closed))


def printable(article: str) -> str:
    """An article's id where it may be printed: a file's name need not be UTF-8."""
    return article.encode("utf-8", "backslashreplace").decode("utf-8")


def file_digest(root: Path, article: str) -> str:
    """The sha256 of the file's bytes, in hexadecimal.

    Raises:
        UnreadableFile: the file cannot be opened, is too large or lies outside ``root``.
    """
    return digest(read_bytes(root, article))


def times_of(root: Path, articles: Iterable[str]) -> dict[str, float]:
    """When each article's file came into the folder or was last changed there, in seconds; without those that are gone.

    Not the time that a file brings along when it is copied: a reader asks what is new here.
    """
    found: dict[str, float] = {}
    for article in articles:
        with suppress(OSError, ValueError):
            found[article] = os.stat(root / article).st_ctime
    return found


def digest(data: bytes) -> str:
    """The sha256 of ``data``, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(root: Path, article: str) -> bytes:
    """The file's bytes, at most ``MAX_BYTES``, or ``MAX_BYTES_PACKED`` where a file of its kind holds pictures.

    Raises:
        UnreadableFile: the file cannot be opened, is too large or lies outside ``root``.
    """
    path = _inside(root, article)
    limit = max_bytes(article)
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):  # reading a pipe or a device would never end
                raise UnreadableFile("not a regular file.")
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise UnreadableFile("no such file any more.") from None
    except IsADirectoryError:
        raise UnreadableFile("not a regular file.") from None
    except OSError as error:
        raise UnreadableFile(f"cannot be opened: {(error.strerror or str(error)).lower()}.") from None
    if len(data) > limit:
        size = max(about.st_size, len(data))
        raise UnreadableFile(
            f"too large: {size / 1e6:.1f} MB, and {limit / 1e6:.0f} MB is the limit; split it into smaller files."
        )
    return data


def max_bytes(name: str) -> int:
    """The most bytes of a file of this name that are read."""
    return MAX_BYTES if PurePosixPath(name).suffix.lower() in _TEXTS else MAX_BYTES_PACKED


def _walk(root: Path) -> tuple[list[Path], list[Unreadable]]:
    """All files below ``root`` but the hidden ones, and the folders that cannot be opened."""
    closed: list[Unreadable] = []

    def note(error: OSError) -> None:
        reason = (error.strerror or str(error)).lower()
        path = Path(error.filename)
        if path == root:
            raise ArticlesError(f"The folder {root} cannot be opened: {reason}; make it readable or move it.")
        name = printable(path.relative_to(root).as_posix())
        closed.append(Unreadable(f"{name}/", f"cannot be opened: {reason}; make it readable or move it."))

    found: list[Path] = []
    for folder, folders, files in os.walk(root, onerror=note):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(folder, name) for name in files if not _is_hidden(name)]
    return found, closed


def may_be_article(path: Path) -> bool:
    """Whether a change there may concern an article: one of these files, or a folder, which has no suffix."""
    return not _is_hidden(path.name) and path.suffix.lower() in ("", *SUFFIXES)


def _is_article(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _is_hidden(name: str) -> bool:
    """What is nobody's article: hidden, an editor's lock or backup, the system's own, or about the folder."""
    own = name.lower() in ("thumbs.db", "desktop.ini") or PurePosixPath(name).stem.lower() == "readme"
    return own or name.startswith((".", "~$")) or name.endswith("~")


def _inside(root: Path, article: str) -> Path:
    if any("\ud800" <= c <= "\udfff" for c in article):  # how Python shows bytes of a name that are no UTF-8
        raise UnreadableFile("its name is not UTF-8; rename the file.")
    try:
        path = (root / article).resolve()
        inside = path.is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file can have
        raise UnreadableFile("its path cannot be followed; replace the link by the file itself.") from None
    if not inside:
        raise UnreadableFile("it leads out of the articles folder; copy the file itself into the folder.")
    return path
