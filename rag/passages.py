"""Article -> passages with exact character spans: ``article.text[p.start:p.end] == p.text``. Knows no file, no index.

A passage is a run of whole sentences of one kind, at most 600 characters. Neighbours share none: the trained
reader (``rag/models/reader.py``) reads each passage whole, and what is read twice is waiting time.

Residue is in no passage and ends one; credits and bylines make passages of their own kind; a heading begins a passage
together with what follows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.articles import READER_FINGERPRINT
from rag.domain import Article, Mark, MarkKind, Passage, PassageKind, Sentence, Span
from rag.sentences import SENTENCE_FINGERPRINT, paragraphs, sentences_in, strip

MAX_CHARS = 600
"""Characters of a passage at most, white space between its sentences included."""
MIN_BEFORE_HEADING = 200
"""A heading ends a passage only if that has this many characters: else lists fall apart into crumbs."""

PASSAGE_FINGERPRINT = "/".join(
    (
        "passages-2",
        SENTENCE_FINGERPRINT,
        READER_FINGERPRINT,
        f"max-{MAX_CHARS}-heading-{MIN_BEFORE_HEADING}",
    )
)
"""Names everything that decides where passages begin and end. Another one means that the library must be rebuilt."""

_KIND_OF: dict[MarkKind | None, PassageKind] = {None: "body", "heading": "body", "credit": "credit", "byline": "byline"}
_BREAKS = (  # where an overlong sentence is cut, best first: between clauses, after a comma, between words
    re.compile(r"[;:](?=\s)|(?<=\s)[—–-](?=\s)|(?<=[。！？；])"),
    re.compile(r"[,、，](?=\s|\w)"),
    re.compile(r"(?=\s)"),
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of an overlong one; what passages are built of."""

    span: Span
    kind: PassageKind
    heading: bool
    run: int  # units of one run may share a passage; residue or another kind begins a new run


def split_sentences(text: str, marks: Sequence[Mark] = ()) -> list[Span]:
    """The sentences of everything but residue, in order: ``text[s.start:s.end]`` has no white space around it.

    Sentences cross neither a paragraph's end nor that of a mark; a heading is a sentence of its own.
    """
    return [sentence for _, sentence in _marked_sentences(text, marks)]


def split(article: Article) -> tuple[Passage, ...]:
    """All passages of ``article``, in order of their beginning; () for a text of nothing but white space.

    Every character that is neither residue nor white space is in exactly one passage.
    """
    runs: dict[int, list[_Unit]] = {}
    for unit in _units(article):
        runs.setdefault(unit.run, []).append(unit)
    return tuple(_passage(article, group) for run in runs.values() for group in _groups(run))


def body_sentences(article: Article) -> tuple[Sentence, ...]:
    """The sentences of the body, headings included, each at most ``MAX_CHARS`` characters long: what can be cited."""
    spans = (unit.span for unit in _units(article) if unit.kind == "body")
    return tuple(Sentence(article.id, span.start, span.end, article.quote(span)) for span in spans)


def prose(article: Article, passages: Sequence[Passage]) -> tuple[Sentence, ...]:
    """The running text of ``article`` that its ``passages`` hold: without headings, credits and bylines, in order."""
    spans = {span for p in passages if p.kind == "body" for span in p.sentences}
    running = sorted(spans - article.headings(spans))
    return tuple(Sentence(article.id, span.start, span.end, article.quote(span)) for span in running)


@dataclass(frozen=True, slots=True)
class _Region:
    """A stretch of text of one mark, or of none."""

    span: Span
    mark: MarkKind | None
    run: int


def _regions(text: str, marks: Sequence[Mark]) -> Iterator[_Region]:
    """The text cut at the marks, residue left out. Where marks overlap, the one that begins first counts."""
    run, at = 0, 0
    last: PassageKind | None = None
    for start, end, kind in _stretches(marks, len(text)):
        start = max(start, at)
        at = max(at, end)
        if start >= end or not len(strip(text, start, end)):
            continue
        if kind == "residue":
            run, last = run + 1, None
            continue
        if last is not None and _KIND_OF[kind] != last:
            run += 1
        last = _KIND_OF[kind]
        yield _Region(Span(start, end), kind, run)


def _stretches(marks: Sequence[Mark], length: int) -> Iterator[tuple[int, int, MarkKind | None]]:
    at = 0
    for mark in sorted(marks):
        if mark.start > at:
            yield at, mark.start, None
        yield mark.start, min(mark.end, length), mark.kind
        at = max(at, mark.end)
    if at < length:
        yield at, length, None


def _marked_sentences(text: str, marks: Sequence[Mark]) -> Iterator[tuple[_Region, Span]]:
    spans = paragraphs(text)
    for region in _regions(text, marks):
        if region.mark == "heading":
            yield region, strip(text, region.span.start, region.span.end)
            continue
        first = bisect_right(spans, region.span.start, key=lambda s: s.end)
        for paragraph in map(spans.__getitem__, range(first, len(spans))):
            if paragraph.start >= region.span.end:
                break
            part = strip(text, max(paragraph.start, region.span.start), min(paragraph.end, region.span.end))
            for sentence in sentences_in(text, part):
                yield region, sentence


def _units(article: Article) -> Iterator[_Unit]:
    for region, sentence in _marked_sentences(article.text, article.marks):
        for piece in _fitting(article.text, sentence):
            yield _Unit(piece, _KIND_OF[region.mark], region.mark == "heading", region.run)


def _fitting(text: str, sentence: Span) -> Iterator[Span]:
    """The sentence, or if it is too long its pieces, cut at clauses if there are any, else at words, else anywhere."""
    rest = sentence
    while len(rest) > MAX_CHARS:
        cut = _cut(text, rest)
        yield strip(text, rest.start, cut)
        rest = strip(text, cut, rest.end)
    yield rest


def _cut(text: str, rest: Span) -> int:
    latest = rest.start + MAX_CHARS
    for pattern in _BREAKS:
        cuts = [m.end() for m in pattern.finditer(text, rest.start + MAX_CHARS // 2, latest) if m.end() <= latest]
        if cuts:
            return cuts[-1]
    return latest


def _groups(run: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    """Consecutive units that fill a passage each."""
    group: list[_Unit] = []
    for unit in run:
        if group and not _joins(group, unit):
            held = _headings_at_end(group, unit)
            yield group[: len(group) - len(held)]
            group = held
        group.append(unit)
    if group:
        yield group


def _joins(group: Sequence[_Unit], unit: _Unit) -> bool:
    length = unit.span.end - group[0].span.start
    begins_section = unit.heading and not group[-1].heading
    enough = group[-1].span.end - group[0].span.start >= MIN_BEFORE_HEADING
    return length <= MAX_CHARS and not (begins_section and enough)


def _headings_at_end(group: list[_Unit], unit: _Unit) -> list[_Unit]:
    """Headings at the end of a full passage: they belong to the next one, if it has room for them."""
    size = len(group)
    while size and group[size - 1].heading:
        size -= 1
    held = group[size:]
    return held if held and size and unit.span.end - held[0].span.start <= MAX_CHARS else []


def _passage(article: Article, group: Iterable[_Unit]) -> Passage:
    units = list(group)
    start, end = units[0].span.start, units[-1].span.end
    return Passage(article.id, start, end, article.text[start:end], units[0].kind, tuple(u.span for u in units))
