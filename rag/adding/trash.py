"""Removed articles: moved out of the folder, kept for some days, brought back by a token. Knows files, no library."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.adding.keeping import refused
from rag.adding.names import shown
from rag.errors import AddingError
from rag.kept import settle

KEPT_DAYS = 30
_FOLDER = "trash"
_FILE, _ABOUT = "file", "about.json"
_TOKEN = re.compile(r"[\w-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that was removed, and the token that brings it back."""

    token: str
    id: str


def remove(folder: Path, data: Path, article: str) -> Removed:
    """Move the file of an article from ``folder`` to the trash in ``data``.

    Raises:
        AddingError: there is no such file in the folder, or the disk refuses; then it stays where it is.
    """
    file = _inside(folder, article)
    token = secrets.token_urlsafe(16)
    place = data / _FOLDER / token
    try:
        place.mkdir(parents=True, mode=0o700)
        about = {"article": article, "folder": str(folder.resolve())}
        (place / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        _move(file, place / _FILE)
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        if isinstance(error, FileNotFoundError):
            raise AddingError(f"There is no article {shown(article)} any more: it was removed already.") from None
        raise AddingError(f"{shown(article)} was not removed: {refused(error, folder)}.") from None
    return Removed(token, article)


def removed(data: Path, token: str) -> Removed:
    """What stands in the trash under a token.

    Raises:
        AddingError: nothing does.
    """
    return Removed(token, _about(data, token)["article"])


def restore(data: Path, token: str) -> str:
    """Bring a removed article back to where it was; its id, with a number where the name is taken now.

    Raises:
        AddingError: it is not in the trash any more, or the disk refuses.
    """
    about = _about(data, token)
    folder, path = Path(about["folder"]), PurePosixPath(about["article"])
    try:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            name = path.name if number == 1 else f"{path.stem} ({number}){path.suffix}"
            back = path.parent / name
            if not os.path.lexists(folder / back):
                _move(data / _FOLDER / token / _FILE, folder / back)
                shutil.rmtree(data / _FOLDER / token, ignore_errors=True)
                return back.as_posix()
    except OSError as error:
        raise AddingError(f"{shown(path.name)} was not brought back: {refused(error, folder)}.") from None
    raise AddingError(f"{shown(path.name)} was not brought back: its name is taken; it lies in {data / _FOLDER}.")


def empty_trash(data: Path, days: float = KEPT_DAYS) -> None:
    """Delete what was removed longer than so many days ago."""
    with suppress(OSError):
        for place in (data / _FOLDER).iterdir():
            with suppress(OSError):
                if time.time() - place.lstat().st_mtime > days * 86_400:
                    shutil.rmtree(place, ignore_errors=True)


def _inside(folder: Path, article: str) -> Path:
    """The file of an article, if it is one of the folder's own."""
    path = PurePosixPath(article)
    try:
        plain = article and "\0" not in article and not path.is_absolute() and ".." not in path.parts
        file = folder / path
        held = plain and file.parent.resolve().is_relative_to(folder.resolve()) and os.path.lexists(file)
        held = held and not file.is_dir()
    except (OSError, RuntimeError, ValueError):
        held = False
    if not held:
        raise AddingError(f"There is no article {shown(article)} in the folder: it may have been removed already.")
    return folder / path


def _about(data: Path, token: str) -> dict[str, str]:
    try:
        if _TOKEN.fullmatch(token) and os.path.lexists(data / _FOLDER / token / _FILE):
            about = json.loads((data / _FOLDER / token / _ABOUT).read_text(encoding="utf-8"))
            return {"article": str(about["article"]), "folder": str(about["folder"])}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise AddingError("There is nothing to bring back: it was brought back already, or its days in the trash are over.")


def _move(source: Path, target: Path) -> None:
    """By name where both are on one disk; else copied whole before the first one goes."""
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        part = target.with_name(f".footnote-{secrets.token_hex(8)}.part")
        try:
            shutil.copy2(source, part, follow_symlinks=False)
            os.rename(part, target)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        source.unlink()
    settle(target.parent)
