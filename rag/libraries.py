"""The libraries that have a name: a list of folders of articles, kept in the data folder. Knows no library's content.

Each folder has its own library in the same database (``rag.place.collection_prefix``). The folder that Footnote was
started with is always in the list; one that is made here has its folder below ``articles`` in the data folder. To
forget a library deletes nothing: its folder, what is stored of it and what was corrected are there when it is named
again.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from rag.config import Config, Origin
from rag.errors import ShelfError
from rag.kept import Kept, parsed

FILE = "libraries.json"
NAME_MAX = 60
MOST = 200
"""Libraries in a list that people choose from."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
"""In a name, for it is a folder's name too, on every system."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)


@dataclass(frozen=True, slots=True)
class NamedLibrary:
    """A folder of articles and what it is called. ``started``: Footnote was started with it."""

    name: str
    folder: Path
    started: bool = False

    @property
    def is_there(self) -> bool:
        """Whether its folder is."""
        return self.folder.is_dir()


class _Stored(TypedDict):
    """The file: the library that was last chosen in the window, and all folders by name."""

    current: str
    folders: dict[str, str]


_FORM = TypeAdapter(_Stored)


class Libraries:
    """The list. May be used from any thread."""

    def __init__(self, data: Path, started: Path) -> None:
        """Read the list in ``data``; ``started`` is the folder that Footnote answers about now."""
        self._data = data
        self._started = _resolved(started)
        self._changing = threading.Lock()
        self._kept: Kept[_Stored] = Kept(data / FILE, _FORM, {"current": "", "folders": {}}, "names of libraries")
        stored = self._kept.value["folders"]
        self._folders = {name: Path(folder) for name, folder in stored.items() if _is_fit(name)}
        self.current = self.name_of(started)
        """The name of the one that is open."""

    @property
    def problem(self) -> str:
        """What was wrong with the list's file, "" when nothing was."""
        return self._kept.problem

    def all(self) -> tuple[NamedLibrary, ...]:
        """All libraries, in order of name."""
        known = [NamedLibrary(name, folder, folder == self._started) for name, folder in self._folders.items()]
        return tuple(sorted(known, key=lambda one: _folded(one.name)))

    def find(self, name: str) -> NamedLibrary:
        """The library of that name.

        Raises:
            ShelfError: there is none.
        """
        wanted = _folded(name)
        found = next((one for one in self.all() if _folded(one.name) == wanted), None)
        if found is None:
            raise ShelfError(f"No library is called “{name:.60}”: see the list, or make one of that name.")
        return found

    def name_of(self, folder: Path) -> str:
        """What the library of a folder is called; it gets a name when it has none."""
        wanted = _resolved(folder)
        found = next((name for name, known in self._folders.items() if known == wanted), None)
        if found is None:
            found = self._free(_plain(wanted.name))
            self._folders = {**self._folders, found: wanted}
        return found

    def make(self, name: str, folder: str = "") -> NamedLibrary:
        """A new library, with a folder of its own or one that is there already.

        Raises:
            ShelfError: a name or a folder that cannot be had, or no room to write it down.
        """
        name = checked_name(name)
        with self._changing:
            if self._is_taken(name):
                raise ShelfError(f"A library called “{name}” is there already: choose another name.")
            if len(self._folders) >= MOST:
                raise ShelfError(f"There are {MOST} libraries, and no more are kept: forget one first.")
            path = self._existing(folder) if folder.strip() else self._own(name)
            self._write({**self._folders, name: path}, self._chosen())
            return NamedLibrary(name, path)

    def rename(self, old: str, new: str) -> None:
        """Call a library something else; its folder keeps its name.

        Raises:
            ShelfError: there is none of that name, or the new one cannot be had.
        """
        new = checked_name(new)
        with self._changing:
            was = self.find(old).name
            if _folded(new) != _folded(was) and self._is_taken(new):
                raise ShelfError(f"A library called “{new}” is there already: choose another name.")
            folders = {new if name == was else name: folder for name, folder in self._folders.items()}
            chosen = self._chosen()
            self._write(folders, new if chosen == was else chosen)
            self.current = new if self.current == was else self.current

    def forget(self, name: str) -> None:
        """Take a library off the list; nothing of it is deleted.

        Raises:
            ShelfError: there is none of that name, or it is in use.
        """
        with self._changing:
            found = self.find(name)
            if found.name == self.current:
                raise ShelfError(f"“{found.name}” is open: open another library first.")
            if found.started:
                raise ShelfError(f"Footnote was started with “{found.name}”, so it stays in the list.")
            chosen = self._chosen()
            folders = {name: folder for name, folder in self._folders.items() if name != found.name}
            self._write(folders, "" if chosen == found.name else chosen)

    def choose(self, name: str) -> NamedLibrary:
        """Note that a library is the one to be open, now and at the next start.

        Raises:
            ShelfError: there is none of that name, or its folder is gone.
        """
        with self._changing:
            found = self.find(name)
            if not found.is_there:
                raise ShelfError(f"The folder of “{found.name}”, {found.folder}, is not there: bring it back first.")
            self._write(self._folders, found.name)
            self.current = found.name
            return found

    def _chosen(self) -> str:
        return self._kept.value["current"]

    def _write(self, folders: Mapping[str, Path], current: str) -> None:
        self._kept.write({"current": current, "folders": {name: str(folder) for name, folder in folders.items()}})
        self._folders = dict(folders)

    def _is_taken(self, name: str) -> bool:
        return _folded(name) in map(_folded, self._folders)

    def _free(self, name: str) -> str:
        number, free = 1, name
        while self._is_taken(free):
            number += 1
            free = f"{name} {number}"
        return free

    def _own(self, name: str) -> Path:
        number, folder = 1, self._data / "articles" / name
        while _resolved(folder) in self._folders.values():  # One that was renamed has kept its folder.
            number += 1
            folder = self._data / "articles" / f"{name} {number}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or error
            raise ShelfError(f"The folder {folder} cannot be made ({why}): make {self._data} writable.") from None
        return _resolved(folder)

    def _existing(self, folder: str) -> Path:
        try:
            path = Path(folder.strip()).expanduser()
            there = path.is_absolute() and path.is_dir()
            path = path.resolve()
        except (OSError, RuntimeError, ValueError):  # too long, a loop of links, nobody's home
            there = False
        if not there:
            raise ShelfError(
                f"“{folder.strip():.80}” is no folder of this machine: give its whole path, as in /home/me/articles."
            )
        own, data = _resolved(self._data / "articles"), _resolved(self._data)
        if path == path.parent or path == own or (path.is_relative_to(data) and not path.is_relative_to(own)):
            raise ShelfError(f"{path} is no folder of articles: choose the one that holds them.")
        known = next((name for name, other in self._folders.items() if other == path), None)
        if known is not None:
            raise ShelfError(f"{path} is the folder of “{known}” already.")
        return path


