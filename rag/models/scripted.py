"""Models for tests, shipped with the library: replies in order, vectors from hashes, a reader that counts words.

Knows no model library.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.domain import Turn
from rag.errors import ModelError
from rag.models.base import Chunk, Message, Page, Reading, Usage

_HEARTBEAT_SECONDS = 0.1
_WORD = re.compile(r"\w+|[^\w\s]")
_PIECE = re.compile(r"\s*\S+(?:\s+$)?")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a scripted model."""

    messages: tuple[Message, ...]
    max_tokens: int


class ScriptedModel:
    """Says what it was told to say, word by word, and remembers what it was asked.

    ``replies``: one per call; a string is streamed by words, a list by its items, an exception is raised (after
    ``delay``). ``delay``: seconds before each piece, with heartbeats. ``places``: places in the line to report before
    each reply. ``max_tokens`` cuts off as a real model would. ``stopped`` counts the replies that were closed early.
    """

    def __init__(
        self,
        replies: Iterable[str | list[str] | Exception] = (),
        *,
        local: bool = True,
        delay: float = 0.0,
        places: Sequence[int] = (),
        name: str = "scripted",
    ) -> None:
        self.name = name
        self.local = local
        self.calls: list[Call] = []
        self.warmed: list[tuple[Message, ...]] = []
        self.stopped = 0
        self.closed = False
        self._replies = deque(replies)
        self._delay = delay
        self._places = tuple(places)

    def enqueue(self, *replies: str | list[str] | Exception) -> None:
        """Add replies for later calls."""
        self._replies.extend(replies)

    def count_tokens(self, text: str) -> int:
        """Words and punctuation marks."""
        return len(_WORD.findall(text))

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        """Stream the next reply.

        Raises:
            ModelError: there is none left.
        """
        self.calls.append(Call(tuple(messages), max_tokens))
        if not self._replies:
            raise ModelError(f"The script has no reply left for call {len(self.calls)}: enqueue one.")
        reply = self._replies.popleft()
        try:
            yield from (Chunk(place=place) for place in self._places)
            said = yield from self._say(reply, max_tokens)
            yield Chunk(usage=Usage(sum(self.count_tokens(m.content) for m in messages), 0, said))
        except GeneratorExit:
            self.stopped += 1
            raise

    def _say(self, reply: str | list[str] | Exception, max_tokens: int) -> Generator[Chunk, None, int]:
        said = 0
        pieces = [""] if isinstance(reply, Exception) else _PIECE.findall(reply) if isinstance(reply, str) else reply
        for piece in pieces:
            yield from self._wait()
            if isinstance(reply, Exception):
                raise reply
            said += self.count_tokens(piece)
            if said > max_tokens:
                return max_tokens
            yield Chunk(piece)
        return said

    def _wait(self) -> Iterator[Chunk]:
        due = time.monotonic() + self._delay
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, _HEARTBEAT_SECONDS))
            yield Chunk()

    def warm(self, prefix: Sequence[Message]) -> None:
        """Remember the prefix."""
        self.warmed.append(tuple(prefix))

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


class HashEmbedder:
    """Deterministic bags of hashed words as unit vectors: texts that share words are near each other."""

    def __init__(self, dimensions: int = 64, fingerprint: str = "hash") -> None:
        self.dimensions = dimensions
        self.fingerprint = fingerprint
        self.embedded = 0
        """How many texts ``embed`` has been given so far; questions do not count."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector for each text, in order."""
        self.embedded += len(texts)
        return [self._vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self._vector(text)

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for word in _WORD.findall(text.lower()):
            digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
            vector[int.from_bytes(digest[:4]) % self.dimensions] += 1.0 if digest[4] % 2 else -1.0
        norm = math.sqrt(sum(x * x for x in vector))
        if norm == 0:
            return [1.0, *vector[1:]]
        return [x / norm for x in vector]


class WordReader:
    """Takes a sentence for an answer that holds the question's longer words: easy to follow by hand.

    A sentence with all of them has the log-odds ``SURE``, one with none ``-SURE``; what stands in the header counts
    half. Words are alike when their first four letters are.
    """

    SURE = 6.0

    def __init__(self) -> None:
        self.asked: list[tuple[str, Turn | None]] = []
        """The questions that were read so far, each with the turn before."""

    def read(self, question: str, turn: Turn | None, pages: Sequence[Page]) -> list[Reading]:
        """See ``Reader``."""
        self.asked.append((question, turn))
        wanted = _long_words(question) | (_long_words(turn.question) if turn else set())
        return [self._page(wanted, page) for page in pages]

    def _page(self, wanted: set[str], page: Page) -> Reading:
        header = _long_words(page.header)
        found = tuple(self._sentence(wanted, header, text) for text in page.sentences)
        return Reading(found, max(found, default=-self.SURE))

    def _sentence(self, wanted: set[str], header: set[str], text: str) -> float:
        own = _long_words(text)
        held = sum(1.0 if word in own else 0.5 if word in header else 0.0 for word in wanted)
        return self.SURE * (2 * held / max(1, len(wanted)) - 1)


_SHAPING = frozenset(
    {"what", "when", "where", "which", "whom", "whose", "does", "about", "that", "this", "with", "have"}
)


def _long_words(text: str) -> set[str]:
    return {word[:4] for word in _WORD.findall(text.lower()) if len(word) > 3 and word not in _SHAPING}
