"""Fetched pages that are shown before they are kept: under a token, for ten minutes, only so many. Knows no page."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.adding.fetching import Fetched
from rag.adding.names import slug
from rag.adding.pasting import file_of
from rag.articles import read_article
from rag.domain import Article
from rag.errors import AddingError, UnreadableFile

HELD_S = 600.0
MOST_HELD = 8
"""Pages at a time; the oldest makes room."""
_FIRST = 600


@dataclass(frozen=True, slots=True)
class Preview:
    """A fetched page as its reader reads it, and the first of its words."""

    page: Fetched
    article: Article

    @property
    def first_words(self) -> str:
        """The beginning of the text, cut at a word."""
        text = self.article.text[: _FIRST + 1]
        return text if len(text) <= _FIRST else f"{text[:_FIRST].rsplit(None, 1)[0]} …"


def preview_of(page: Fetched) -> Preview:
    """What would be kept of a page, read by the reader of its format.

    Raises:
        AddingError: no article can be read there, and why.
    """
    with tempfile.TemporaryDirectory(prefix="footnote-link-") as folder:
        name = f"{slug(page.url.split('/')[2])}{'.md' if page.suffix == '.txt' else page.suffix}"
        try:
            (Path(folder) / name).write_bytes(file_of(page))
            return Preview(page, read_article(Path(folder), name))
        except UnreadableFile as error:
            raise AddingError(f"No article can be read at this link: {error}") from None
        except OSError as error:
            raise AddingError(f"The page could not be looked at ({error.strerror}): make room on the disk.") from None


class Holding:
    """Keeps previews in memory, each until it is taken, too old, or one too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[float, Preview]] = {}

    def put(self, preview: Preview) -> str:
        """Hold a preview; the token under which it is found again."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._drop_old()
            while len(self._held) >= MOST_HELD:
                del self._held[next(iter(self._held))]
            self._held[token] = (self._clock() + HELD_S, preview)
        return token

    def look(self, token: str) -> Preview:
        """The preview of a token, which stays held.

        Raises:
            AddingError: there is none, or not any more.
        """
        with self._lock:
            self._drop_old()
            found = self._held.get(token)
        if found is None:
            raise AddingError("This page is no longer held: paste the link again.")
        return found[1]

    def drop(self, token: str) -> None:
        """Hold it no longer, if it is held."""
        with self._lock:
            self._held.pop(token, None)

    def _drop_old(self) -> None:
        now = self._clock()
        for token in [token for token, (end, _) in self._held.items() if end <= now]:
            del self._held[token]
