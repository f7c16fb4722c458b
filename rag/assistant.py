"""Assembles the parts: settings -> library, retriever, language model. ask(question, history) -> Iterator[Answer].

Cheap to construct; everything heavy is loaded by ``start`` in the background (the page) or by ``load`` at once (the
command line). Until the language model is there, answers are extractive.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from rag.adding import empty_trash, sweep
from rag.answering import PARTS, Parts, answer, prompts
from rag.answering.numbering import in_order
from rag.answering.translating import in_english
from rag.articles import look_into, read_article, times_of
from rag.config import Config
from rag.corrections import Corrections
from rag.domain import Answer, Article, Holdings, Kind, Scope, SyncReport, Turn, Unreadable
from rag.errors import (
    FootnoteError,
    LibraryDamaged,
    LibraryError,
    ModelError,
    QuestionError,
    ShelfError,
    UnreadableFile,
    WeightsCancelled,
    WeightsError,
)
from rag.examples import examples
from rag.ingest import SyncProgress, remove_gone, sync
from rag.libraries import Libraries
from rag.models import (
    MINILM,
    Lending,
    NoEmbedder,
    Progress,
    Weights,
    check_model,
    fetch,
    is_present,
    kind_of,
    label_of,
    load_embedder,
    load_model,
    load_reader,
    notice_of,
    same_model,
    sent_to,
    usable,
    weights_for,
)
from rag.models.base import Embedder, LanguageModel, Reader
from rag.models.chat import well_formed
from rag.pace import Pace, Paces
from rag.reading import FileState, ReadingBoard
from rag.requests import Desk, respond, tell
from rag.requests.kinds import Classifier, load_classifier
from rag.requests.scope import scope_of
from rag.retrieval import Retrieval, Retriever
from rag.status import Home, Status
from rag.store import Library, LibraryLock
from rag.watching import FolderWatch, Freshness, articles_of, news_of

MAX_QUESTION_CHARS = 2000
"""Longer than any question; what is longer is a pasted text."""
NO_EMBEDDER = NoEmbedder.fingerprint
NEWS_S = 180.0
"""How long the page tells what has changed in the folder."""
HEARTBEAT_S = 0.15
"""How often a waiting answer says that it waits, so that it can be stopped."""
FEW = 100
"""Articles whose people are worked out while somebody waits."""
HANDOVER_S = 0.2
"""How often a model that is to be loaded looks whether the one before it is still needed."""
LAST_ANSWERS_S = 60.0
"""How long answers under way may take before the library is taken from them to be made anew."""
CORRECTED_S = 10.0
"""How long whoever corrects an article waits until it is read again; where more is read, it goes on behind them."""
SWITCHED = "Another library has been opened meanwhile: ask again."
PAUSE_S = 0.02
"""Between two questions that are tried, so that whoever asks comes first."""

T = TypeVar("T")
Watcher = Callable[[Status], None]
WrapModel = Callable[[LanguageModel], LanguageModel]


class Assistant:
    """Everything that answers questions about one folder of articles. Its methods may be called from any thread."""

    parts: Parts = PARTS
    """What answers are made with."""
    retriever: type[Retriever] = Retriever
    """What finds their evidence."""

    def __init__(
        self,
        config: Config,
        watch: Watcher | None = None,
        wrap_model: WrapModel | None = None,
        moved: Callable[[Path], None] | None = None,
        *,
        model: LanguageModel | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        """Check the folder, which may be empty as yet, and take the library; nothing heavy yet.

        Args:
            config: the settings.
            watch: called with every new status, from whichever thread brought it about.
            wrap_model: puts something between assistant and language model, such as a cache of replies.
            moved: called with the folder of another library that has been opened.
            model: writes the answers, whatever model the settings name; closed with the assistant.
            embedder: makes the vectors, instead of our own.

        Raises:
            ArticlesError: the folder is missing or not a folder.
            LibraryBusy: another process holds the library.
            ConfigError, ModelError: no such model, or one that lacks something.
        """
        look_into(config.articles, may_be_empty=True)
        if model is not None:
            config = config.model_copy(update={"model": "none"})  # No other is fetched, loaded or told about.
        config = usable(config)
        self.config = config
        self._given_model, self._given_embedder = model, embedder
        self._watch = watch
        self._wrap_model = wrap_model
        self._lock = LibraryLock(config.data)
        self._lock.acquire()
        told = {"address": notice_of(config), "settings": config.chosen.problem}
        self._problems: dict[str, str] = {where: what for where, what in told.items() if what}
        problem = " ".join(self._problems.values()) or None
        label = f"{model.name}, given by the program" if model is not None else label_of(config)
        named = config.articles.resolve().name
        self._status = Status(model=label, can_fetch=False, notice=sent_to(config), problem=problem, library=named)
        self._changing = threading.Lock()
        self._library_done = threading.Event()
        self._library_error: FootnoteError | None = None
        self._library: Library | None = None
        self._retriever: Retriever | None = None
        self._embedder: Embedder | None = None
        self._reader: Reader | None = None
        self._classifier: Classifier | None = None
        self._telling: Embedder = NoEmbedder()
        self._lending = Lending()
        self._exchanging = threading.RLock()
        self._paces = Paces(config.data)
        self._examples: list[str] | None = None
        self._finding = threading.Lock()
        self._asked = 0
        self._idle = threading.Condition()
        self._declined = threading.Event()
        self._closed = threading.Event()
        self._model_thread: threading.Thread | None = None
        self._freshness = Freshness(config.articles)
        self._watching: FolderWatch | None = None
        self._news_end = 0.0
        self._moved = moved
        self._board = ReadingBoard()
        self._rereads = 0
        self._reading = threading.RLock()
        self._switching = threading.Lock()
        self._leaving = threading.Event()
        self.libraries = Libraries(config.data, config.articles)
        self._corrections = Corrections(config.data, config.articles)
        self._by_hand: set[str] = set()
        if problem := " ".join(filter(None, (self.libraries.problem, self._corrections.problem))):
            self._trouble("kept", problem)
        self.report: SyncReport | None = None

    # -- loading ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load library and language model in the background; return at once."""
        self._say(choosing=True)
        threading.Thread(target=self._load_library_quietly, name="library", daemon=True).start()
        self.fetch()

    def load(self, *, with_model: bool = True) -> None:
        """Load everything now.

        Raises:
            FootnoteError: what is missing or wrong, in one sentence; that the folder holds no article, for one.
        """
        look_into(self.config.articles)
        needed = weights_for(self.config) if with_model else None
        if needed is not None:
            self._fetch(needed)
        self._load_library(self._leaving)
        if with_model:
            self._load_model(self.config, self._declined)

    def fetch(self) -> None:
        """Fetch (when missing) and load the language model in the background, also after "not now"."""
        with self._exchanging:
            self._declined.clear()
            if self._model is not None or (self._model_thread is not None and self._model_thread.is_alive()):
                return
            choice = (self.config, self._declined)
            self._model_thread = threading.Thread(
                target=self._load_model_quietly, args=choice, name="model", daemon=True
            )
            self._model_thread.start()

    def not_now(self) -> None:
        """Decline the download that is under way; answers stay extractive."""
        self._declined.set()

    def use(self, config: Config) -> None:
        """Go on with other settings of model and evidence; answers under way keep the model that they have.

        Another model is loaded in the background, and until it is there answers are extractive.

        Raises:
            ConfigError, ModelError: there is no such model; nothing is changed.
        """
        check_model(config)
        with self._exchanging:
            before = self.config
            config = self.config = config.model_copy(
                update={"articles": before.articles}
            )  # Another may be open by now.
            self._trouble("settings", config.chosen.problem)
            if same_model(before, config):
                return
            self._declined.set()  # Ends a download for the model before; what was chosen is known by this event.
            self._declined = threading.Event()
            self._model_thread = None
            self._lending.put(None)
            self._trouble("address", notice_of(config), model=label_of(config), notice=sent_to(config))
            self._trouble("model", None, model_ready=False, phase="", progress=None, can_cancel=False, can_fetch=False)
            self.fetch()

    def pace(self, model: str) -> Pace | None:
        """How long the model that answers call ``model`` has taken on this machine, None when that is not known."""
        return self._paces.of(model)

    @property
    def _model(self) -> LanguageModel | None:
        return self._lending.model

    def close(self) -> None:
        """Free models and library. Safe to call twice."""
        self._closed.set()
        self._declined.set()
        with self._idle:
            self._idle.notify_all()
        if self._watching is not None:
            self._watching.close()
        self._lending.close()
        if self._library is not None:
            self._library.close()
        self._lock.release()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _load_library_quietly(self) -> None:
        with self._reading:
            leaving = self._leaving
            sweep(self.config.articles)
            empty_trash(self.config.data)
            try:
                self._load_library(leaving)
                if leaving.is_set():
                    return
                self._watching = FolderWatch(self.config.articles, self.refresh)
            except FootnoteError as error:
                self._library_failed(leaving, error)
            except Exception as error:  # the page must say what happened rather than wait for ever
                self._library_failed(leaving, FootnoteError(f"The library could not be loaded: {error}."))
                raise
            else:
                self._ready_retriever().index().prepare()  # Questions are answered meanwhile.
                threading.Thread(target=self._find_examples, name="examples", daemon=True).start()
            finally:
                if not leaving.is_set():
                    self._library_done.set()

    def _library_failed(self, leaving: threading.Event, error: FootnoteError) -> None:
        if not leaving.is_set():
            self._library_error = error
            self._trouble("library", str(error), phase="", progress=None, choosing=False)

    def _load_library(self, leaving: threading.Event) -> None:
        embedder = self._embedder or self._load_embedder()
        self._say(phase="Opening the library")
        library = Library.open(
            self.config.articles, self.config.data, chroma_url=self.config.chroma_url, lock=self._lock
        )
        self._library = library
        self._bring_up_to_date(library, embedder)
        if leaving.is_set():
            return
        self._say(phase="Loading the reader", progress=None)
        self._embedder, self._classifier = embedder, self._classifier or load_classifier()
        self._telling = self._own(embedder)
        self._reader = self._reader or load_reader()
        self._retriever = self.retriever(library, _searching(library, embedder), self._reader)
        articles = list(self._retriever.index().articles.values())
        self._library_done.set()
        self._say(ready=True, articles=len(articles), phase="", progress=None)

    def open_library(self, name: str) -> None:
        """Let go of the library that is open and load another one in the background; the models stay.

        Questions under way end with a sentence, new ones wait for it. Nothing to do when it is open.

        Raises:
            ShelfError: there is none of that name, or its folder is gone; nothing is changed then.
        """
        with self._switching:
            before = self.libraries.current
            wanted = self.libraries.choose(name)
            if (wanted.name == before and self._library_error is None) or self._closed.is_set():
                return
            self._library_done.clear()
            self._leaving.set()
            self._say(ready=False, articles=0, phase="Opening the library", progress=None, news="")
        threading.Thread(target=self._open, args=(wanted.folder,), name="library", daemon=True).start()

    def _open(self, folder: Path) -> None:
        """Close what is open, once nothing is read into it any more, and load the library of ``folder``."""
        with self._reading:
            with self._switching:
                if self._closed.is_set() or folder != self.libraries.find(self.libraries.current).folder:
                    return  # Another one has been asked for since.
                self._leaving = threading.Event()
                self._library_done.clear()
            watching, self._watching = self._watching, None
            library, self._library, self._retriever = self._library, None, None
            if watching is not None:
                watching.close()
            if library is not None:
                library.close()
            self.config = self.config.model_copy(update={"articles": folder})
            self._freshness, self._corrections = Freshness(folder), Corrections(self.config.data, folder)
            self._library_error = self.report = self._examples = None
            self._board = ReadingBoard()
            self._by_hand.clear()
            for where in ("library", "reading", "folder"):
                self._trouble(where, None)
            self._say(ready=False, articles=0, choosing=True)
            if self._moved is not None:
                self._moved(folder)
            self._load_library_quietly()

    def _bring_up_to_date(self, library: Library, embedder: Embedder) -> None:
        """Read what is new or changed; where it cannot be written, answer from what is stored, and say so."""
        found = look_into(self.config.articles, may_be_empty=True)
        try:
            if _would_lose_vectors(library, embedder):
                remove_gone(found, library)
                self._trouble("reading", "New and changed articles are read once the search model is there.")
            else:
                self.report = self._sync(library, embedder, self._say_sync)
        except LibraryDamaged:
            raise
        except LibraryError as error:
            library.rescue(error)
            library.hide(set(found.gone(library.digests())))  # Nothing is cited that has been withdrawn.
            if not library.digests():
                raise
            self._trouble("reading", str(error))

    def _sync(self, library: Library, embedder: Embedder, say: Callable[[SyncProgress], None]) -> SyncReport:
        leaving = self._leaving
        return sync(
            self.config.articles,
            library,
            embedder,
            say,
            lambda: self._closed.is_set() or leaving.is_set(),
            self._corrections,
            board=self._board,
            may_be_empty=True,
        )

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
            if self._leaving.is_set():
                raise QuestionError(SWITCHED)
            return self._refresh()

    def reread(self) -> None:
        """Likewise, in the background, as soon as the library is there; ``is_reading`` until it is done."""
        with self._changing:
            self._rereads += 1
        threading.Thread(target=self._reread, name="rereading", daemon=True).start()

    def is_reading(self) -> bool:
        """Whether something that was asked to be read again is still to come."""
        return self._rereads > 0

    def _reread(self) -> None:
        try:
            self._library_done.wait()
            self.refresh()
        finally:
            with self._changing:
                self._rereads -= 1

    def _refresh(self) -> SyncReport:
        library, embedder, retriever = self._library, self._embedder, self._retriever
        if library is None or embedder is None or retriever is None or self._closed.is_set():
            raise self._library_error or FootnoteError(
                "The library is not loaded yet: wait until it is, then try again."
            )
        if _would_lose_vectors(library, embedder):
            raise LibraryError("New and changed articles are read once the search model is there.")
        try:
            report = self._sync(library, embedder, self._say_reading)
            articles = list(retriever.index().articles.values())
        except FootnoteError as error:
            if isinstance(error, LibraryError) and not isinstance(error, LibraryDamaged):
                library.rescue(error)
            self._trouble("folder", str(error), phase="", progress=None)
            raise
        before, self.report = self.report, report
        if not report.changed and before is not None and _untold(before) == _untold(report):
            self._trouble("folder", None, phase="", progress=None)
            return report
        if report.changed:
            self._examples = None
            threading.Thread(target=self._find_examples, name="examples", daemon=True).start()
        self._news_end = time.monotonic() + NEWS_S
        news = news_of(replace(report, updated=tuple(id for id in report.updated if id not in self._by_hand)))
        self._by_hand.clear()
        self._trouble("folder", None, phase="", progress=None, articles=len(articles), news=news)
        retriever.index().prepare()
        return report

    def anew(self, make: Callable[[Watcher], T]) -> T:
        """Let ``make`` have the data folder to itself, and load what is there then. Questions wait meanwhile.

        Raises:
            FootnoteError: whatever ``make`` raises; the library is loaded all the same.
        """
        with self._reading:
            self._library_done.clear()
            with self._idle:
                self._idle.wait_for(lambda: not self._asked or self._closed.is_set(), LAST_ANSWERS_S)
            self._leaving.set()
            watching, library = self._watching, self._library
            self._watching = self._library = self._retriever = None
            if watching is not None:
                watching.close()
            if library is not None:
                library.close()
            self._lock.release()
            self._say(ready=False, articles=0)
            try:
                return make(lambda status: self._say(phase=status.phase, progress=status.progress))
            finally:
                self._leaving = threading.Event()
                self._library_error, self._examples = None, None
                self._trouble("library", None)
                if not self._closed.is_set():
                    self._load_library_again()

    def _load_library_again(self) -> None:
        try:
            self._lock.acquire()
        except FootnoteError as error:  # another program was quicker
            self._library_error = error
            self._trouble("library", str(error), phase="", progress=None)
            self._library_done.set()
        else:
            self._load_library_quietly()

    def _load_embedder(self) -> Embedder:
        try:
            if self._given_embedder is not None:
                _ = self._given_embedder.fingerprint  # Where it has to be asked for that, it is found out now.
                return self._given_embedder
            self._fetch(MINILM)
            self._say(phase="Loading the search model", progress=None)
            return load_embedder(self.config.weights)
        except (WeightsError, ModelError) as error:
            self._trouble("search", str(error))
            return NoEmbedder()

    def _own(self, embedder: Embedder) -> Embedder:
        """What tells requests apart by vectors: it has learned from our own, and takes no others of their length."""
        if self._given_embedder is None:
            return embedder
        if not isinstance(self._telling, NoEmbedder):
            return self._telling
        try:
            return load_embedder(self.config.weights)
        except WeightsError:
            return NoEmbedder()

    def _load_model_quietly(self, config: Config, declined: threading.Event) -> None:
        self._trouble("model", None)
        try:
            needed = weights_for(config)
            if needed is not None:
                self._fetch(needed, declined)
            self._library_done.wait()
            if not self._closed.is_set():
                self._load_model(config, declined)
        except WeightsCancelled:
            self._without_model(declined, None)
        except FootnoteError as error:
            self._without_model(declined, str(error))
        except Exception as error:  # the page must say what happened rather than wait for ever
            self._without_model(declined, f"The language model could not be loaded: {error}.")
            raise

    def _without_model(self, declined: threading.Event, problem: str | None) -> None:
        """The model that was chosen with ``declined`` is not there; said unless another has been chosen since."""
        with self._exchanging:
            if declined is self._declined:
                self._trouble("model", problem, phase="", progress=None, can_cancel=False, can_fetch=True)

    def _load_model(self, config: Config, declined: threading.Event) -> None:
        if self._given_model is None and kind_of(config) == "none":
            return
        while not self._lending.wait_until_one(HANDOVER_S):
            if self._closed.is_set() or declined is not self._declined:
                return
            self._say(phase="Waiting for the answer that the model before is writing", progress=None)
        self._say(phase="Loading the language model", progress=None, can_cancel=False, can_fetch=False)
        model = self._given_model or load_model(config)
        if model is not None and self._wrap_model is not None:
            model = self._wrap_model(model)
        if model is not None:
            try:
                model.warm(prompts.prefix(fenced=not model.local))
            except BaseException:
                model.close()
                raise
        with self._exchanging:
            if declined is self._declined and not self._closed.is_set():
                self._lending.put(model)
                self._say(phase="", model_ready=model is not None)
            elif model is not None:
                model.close()

    def _fetch(self, needed: Weights, declined: threading.Event | None = None) -> None:
        if is_present(needed, self.config.weights):
            return
        optional = needed is not MINILM
        self._say(phase=f"Fetching {needed.title} ({needed.megabytes})", can_cancel=optional, can_fetch=False)
        gone = declined or self._declined
        fetch(
            needed,
            self.config.weights,
            lambda progress: None if optional and gone.is_set() else self._say_fetch(progress),
            lambda: self._closed.is_set() or (optional and gone.is_set()),
        )
        self._say(phase="", progress=None, can_cancel=False)

    # -- status ----------------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """Where things stand."""
        if self._status.news and time.monotonic() > self._news_end:
            self._say(news="")
        return replace(self._status, library=self.libraries.current)

    def _say(self, **changes: object) -> None:
        with self._changing:
            self._status = replace(self._status, **changes)  # type: ignore[arg-type]  # every change names a field
            status = self._status
        if self._watch is not None:
            self._watch(status)

    def _trouble(self, where: str, what: str | None, **changes: object) -> None:
        """Say what is wrong with one part, or that nothing is any more; what is wrong elsewhere stays said."""
        with self._changing:
            if what is None:
                self._problems.pop(where, None)
            else:
                self._problems[where] = what
            self._status = replace(self._status, problem=" ".join(self._problems.values()) or None)
        self._say(**changes)

    def _say_sync(self, progress: SyncProgress) -> None:
        share = progress.done / progress.total if progress.total else None
        self._say(phase=f"Reading the articles, {progress.done} of {progress.total}", progress=share)

    def _say_reading(self, progress: SyncProgress) -> None:
        if progress.phase == "reading":  # that files are looked at is not worth a word
            self._say_sync(progress)

    def _say_fetch(self, progress: Progress) -> None:
        self._say(
            phase=f"Fetching {progress.words}", progress=progress.done / progress.total if progress.total else None
        )

    # -- answering -------------------------------------------------------------------------------------------------

    def ask(self, question: str, history: Sequence[Turn] = (), among: Sequence[str] = ()) -> Iterator[Answer]:
        """Answers to one question, each fuller than the last: evidence first, then text, the last one ``done``.

        Closing the iterator stops the model. A value comes at least every 0.2 s.

        Args:
            question: as typed.
            history: the turns before, oldest first.
            among: the ids of the articles that it is kept to: nothing else is searched or cited. () for all.

        Raises:
            QuestionError: the question is empty or too long, or an article is not there.
            FootnoteError: the library cannot be used.
        """
        started = time.perf_counter()
        question = checked_question(question)
        yield from self._wait(question)
        if not self._ready_retriever().index().articles:
            raise QuestionError("There is no article to ask yet: add some, then ask again.")
        with self._being_asked(), self._lending.lend() as model:
            yield from self._timed(self._of_one_library(self._answers(question, history, model, started, among)))

    def _timed(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        """The answers; how long the last one took is remembered of its model."""
        with closing(answers):  # type: ignore[type-var]  # likewise
            for each in answers:
                if each.done:
                    self._paces.note(each)
                yield each

    def _of_one_library(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        """The answers, as long as the library that they come from is open: nothing else could show what they cite.

        Raises:
            QuestionError: another one has been opened.
        """
        leaving = self._leaving
        try:
            with closing(answers):  # type: ignore[type-var]  # a generator, which frees the model when it is closed
                for each in answers:
                    if leaving.is_set():
                        raise QuestionError(SWITCHED)
                    yield each
        except LibraryError:
            if not leaving.is_set():
                raise
            raise QuestionError(SWITCHED) from None

    def _answers(
        self,
        question: str,
        history: Sequence[Turn],
        model: LanguageModel | None,
        started: float,
        among: Sequence[str] = (),
    ) -> Iterator[Answer]:
        retriever = self._ready_retriever()
        desk = self._desk(retriever, question, history, model)
        kept = _kept_to(among, question, retriever)
        # What is told without a search is told of all articles, so what keeps to some is always searched for.
        other = respond(desk, started) if kept is None else None
        if other is not None:
            yield self._with_changes(replace(other, model="none"), retriever)
            return
        scope = kept or desk.scope
        found = desk.found if kept is None else self._retrieve(retriever, question, history, model, kept)
        asked = scope.without if scope else question
        answers = answer(asked, history, found, retriever.index(), model, started, self.parts)
        with closing(answers):  # type: ignore[type-var]  # a generator, which frees the model when it is closed
            for each in answers:
                told = replace(in_order(each), question=question, scope=scope)
                yield self._with_changes(told, retriever) if each.done else told

    def _with_changes(self, answer: Answer, retriever: Retriever) -> Answer:
        """The answer, which says so where a file that it cites is no longer what was read."""
        known = retriever.index().articles
        cited = (known[id] for id in articles_of(answer) if id in known)
        gone = tuple(id for id in articles_of(answer) if id not in known)
        return replace(answer, changed=(*self._freshness.changed(cited), *gone))

    @contextmanager
    def _being_asked(self) -> Iterator[None]:
        """While somebody waits for an answer, no example is tried."""
        with self._idle:
            self._asked += 1
        try:
            yield
        finally:
            with self._idle:
                self._asked -= 1
                self._idle.notify_all()

    def search(self, question: str, history: Sequence[Turn] = ()) -> Retrieval:
        """What retrieval finds for a question, with the scores of every stage. Needs a loaded library."""
        return self._retrieve(self._ready_retriever(), checked_question(question), history, self._model)

    def tell(self, kind: Kind, about: str = "") -> Answer:
        """What the articles tell in one form, a timeline for instance, about an article, a person or a topic.

        Raises:
            QuestionError: nothing in the articles is about that, or it is too long.
        """
        started = time.perf_counter()
        about = checked_question(about) if about.strip() else ""
        retriever = self._ready_retriever()
        desk = self._desk(retriever, about, (), self._model)
        answer = tell(desk, kind, started)
        if answer is None or answer.refused:
            raise QuestionError(f"No article tells about {about!r}: try other words, or none for all articles.")
        return answer

    def home(self) -> Home:
        """Where the articles and the library are."""
        return Home(self.config.articles, self.config.data, self.config.local_links())

    def file(self, article_id: str) -> FileState:
        """How far a file of the folder is: waiting, being read, read or refused."""
        noted = self._board.state(article_id)
        if noted is not None:
            return noted
        # To look into the library while it is read would build its indexes anew after every file.
        if not self.is_reading() and self.article(article_id) is not None:
            return FileState(article_id, "read")
        return FileState(article_id, "waiting" if (self.config.articles / article_id).exists() else "gone")

    def unreadable(self) -> tuple[Unreadable, ...]:
        """The files of the folder that could not be read when it was last looked at, and why."""
        return _untold(self.report) if self.report is not None else ()

    def articles(self) -> list[Article]:
        """Every article of the library, in order of id. Empty until the library is loaded."""
        return list(self._retriever.index().articles.values()) if self._retriever is not None else []

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None when the library has no such article."""
        return self._retriever.index().articles.get(article_id) if self._retriever is not None else None

    def holdings(self) -> Holdings:
        """What the library holds, for whoever looks through it. Empty until it is loaded."""
        retriever = self._retriever
        if retriever is None:
            return Holdings()
        index = retriever.index()
        # Of many articles they are worked out behind everything else; nobody waits for them to see the list.
        people = index.people if index.is_prepared or len(index.articles) <= FEW else ()
        return Holdings(
            tuple(index.articles.values()),
            {person.name: person.articles for person in people},
            times_of(self.config.articles, index.articles),
            self.unreadable(),
        )

    def as_filed(self, article_id: str) -> Article | None:
        """The article as its file has it now, whatever was corrected by hand; None when that cannot be read."""
        if self.article(article_id) is None:
            return None
        try:
            return read_article(self.config.articles, article_id)
        except UnreadableFile:
            return None

    def correct(self, article_id: str, details: Mapping[str, str | None]) -> None:
        """Correct details of an article by hand: "" for no value, None for what its file says.

        They are kept at once, and known as soon as that one article has been read again, which is waited for a little.

        Raises:
            ShelfError: there is no such article, a value that cannot be, or no room to write it down.
        """
        if self.article(article_id) is None:
            raise ShelfError(f"The library holds no article “{article_id:.200}”, so nothing was corrected.")
        self._corrections.correct(article_id, details)
        self._by_hand.add(article_id)
        reading = threading.Thread(target=self.refresh, name="correcting", daemon=True)
        reading.start()
        reading.join(CORRECTED_S)

    def examples(self) -> list[str]:
        """Questions that these articles answer well, each tried before. Empty until they have been."""
        return list(self._examples or ())

    def _find_examples(self) -> None:
        """Try questions and keep what is answered well, one after another, while nobody asks."""
        leaving = self._leaving

        def over() -> bool:
            return self._closed.is_set() or leaving.is_set()

        try:
            with self._finding:
                if self._examples is None and self.articles() and not over():
                    index = self._ready_retriever().index()
                    found = examples(index, self._tried, lambda: self._may_go_on() and not over())
                    self._examples = None if over() else found
        except Exception:
            if not over():  # what is closed in the middle of a question complains of it
                raise
        finally:
            if not leaving.is_set():
                self._say(choosing=False)

    def _tried(self, question: str) -> Answer:
        return complete(self._answers(question, (), None, time.perf_counter()))

    def _may_go_on(self) -> bool:
        time.sleep(PAUSE_S)
        with self._idle:
            self._idle.wait_for(lambda: not self._asked or self._closed.is_set())
        return not self._closed.is_set()

    def _wait(self, question: str) -> Iterator[Answer]:
        while not self._library_done.wait(HEARTBEAT_S):
            yield Answer(question, status=self._status.phase or "Loading the library")

    def _ready_retriever(self) -> Retriever:
        if self._library_error is not None:
            raise self._library_error
        if self._retriever is None:
            raise FootnoteError("The library is not loaded yet: wait until it is, then ask again.")
        return self._retriever

    def _desk(self, retriever: Retriever, question: str, history: Sequence[Turn], model: LanguageModel | None) -> Desk:
        def search(text: str) -> Retrieval:
            return self._retrieve(retriever, text, history, model)

        if self._embedder is None or self._classifier is None:
            raise FootnoteError("The library is not loaded yet: wait until it is, then ask again.")
        translate = partial(in_english, model) if model is not None else None
        return Desk(question, history, retriever, self._telling, self._classifier, search, self.examples, translate)

    def _retrieve(
        self,
        retriever: Retriever,
        question: str,
        history: Sequence[Turn],
        model: LanguageModel | None,
        kept: Scope | None = None,
    ) -> Retrieval:
        hosted = model is not None and not model.local
        budget = self.config.hosted_evidence_tokens if hosted else self.config.evidence_tokens
        scope = kept or scope_of(question, retriever.index())
        asked, among = (scope.without, scope.articles) if scope else (question, ())
        count = model.count_tokens if model else None
        return retriever.retrieve(asked, history, budget=budget, count=count, among=among)


def _kept_to(among: Sequence[str], question: str, retriever: Retriever) -> Scope | None:
    """The scope of a question that is kept to some articles by their ids; None for one that is not.

    Raises:
        QuestionError: the library has no such article.
    """
    strange = next((id for id in among if id not in retriever.index().articles), None)
    if strange is not None:
        raise QuestionError(
            f"The library holds no article {strange[:200]!r}: keep the question to those that it lists."
        )
    return Scope(tuple(dict.fromkeys(among)), "chosen articles", question) if among else None


def _untold(report: SyncReport) -> tuple[Unreadable, ...]:
    return (*report.unreadable, *report.passed_over)


def _would_lose_vectors(library: Library, embedder: Embedder) -> bool:
    """Whether a sync would replace real vectors by none, only because the search model is missing today."""
    stored = library.fingerprint()
    has_vectors = stored is not None and stored[0] != NO_EMBEDDER and bool(library.digests())
    return embedder.fingerprint == NO_EMBEDDER and has_vectors


def _searching(library: Library, embedder: Embedder) -> Embedder:
    """What questions are searched with: words alone where the stored vectors are another model's."""
    stored = library.fingerprint()
    return embedder if stored is None or stored[0] == embedder.fingerprint else NoEmbedder()


def checked_question(question: str) -> str:
    """The question without white space around it.

    Raises:
        QuestionError: nothing is asked, or more than ``MAX_QUESTION_CHARS`` characters.
    """
    text = " ".join(well_formed(question).split())
    if not any(character.isalnum() for character in text):
        raise QuestionError("The question is empty: type what you want to know about the articles.")
    if len(text) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"The question has {len(text):,} characters; at most {MAX_QUESTION_CHARS:,} can be asked: shorten it."
        )
    return text


def complete(answers: Iterator[Answer]) -> Answer:
    """The last and fullest of a question's answers."""
    return deque(answers, maxlen=1).pop()
