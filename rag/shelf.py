"""The library that is open: loaded, brought up to date with its folder, exchanged for another one, made anew.

Only one thread at a time does any of that, which ``_reading`` sees to; which library is wanted is a matter of a moment,
under ``_switching``. All locks and their order: ARCHITECTURE.md. Knows no language model and answers nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rag.adding import empty_trash, sweep
from rag.articles import look_into
from rag.current import Current
from rag.domain import SyncReport
from rag.errors import FootnoteError, LibraryDamaged, LibraryError, QuestionError, ShelfError
from rag.ingest import SyncProgress, remove_gone, sync
from rag.libraries import Libraries
from rag.loading import Loader
from rag.models import NoEmbedder
from rag.models.base import Embedder, Reader
from rag.opened import Opened, untold
from rag.responding import SWITCHED
from rag.retrieval import Retriever
from rag.store import Library, LibraryLock
from rag.teller import Teller, Watcher
from rag.trying import Trying
from rag.watching import FolderWatch, news_of

LAST_ANSWERS_S = 60.0
"""How long answers under way may take before the library is taken from them to be made anew."""
CORRECTED_S = 10.0
"""How long whoever corrects an article waits until it is read again; where more is read, it goes on behind them."""
NO_VECTORS = "New and changed articles are read once the search model is there."

T = TypeVar("T")
MakeRetriever = Callable[[Library, Embedder, Reader], Retriever]


class Shelf:
    """Holds the library that is open in ``opened``, and has the data folder to itself until it is closed."""

    def __init__(
        self,
        current: Current,
        loader: Loader,
        teller: Teller,
        trying: Trying,
        make: MakeRetriever,
        done: threading.Event,
        closed: threading.Event,
        moved: Callable[[Path], None] | None = None,
    ) -> None:
        """Take the data folder; load nothing yet.

        Args:
            current: the settings in force.
            loader: loads the networks.
            teller: is told what goes on.
            trying: tries examples once a library is loaded or has changed.
            make: makes what finds evidence.
            done: set while questions need not wait for a library, be it that it can be used or why it cannot.
            closed: whether all is over.
            moved: called with the folder of another library that has been opened.

        Raises:
            LibraryBusy: another process has it.
        """
        config = current.config
        self._current, self._loader, self._teller, self._trying = current, loader, teller, trying
        self._make, self._done, self._closed, self._moved = make, done, closed, moved
        self._lock = LibraryLock(config.data)
        self._lock.acquire()
        self._reading = threading.RLock()
        self._switching = threading.Lock()
        self._counting = threading.Lock()
        self._rereads = 0
        self.libraries = Libraries(config.data, config.articles)
        self.opened = Opened(config.data, config.articles)
        if problem := " ".join(filter(None, (self.libraries.problem, self.opened.corrections.problem))):
            teller.trouble("kept", problem)

    # -- loading ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the library in the background; return at once."""
        threading.Thread(target=self._load_first, name="library", daemon=True).start()

    def load(self) -> None:
        """Load it now.

        Raises:
            FootnoteError: it cannot be used.
        """
        with self._reading:
            self._load(self.opened)

    def close(self) -> None:
        """Let go of the library and of the data folder, after ``closed`` has been set. Safe to call twice."""
        self.opened.close()
        self._lock.release()

    def askable(self) -> Opened | None:
        """The library that is open, None while questions have to wait for another one."""
        with self._switching:
            return self.opened if self._done.is_set() else None

    def _load_first(self) -> None:
        with self._reading:
            self._load_quietly(self.opened)

    def _load_quietly(self, opened: Opened) -> None:
        sweep(opened.folder)
        empty_trash(self._current.config.data)
        try:
            self._load(opened)
            if opened.left.is_set():
                return
            opened.watching = FolderWatch(opened.folder, self.refresh)
        except FootnoteError as error:
            self._failed(opened, error)
        except Exception as error:  # the page must say what happened rather than wait for ever
            self._failed(opened, FootnoteError(f"The library could not be loaded: {error}."))
            raise
        else:
            opened.ready().index().prepare()  # Questions are answered meanwhile.
            self._trying.begin(opened)
        finally:
            if self._closed.is_set():  # It may have been closed before there was anything to close.
                opened.close()

    def _load(self, opened: Opened) -> None:
        embedder = self._loader.embedder()
        self._teller.say(phase="Opening the library")
        config = self._current.config
        library = Library.open(opened.folder, config.data, chroma_url=config.chroma_url, lock=self._lock)
        opened.library, opened.embedder = library, embedder
        self._bring_up_to_date(opened, library, embedder)
        if opened.left.is_set():
            return
        networks = self._loader.with_others(embedder)
        retriever = opened.retriever = self._make(library, _searching(library, embedder), networks.reader)
        count = len(retriever.index().articles)
        self._let_in(opened, lambda: self._teller.say(ready=True, articles=count, phase="", progress=None))

    def _failed(self, opened: Opened, error: FootnoteError) -> None:
        def tell() -> None:
            opened.error = error
            self._teller.trouble("library", str(error), phase="", progress=None, choosing=False)

        self._let_in(opened, tell)

    def _let_in(self, opened: Opened, tell: Callable[[], None]) -> None:
        """Questions need not wait any more, unless another library is wanted by now."""
        with self._switching:
            if not opened.left.is_set():
                tell()
                self._done.set()

    # -- another library -------------------------------------------------------------------------------------------

    def open(self, name: str) -> None:
        """Let go of the library that is open and load another one in the background.

        Raises:
            ShelfError: there is none of that name, or its folder is gone; nothing is changed then.
        """
        with self._switching:
            before = self.libraries.current
            wanted = self.libraries.choose(name)
            if (wanted.name == before and self.opened.error is None) or self._closed.is_set():
                return
            self._done.clear()
            self.opened.left.set()
            self._teller.say(ready=False, articles=0, phase="Opening the library", progress=None, news="")
        threading.Thread(target=self._open, args=(wanted.folder,), name="library", daemon=True).start()

    def _open(self, folder: Path) -> None:
        """Close what is open, once nothing is read into it any more, and load the library of ``folder``."""
        with self._reading:
            opened = Opened(self._current.config.data, folder)
            with self._switching:
                if self._closed.is_set() or folder != self.libraries.find(self.libraries.current).folder:
                    return  # Another one has been asked for since.
                before, self.opened = self.opened, opened
                before.left.set()
                self._done.clear()
                self._current.move(folder)
            before.close()
            for where in ("library", "reading", "folder"):
                self._teller.trouble(where, None)
            self._teller.say(ready=False, articles=0, choosing=True)
            if self._moved is not None:
                self._moved(folder)
            self._load_quietly(opened)

    def anew(self, make: Callable[[Watcher], T]) -> T:
        """Let ``make`` have the data folder to itself, and load what is there then. Questions wait meanwhile.

        Raises:
            FootnoteError: whatever ``make`` raises; the library is loaded all the same.
        """
        with self._reading:
            self._done.clear()
            self._trying.wait_until_idle(LAST_ANSWERS_S)
            opened = Opened(self._current.config.data, self.opened.folder)
            with self._switching:
                before, self.opened = self.opened, opened
                if before.left.is_set():
                    opened.left.set()  # Another one is wanted, which is opened next.
                before.left.set()
            before.close()
            self._lock.release()
            self._teller.say(ready=False, articles=0)
            try:
                return make(lambda status: self._teller.say(phase=status.phase, progress=status.progress))
            finally:
                self._teller.trouble("library", None)
                if not self._closed.is_set():
                    self._load_again(opened)

    def _load_again(self, opened: Opened) -> None:
        try:
            self._lock.acquire()
        except FootnoteError as error:  # another program was quicker
            self._failed(opened, error)
        else:
            self._load_quietly(opened)

    # -- up to date with its folder --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring the library up to date with the folder once more; what goes wrong is told by the status."""
        with suppress(FootnoteError):
            self.read_again()

    def read_again(self) -> SyncReport:
        """Bring the library up to date with the folder; meanwhile questions are answered from what it has.

        Raises:
            FootnoteError: the folder or the library cannot be used, or not yet, or another one is being opened.
        """
        with self._reading:
            if self.opened.left.is_set():
                raise QuestionError(SWITCHED)
            return self._refresh(self.opened)

    def reread(self) -> None:
        """Likewise, in the background, as soon as the library is there; ``is_reading`` until it is done."""
        with self._counting:
            self._rereads += 1
        threading.Thread(target=self._reread, name="rereading", daemon=True).start()

    def is_reading(self) -> bool:
        """Whether something that was asked to be read again is still to come."""
        return self._rereads > 0

    def correct(self, article_id: str, details: Mapping[str, str | None]) -> None:
        """Correct details of an article by hand, and read it again, which is waited for a little.

        Raises:
            ShelfError: there is no such article, a value that cannot be, or no room to write it down.
        """
        opened = self.opened
        if opened.article(article_id) is None:
            raise ShelfError(f"The library holds no article “{article_id:.200}”, so nothing was corrected.")
        opened.corrections.correct(article_id, details)
        opened.by_hand.add(article_id)
        reading = threading.Thread(target=self.refresh, name="correcting", daemon=True)
        reading.start()
        reading.join(CORRECTED_S)

    def _reread(self) -> None:
        try:
            self._done.wait()
            self.refresh()
        finally:
            with self._counting:
                self._rereads -= 1

    def _bring_up_to_date(self, opened: Opened, library: Library, embedder: Embedder) -> None:
        """Read what is new or changed; where it cannot be written, answer from what is stored, and say so."""
        found = look_into(opened.folder, may_be_empty=True)
        try:
            if _would_lose_vectors(library, embedder):
                remove_gone(found, library)
                self._teller.trouble("reading", NO_VECTORS)
            else:
                opened.report = self._sync(opened, library, embedder, self._teller.reading)
        except LibraryDamaged:
            raise
        except LibraryError as error:
            library.rescue(error)
            library.hide(set(found.gone(library.digests())))  # Nothing is cited that has been withdrawn.
            if not library.digests():
                raise
            self._teller.trouble("reading", str(error))

    def _refresh(self, opened: Opened) -> SyncReport:
        library, embedder, retriever = opened.library, opened.embedder, opened.retriever
        if library is None or embedder is None or retriever is None or self._closed.is_set():
            raise opened.error or FootnoteError("The library is not loaded yet: wait until it is, then try again.")
        if _would_lose_vectors(library, embedder):
            raise LibraryError(NO_VECTORS)
        try:
            report = self._sync(opened, library, embedder, self._teller.reading_again)
            count = len(retriever.index().articles)
        except FootnoteError as error:
            if isinstance(error, LibraryError) and not isinstance(error, LibraryDamaged):
                library.rescue(error)
            self._teller.trouble("folder", str(error), phase="", progress=None)
            raise
        before, opened.report = opened.report, report
        if not report.changed and before is not None and untold(before) == untold(report):
            self._teller.trouble("folder", None, phase="", progress=None)
            return report
        if report.changed:
            self._trying.begin(opened)
        news = news_of(replace(report, updated=tuple(id for id in report.updated if id not in opened.by_hand)))
        opened.by_hand.clear()
        self._teller.trouble("folder", None, phase="", progress=None, articles=count, news=news)
        retriever.index().prepare()
        return report

    def _sync(
        self, opened: Opened, library: Library, embedder: Embedder, say: Callable[[SyncProgress], None]
    ) -> SyncReport:
        return sync(
            opened.folder,
            library,
            embedder,
            say,
            lambda: self._closed.is_set() or opened.left.is_set(),
            opened.corrections,
            board=opened.board,
            may_be_empty=True,
        )


def _would_lose_vectors(library: Library, embedder: Embedder) -> bool:
    """Whether a sync would replace real vectors by none, only because the search model is missing today."""
    stored = library.fingerprint()
    has_vectors = stored is not None and stored[0] != NoEmbedder.fingerprint and bool(library.digests())
    return embedder.fingerprint == NoEmbedder.fingerprint and has_vectors


def _searching(library: Library, embedder: Embedder) -> Embedder:
    """What questions are searched with: words alone where the stored vectors are another model's."""
    stored = library.fingerprint()
    return embedder if stored is None or stored[0] == embedder.fingerprint else NoEmbedder()
