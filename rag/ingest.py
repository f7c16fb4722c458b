"""Brings the library up to date with the folder of articles: sync(folder, library, embedder) -> SyncReport.

Knows readers, passages, speakers, briefs, the embedder's Protocol and the library; no file format and no database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from rag.articles import Folder, file_digest, look_into, only_this_file, printable, read_article
from rag.briefs import BRIEFS_VERSION, brief
from rag.corrections import Corrections
from rag.domain import Article, Passage, SyncReport, Unreadable
from rag.errors import UnreadableFile
from rag.models.base import Embedder
from rag.passages import PASSAGE_FINGERPRINT, prose, split
from rag.quotes import QUOTES_VERSION, statements
from rag.reading import FileState, ReadingBoard
from rag.store import Library

__all__ = ["Phase", "SyncProgress", "fingerprint", "sync"]

Phase = Literal["checking", "reading", "done"]

EMBED_BATCH = 64
"""Texts handed to the embedder at a time: it orders and batches them itself, and between two a sync can be stopped."""

_HEADER_FINGERPRINT = "header 1 (title, outlet, date)"
_KEPT = "its last readable version stays in the library"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a sync is.

    While ``checking``, ``total`` counts the files of the folder; while ``reading``, those that are new or changed.
    ``article`` is the one that comes next, "" when ``done``.
    """

    done: int
    total: int
    article: str
    phase: Phase


class _Cancelled(Exception):
    """The caller has asked to stop."""


def fingerprint() -> str:
    """Names all that a stored article, its passages and their text for the embedder depend on besides its file."""
    return f"{PASSAGE_FINGERPRINT}, {_HEADER_FINGERPRINT}, speakers {QUOTES_VERSION}, briefs {BRIEFS_VERSION}"


