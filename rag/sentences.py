"""Text -> paragraphs -> sentences, as exact spans. Knows no article, no mark and no passage.

The segmenter is syntok, of four libraries the best on messy news text (counts in docs/log.md). Only the places where
it cuts are taken from it; every span is then made from the text itself, so offsets cannot drift.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version
from itertools import pairwise

from rag.domain import Span

SENTENCE_RULES = 3
"""Raised by hand whenever a rule in this file changes."""
SENTENCE_FINGERPRINT = f"syntok-{version('syntok')}/sentences-{SENTENCE_RULES}"
"""Names the segmenter with its version and this file's rules."""

_LINE = re.compile(r"[^\n]+")
_LAST_SPACE = re.compile(r"\s(?=\S*$)")
_BULLET = re.compile(r"[•·▪●*+-]\s|\d{1,3}[.)]\s|[#>|]")
MAX_PARAGRAPH = 20_000
"""Characters of a paragraph. What is longer is a file without line ends, which is cut where a word ends."""
_LONG_LINE = 100  # a file with longer lines than this has one paragraph a line
_WRAP_MIN_WIDTH = 50
_WRAP_MIN_PAIRS = 4

_EXTRA_CUT = re.compile(  # what syntok leaves together
    r"(?<=\d[.,]\d\d\.)\s+(?=[A-Z“\"])"  # an amount at the end: "cost $32.99. October ..." is a date to it
    r"|(?:(?<=[.!?…]»)|(?<=[.!?…]\s»))\s+(?=[A-ZÀ-ÞА-Я«„“])"  # guillemets
    r"|(?<=[。！？])(?![。！？”’」』）])|(?<=[。！？][”’」』）])"  # full-width stops
)
_TITLE = re.compile(  # that syntok takes for the end of a sentence; a name follows
    r"(?<![\w.])(?:Rep|Sen|Gov|Sec|Gen|Col|Lt|Sgt|Maj|Capt|Cmdr|Adm|Amb|Rev|Hon|Det|Supt|Atty)s?\.$"
)
_NAME = re.compile(r"[A-Z]\w")
_DATE = re.compile(r"(?<!\w)(?:Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.$")
_DAY = re.compile(r"\d{1,2}\b")
_ODD_CLOSER = re.compile(r"[”»’)\]]+(?=\s|$)|\"(?=\s|$)")


def paragraphs(text: str) -> list[Span]:
    """Spans of the paragraphs of ``text``, without surrounding white space, in order.

    A paragraph is a line; in a hard-wrapped file (all lines short, each filled to the width) it is a run of lines.
    """
    lines = [span for line in _lines(text) for span in _fitting(text, line)]
    width = _wrap_width(text, lines)
    joined: list[Span] = []
    for line in lines:
        if width and joined and _is_soft_break(text, joined[-1], line, width):
            joined[-1] = Span(joined[-1].start, line.end)
        else:
            joined.append(line)
    return joined


def _lines(text: str) -> Iterator[Span]:
    return (span for m in _LINE.finditer(text) if len(span := strip(text, m.start(), m.end())))


def _fitting(text: str, line: Span) -> Iterator[Span]:
    """The line, in pieces if it is too long."""
    return pieces(text, line, MAX_PARAGRAPH) if len(line) > MAX_PARAGRAPH else iter((line,))


def pieces(text: str, span: Span, longest: int) -> Iterator[Span]:
    """``span`` in pieces of at most ``longest`` characters: cut at white space, or anywhere where there is none."""
    at = span.start
    while span.end - at > longest:
        space = _LAST_SPACE.search(text, at + longest // 2, at + longest)
        cut = space.start() if space else at + longest
        yield strip(text, at, cut)
        at = strip(text, cut, span.end).start
    yield Span(at, span.end)


def sentences(text: str) -> list[Span]:
    """Spans of the sentences of ``text``, without surrounding white space, covering all else, in order.

    No sentence crosses a paragraph boundary.
    """
    return [sentence for paragraph in paragraphs(text) for sentence in sentences_in(text, paragraph)]


def sentences_in(text: str, paragraph: Span) -> list[Span]:
    """Spans of the sentences of one paragraph (or a stretch of one), likewise."""
    part = text[paragraph.start : paragraph.end]
    cuts = sorted({0, *_syntok_cuts(part), *(m.end() for m in _EXTRA_CUT.finditer(part)), len(part)})
    pieces = [piece for a, b in pairwise(cuts) if len(piece := strip(part, a, b))]
    return [Span(paragraph.start + p.start, paragraph.start + p.end) for p in _mend(part, pieces)]


def strip(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends; empty at ``end`` when there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _syntok_cuts(part: str) -> Iterator[int]:
    from syntok import segmenter

    for block in segmenter.analyze(part):
        for sentence in block:
            yield next(iter(sentence)).offset


def _mend(part: str, pieces: list[Span]) -> list[Span]:
    """Give closing quotes back to the sentence that they close, and join what is no sentence of its own."""
    mended: list[Span] = []
    counted, open_quote = 0, False
    for piece in pieces:
        open_quote ^= part.count('"', counted, piece.start) % 2 == 1
        counted = piece.start
        if not mended:
            mended.append(piece)
            continue
        closers = _closers(part, piece, open_quote)
        last = mended[-1] = Span(mended[-1].start, max(mended[-1].end, closers))
        rest = strip(part, max(piece.start, closers), piece.end)
        if _goes_on(part[last.start : last.end], part[rest.start : rest.end]):
            mended[-1] = Span(last.start, max(last.end, rest.end))
        else:
            mended.append(rest)
    return mended


def _goes_on(before: str, after: str) -> bool:
    """Whether what stands behind a cut is still the sentence before it."""
    if before.endswith(";") or not any(c.isalnum() for c in after):
        return True
    if _TITLE.search(before):
        return _NAME.match(after) is not None
    return _DATE.search(before) is not None and _DAY.match(after) is not None


def _closers(part: str, piece: Span, open_quote: bool) -> int:
    """The end of the closing quotes and brackets that ``piece`` begins with; 0 when it begins with none."""
    found = _ODD_CLOSER.match(part, piece.start, piece.end)
    return found.end() if found and (found[0] != '"' or open_quote) else 0


def _wrap_width(text: str, lines: list[Span]) -> int:
    """The width that a hard-wrapped text was filled to; 0 when it is not hard-wrapped."""
    width = max((len(line) for line in lines), default=0)
    if not _WRAP_MIN_WIDTH <= width <= _LONG_LINE:
        return 0
    pairs = [(a, b) for a, b in pairwise(lines) if _adjacent(text, a, b)]
    full = sum(_fills(text, a, b, width) for a, b in pairs)
    return width if full >= _WRAP_MIN_PAIRS and full >= 0.6 * len(pairs) else 0


def _is_soft_break(text: str, before: Span, line: Span, width: int) -> bool:
    last = Span(text.rfind("\n", before.start, before.end) + 1 or before.start, before.end)
    if not _adjacent(text, last, line) or _BULLET.match(text, line.start) or text[last.start] in "#|":
        return False
    return _fills(text, strip(text, last.start, last.end), line, width)


def _adjacent(text: str, a: Span, b: Span) -> bool:
    return text.count("\n", a.end, b.start) == 1


def _fills(text: str, line: Span, following: Span, width: int) -> bool:
    """Whether the following line's first word would not have fitted on this line: the break is the wrapper's."""
    first = text[following.start : following.end].split(maxsplit=1)[0]
    return len(line) + 1 + len(first) > width
