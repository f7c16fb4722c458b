"""The journal of a run: every reply as soon as it is there, so that an interrupted run goes on. Knows no scoring.

A row is taken up again only under the key under which it was written; the key names everything that decides about the
reply, so a changed setting, article or line of ``rag`` starts anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from eval.gold import Gold


class Journal:
    """Appends replies to ``file``, each on the disk before ``put`` returns. A torn last line is passed over.

    Args:
        file: made when missing.
        run_key: what decides about the replies besides the question.
    """

    def __init__(self, file: Path, run_key: str) -> None:
        self.file = file
        self._run_key = run_key
        self._rows = _rows(file)
        self._stream: BinaryIO = file.open("ab")
        if self._stream.tell() and not _ends_with_newline(file):
            self._stream.write(b"\n")

    def get(self, gold: Gold) -> dict[str, Any] | None:
        """The reply to this question under this run's key, or None."""
        return self._rows.get(self._key(gold))

    def put(self, gold: Gold, reply: dict[str, Any]) -> None:
        """Keep a reply."""
        line = json.dumps({"key": self._key(gold), "id": gold.id, "reply": reply}, ensure_ascii=False)
        self._stream.write(line.encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._stream.close()

    def remove(self) -> None:
        """Close and delete it: the run is complete."""
        self.close()
        self.file.unlink(missing_ok=True)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _key(self, gold: Gold) -> str:
        history = [[turn.question, turn.answer] for turn in gold.history]
        return digest_of(self._run_key, gold.id, gold.question, history)


def digest_of(*values: object) -> str:
    """The sha256 of values as JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _rows(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if not file.exists():
        return found
    for line in file.read_bytes().split(b"\n"):
        try:
            row = json.loads(line)
            found[row["key"]] = row["reply"]
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"
