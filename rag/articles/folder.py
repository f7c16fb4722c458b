"""The folder of articles: which files are in it, and their bytes. Knows paths, no formats."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path, PurePosixPath

from rag.errors import ArticlesError, UnreadableFile

SUFFIXES = (".txt", ".md", ".html", ".htm")
MAX_BYTES = 5_000_000
"""Larger files are no articles; reading one would hold up everything else."""
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
"""Opening never waits (for the other end of a pipe) and follows no link: where links lead was looked at before."""


def list_articles(root: Path, *, may_be_empty: bool = False) -> list[str]:
    """Ids (paths relative to ``root``, with ``/``) of all supported files below it, sorted.

    Hidden files and folders are passed over, and so is README.*: it is about the articles, not one of them.

    Raises:
        ArticlesError: ``root`` is missing, not a folder, cannot be opened, or holds no supported file, unless it
            ``may_be_empty``.
    """
    if not root.exists():
        raise ArticlesError(f"The articles folder {root} does not exist; create it or name another with --articles.")
    if not root.is_dir():
        raise ArticlesError(f"{root} is not a folder; name the folder that holds the articles.")
    found = sorted(path.relative_to(root).as_posix() for path in _walk(root))
    if not found and not may_be_empty:
        raise ArticlesError(f"The articles folder {root} holds no article: put {', '.join(SUFFIXES)} files in it.")
    return found


def printable(article: str) -> str:
    """An article's id where it may be printed: a file's name need not be UTF-8."""
    return article.encode("utf-8", "backslashreplace").decode("utf-8")


def file_digest(root: Path, article: str) -> str:
    """The sha256 of the file's bytes, in hexadecimal.

    Raises:
        UnreadableFile: the file cannot be opened, is too large or lies outside ``root``.
    """
    return digest(read_bytes(root, article))


def digest(data: bytes) -> str:
    """The sha256 of ``data``, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(root: Path, article: str) -> bytes:
    """The file's bytes, at most ``MAX_BYTES``.

    Raises:
        UnreadableFile: the file cannot be opened, is too large or lies outside ``root``.
    """
    path = _inside(root, article)
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):  # reading a pipe or a device would never end
                raise UnreadableFile("not a regular file.")
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableFile("no such file any more.") from None
    except IsADirectoryError:
        raise UnreadableFile("not a regular file.") from None
    except OSError as error:
        raise UnreadableFile(f"cannot be opened: {(error.strerror or str(error)).lower()}.") from None
    if len(data) > MAX_BYTES:
        size = max(about.st_size, len(data))
        raise UnreadableFile(
            f"too large: {size / 1e6:.1f} MB, and {MAX_BYTES / 1e6:.0f} MB is the limit; split it into smaller files."
        )
    return data


def _walk(root: Path) -> list[Path]:
    def refuse(error: OSError) -> None:  # passing it over would make its articles vanish from the library
        reason = (error.strerror or str(error)).lower()
        raise ArticlesError(f"The folder {error.filename} cannot be opened: {reason}; make it readable or move it.")

    found: list[Path] = []
    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(folder, name) for name in files if _is_article(name)]
    return found


def may_be_article(path: Path) -> bool:
    """Whether a change there may concern an article: one of these files, or a folder, which has no suffix."""
    return not path.name.startswith(".") and path.suffix.lower() in ("", *SUFFIXES)


def _is_article(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not name.startswith(".") and path.stem.lower() != "readme"


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
