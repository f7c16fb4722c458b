"""Pieces of lines as they lie on a page -> columns of whole lines in reading order. Knows geometry, no PDF."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

_BINS = 200
_GUTTER = 0.4
"""Of the fullest strip: a strip down the page with less text than that parts two columns."""
_NARROWEST = 0.15
"""Of the page: a column is wider; the numbers of a list or of a table of contents are none."""
_FULL = 0.5
_FEWEST = 4
_MAX_DEPTH = 4


class Line(NamedTuple):
    """A line of print, or a piece of it: where it stands, from the lower left corner, and how large it is set."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float


def columns(pieces: Sequence[Line], depth: int = 0) -> list[list[Line]]:
    """The page's lines, column by column. What reaches over two columns parts those above from those below it."""
    gutter = _gutter(pieces) if depth < _MAX_DEPTH else None
    if gutter is None:
        return [rows(pieces)] if pieces else []
    spanning = [one for one in pieces if one.left < gutter < one.right]
    found: list[list[Line]] = []
    rest = [one for one in pieces if not one.left < gutter < one.right]
    for head in [*rows(spanning), None]:
        above = [one for one in rest if head is None or one.bottom >= head.bottom]
        rest = [one for one in rest if head is not None and one.bottom < head.bottom]
        for side in ([o for o in above if o.right <= gutter], [o for o in above if o.right > gutter]):
            found += columns(side, depth + 1)
        if head is not None:
            found.append([head])
    return _merged(found)


def rows(pieces: Sequence[Line]) -> list[Line]:
    """Whole lines from top to bottom: pieces beside each other are one, as wide gaps in justified print part them."""
    found: list[list[Line]] = []
    for one in sorted(pieces, key=lambda piece: -(piece.top + piece.bottom)):
        if found and _beside(found[-1][0], one):
            found[-1].append(one)
        else:
            found.append([one])
    return [_whole(sorted(row, key=lambda piece: piece.left)) for row in found]


def _beside(first: Line, one: Line) -> bool:
    shared = min(first.top, one.top) - max(first.bottom, one.bottom)
    return shared > 0.5 * min(first.top - first.bottom, one.top - one.bottom)


def _whole(row: Sequence[Line]) -> Line:
    largest = max(row, key=lambda piece: len(piece.text))
    return Line(
        " ".join(piece.text for piece in row),
        row[0].left,
        max(piece.right for piece in row),
        min(piece.bottom for piece in row),
        max(piece.top for piece in row),
        largest.size,
    )


def _gutter(pieces: Sequence[Line]) -> float | None:
    """Where an empty strip runs down most of the page between two columns of text."""
    left, right = min((p.left for p in pieces), default=0.0), max((p.right for p in pieces), default=0.0)
    if len(pieces) < 2 * _FEWEST or right <= left:
        return None
    step = (right - left) / _BINS
    changes = [0] * (_BINS + 1)
    for piece in pieces:
        first, last = (min(_BINS - 1, max(0, int((edge - left) / step))) for edge in (piece.left, piece.right))
        changes[first] += 1
        changes[last + 1] -= 1
    covered = list(accumulate(changes))[:_BINS]
    full = [i for i, count in enumerate(covered) if count >= _FULL * max(covered)]
    edge = int(_NARROWEST * _BINS)
    free = [i for i in range(max(full[0], edge), min(full[-1], _BINS - edge)) if covered[i] <= _GUTTER * max(covered)]
    if not free:
        return None
    at = left + (min(free, key=lambda i: (covered[i], abs(i - _BINS / 2))) + 0.5) * step
    sides = sum(p.right <= at for p in pieces), sum(p.left >= at for p in pieces)
    return at if min(sides) >= _FEWEST else None


def _merged(found: list[list[Line]]) -> list[list[Line]]:
    """Lines that reach over the columns one below the other are one column themselves."""
    merged: list[list[Line]] = []
    for column in found:
        if merged and len(column) == 1 and len(merged[-1]) and _follows(merged[-1][-1], column[0]):
            merged[-1].append(column[0])
        else:
            merged.append(list(column))
    return merged


def _follows(before: Line, line: Line) -> bool:
    """Whether it stands right below and is as wide."""
    near = 0 <= before.bottom - line.top < line.top - line.bottom
    return near and abs(before.left - line.left) < line.size and before.top > line.top