def checked_name(name: str) -> str:
    """A library's name as it is kept.

    Raises:
        ShelfError: it cannot be one, since it names its folder too.
    """
    line = unicodedata.normalize("NFC", " ".join(name[: 4 * NAME_MAX].split()))
    if len(name) > 4 * NAME_MAX or len(line) > NAME_MAX:
        raise ShelfError(f"The name has {len(name):,} characters; {NAME_MAX} is the limit: choose a shorter one.")
    if not any(map(str.isalnum, line)):
        raise ShelfError("A library needs a name with a letter or a digit in it.")
    if not line.isprintable() or _FORBIDDEN.search(line) or line.startswith(".") or line.endswith("."):
        raise ShelfError('A name holds no < > : " / \\ | ? * and no hidden character, and no full stop at its ends.')
    if _RESERVED.fullmatch(line):
        raise ShelfError(f"“{line}” is the name of a device on some systems: choose another one.")
    return line


def chosen(config: Config) -> Config:
    """The settings with the folder that is meant: a library's name for its folder, the last chosen one for none.

    A folder that is there goes before a library of the same name.
    """
    given = config.origin("articles") is not Origin.DEFAULT
    if given and config.articles.is_dir():
        return config
    try:
        stored = parsed(config.data / FILE, _FORM)
    except (OSError, ValueError, RecursionError):  # What is damaged is said by whoever opens the list.
        return config
    wanted = _folded(str(config.articles) if given else stored["current"])
    folder = next((Path(folder) for name, folder in stored["folders"].items() if _folded(name) == wanted), None)
    return config.model_copy(update={"articles": folder}) if folder is not None and folder.is_dir() else config


def _plain(name: str) -> str:
    """A folder's name as a library's."""
    line = " ".join("".join(c if c.isprintable() else " " for c in _FORBIDDEN.sub(" ", name)).split()).strip(". ")
    return line[:NAME_MAX].strip() if _is_fit(line[:NAME_MAX].strip()) else "Articles"


def _is_fit(name: str) -> bool:
    try:
        return checked_name(name) == name
    except ShelfError:
        return False


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", " ".join(name[: 4 * NAME_MAX].split())).casefold()


def _resolved(folder: Path) -> Path:
    return folder.expanduser().resolve()
