"""An article's text as paragraphs of runs: residue, headings, signs of Markdown, cited words, pages told apart. Pure.

Concatenating the texts of all runs, hidden ones too, gives the article's text again, less the white space between
paragraphs. Knows no HTML.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Literal

from rag.articles import markup
from rag.domain import Article, Mark, MarkKind, Span
from rag.sentences import paragraphs

BlockKind = Literal["body", "heading", "residue", "credit", "byline"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one kind and look. ``first`` is set on the first run of the cited words only.

    ``hidden``: a sign of Markdown, which is not shown. ``page``: the page that begins with it, if one does. ``also``:
    it is not what was cited, but was found beside it.
    """

    text: str
    kind: BlockKind = "body"
    cited: bool = False
    first: bool = False
    hidden: bool = False
    styles: frozenset[markup.Style] = frozenset()
    href: str = ""
    page: int | None = None
    also: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph. ``kind`` is the kind of all its runs, or "body" when they differ. ``form``: what Markdown makes
    of it, with the ``level`` of a heading, or of how deep an item lies; ``goes_on`` in a further line of the same."""

    kind: BlockKind
    runs: tuple[Run, ...]
    form: markup.Form | None = None
    level: int = 1
    goes_on: bool = False

    @property
    def text(self) -> str:
        """What is shown of it."""
        return "".join(run.text for run in self.runs if not run.hidden).strip()

    @property
    def cited(self) -> bool:
        return any(run.cited for run in self.runs)


def blocks(article: Article, cited: Span | None = None, also: Sequence[Span] = ()) -> list[Block]:
    """The paragraphs of ``article`` in order; white space at their ends is left out.

    Args:
        article: the article, whole.
        cited: the words to mark, a span of ``article.text``; it may reach over several paragraphs.
        also: other spans to tell apart, less than the cited words.
    """
    found: list[Block] = []
    begun = False
    marks = deque(sorted(article.marks))
    looks = _Looks(article)
    for span in paragraphs(article.text):
        runs: list[Run] = []
        while marks and marks[0].end <= span.start:
            marks.popleft()
        near = list(_near(marks, span))
        shown = [*([cited] if cited else []), *also]
        for piece, look, page in looks.within(span):
            for part, kind, is_cited in _pieces(piece, near, shown, cited):
                first = is_cited and not begun and not look.hidden
                beside = not is_cited and any(other.covers(part) for other in also)
                text = article.quote(part)
                runs.append(Run(text, kind, is_cited, first, look.hidden, look.styles, look.href, page, beside))
                begun, page = begun or first, None
        kinds = {run.kind for run in runs if run.text.strip()}
        shape, goes_on = looks.shape(span)
        form, level = (shape.form, shape.level) if shape else (None, 1)
        found.append(Block(kinds.pop() if len(kinds) == 1 else "body", tuple(runs), form, level, goes_on))
    return found


class _Looks:
    """How stretches of an article look, and where its pages begin."""

    def __init__(self, article: Article) -> None:
        whole = markup.Markup((markup.Piece(Span(0, len(article.text))),))
        read = markup.markup(article.text) if markup.is_markdown(article.id) and article.text else whole
        self._pieces, self._shapes = read.pieces, read.shapes
        self._ends = [piece.span.end for piece in read.pieces]
        self._shape_starts = [shape.span.start for shape in read.shapes]
        self._last = -1
        # An empty page begins where the next one does; the last of them is the one that has the words.
        pages = article.pages if len(article.pages) > 1 else ()
        self._pages = {start: number for number, start in enumerate(pages, 1)}
        self._page_starts = sorted(self._pages)

    def within(self, span: Span) -> Iterator[tuple[Span, markup.Piece, int | None]]:
        """``span`` in pieces of one look on one page, each with the number of the page that begins with it."""
        for place in range(bisect_right(self._ends, span.start), len(self._pieces)):
            piece = self._pieces[place]
            if piece.span.start >= span.end:
                return
            start, end = max(piece.span.start, span.start), min(piece.span.end, span.end)
            for part in _cut(Span(start, end), self._page_starts):
                yield part, piece, self._pages.get(part.start)

    def shape(self, span: Span) -> tuple[markup.Shape | None, bool]:
        """The shape of the block in which ``span`` lies, and whether an earlier span lay in it."""
        place = bisect_right(self._shape_starts, span.start) - 1
        if place < 0 or self._shapes[place].span.end <= span.start:
            return None, False
        goes_on, self._last = place == self._last, place
        return self._shapes[place], goes_on


def _cut(span: Span, edges: Sequence[int]) -> Iterator[Span]:
    inside = edges[bisect_right(edges, span.start) : bisect_left(edges, span.end)]
    return (Span(start, end) for start, end in pairwise([span.start, *inside, span.end]))


def _near(marks: Iterable[Mark], span: Span) -> Iterator[Mark]:
    """The first of ``marks``, up to the end of ``span``."""
    return takewhile(lambda mark: mark.start < span.end, marks)


def _pieces(
    span: Span, near: Iterable[Mark], shown: Iterable[Span], cited: Span | None
) -> Iterator[tuple[Span, BlockKind, bool]]:
    """``span`` cut wherever a mark or ``shown`` words begin or end. ``near``: all marks that may be in it."""
    marks = [mark for mark in near if span.overlap(mark.span)]
    edges = {span.start, span.end}
    for other in [*(mark.span for mark in marks), *shown]:
        edges.update(edge for edge in (other.start, other.end) if span.start < edge < span.end)
    cuts = sorted(edges)
    for start, end in pairwise(cuts):
        piece = Span(start, end)
        kind: MarkKind | Literal["body"] = next((mark.kind for mark in marks if mark.span.covers(piece)), "body")
        yield piece, kind, bool(cited and cited.covers(piece))
