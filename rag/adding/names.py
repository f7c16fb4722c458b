"""The names of what is added: made safe for every system, and refused where no reader takes them. Opens no file."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from rag.articles import SUFFIXES, reason_of
from rag.errors import AddingError
from rag.unseen import visible

MOST_DEPTH = 8
"""Folders within each other that are kept of a dropped folder."""
MOST_BYTES = 180
"""Of one part of a path, in UTF-8: systems take 255, and a number may be put behind it."""

_BAD = re.compile(r'[\x00-\x1f\x7f<>:"|?*]+')
"""What Windows refuses in a name, or a terminal would act upon; elsewhere a folder may be carried there."""
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)


def safe_path(name: str) -> PurePosixPath:
    """Where a file of this name is kept, below the folder of articles; its own folders are kept.

    Raises:
        AddingError: it leads out of the folder, is hidden, too deep, about the articles (README), or of no format that
            is read.
    """
    given = [part for part in re.split(r"[/\\]", unicodedata.normalize("NFC", _whole(name))) if part not in ("", ".")]
    if ".." in given:
        raise AddingError(f"{shown(name)} leads out of the folder of articles: give the file a plain name.")
    if not given or any(part.startswith((".", "~$")) for part in given):
        raise AddingError(f"{shown(name) or 'A file without a name'} is hidden or has no name: rename it to add it.")
    if len(given) > MOST_DEPTH + 1:
        raise AddingError(f"{shown(name)} lies more than {MOST_DEPTH} folders deep: add the inner folder by itself.")
    why = refusal(given[-1].rstrip(" ."))
    if why:
        raise AddingError(f"{shown(name)} was not added: {why}")
    *folders, file = given
    return PurePosixPath(*(_safe(part, "folder") for part in folders), _safe(_stem(file), "article") + _suffix(file))


def refusal(name: str) -> str:
    """Why a file of this name cannot be an article and what to do, "" when it can."""
    path = PurePosixPath(name)
    if path.suffix.lower() not in SUFFIXES:
        return reason_of(name, SUFFIXES)
    if path.stem.lower() == "readme":
        return "a file named README is about the articles, not one of them: rename it."
    return ""


def shown(name: str) -> str:
    """A name as a sentence may hold it: what cannot be seen is shown, what is endless is cut."""
    line = visible(_whole(name), lines=False)
    return line if len(line) <= 120 else f"{line[:119]}…"


def slug(title: str) -> str:
    """A file's name made of a title, without an ending."""
    return _safe(" ".join(re.sub(r'[/\\<>:"|?*]+', " ", title).split())[:80].strip(" ."), "article")


def _whole(name: str) -> str:
    """Without halves of surrogate pairs, which no file system can write down."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _suffix(file: str) -> str:
    return PurePosixPath(file.rstrip(" .")).suffix


def _stem(file: str) -> str:
    return file.rstrip(" .").removesuffix(_suffix(file))


def _safe(part: str, otherwise: str) -> str:
    """One part of a path that every system takes, and that looks like what it is."""
    plain = "".join("_" if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") else c for c in _BAD.sub("_", part))
    plain = plain.strip(" .")
    while len(plain.encode()) > MOST_BYTES:
        plain = plain[:-1].rstrip(" .")
    return f"_{plain}" if _DEVICES.match(plain) else plain or otherwise
