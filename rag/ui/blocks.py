"""An article's text as paragraphs of runs, with residue, headings and cited words told apart. Pure; knows no HTML.

Concatenating the texts of all runs gives the article's text again, less the white space between paragraphs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Literal

from rag.domain import Article, Mark, MarkKind, Span
from rag.sentences import paragraphs

BlockKind = Literal["body", "heading", "residue", "credit", "byline"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one kind. ``first`` is set on the first run of the cited words only."""

    text: str
    kind: BlockKind = "body"
    cited: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph. ``kind`` is the kind of all its runs, or "body" when they differ."""

    kind: BlockKind
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def cited(self) -> bool:
        return any(run.cited for run in self.runs)


def blocks(article: Article, cited: Span | None = None) -> list[Block]:
    """The paragraphs of ``article`` in order; white space at their ends is left out.

    Args:
        article: the article, whole.
        cited: the words to mark, a span of ``article.text``; it may reach over several paragraphs.
    """
    found: list[Block] = []
    begun = False
    marks = deque(sorted(article.marks))
    for span in paragraphs(article.text):
        runs: list[Run] = []
        while marks and marks[0].end <= span.start:
            marks.popleft()
        for piece, kind, is_cited in _pieces(span, _near(marks, span), cited):
            runs.append(Run(article.quote(piece), kind, is_cited, first=is_cited and not begun))
            begun = begun or is_cited
        kinds = {run.kind for run in runs if run.text.strip()}
        found.append(Block(kinds.pop() if len(kinds) == 1 else "body", tuple(runs)))
    return found


def _near(marks: Iterable[Mark], span: Span) -> Iterator[Mark]:
    """The first of ``marks``, up to the end of ``span``."""
    return takewhile(lambda mark: mark.start < span.end, marks)


def _pieces(span: Span, near: Iterable[Mark], cited: Span | None) -> Iterator[tuple[Span, BlockKind, bool]]:
    """``span`` cut wherever a mark or the cited words begin or end. ``near``: all marks that may be in it."""
    marks = [mark for mark in near if span.overlap(mark.span)]
    edges = {span.start, span.end}
    for other in [mark.span for mark in marks] + ([cited] if cited else []):
        edges.update(edge for edge in (other.start, other.end) if span.start < edge < span.end)
    cuts = sorted(edges)
    for start, end in pairwise(cuts):
        piece = Span(start, end)
        kind: MarkKind | Literal["body"] = next((mark.kind for mark in marks if mark.span.covers(piece)), "body")
        yield piece, kind, bool(cited and cited.covers(piece))
