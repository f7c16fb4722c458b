"""Pairs of quotation marks in a paragraph, lost and turned ones mended. Knows characters and a cue's look, no speakers.

Web text loses marks, doubles them and sets them on the wrong side of a space (``…, "the expert said.``), so a mark's
part is read from its surroundings, and a pair that swallowed its cue is cut there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.domain import Span
from rag.quotes.lexicon import MENTAL, QUOTE_ONLY, SAY

_OPENERS, _CLOSERS = "“„«", "”»"
_MARK = re.compile(r"[“”„«»\"]|''|``")
_VERB = "|".join(sorted(SAY | QUOTE_ONLY | MENTAL, key=len, reverse=True))
CUE_AHEAD = re.compile(
    rf"(?:[A-Za-z][\w’'.-]{{0,40}}\s+){{0,7}}?(?:{_VERB})\b|(?:{_VERB})\s+(?:[A-Z]|the\b|a\b|he\b|she\b)|"
    r"(?:[A-Za-z][\w’'.-]{0,40}\s+){1,4}?is (?:sure|convinced|certain|confident)\b"
)
_AFTER_SPACE = re.compile(r"[,.!?…]\s*$")
_INNER_CUE = re.compile(  # ", the minister said. - They", ", – said the minister" within what looks like one quotation
    rf",\s*(?:(?:the|a)\s[^,.\"]{{3,60}}?|[A-Z]\w+)\s(?:{_VERB})\.\s*[-–—]\s+"
    rf"|,\s*[-–—]\s*(?:{_VERB})\s[^,.\"“”]{{2,70}}(?:\.\s*[-–—]?\s*|$)"
)
_SAYING = re.compile(rf"\b(?:{_VERB})\b")
_STOP = re.compile(r"[.!?]\s+")
_DASHED_CUE = re.compile(rf"[-–—]\s*(?:{_VERB})\s[^,.\"]{{2,70}}\.\s*$")


@dataclass(frozen=True, slots=True)
class Quoted:
    """What stands between two marks. ``start`` and ``end`` lie inside the marks; ``left`` and ``right`` outside.

    ``open_end``: its paragraph ended before it was closed, so the next paragraph may go on with it.
    """

    start: int
    end: int
    left: int
    right: int
    open_end: bool = False

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def quotations(text: str, paragraph: Span, inside: bool = False) -> list[Quoted]:
    """The outermost quotations of one paragraph, in order. Nested ones are a part of theirs.

    ``inside``: the paragraph before ended within a quotation, which this one may end without opening it again.
    """
    whole = _rest_of_open_one(text, paragraph) if inside else None
    pairs = [whole] if whole else _pairs(text, paragraph)
    found = [piece for quoted in pairs for piece in _cut_at_cue(text, quoted)]
    return [_trimmed(text, q) for q in found if any(c.isalnum() for c in text[q.start : q.end])]


def _pairs(text: str, paragraph: Span) -> list[Quoted]:
    found: list[Quoted] = []
    start: re.Match[str] | None = None
    depth = 0
    for mark in _MARK.finditer(text, paragraph.start, paragraph.end):
        if start is None:
            if _opens(text, mark, paragraph):
                start, depth = mark, 0
            elif _lost_opening(text, mark, paragraph, found):
                at = _sentence_after_cue(text, paragraph, found, mark.start())
                found.append(Quoted(at, mark.start(), at, mark.end()))
        elif _in_brackets(text, start.end(), mark.start()):
            continue
        elif _nests(text, mark, paragraph):
            depth += 1
        elif depth:
            depth -= 1
        else:
            if _starts_anew(text, start, mark):
                found.append(Quoted(start.end(), mark.start(), start.start(), mark.start()))
                start = mark
                continue
            found.append(Quoted(start.end(), mark.start(), start.start(), mark.end()))
            start = None
    if start is not None:
        found.append(Quoted(start.end(), paragraph.end, start.start(), paragraph.end, open_end=True))
    return found


def _rest_of_open_one(text: str, paragraph: Span) -> Quoted | None:
    """The paragraph up to its closing mark, when that has a cue behind it and no opening mark of its own."""
    marks = list(_MARK.finditer(text, paragraph.start, paragraph.end))
    if len(marks) % 2 == 0 or marks[0].start() == paragraph.start:
        return None
    last = marks[-1]
    if not CUE_AHEAD.match(text[last.end() : last.end() + 90].lstrip()):
        return None
    return Quoted(paragraph.start, last.start(), paragraph.start, last.end())


def _opens(text: str, mark: re.Match[str], paragraph: Span) -> bool:
    if mark[0] in _OPENERS or mark[0] == "``":
        return True
    if mark[0] in _CLOSERS or mark[0] == "''":
        return False
    before = text[mark.start() - 1] if mark.start() > paragraph.start else " "
    after = text[mark.end()] if mark.end() < paragraph.end else " "
    return not after.isspace() and (before.isspace() or before in "([—–-/:>‘'")


def _nests(text: str, mark: re.Match[str], paragraph: Span) -> bool:
    """Whether a mark that looks like an opening one, within an open quotation, opens a nested one."""
    if not _opens(text, mark, paragraph):
        return False
    before = text[max(paragraph.start, mark.start() - 3) : mark.start()]
    closes_late = _AFTER_SPACE.search(before) and CUE_AHEAD.match(text, mark.end(), min(paragraph.end, mark.end() + 90))
    if closes_late or re.search(r"[.!?]\s*$", before):
        return False
    return _has_partner(text, mark, paragraph)


def _in_brackets(text: str, start: int, end: int) -> bool:
    """Whether a bracket is open at ``end``: a mark there is the editor's."""
    return text.rfind("(", start, end) > text.rfind(")", start, end)


