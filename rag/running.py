"""A note beside the library that says where the running app listens, so that the command line can ask through it.

One process at a time holds a library; while the page is open, ``python -m rag ask`` (brief, timeline, people) is
answered by the page's process.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rag.domain import Telling, Turn
from rag.errors import LibraryBusy, QuestionError
from rag.quiet import hush

_NOTE = "running.json"
RECENT = 12
"""Earlier turns that are sent along; the page reads no more."""
SILENCE_SECONDS = 900.0
"""How long an answer of the running app is waited for: longer than any that others' questions come before."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where an app listens, which folder it answers about and with which model setting.

    ``token`` lets the command line in where the page has a password; the note is for its user's eyes alone.
    """

    url: str
    articles: str
    model: str
    token: str = field(default="", repr=False)


def announce(data: Path, running: Running) -> None:
    """Leave the note. The caller holds the library's lock, so a note that is there without a lock is stale.

    Where it cannot be written (a full disk, a read-only folder) the page opens all the same; the command line then
    says that the library is busy.
    """
    with suppress(OSError):
        data.mkdir(parents=True, exist_ok=True)
        withdraw(data)  # Made anew, so that its mode is ours and a link leads nowhere.
        try:
            note = os.open(data / _NOTE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(note, "w", encoding="utf-8") as file:
                json.dump(asdict(running), file)
        except OSError:  # Not half a note, and not that of an earlier run.
            withdraw(data)


def rename_model(data: Path, model: str) -> None:
    """Say in the note that the app answers with another model now."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        announce(data, replace(_read(data), model=model))


def moved(data: Path, articles: Path) -> None:
    """Say in the note that the app answers about another folder now."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        announce(data, replace(_read(data), articles=str(articles.resolve())))


def _read(data: Path) -> Running:
    note = json.loads((data / _NOTE).read_text(encoding="utf-8"))
    return Running(str(note["url"]), str(note["articles"]), str(note["model"]), str(note.get("token", "")))


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
        running = _read(data)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = running.articles == str(articles.resolve()) and model in (None, running.model)
    return running if same and _is_here(running.url) else None


def _is_here(url: str) -> bool:
    """Whether ``url`` leads to this very machine: a note that came with a folder must not send questions elsewhere."""
    try:
        parts = urlsplit(url)
        address = ipaddress.ip_address(parts.hostname or "")
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        with socket.socket(family) as probe:
            probe.bind((str(address), 0))  # Only one's own addresses can be taken.
    except (OSError, ValueError):
        return False
    return parts.scheme == "http"


def ask(running: Running, question: str, history: Sequence[Turn]) -> dict[str, Any]:
    """The Answer JSON of the running app.

    Raises:
        LibraryBusy: it did not answer.
        QuestionError: it cannot be asked that.
    """
    return _called(running, "ask", question, [asdict(turn) for turn in history[-RECENT:]])


def tell(running: Running, telling: Telling, about: str) -> dict[str, Any]:
    """Likewise what it tells of the articles by name.

    Raises:
        LibraryBusy: it did not answer.
        QuestionError: no article tells about that.
    """
    return _called(running, telling, about)


def _called(running: Running, endpoint: str, *arguments: object) -> dict[str, Any]:
    hush()  # Read by the client when it is made.
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    headers = {"Authorization": f"Bearer {running.token}"} if running.token else {}
    try:
        # Without the user's key of the hub, and past any proxy that the environment names: the page is on this machine.
        # ``token`` says False where its type knows only None, which means the saved one.
        client = Client(
            running.url,
            token=False,
            verbose=False,
            headers=headers,
            httpx_kwargs={"trust_env": False},
            download_files=False,
            analytics_enabled=False,
        )
        try:
            reply = client.predict(*arguments, api_name=f"/{endpoint}")
        finally:
            client.close()
    except AppError as error:  # what the page says in a sentence
        raise QuestionError(error.message) from None
    except Exception as error:
        raise LibraryBusy(
            f"The library is held by the Footnote at {running.url}, which did not answer ({error}): "
            "stop it, then try again."
        ) from None
    return dict(reply)


class NotThere(QuestionError):
    """The running app has no such thing."""


class Call:
    """One request to the API of the running app, on this machine and past any proxy. ``body``: sent as JSON."""

    def __init__(self, running: Running, path: str, body: dict[str, Any] | None = None) -> None:
        parts = urlsplit(running.url)
        self._running, self._path, self._body = running, path, body
        self._line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=SILENCE_SECONDS)

    def reply(self) -> dict[str, Any]:
        """What it says.

        Raises:
            LibraryBusy: it did not answer.
            QuestionError: it cannot be asked that.
        """
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._running.token:
            headers["Authorization"] = f"Bearer {self._running.token}"
        try:
            sent = None if self._body is None else json.dumps(self._body)
            self._line.request("GET" if sent is None else "POST", self._path, sent, headers)
            answer = self._line.getresponse()
            said = json.loads(answer.read())
            if answer.status == 404:
                raise NotThere(str(said["error"]))
            if answer.status != 200:
                raise QuestionError(str(said["error"]))
            return dict(said)
        except (OSError, ValueError, TypeError, KeyError, http.client.HTTPException) as error:
            raise LibraryBusy(
                f"The Footnote at {self._running.url} did not answer ({type(error).__name__}): start it again."
            ) from None
        finally:
            self._line.close()

    def hang_up(self) -> None:
        """Wait no longer, from any thread; the app frees the model."""
        line = self._line.sock
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
