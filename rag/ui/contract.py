"""What the window asks of an assistant: one Protocol. Knows neither the real assistant nor Gradio."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from rag.config import Config
from rag.domain import Answer, Article, Holdings, Kind, SyncReport, Turn, Unreadable
from rag.libraries import Libraries
from rag.pace import Pace
from rag.reading import FileState
from rag.status import Home, Status

T = TypeVar("T")
Watcher = Callable[[Status], None]
if TYPE_CHECKING:
    from rag.retrieval import Retrieval


class AssistantLike(Protocol):
    """The assistant as the window sees it. Every method may be called from any thread, several at a time."""

    @property
    def config(self) -> Config:
        """The settings in force."""
        ...

    def start(self) -> None:
        """Begin to load library and models in the background; return at once."""
        ...

    def status(self) -> Status:
        """Where things stand. Cheap: asked once a second by every open page."""
        ...

    def ask(self, question: str, history: Sequence[Turn], among: Sequence[str] = ()) -> Iterator[Answer]:
        """Answers to one question, each fuller than the last: evidence first, then text, the last one ``done``.

        ``among``: the ids of the articles that it is kept to; () for all.

        Closing the iterator stops the model. That can only happen between two values, so one should come at least
        every 0.2 s, the same again if need be, also before the first word and while the library loads.

        Raises:
            FootnoteError: the question cannot be asked or answered; the message is shown to the reader.
        """
        ...

    def tell(self, kind: Kind, about: str = "") -> Answer:
        """What the articles tell in one form, a timeline for instance; about everything, or what is named.

        Raises:
            FootnoteError: nothing is about that, or the library cannot be used; the message is shown to the reader.
        """
        ...

    def search(self, question: str) -> Retrieval:
        """What retrieval finds for a question.

        Raises:
            FootnoteError: it cannot be searched for that, or not yet.
        """
        ...

    def read_again(self) -> SyncReport:
        """Bring the library up to date with the folder; returns when that is done.

        Raises:
            FootnoteError: the folder or the library cannot be used, or not yet.
        """
        ...

    def article(self, article_id: str) -> Article | None:
        """The article of this id, or None when the library has no such article."""
        ...

    def articles(self) -> list[Article]:
        """Every article of the library, in order of id. Empty until the library is loaded."""
        ...

    @property
    def libraries(self) -> Libraries:
        """The libraries that have a name, with the one that is open."""
        ...

    def open_library(self, name: str) -> None:
        """Let go of the library that is open and load another one in the background, for all tabs.

        Raises:
            ShelfError: there is no such library; the message is shown to the reader.
        """
        ...

    def holdings(self) -> Holdings:
        """What the library holds. The same objects as before as long as nothing has changed."""
        ...

    def as_filed(self, article_id: str) -> Article | None:
        """The article as its file has it, whatever was corrected by hand; None when that cannot be read."""
        ...

    def correct(self, article_id: str, details: Mapping[str, str | None]) -> None:
        """Correct details by hand: "" for no value, None for what the file says.

        Raises:
            ShelfError: a value that cannot be, or cannot be kept; the message is shown to the reader.
        """
        ...

    def home(self) -> Home:
        """Where the articles and the library are."""
        ...

    def reread(self) -> None:
        """Look at the folder again, in the background."""
        ...

    def is_reading(self) -> bool:
        """Whether that is still going on."""
        ...

    def file(self, article_id: str) -> FileState:
        """How far a file of the folder is: waiting, being read, read or refused."""
        ...

    def unreadable(self) -> tuple[Unreadable, ...]:
        """The files that could not be read when the folder was last looked at, and why."""
        ...

    def examples(self) -> list[str]:
        """Questions that these articles answer, made from their content. Empty until the library is loaded."""
        ...

    def not_now(self) -> None:
        """Decline the download that is under way; answers stay extractive."""
        ...

    def fetch(self) -> None:
        """Start the declined download after all."""
        ...

    def use(self, config: Config) -> None:
        """Go on with other settings of model and evidence; answers under way keep the model that they have.

        Raises:
            FootnoteError: there is no such model; nothing is changed.
        """
        ...

    def pace(self, model: str) -> Pace | None:
        """How long the model that answers call ``model`` has taken on this machine, None when that is not known."""
        ...

    def anew(self, make: Callable[[Watcher], T]) -> T:
        """Let ``make`` have the data folder to itself, and load what is there then. Questions wait meanwhile.

        Raises:
            FootnoteError: whatever ``make`` raises; the library is loaded all the same.
        """
        ...

    def close(self) -> None:
        """End background work, free models and library, end child processes. Safe to call twice."""
        ...
