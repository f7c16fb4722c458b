"""Keys by which other programs get in where the page has a password: made here, kept hashed, withdrawn by their id.

A key is 256 random bits, so a plain sha256 keeps it as safely as a slow hash would keep a password, and comparing costs
nothing. Knows no page and no request.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import ConfigError, LibraryUnwritable
from rag.kept import write_whole

PREFIX = "fn-"
"""How a key begins, so that one that was left lying about can be told for what it is."""
MOST = 100
"""Keys that are kept at a time."""
LONGEST_NAME = 80
_FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: not the key, but what it is called, when it was made, and its digest."""

    id: str
    name: str
    made: str
    digest: str


class Keys:
    """The keys of one data folder. Read anew when the file has changed, so that a withdrawn key counts no longer."""

    def __init__(self, data: Path) -> None:
        self._file = data / _FILE
        self._stamp: tuple[int, int, int] | None = None
        self._known: dict[str, Key] = {}

    def all(self) -> list[Key]:
        """Every key, oldest first."""
        self._look()
        return list(self._known.values())

    def owner(self, token: str) -> Key | None:
        """The key that ``token`` is, None for any other. Cheap; never raises."""
        if not token.startswith(PREFIX):
            return None
        try:
            self._look()
        except ConfigError:  # Nobody gets in by a file that cannot be read.
            return None
        # By digest: the time that a look-up takes says nothing about a key.
        return self._known.get(_digest(token))

    def make(self, name: str) -> tuple[Key, str]:
        """A new key and its token, which is shown this once.

        Raises:
            ConfigError: the name cannot be used, there are too many, or the file holds something else.
            LibraryUnwritable: it cannot be kept.
        """
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise ConfigError(f"A key needs a name of 1 to {LONGEST_NAME} printable characters: say what it is for.")
        known = self.all()
        if len(known) >= MOST:
            raise ConfigError(f"There are {len(known)} keys already: withdraw one that is not needed.")
        token = PREFIX + secrets.token_urlsafe(32)
        key = Key(secrets.token_hex(4), name, datetime.now(UTC).date().isoformat(), _digest(token))
        self._write([*known, key])
        return key, token

    def withdraw(self, id: str) -> Key:
        """Forget a key: whoever shows it is refused from the next request on.

        Raises:
            ConfigError: there is no such key.
            LibraryUnwritable: that cannot be kept.
        """
        known = self.all()
        gone = next((key for key in known if key.id == id), None)
        if gone is None:
            raise ConfigError(f"There is no key with the id {id[:40]!r}: `python -m rag key list` shows all.")
        self._write([key for key in known if key is not gone])
        return gone

    def _look(self) -> None:
        try:
            about = self._file.stat()
            stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
            if stamp == self._stamp:
                return
            rows = json.loads(self._file.read_text(encoding="utf-8"))
            known = {key.digest: key for key in (_read(row) for row in rows)}
        except (FileNotFoundError, NotADirectoryError):
            self._known, self._stamp = {}, None
            return
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            self._known, self._stamp = {}, None
            raise ConfigError(
                f"The keys in {self._file} cannot be read: correct the file, or delete it and make new keys."
            ) from None
        self._known, self._stamp = known, stamp

    def _write(self, keys: list[Key]) -> None:
        """In one rename, for its owner's eyes alone: killed at any moment, there are the old keys or the new ones."""
        try:
            write_whole(self._file, json.dumps([asdict(key) for key in keys], indent=1).encode())
        except OSError as error:
            raise LibraryUnwritable(
                f"The keys cannot be kept in {self._file} ({error.strerror}): make room or see to its rights."
            ) from None


def _read(row: dict[str, str]) -> Key:
    key = Key(str(row["id"]), str(row["name"]), str(row["made"]), str(row["digest"]))
    if not re.fullmatch(r"[0-9a-f]{64}", key.digest):
        raise ValueError("no digest")
    return key


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