def _has_partner(text: str, mark: re.Match[str], paragraph: Span) -> bool:
    """A nested quotation is short and is closed; one that is not leaves a stray mark, as good as none."""
    close = _MARK.search(text, mark.end(), min(paragraph.end, mark.end() + 120))
    return close is not None and not _opens(text, close, paragraph)


def _starts_anew(text: str, start: re.Match[str], mark: re.Match[str]) -> bool:
    """An opening mark after a full sentence with its cue: the closing mark before it is lost."""
    if text[mark.end() : mark.end() + 1].isspace() or mark[0] in _CLOSERS:
        return False
    return _DASHED_CUE.search(text, start.end(), mark.start()) is not None


def _lost_opening(text: str, mark: re.Match[str], paragraph: Span, found: list[Quoted]) -> bool:
    """A closing mark without its opening one: worth mending if a cue follows, or one has just been given."""
    if mark.start() == paragraph.start or not re.search(r"[,.!?…]\s?$", text[max(0, mark.start() - 2) : mark.start()]):
        return False
    if CUE_AHEAD.match(text[mark.end() : mark.end() + 90].lstrip()):
        return True
    return (
        bool(found) and mark.end() >= paragraph.end - 1 and bool(CUE_AHEAD.search(text, found[-1].right, mark.start()))
    )


def _sentence_after_cue(text: str, paragraph: Span, found: list[Quoted], end: int) -> int:
    """Where a quotation without an opening mark begins: after the sentence of the last cue, else with the paragraph."""
    if not found:
        return paragraph.start
    cue = _SAYING.search(text, found[-1].right, end)
    stop = _STOP.search(text, cue.end() if cue else found[-1].right, end)
    return stop.end() if stop else found[-1].right


def _cut_at_cue(text: str, quoted: Quoted) -> list[Quoted]:
    cue = _INNER_CUE.search(text, quoted.start, quoted.end)
    if not cue:
        return [quoted]
    first = Quoted(quoted.start, cue.start() + 1, quoted.left, cue.start() + 1)
    rest = text[cue.end() : quoted.end]
    return [first, replace(quoted, start=cue.end(), left=cue.end())] if rest.strip() else [first]


def _trimmed(text: str, quoted: Quoted) -> Quoted:
    start, end = quoted.start, quoted.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return replace(quoted, start=start, end=end)
