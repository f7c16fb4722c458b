"""Assembles the parts: settings -> library, retriever, language model. ask(question, history) -> Iterator[Answer].

Cheap to construct; everything heavy is loaded by ``start`` in the background (the page) or by ``load`` at once (the
command line). Until the language model is there, answers are extractive.

The library is the shelf's (``rag/shelf.py``), the language model the writer's (``rag/writing.py``), the status the
teller's (``rag/teller.py``); answers are made by the responder (``rag/responding.py``). Here they are put together, and
a question gets the one library and the one model that it keeps until its end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rag.answering import PARTS, Parts
from rag.articles import look_into
from rag.config import Config
from rag.current import Current
from rag.domain import EVERYTHING, Answer, Article, Holdings, Kind, SyncReport, Turn, Unreadable, Within
from rag.errors import QuestionError
from rag.libraries import Libraries
from rag.loading import Loader, WrapModel
from rag.models import label_of, notice_of, sent_to, usable
from rag.models.base import Embedder, LanguageModel
from rag.models.chat import well_formed
from rag.opened import Opened
from rag.pace import Pace, Paces
from rag.reading import FileState
from rag.responding import Responder, complete, of_one_library, unless_empty
from rag.retrieval import Retrieval, Retriever
from rag.shelf import Shelf
from rag.status import Home, Status
from rag.teller import Teller, Watcher
from rag.trying import Trying
from rag.writing import Writer

__all__ = ["Assistant", "Watcher", "WrapModel", "checked_question", "complete"]

MAX_QUESTION_CHARS = 2000
"""Longer than any question; what is longer is a pasted text."""
HEARTBEAT_S = 0.15
"""How often a waiting answer says that it waits, so that it can be stopped."""

T = TypeVar("T")


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
        self._current = current = Current(config)
        self._closed, self._library_done = threading.Event(), threading.Event()
        self._teller = teller = _teller(config, model, watch)
        self._loader = loader = Loader(
            config.weights, teller, self._closed, model=model, embedder=embedder, wrap_model=wrap_model
        )
        self._responder = Responder(current, loader, self.parts)
        self._trying = trying = Trying(self._responder, teller, self._closed)
        self._shelf = Shelf(current, loader, teller, trying, self.retriever, self._library_done, self._closed, moved)
        self._writer = Writer(current, loader, teller, self._library_done, self._closed)
        self._paces = Paces(config.data)

    # -- loading ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load library and language model in the background; return at once."""
        self._teller.say(choosing=True)
        self._shelf.start()
        self.fetch()

    def load(self, *, with_model: bool = True) -> None:
        """Load everything now.

        Raises:
            FootnoteError: what is missing or wrong, in one sentence; that the folder holds no article, for one.
        """
        look_into(self.config.articles)
        if with_model:
            self._writer.fetch_now()
        self._shelf.load()
        if with_model:
            self._writer.load()

    def fetch(self) -> None:
        """Fetch (when missing) and load the language model in the background, also after "not now"."""
        self._writer.fetch()

    def not_now(self) -> None:
        """Decline the download that is under way; answers stay extractive."""
        self._writer.not_now()

    def use(self, config: Config) -> None:
        """Go on with other settings of model and evidence; answers under way keep the model that they have.

        Another model is loaded in the background, and until it is there answers are extractive.

        Raises:
            ConfigError, ModelError: there is no such model; nothing is changed.
        """
        self._writer.use(config)

    def close(self) -> None:
        """Free models and library. Safe to call twice."""
        self._closed.set()
        self._trying.close()
        self._writer.close()
        self._shelf.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _model(self) -> LanguageModel | None:
        return self._writer.lending.model

    # -- how things stand ------------------------------------------------------------------------------------------

    @property
    def config(self) -> Config:
        """The settings in force, with the folder of the library that is open."""
        return self._current.config

    def status(self) -> Status:
        """Where things stand."""
        return replace(self._teller.status(), library=self.libraries.current)

    def pace(self, model: str) -> Pace | None:
        """How long the model that answers call ``model`` has taken on this machine, None when that is not known."""
        return self._paces.of(model)

    def home(self) -> Home:
        """Where the articles and the library are."""
        config = self.config
        return Home(config.articles, config.data, config.local_links())

    # -- the library -----------------------------------------------------------------------------------------------

    @property
    def libraries(self) -> Libraries:
        """The libraries that have a name, with the one that is open."""
        return self._shelf.libraries

    @property
    def report(self) -> SyncReport | None:
        """What the library's last sync did, None before there was one."""
        return self._shelf.opened.report

    def open_library(self, name: str) -> None:
        """Let go of the library that is open and load another one in the background; the models stay.

        Questions under way end with a sentence, new ones wait for it. Nothing to do when it is open.

        Raises:
            ShelfError: there is none of that name, or its folder is gone; nothing is changed then.
        """
        self._shelf.open(name)

    def anew(self, make: Callable[[Watcher], T]) -> T:
        """Let ``make`` have the data folder to itself, and load what is there then. Questions wait meanwhile.

        Raises:
            FootnoteError: whatever ``make`` raises; the library is loaded all the same.
        """
        return self._shelf.anew(make)

    def refresh(self) -> None:
        """Bring the library up to date with the folder once more; what goes wrong is told by the status."""
        self._shelf.refresh()

    def read_again(self) -> SyncReport:
        """Bring the library up to date with the folder; meanwhile questions are answered from what it has.

        Raises:
            FootnoteError: the folder or the library cannot be used, or not yet, or another one is being opened.
        """
        return self._shelf.read_again()

    def reread(self) -> None:
        """Likewise, in the background, as soon as the library is there; ``is_reading`` until it is done."""
        self._shelf.reread()

    def is_reading(self) -> bool:
        """Whether something that was asked to be read again is still to come."""
        return self._shelf.is_reading()

    def correct(self, article_id: str, details: Mapping[str, str | None]) -> None:
        """Correct details of an article by hand: "" for no value, None for what its file says.

        They are kept at once, and known as soon as that one article has been read again, which is waited for a little.

        Raises:
            ShelfError: there is no such article, a value that cannot be, or no room to write it down.
        """
        self._shelf.correct(article_id, details)

    def articles(self) -> list[Article]:
        """Every article of the library, in order of id. Empty until the library is loaded."""
        return self._shelf.opened.articles()

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None when the library has no such article."""
        return self._shelf.opened.article(article_id)

    def as_filed(self, article_id: str) -> Article | None:
        """The article as its file has it now, whatever was corrected by hand; None when that cannot be read."""
        return self._shelf.opened.as_filed(article_id)

    def file(self, article_id: str) -> FileState:
        """How far a file of the folder is: waiting, being read, read or refused."""
        return self._shelf.opened.file(article_id, is_reading=self.is_reading())

    def unreadable(self) -> tuple[Unreadable, ...]:
        """The files of the folder that could not be read when it was last looked at, and why."""
        return self._shelf.opened.unreadable()

    def holdings(self) -> Holdings:
        """What the library holds, for whoever looks through it. Empty until it is loaded."""
        return self._shelf.opened.holdings()

    # -- answering -------------------------------------------------------------------------------------------------

    def ask(self, question: str, history: Sequence[Turn] = (), within: Within = EVERYTHING) -> Iterator[Answer]:
        """Answers to one question, each fuller than the last: evidence first, then text, the last one ``done``.

        Closing the iterator stops the model. A value comes at least every 0.2 s. ``within``: the articles to keep to,
        as if the library held no others.

        Raises:
            QuestionError: the question is empty or too long, or no article is within what it is kept to.
            FootnoteError: the library cannot be used.
        """
        started = time.perf_counter()
        question = checked_question(question)
        opened = yield from self._when_loaded(question)
        with self._trying.being_asked(), self._writer.lending.lend() as model:
            answers = self._responder.answers(opened, question, history, model, started, within)
            yield from self._timed(of_one_library(opened, unless_empty(opened, answers)))

    def search(self, question: str, history: Sequence[Turn] = ()) -> Retrieval:
        """What retrieval finds for a question, with the scores of every stage. Needs a loaded library."""
        return self._responder.search(self._shelf.opened, checked_question(question), history, self._model)

    def tell(self, kind: Kind, about: str = "") -> Answer:
        """What the articles tell in one form, a timeline for instance, about an article, a person or a topic.

        Raises:
            QuestionError: nothing in the articles is about that, or it is too long.
        """
        about = checked_question(about) if about.strip() else ""
        return self._responder.tell(self._shelf.opened, kind, about, self._model)

    def examples(self) -> list[str]:
        """Questions that these articles answer well, each tried before. Empty until they have been."""
        return list(self._shelf.opened.examples or ())

    def followups(self, answer: Answer, asked: Sequence[str] = (), within: Within = EVERYTHING) -> list[str]:
        """Questions that lead on from an answer, each tried before; given up as soon as somebody asks.

        Takes a second or so: not for whoever must not wait.
        """
        return self._trying.followups(self._shelf.opened, answer, asked, within)

    def _when_loaded(self, question: str) -> Generator[Answer, None, Opened]:
        """The library that is open, as soon as there is one to ask; until then, that it is waited for."""
        while not self._library_done.wait(HEARTBEAT_S) or (opened := self._shelf.askable()) is None:
            yield Answer(question, status=self._teller.status().phase or "Loading the library")
        return opened

    def _timed(self, answers: Iterator[Answer]) -> Iterator[Answer]:
        """The answers; how long the last one took is remembered of its model."""
        with closing(answers):  # type: ignore[type-var]  # a generator
            for each in answers:
                if each.done:
                    self._paces.note(each)
                yield each


def _teller(config: Config, model: LanguageModel | None, watch: Watcher | None) -> Teller:
    told = {"address": notice_of(config), "settings": config.chosen.problem}
    label = f"{model.name}, given by the program" if model is not None else label_of(config)
    status = Status(model=label, can_fetch=False, notice=sent_to(config), library=config.articles.resolve().name)
    return Teller(status, {where: what for where, what in told.items() if what}, watch)


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
