"""The names of what is added: made safe for every system, and refused where no reader takes them. Opens no file."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from rag.articles import SUFFIXES
from rag.errors import AddingError
from rag.unseen import visible

MOST_DEPTH = 8
"""Folders within each other that are kept of a dropped folder."""
MOST_BYTES = 180
"""Of one part of a path, in UTF-8: systems take 255, and a number may be put behind it."""

_BAD = re.compile(r'[\x00-\x1f\x7f<>:"|?*]+')
"""What Windows refuses in a name, or a terminal would act upon; elsewhere a folder may be carried there."""
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
_INSTEAD = {
    ".doc": "save it as .docx or .txt",
    ".pages": "export it as .txt",
    ".odt": "save it as .txt",
    ".zip": "unpack it and add what is inside",
    ".gz": "unpack it and add what is inside",
    ".rar": "unpack it and add what is inside",
    ".7z": "unpack it and add what is inside",
    ".tar": "unpack it and add what is inside",
    ".csv": "a table has no sentences to cite; write them down as .txt",
    ".xlsx": "a table has no sentences to cite; write them down as .txt",
    ".pptx": "save its text as .txt",
    ".webarchive": "save the page as .html",
    ".mhtml": "save the page as .html",
    ".url": "paste the link instead",
    ".webloc": "paste the link instead",
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".gif", ".heic", ".tif", ".tiff"), "a picture has no text to cite"),
    **dict.fromkeys((".mp3", ".mp4", ".m4a", ".wav", ".mov"), "add a transcript as .txt instead"),
}
_ELSE = "save its text as .txt"


def safe_path(name: str) -> PurePosixPath:
    """Where a file of this name is kept, below the folder of articles; its own folders are kept.

    Raises:
        AddingError: it leads out of the folder, is hidden, too deep, about the articles (README), or of no format that
            is read.
    """
    given = [part for part in re.split(r"[/\\]", unicodedata.normalize("NFC", _whole(name))) if part not in ("", ".")]
    if ".." in given:
        raise AddingError(f"{shown(name)} leads out of the folder of articles: give the file a plain name.")
    if not given or any(part.startswith(".") for part in given):
        raise AddingError(f"{shown(name) or 'A file without a name'} is hidden or has no name: rename it to add it.")
    if len(given) > MOST_DEPTH + 1:
        raise AddingError(f"{shown(name)} lies more than {MOST_DEPTH} folders deep: add the inner folder by itself.")
    suffix = PurePosixPath(given[-1].rstrip(" .")).suffix
    why = refusal(given[-1].rstrip(" ."))
    if why:
        raise AddingError(f"{shown(name)} was not added: {why}.")
    *folders, file = given
    return PurePosixPath(*(_safe(part, "folder") for part in folders), _safe(_stem(file), "article") + suffix)


def refusal(name: str) -> str:
    """Why a file of this name cannot be an article and what to do, "" when it can."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        what = f"{suffix} files cannot be read" if suffix else "it has no ending that tells its format"
        return f"{what}; {_INSTEAD.get(suffix, _ELSE)} (what can be read: {', '.join(SUFFIXES)})"
    if path.stem.lower() == "readme":
        return "a file named README is about the articles, not one of them; rename it"
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


def _stem(file: str) -> str:
    plain = file.rstrip(" .")
    return plain.removesuffix(PurePosixPath(plain).suffix)


def _safe(part: str, otherwise: str) -> str:
    """One part of a path that every system takes, and that looks like what it is."""
    plain = "".join("_" if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") else c for c in _BAD.sub("_", part))
    plain = plain.strip(" .")
    while len(plain.encode()) > MOST_BYTES:
        plain = plain[:-1].rstrip(" .")
    return f"_{plain}" if _DEVICES.match(plain) else plain or otherwise
