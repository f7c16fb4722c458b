"""What the rest of the house knows of models: three Protocols and their values. Imports no model library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.domain import Turn


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. ``prompt_tokens`` counts the whole prompt, ``cached_tokens`` the part not read anew."""

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    answer_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed reply.

    ``text`` may be empty: a heartbeat, so that a caller can stop between two chunks. ``place`` is the 1-based place
    in the line while the model serves somebody else, None once it is our turn. ``usage`` comes with the last chunk, and
    ``cut`` with it: the reply did not come to its end, for want of tokens for instance.
    ``first`` comes with the first token where the model tells: the likeliest first tokens and the natural logarithms of
    their probabilities.
    """

    text: str = ""
    place: int | None = None
    usage: Usage | None = None
    first: Mapping[str, float] | None = None
    cut: bool = False


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def fingerprint(self) -> str:
        """Names weights and settings; another fingerprint means vectors that must not be mixed with these."""
        ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector of ``dimensions`` floats for each text, in order."""
        ...

    def embed_query(self, text: str) -> list[float]: ...


class LanguageModel(Protocol):
    """A chat model that streams."""

    @property
    def name(self) -> str:
        """The weights file's stem, or the hosted model's name."""
        ...

    @property
    def local(self) -> bool:
        """Whether it runs on this machine, where every prompt token is waiting time."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` as this model counts them (an estimate for hosted models)."""
        ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        """Stream a reply at temperature 0. Closing the iterator stops the model, also before the first word.

        A chunk arrives at least every 0.2 s, empty if need be.

        Raises:
            ModelError: the model failed or cannot be reached.
        """
        ...

    def warm(self, prefix: Sequence[Message]) -> None:
        """Read ``prefix``, the fixed beginning of every prompt, into the model's cache ahead of the first question."""
        ...

    def close(self) -> None:
        """Free the model. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """A passage as a reader is shown it: its article's header, and its sentences in order."""

    header: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of one page, as logits: of each sentence that it answers, and of the page that it does."""

    sentences: tuple[float, ...]
    page: float


class Reader(Protocol):
    """Judges which sentences answer a question."""

    def read(self, question: str, turn: Turn | None, pages: Sequence[Page]) -> list[Reading]:
        """One ``Reading`` for each page, in order.

        Args:
            question: what is asked.
            turn: the turn before, where the question leans on it.
            pages: what may answer it, each read by itself.
        """
        ...