def sync(
    folder: Path,
    library: Library,
    embedder: Embedder,
    progress: Callable[[SyncProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    corrections: Corrections | None = None,
    *,
    board: ReadingBoard | None = None,
    may_be_empty: bool = False,
) -> SyncReport:
    """Make the library hold what the folder holds, reading only what is new or changed.

    Safe to kill at any moment: an article is stored as a whole or not at all, and the next sync goes on from there.
    A file that cannot be read is reported; if the library has an earlier version of it, that one stays, since a
    file that is being written or has lost its permissions has not been withdrawn. Another embedder or another way
    of cutting passages empties the library first, so that vectors are never mixed; then nothing earlier stays.

    Args:
        folder: the folder of articles.
        library: the library of that folder.
        embedder: turns passages, each with its article's ``header``, into vectors.
        progress: told before each file, and at the end.
        cancelled: asked before each file and each batch of texts; once it says True, the report tells what was done.
        corrections: what has been corrected by hand; an article whose corrections have changed is read anew.
        board: where each file's state is written down, for whoever waits for one.
        may_be_empty: whether an empty folder empties the library, or is taken for a mistake.

    Raises:
        ArticlesError: the folder is missing, not a folder or holds no article; the library is left as it is.
        LibraryError: the library cannot be written.
    """
    found = look_into(folder, may_be_empty=may_be_empty)
    work = _Sync(folder, library, embedder, progress or (lambda _: None), cancelled or (lambda: False), corrections)
    work.board = board or work.board
    with suppress(_Cancelled):
        work.run(found)
    library.seal()
    return work.report()


def remove_gone(found: Folder, library: Library) -> None:
    """Remove the articles that are gone from the folder."""
    for id in found.gone(library.digests()):
        library.remove(id)


@dataclass
class _Sync:
    """One sync under way, with what it has done so far."""

    folder: Path
    library: Library
    embedder: Embedder
    progress: Callable[[SyncProgress], None]
    cancelled: Callable[[], bool]
    corrections: Corrections | None = None
    board: ReadingBoard = field(default_factory=ReadingBoard)
    before: frozenset[str] = frozenset()
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    passed_over: tuple[Unreadable, ...] = ()
    embedded: int = 0
    rebuilt: str | None = None

    def run(self, found: Folder) -> None:
        self.before = frozenset(self.library.digests())
        self.board.keep(frozenset(found.articles))
        self.passed_over = found.passed_over
        self._prepare()
        self.unreadable += [self._closed(one) for one in found.closed]
        # First of all, so that nothing is cited from an article that has been withdrawn while others are being read.
        remove_gone(found, self.library)
        self.removed += found.gone(self.before)
        stale = self._stale(found.articles)
        for done, id in enumerate(stale):
            self._tell(SyncProgress(done, len(stale), id, "reading"))
            self._read(id)
        self.progress(SyncProgress(len(stale), len(stale), "", "done"))

    def report(self) -> SyncReport:
        return SyncReport(
            added=tuple(self.added),
            updated=tuple(self.updated),
            removed=tuple(self.removed),
            unchanged=tuple(self.unchanged),
            unreadable=tuple(self.unreadable),
            passed_over=self.passed_over,
            embedded=self.embedded,
            rebuilt=self.rebuilt,
        )

    def _prepare(self) -> None:
        """Make sure that the library may take vectors of this embedder, and holds nothing half done."""
        stored, wanted = self.library.fingerprint(), (self.embedder.fingerprint, fingerprint())
        if stored is not None and stored != wanted:
            self.rebuilt = _why_rebuilt(stored, wanted)
            self.library.clear()
        self.library.begin(*wanted)
        self.library.sweep()

    def _stale(self, ids: Sequence[str]) -> list[str]:
        """The ids whose files are not as the library has them; notes the others."""
        known, corrected = self.library.digests(), self.library.corrected()
        stale: list[str] = []
        for done, id in enumerate(ids):
            self._tell(SyncProgress(done, len(ids), id, "checking"))
            try:
                same = file_digest(self.folder, id) == known.get(id)
            except UnreadableFile as error:
                self._note_unreadable(id, error)
            else:
                by_hand = self.corrections.row(id) if self.corrections else ""
                same = same and corrected[id] == by_hand
                (self.unchanged if same else stale).append(id)
        return stale

    def _read(self, id: str) -> None:
        self.board.note(FileState(id, "reading"))
        try:
            article = _storable(read_article(self.folder, id))
            if self.corrections:
                article = self.corrections.applied(article)
            with only_this_file():
                article, passages = replace(article, statements=statements(article)), split(article)
        except UnreadableFile as error:
            self._note_unreadable(id, error)
            return
        self._store(article, passages)
        self.board.note(FileState(id, "read", len(passages)))
        (self.updated if id in self.before else self.added).append(id)

    def _store(self, article: Article, passages: Sequence[Passage]) -> None:
        shown = [with_header(article.header, passage.text) for passage in passages]
        vectors = self._vectors(shown)
        made = brief(article, prose(article, passages))
        self.library.replace(article, passages, [vectors[text] for text in shown], made)

    def _vectors(self, texts: Sequence[str]) -> dict[str, Sequence[float]]:
        """A vector for each distinct text. Nothing is written before all are there."""
        distinct = list(dict.fromkeys(texts))
        vectors: dict[str, Sequence[float]] = {}
        for start in range(0, len(distinct), EMBED_BATCH):
            if self.cancelled():
                raise _Cancelled
            batch = distinct[start : start + EMBED_BATCH]
            vectors.update(zip(batch, self.embedder.embed(batch), strict=True))
            self.embedded += len(batch)
        return vectors

    def _note_unreadable(self, id: str, error: UnreadableFile) -> None:
        reason = str(error)
        if id in self.library.digests():
            reason = f"{reason.rstrip('.')}; {_KEPT}."
        self.board.note(FileState(id, "refused", reason=reason))
        self.unreadable.append(Unreadable(printable(id), reason))

    def _closed(self, folder: Unreadable) -> Unreadable:
        kept = sum(id.startswith(folder.article) for id in self.library.digests())
        stay = f"; the articles read from it earlier ({kept}) stay in the library." if kept else "."
        return Unreadable(folder.article, f"{folder.reason.rstrip('.')}{stay}")

    def _tell(self, progress: SyncProgress) -> None:
        if self.cancelled():
            raise _Cancelled
        self.progress(progress)


def with_header(header: str, text: str) -> str:
    """A passage's text as it is embedded: below its article's header, where there is one."""
    return f"{header}\n{text}" if header else text


def _why_rebuilt(stored: tuple[str, str], wanted: tuple[str, str]) -> str:
    things = ("embedding model", "way of cutting articles into passages")
    changes = [
        f"the {thing} changed from {old!r} to {new!r}"
        for thing, old, new in zip(things, stored, wanted, strict=True)
        if old != new
    ]
    sentence = " and ".join(changes)
    return f"{sentence[0].upper()}{sentence[1:]}: all articles are read anew."


def _storable(article: Article) -> Article:
    """The article, if all its text can be written down; a name or a field may hold half a surrogate pair."""
    fields = (article.id, article.text, article.title, article.outlet, article.author, article.date, article.url)
    try:
        for value in (*fields, article.section):
            (value or "").encode("utf-8")
    except UnicodeEncodeError as error:
        bad = ascii(error.object[error.start])
        raise UnreadableFile(f"its name or text holds {bad}, which is no character; rename or mend the file.") from None
    return article
