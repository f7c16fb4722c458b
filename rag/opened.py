"""One library that is open, with everything that goes when another one is opened, and what it holds for readers.

Whoever answers takes it once and keeps to it: all that it gives belongs together, and ``left`` tells that it is being
closed.
"""

from __future__ import annotations

import threading
from pathlib import Path

from rag.articles import read_article, times_of
from rag.corrections import Corrections
from rag.domain import Answer, Article, Holdings, SyncReport, Unreadable
from rag.errors import FootnoteError, UnreadableFile
from rag.models.base import Embedder
from rag.reading import FileState, ReadingBoard
from rag.retrieval import Retriever
from rag.store import Library
from rag.watching import FolderWatch, Freshness, articles_of

FEW = 100
"""Articles whose people are worked out while somebody waits."""
NOT_YET = "The library is not loaded yet: wait until it is, then ask again."


class Opened:
    """The library of one folder, from when it is wanted until it is left. It is filled by the shelf alone."""

    def __init__(self, data: Path, folder: Path) -> None:
        """Nothing is loaded as yet; only what was corrected by hand is read."""
        self.folder = folder
        self.left = threading.Event()
        """Set once it is to be closed: nothing new is to be made of it."""
        self.corrections = Corrections(data, folder)
        self.freshness = Freshness(folder)
        self.board = ReadingBoard()
        self.by_hand: set[str] = set()
        """Articles that were corrected since the folder was last read."""
        self.report: SyncReport | None = None
        self.error: FootnoteError | None = None
        """Why it cannot be used."""
        self.library: Library | None = None
        self.embedder: Embedder | None = None
        self.watching: FolderWatch | None = None
        self.retriever: Retriever | None = None
        self.examples: list[str] | None = None
        """Questions that were tried; None until they have been."""
        self._narrow: tuple[Retriever, tuple[str, ...], Retriever] | None = None

    def close(self) -> None:
        """Stop watching, and let go of the library's files. Safe to call twice."""
        if self.watching is not None:
            self.watching.close()
        if self.library is not None:
            self.library.close()

    def ready(self) -> Retriever:
        """What finds evidence in it.

        Raises:
            FootnoteError: it cannot be used, or not yet.
        """
        if self.error is not None:
            raise self.error
        if self.retriever is None:
            raise FootnoteError(NOT_YET)
        return self.retriever

    def kept_to(self, articles: tuple[str, ...]) -> Retriever:
        """One over these articles alone; the last one is kept, since the next question often keeps to them."""
        whole, known = self.ready(), self._narrow
        if known is None or known[0] is not whole or known[1] != articles:
            known = self._narrow = (whole, articles, whole.kept_to(frozenset(articles)))
        return known[2]

    def changed(self, answer: Answer, retriever: Retriever) -> tuple[str, ...]:
        """The ids of the articles that an answer cites or shows whose files are no longer what was read."""
        known = retriever.index().articles
        cited = (known[id] for id in articles_of(answer) if id in known)
        gone = (id for id in articles_of(answer) if id not in known)
        return (*self.freshness.changed(cited), *gone)

    def articles(self) -> list[Article]:
        """Every article, in order of id. Empty until it is loaded."""
        return list(self.retriever.index().articles.values()) if self.retriever is not None else []

    def article(self, article_id: str) -> Article | None:
        """The article of this id, None when there is none."""
        return self.retriever.index().articles.get(article_id) if self.retriever is not None else None

    def as_filed(self, article_id: str) -> Article | None:
        """The article as its file has it now, whatever was corrected by hand; None when that cannot be read."""
        if self.article(article_id) is None:
            return None
        try:
            return read_article(self.folder, article_id)
        except UnreadableFile:
            return None

    def file(self, article_id: str, *, is_reading: bool) -> FileState:
        """How far a file of the folder is; ``is_reading``: whether the folder is being read."""
        noted = self.board.state(article_id)
        if noted is not None:
            return noted
        # To look into the library while it is read would build its indexes anew after every file.
        if not is_reading and self.article(article_id) is not None:
            return FileState(article_id, "read")
        return FileState(article_id, "waiting" if (self.folder / article_id).exists() else "gone")

    def unreadable(self) -> tuple[Unreadable, ...]:
        """The files that could not be read when the folder was last looked at, and why."""
        return untold(self.report) if self.report is not None else ()

    def holdings(self) -> Holdings:
        """What it holds, for whoever looks through it. Empty until it is loaded."""
        if self.retriever is None:
            return Holdings()
        index = self.retriever.index()
        # Of many articles they are worked out behind everything else; nobody waits for them to see the list.
        people = index.people if index.is_prepared or len(index.articles) <= FEW else ()
        return Holdings(
            tuple(index.articles.values()),
            {person.name: person.articles for person in people},
            times_of(self.folder, index.articles),
            self.unreadable(),
        )


def untold(report: SyncReport) -> tuple[Unreadable, ...]:
    """The files that a sync could not read or passed over."""
    return (*report.unreadable, *report.passed_over)
