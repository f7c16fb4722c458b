"""Finding by MultiHop-RAG's rule (Tang and Yang 2024): a piece counts when it holds a whole fact. Knows no metric.

Pieces are taken as they are, or widened: shown with the sentences round them, up to the length of that paper's pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from eval.cases import Case, Piece
from rag.domain import Span

WIDE_CHARS = 1000
"""Characters of a widened piece at most: some 200 to 250 tokens of news, where the paper's pieces have 256."""


class FactCase(Case):
    """A case of which a piece finds evidence only when it holds all of it, white space ignored, wherever it is."""

    @property
    def ranks(self) -> tuple[int | None, ...]:
        """For each gold fact, the 1-based rank of the first piece that holds it."""
        return _ranks(tuple(piece.quote or "" for piece in self.gold.evidence), self._texts())

    def _texts(self) -> tuple[str, ...]:
        return tuple(piece.quote for piece in self.reply.retrieved)


class WideFactCase(FactCase):
    """The same for pieces widened to ``WIDE_CHARS``."""

    def _texts(self) -> tuple[str, ...]:
        wide = (self._widened(piece) for piece in self.reply.retrieved)
        return tuple(self.texts.quote(piece.article, piece.span) or piece.quote for piece in wide)

    def _widened(self, piece: Piece) -> Piece:
        known = self.texts.sentences(piece.article) if piece.article in self.texts.ids else ()
        wide = widened(piece.span, known)
        return replace(piece, start=wide.start, end=wide.end)


def widened(span: Span, sentences: Sequence[Span], limit: int = WIDE_CHARS) -> Span:
    """A span with the whole sentences round it, as many as fit into ``limit`` characters, evenly on both sides.

    Args:
        span: of a piece; a longer one than ``limit`` is left as it is.
        sentences: of its article, in order.
    """
    before = [s for s in sentences if s.end <= span.start]
    after = [s for s in reversed(sentences) if s.start >= span.end]
    start, end = span.start, span.end
    while True:
        left = before[-1].start if before and end - before[-1].start <= limit else None
        right = after[-1].end if after and after[-1].end - start <= limit else None
        if left is None and right is None:
            return Span(start, end)
        if right is None or (left is not None and span.start - start <= end - span.end):
            start = before.pop().start
        else:
            end = after.pop().end


@lru_cache(maxsize=4096)
def _ranks(facts: tuple[str, ...], texts: tuple[str, ...]) -> tuple[int | None, ...]:
    held = [_joined(text) for text in texts]
    return tuple(next((n for n, text in enumerate(held, 1) if _joined(fact) in text), None) for fact in facts)


def _joined(text: str) -> str:
    return "".join(text.split())
