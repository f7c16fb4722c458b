"""A language model that remembers its replies on disk, by model, prompt and length. Knows no question and no scoring.

A reply that is read back arrives at once; ``saved_ms`` says how much longer it took when it was first made, so that
whoever takes the time can add it and report the first timings.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.models.base import Chunk, LanguageModel, Message, Usage


@dataclass(frozen=True, slots=True)
class _Kept:
    """A whole reply: its pieces with the milliseconds after the call at which each came, its length, its usage."""

    pieces: tuple[tuple[float, str], ...]
    total_ms: float
    usage: Usage | None
    first: Mapping[str, float] | None = None


class CachedModel:
    """A ``LanguageModel`` around another one. Not for several threads at once.

    Args:
        inner: the model that makes the replies that are not known yet.
        folder: where replies are kept, one small file each; made when missing.
        namespace: tells models apart that have the same name (an endpoint, a file); part of the key.
    """

    def __init__(self, inner: LanguageModel, folder: Path, namespace: str = "") -> None:
        self._inner = inner
        self._folder = folder
        self._namespace = namespace
        self._prefix: Sequence[Message] | None = None
        self.calls = 0
        """Calls since ``begin``."""
        self.replayed = 0
        """Those of them that were answered from disk."""
        self.saved_ms = 0.0
        """Milliseconds since ``begin`` that the replies took longer when they were first made."""

    def begin(self) -> None:
        """Start to count anew: another question."""
        self.calls = self.replayed = 0
        self.saved_ms = 0.0

    @property
    def from_cache(self) -> bool:
        """Whether the model was asked since ``begin`` and every reply was known."""
        return 0 < self.calls == self.replayed

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def local(self) -> bool:
        return self._inner.local

    def count_tokens(self, text: str) -> int:
        """As the model itself counts."""
        return self._inner.count_tokens(text)

    def warm(self, prefix: Sequence[Message]) -> None:
        """Warm the model when it is first needed: a run whose replies are all known does not wait for it."""
        self._prefix = prefix

    def close(self) -> None:
        """Free the model."""
        self._inner.close()

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        """The known reply to this very prompt, or a new one, which is kept once it is whole.

        Raises:
            ModelError: the model failed; nothing is kept.
        """
        self.calls += 1
        file = self._file(messages, max_tokens)
        kept = _read(file)
        if kept is None:
            yield from self._record(file, messages, max_tokens)
        else:
            self.replayed += 1
            yield from self._replay(kept)

    def _file(self, messages: Sequence[Message], max_tokens: int) -> Path:
        said = [[message.role, message.content] for message in messages]
        key = json.dumps([self._namespace, self.name, max_tokens, said])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def _replay(self, kept: _Kept) -> Iterator[Chunk]:
        started, before = time.perf_counter(), self.saved_ms
        for place, (after_ms, text) in enumerate(kept.pieces):
            self.saved_ms = before + after_ms - _elapsed_ms(started)
            yield Chunk(text, first=kept.first if place == 0 else None)
        self.saved_ms = before + kept.total_ms - _elapsed_ms(started)
        yield Chunk(usage=kept.usage)

    def _record(self, file: Path, messages: Sequence[Message], max_tokens: int) -> Iterator[Chunk]:
        self._warm_now()
        pieces: list[tuple[float, str]] = []
        usage: Usage | None = None
        first: Mapping[str, float] | None = None
        started = time.perf_counter()
        with closing(self._inner.stream(messages, max_tokens=max_tokens)) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                if chunk.text:
                    pieces.append((_elapsed_ms(started), chunk.text))
                usage = chunk.usage or usage
                first = first or chunk.first
                yield chunk
        _write(file, _Kept(tuple(pieces), _elapsed_ms(started), usage, first))

    def _warm_now(self) -> None:
        """Read the prompt's fixed beginning; the time is no question's, so it is taken off again."""
        if self._prefix is None:
            return
        started = time.perf_counter()
        self._inner.warm(self._prefix)
        self._prefix = None
        self.saved_ms -= _elapsed_ms(started)


def _elapsed_ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _read(file: Path) -> _Kept | None:
    """The kept reply; None when there is none, or when its file is damaged: it is then made anew."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        pieces = tuple((float(after), str(text)) for after, text in kept["pieces"])
        usage = Usage(**kept["usage"]) if kept["usage"] else None
        return _Kept(pieces, float(kept["total_ms"]), usage, kept.get("first"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, kept: _Kept) -> None:
    """Keep a reply. Where that cannot be done it is made anew the next time; this run goes on."""
    row: dict[str, Any] = {
        "pieces": kept.pieces,
        "total_ms": kept.total_ms,
        "usage": asdict(kept.usage) if kept.usage else None,
        "first": kept.first,
    }
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
        os.replace(part, file)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
