"""A note beside the library that says where the running app listens, so that the command line can ask through it.

One process at a time holds a library; while the page is open, ``python -m rag ask`` is answered by the page's process.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.domain import Turn
from rag.errors import LibraryBusy

_NOTE = "running.json"


@dataclass(frozen=True, slots=True)
class Running:
    """Where an app listens, which folder it answers about and with which model setting."""

    url: str
    articles: str
    model: str


def announce(data: Path, running: Running) -> None:
    """Leave the note. The caller holds the library's lock, so a note that is there without a lock is stale.

    Where it cannot be written (a full disk, a read-only folder) the page opens all the same; the command line then
    says that the library is busy.
    """
    note = data / _NOTE
    with suppress(OSError):
        data.mkdir(parents=True, exist_ok=True)
        try:
            note.write_text(json.dumps(asdict(running)), encoding="utf-8")
        except OSError:  # Not half a note, and not that of an earlier run.
            note.unlink(missing_ok=True)


def withdraw(data: Path) -> None:
    """Remove the note, if that can be done."""
    with suppress(OSError):
        (data / _NOTE).unlink(missing_ok=True)


def find(data: Path, articles: Path, model: str | None) -> Running | None:
    """The app that holds this library and can answer in our place, None when there is none.

    Args:
        data: the data folder whose library is busy.
        articles: the folder that is asked about.
        model: the model that was asked for, None for any.
    """
    try:
        note = json.loads((data / _NOTE).read_text(encoding="utf-8"))
        running = Running(str(note["url"]), str(note["articles"]), str(note["model"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = running.articles == str(articles.resolve()) and model in (None, running.model)
    return running if same else None


def ask(running: Running, question: str, history: Sequence[Turn]) -> dict[str, Any]:
    """The Answer JSON of the running app.

    Raises:
        LibraryBusy: it did not answer.
    """
    from gradio_client import Client

    try:
        client = Client(running.url, verbose=False)
        reply = client.predict(question, [asdict(turn) for turn in history], api_name="/ask")
    except Exception as error:
        raise LibraryBusy(
            f"The library is held by the Footnote at {running.url}, which did not answer ({error}): "
            "stop it, then try again."
        ) from None
    return dict(reply)
