"""Writes a file into the folder of articles: whole or not at all, and never over another. Knows no format's inside."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.adding.names import safe_path, shown
from rag.articles import max_bytes
from rag.errors import AddingError
from rag.kept import settle

_PART = ".footnote-{}.part"
_STALE_S = 3600.0
"""After which nobody is still writing a part."""
_MOST_NAMESAKES = 1000
_LINKLESS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EOPNOTSUPP})
"""What file systems without hard links say."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An article's file that is in the folder now; ``already``: it was there before, byte for byte."""

    id: str
    already: bool = False


def keep(folder: Path, name: str, data: bytes, known: Mapping[str, str] | None = None) -> Kept:
    """Write ``data`` into ``folder`` under ``name`` made safe; its own folders are kept, another file stays as it is.

    Args:
        folder: the folder of articles.
        name: as whoever adds it named it, with folders or without.
        data: the file's bytes.
        known: the ids of articles by the sha256 of their file, to tell what is there under another name.

    Raises:
        AddingError: the name or size cannot be used, or the disk refuses; then nothing is left.
    """
    path = safe_path(name)
    limit = max_bytes(path.name)
    if len(data) > limit:
        raise AddingError(f"{shown(name)} was not added: it has more than {limit / 1e6:.0f} MB; split it.")
    if not data:
        raise AddingError(f"{shown(name)} was not added: it is empty; write something in it.")
    there = (known or {}).get(hashlib.sha256(data).hexdigest())
    if there is not None and _same(folder / there, data):
        return Kept(there, already=True)
    try:
        return _put(folder, path, data)
    except OSError as error:
        raise AddingError(f"{shown(name)} was not added: {refused(error, folder)}.") from None


def sweep(folder: Path) -> None:
    """Remove what a killed run has left of a file that it was writing."""
    with suppress(OSError):
        for part in folder.rglob(_PART.format("*")):
            with suppress(OSError):
                if time.time() - part.lstat().st_mtime > _STALE_S:
                    part.unlink()


def refused(error: OSError, folder: Path) -> str:
    """What a disk said, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; make room and try again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{folder} cannot be written; make it a folder that can be, or name another with --articles"
    return f"the disk refused it ({(error.strerror or type(error).__name__).lower()}); see to the disk and try again"


def _put(folder: Path, path: PurePosixPath, data: bytes) -> Kept:
    """Write a part beside the place, under a hidden name that no reader takes, and give it its name in one step."""
    target = _place(folder, path)
    part = target / _PART.format(secrets.token_hex(8))
    try:
        _write(part, data)
        for number in range(1, _MOST_NAMESAKES):
            name = path.name if number == 1 else f"{path.stem} ({number}){path.suffix}"
            if give_name(part, target / name):
                settle(target)
                return Kept((path.parent / name).as_posix())
            if _same(target / name, data):
                return Kept((path.parent / name).as_posix(), already=True)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    raise AddingError(f"{path.name} was not added: there are {_MOST_NAMESAKES} files of that name; rename it.")


def _place(folder: Path, path: PurePosixPath) -> Path:
    """The folder in which a file goes, made where it is missing; no link may lead it out of ``folder``."""
    root = folder.resolve()
    place = folder
    for part in path.parts[:-1]:
        place = place / part
        if not place.is_dir():
            place.mkdir(exist_ok=True)
        if not place.resolve().is_relative_to(root):
            raise AddingError(
                f"The folder {place.name} leads out of the articles: choose another, or replace the link."
            )
    return place


def _write(part: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(part, flags, 0o644), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def give_name(part: Path, target: Path) -> bool:
    """Name a whole file ``target``, unless that name is taken: a link is made only where nothing is."""
    try:
        os.link(part, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _LINKLESS:
            raise
        if os.path.lexists(target):
            return False
        os.rename(part, target)
        return True
    part.unlink()
    return True


def _same(file: Path, data: bytes) -> bool:
    try:
        return not file.is_symlink() and file.stat().st_size == len(data) and file.read_bytes() == data
    except OSError:
        return False
