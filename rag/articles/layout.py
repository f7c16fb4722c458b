"""Lines of print as they lie on pages -> running text with whole sentences. Knows geometry, no PDF.

What is left out is what print puts around a text: numbers of pages, and lines that stand at the head or foot of page
after page. Words that were cut at the end of a line are put together again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import median

from rag.articles.columns import Line, columns

_MARGIN = 0.12
"""Of a page's height: where running heads and page numbers stand."""
_REPEATS, _REPEATS_NUMBERED = 2, 3
_LEADING = 0.35  # of the size of type: lines further apart than usual by more belong to two paragraphs
_INDENT = 0.8  # of the size of type
_SHORT, _VERY_SHORT = 0.1, 0.35
"""Of a column's width: what is free behind the last line of a paragraph, if it ends like a sentence and if not."""
_HEADING_SIZE = 1.15
_TITLE_SIZE = 1.3
_HEADING_MAX = 200
_NUMBER = re.compile(r"[\W_]*(?:page|p\.|seite)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von)\s*\d{1,4})?[\W_]*", re.I)
_BULLET = re.compile(r"[•·▪●‣◦–*-]\s|\(?\d{1,3}[.)]\s|\(?[a-z][.)]\s")
_CUT = re.compile(r"(?P<head>[^\W\d_]{2,})[-\u00ad\u2010]$")
_ENDS = re.compile(r"[.!?…:;。！？][”’»\"')\]]*(?:\d{1,3})?$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LOOSE = 0.5
_NUMBERED = "\0"
_NAMELESS_BULLET = re.compile(r"^\(cid:\d+\)\s*")
_SPACE = re.compile(r"\s+")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00a0": " "}
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's height and the pieces of lines on it, in any order."""

    height: float
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Printed:
    """The running text, one paragraph a line; where each page begins in it; its headings; the largest on page one."""

    text: str
    pages: tuple[int, ...]
    headings: frozenset[str]
    title: str | None


@dataclass(slots=True)
class _Paragraph:
    lines: list[Line]
    page: int
    breaks: list[tuple[int, int]]
    """(line, page): the pages that begin within it, before which of its lines."""


def running_text(pages: Sequence[Page]) -> Printed:
    """The pages' text. A paragraph that goes on over a column or page is one, and its page begins within it."""
    body = _body_size(pages)
    paragraphs = _joined(_paragraphs(pages), body)
    known = _words(paragraphs)
    text, starts = "", [0] * len(pages)
    begun = -1  # the last page whose beginning is noted
    headings: list[tuple[str, float, int]] = []
    for paragraph in paragraphs:
        at = len(text) + (2 if text else 0)
        written, offsets = _written([line.text for line in paragraph.lines], known)
        if not written:
            continue
        text += ("\n\n" if text else "") + written
        for page, offset in ((paragraph.page, 0), *((page, offsets[line]) for line, page in paragraph.breaks)):
            for one in range(begun + 1, page + 1):
                starts[one] = at + offset
            begun = max(begun, page)
        if _is_heading(paragraph, body) and len(written) <= _HEADING_MAX:
            headings.append((written, paragraph.lines[0].size, paragraph.page))
    starts[begun + 1 :] = [len(text)] * (len(pages) - begun - 1)
    return Printed(text, tuple(starts), frozenset(words for words, _, _ in headings), _title(headings, body))


def _body_size(pages: Iterable[Page]) -> float:
    """The size in which most letters are set."""
    letters: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            letters[round(line.size)] += len(line.text)
    return max(letters, key=lambda size: letters[size]) if letters else 0.0


def _paragraphs(pages: Sequence[Page]) -> Iterator[_Paragraph]:
    running = _running(pages)
    placed = []
    for number, page in enumerate(pages):
        lines = (_clean(line) for line in page.lines)
        own = [one for one in lines if one.text and not (_at_edge(one, page) and running & set(_keys(one)))]
        placed += [(number, column) for column in columns(own)]
    leading = _leading(column for _, column in placed)
    for number, column in placed:
        for paragraph in _split(column, leading):
            yield _Paragraph(paragraph, number, [])


def _clean(line: Line) -> Line:
    """The line in ordinary letters, without hyphens that only show where a word may be cut, but for the last."""
    text = _SPACE.sub(" ", _NAMELESS_BULLET.sub("• ", line.text.translate(_LIGATURES))).strip()
    return line._replace(text=text[:-1].replace("\u00ad", "") + text[-1:])


def _running(pages: Sequence[Page]) -> frozenset[str]:
    """Numbers of pages, and what stands at the edge of several pages: the same words, or with other numbers."""
    seen: Counter[str] = Counter()
    for page in pages:
        edge = [_clean(line) for line in page.lines if _at_edge(line, page)]
        seen.update({key for line in edge for key in _keys(line)})
        seen.update({line.text: _REPEATS for line in edge if _NUMBER.fullmatch(line.text)})
    return frozenset(
        key for key, count in seen.items() if count >= (_REPEATS_NUMBERED if key.startswith(_NUMBERED) else _REPEATS)
    )


def _at_edge(line: Line, page: Page) -> bool:
    return line.bottom > (1 - _MARGIN) * page.height or line.top < _MARGIN * page.height


def _keys(line: Line) -> tuple[str, str]:
    return line.text, _NUMBERED + re.sub(r"\d+", "0", line.text).strip().lower()


def _leading(found: Iterable[Sequence[Line]]) -> float | None:
    """The usual space between two lines, in sizes of type; None where too few lines tell."""
    pairs = [pair for column in found for pair in pairwise(column) if _alike(*pair)]
    gaps = [gap for before, line in pairs if -1 < (gap := (before.bottom - line.top) / line.size) < 3]
    return median(gaps) if len(gaps) > 2 else None


def _alike(before: Line, line: Line) -> bool:
    return line.size > 0 and abs(line.size - before.size) <= 0.1 * line.size


def _split(lines: Sequence[Line], leading: float | None) -> Iterator[list[Line]]:
    """A column's lines by paragraph: a new one is further away, is indented, is a point of a list, is set in another
    size, or stands behind a short line that ends like a sentence."""
    if not lines:
        return
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    usual = _LOOSE if leading is None else leading
    begun = [lines[0]]
    for before, line in pairwise(lines):
        apart = before.bottom - line.top > (usual + _LEADING) * line.size
        indented = line.left - left > _INDENT * line.size and before.left - left <= _INDENT * line.size
        short = before.size < _HEADING_SIZE * line.size and _is_last(before, line, left, right)
        resized = not _alike(before, line) and not _CUT.search(before.text)
        if apart or indented or short or resized or _BULLET.match(line.text):
            yield begun
            begun = []
        begun.append(line)
    yield begun


def _is_last(before: Line, line: Line, left: float, right: float) -> bool:
    """Whether the line ends a paragraph: the next one's first word would have fitted on it."""
    room, letter = right - before.right, (before.right - before.left) / max(1, len(before.text))
    first = line.text.split(" ", 1)[0]
    ends = _ENDS.search(before.text) is not None
    return room > (len(first) + 2) * letter and room > (_SHORT if ends else _VERY_SHORT) * (right - left)


def _joined(paragraphs: Iterable[_Paragraph], body: float) -> list[_Paragraph]:
    """The same with those put together that a column, a page or a loosely set line parts in mid-sentence."""
    joined: list[_Paragraph] = []
    for one in paragraphs:
        before = joined[-1] if joined else None
        if before is None or not _goes_on(before, one, body):
            joined.append(one)
            continue
        if one.page > (before.breaks[-1][1] if before.breaks else before.page):
            before.breaks.append((len(before.lines), one.page))
        before.lines += one.lines
    return joined


def _goes_on(before: _Paragraph, one: _Paragraph, body: float) -> bool:
    last, first = before.lines[-1], one.lines[0]
    if not _alike(last, first) or _BULLET.match(first.text) or _is_heading(before, body):
        return False
    return bool(first.text[:1].islower() and not _ENDS.search(last.text))


def _is_heading(paragraph: _Paragraph, body: float) -> bool:
    lines = paragraph.lines
    return all(line.size >= _HEADING_SIZE * body for line in lines) and not lines[-1].text.endswith(".")


def _words(paragraphs: Iterable[_Paragraph]) -> frozenset[str]:
    """Words as they stand within lines, where nothing cuts them."""
    return frozenset(
        word.lower()
        for paragraph in paragraphs
        for line in paragraph.lines
        for word in _WORD.findall(line.text.removesuffix("-"))
    )


def _written(lines: Sequence[str], known: frozenset[str]) -> tuple[str, list[int]]:
    """The lines as one, and where each begins in it."""
    text, offsets = "", []
    for line in lines:
        cut = _CUT.search(text)
        tail = _WORD.match(line)
        if cut and tail and line[0].islower():
            keep = not text.endswith("\u00ad") and _is_compound(cut["head"].lower(), tail[0].lower(), known)
            text = text[:-1] + ("-" if keep else "")
        elif text and not (text.endswith("-") and text[-2:-1].isalnum()):
            text += " "
        offsets.append(len(text))
        text += line
    return text, offsets


def _is_compound(head: str, tail: str, known: frozenset[str]) -> bool:
    """Whether the hyphen between the two would stand there also within a line: by the text's own words, else by
    those of English. What is in neither has been cut."""
    whole = head + tail
    if whole in known or f"{head}-{tail}" in known:
        return whole not in known
    words = _english()
    return whole not in words and head in words and tail in words


@cache
def _english() -> frozenset[str]:
    from spellchecker import SpellChecker

    return frozenset(SpellChecker(distance=1).word_frequency.words())


def _title(headings: Iterable[tuple[str, float, int]], body: float) -> str | None:
    """The largest heading of the first page, if it is as large as a headline."""
    first = [(size, words) for words, size, page in headings if page == 0 and size >= _TITLE_SIZE * body]
    largest = max((size for size, _ in first), default=0.0)
    return next((words for size, words in first if size == largest), None)
