"""What readers make and must not lose, as small JSON files beside the library. Knows no article and no library.

A file is written as a whole or not at all, and is on the disk when ``write`` returns. One that cannot be made out is
set aside, which is said, and stops nothing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from rag.errors import ShelfError

T = TypeVar("T")


class Kept(Generic[T]):
    """One such file. ``problem`` says what was wrong with it when it was read, "" when nothing was."""

    def __init__(self, file: Path, form: TypeAdapter[T], empty: T, what: str) -> None:
        """Read the file; nothing is written yet.

        Args:
            file: where it is, or will be.
            form: what its content must be like.
            empty: its content when there is no file.
            what: what it holds, as "the corrections".
        """
        self._file, self._what = file, what
        self._unread = False
        self.problem = ""
        self.value = self._read(form, empty)

    def write(self, value: T) -> None:
        """Keep ``value`` in place of what was there.

        Raises:
            ShelfError: it cannot be written; what was there still is.
        """
        if self._unread:
            raise ShelfError(self.problem)
        try:
            write_whole(self._file, json.dumps(value, indent=1, sort_keys=True).encode("ascii"))
        except OSError as error:
            raise ShelfError(
                f"{self._file} cannot be written ({error.strerror or error}), so {self._what} are as they were: "
                "make room or make its folder one that can be written, then try again."
            ) from None
        self.value = value

    def _read(self, form: TypeAdapter[T], empty: T) -> T:
        try:
            return parsed(self._file, form)
        except FileNotFoundError:
            return empty
        except OSError as error:
            self._unread = True
            self.problem = f"{self._file} cannot be read ({error.strerror or error}): {self._what} are not in use."
        except (ValueError, RecursionError):
            aside = self._set_aside()
            kept = f"it was set aside as {aside.name}" if aside else "it is left alone until it can be renamed"
            self.problem = f"{self._file} is damaged; {kept}, and {self._what} begin anew."
            self._unread = aside is None
        return empty

    def _set_aside(self) -> Path | None:
        number = 1
        while (aside := self._file.with_name(f"{self._file.stem}-damaged-{number}{self._file.suffix}")).exists():
            number += 1
        with suppress(OSError):
            return self._file.rename(aside)
        return None


def parsed(file: Path, form: TypeAdapter[T]) -> T:
    """What a file holds.

    Raises:
        OSError: it cannot be read.
        ValueError, RecursionError: it is damaged.
    """
    return form.validate_python(json.loads(file.read_bytes().decode("ascii")), strict=True)


def write_whole(file: Path, content: bytes) -> None:
    """Replace ``file`` by ``content`` in one step, for its owner alone. ``OSError`` when that cannot be done."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)  # Made anew, so that its mode is ours and a link leads nowhere.
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    settle(file.parent)


def settle(folder: Path) -> None:
    """Have the new name on the disk too; where folders cannot be opened, the system sees to it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
