"""Marks what is not plain body text: residue of web pages, credits, bylines, headings. Reads a text; opens no file.

Works on whole lines and by general rules (``patterns.py``), refined by where a line stands: near the beginning, after
the last paragraph, between bullets. Nothing is cut; see ``rag.domain.MarkKind`` for what the kinds mean.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from rag.articles import patterns
from rag.articles.headings import find_headings, is_headline, is_sentence_like
from rag.articles.scripts import foreign_lines
from rag.domain import Mark, MarkKind
from rag.sentences import paragraphs

RULES_VERSION = 1
"""Raised by hand whenever a rule changes: stored articles are then read anew."""

_BODY_MIN = 80  # characters from which a line that ends like a sentence is certainly running text
_HEAD_LINES = 4  # a byline may stand below a standfirst of a line or two
_CAPTION_BLOCK_MAX = 6
_MENU_ENTRY_MAX = 25
_MENU_WORDS_MIN = 3
_TITLE_LIKE_MAX = 160
_BYLINE_MAX = 100
_NAMES_MAX = 160
_BIO_MAX = 300
_BULLET = re.compile(r"^[•·▪●]\s+|^[*–-]\s+")

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A marked line and the rule that marked it."""

    start: int
    end: int
    kind: MarkKind
    rule: str


@dataclass(slots=True)
class _Page:
    """An article's lines while they are being judged. ``lines`` have no white space around them and none is empty."""

    lines: list[str]
    joined: list[bool]  # whether a line follows the one before without a blank line
    judged: dict[int, tuple[MarkKind, str]] = field(default_factory=dict)
    known: frozenset[str] | None = None  # its words, once they have been asked for

    def words(self) -> frozenset[str]:
        """The longer words of the whole article, as they are written."""
        if self.known is None:
            self.known = frozenset(word for line in self.lines for word in _WORD.findall(line))
        return self.known

    def mark(self, i: int, kind: MarkKind, rule: str) -> None:
        self.judged.setdefault(i, (kind, rule))

    def open(self) -> list[int]:
        return [i for i in range(len(self.lines)) if i not in self.judged]

    def body(self) -> list[int]:
        return [i for i in self.open() if len(self.lines[i]) >= _BODY_MIN and is_sentence_like(self.lines[i])]


def find(text: str, *, title: str | None = None, headings: Collection[str] = ()) -> list[Finding]:
    """Everything in ``text`` that is not plain body text, in order, each a whole line without surrounding white space.

    ``title``: the headline, if the metadata give it; else it is looked for in the first line. ``headings``: lines that
    are known to be headings (from the markup).
    """
    spans = paragraphs(text)
    lines = [" ".join(text[s.start : s.end].split("\n")) for s in spans]
    page = _Page(lines, [i > 0 and text.count("\n", spans[i - 1].end, s.start) < 2 for i, s in enumerate(spans)])
    _mark_known(page, {*headings, *([title] if title else [])})
    _mark_header_fields(page)
    _mark_lines(page)
    _mark_menus(page)
    _mark_caption_blocks(page)
    _mark_foreign(page)
    _mark_bylines(page)
    _mark_foot(page)
    _mark_after_openers(page)
    _mark_headings(page, headline=title is None)
    return [Finding(spans[i].start, spans[i].end, *page.judged[i]) for i in sorted(page.judged)]


def marks(findings: list[Finding]) -> tuple[Mark, ...]:
    """The findings without their rules."""
    return tuple(Mark(f.start, f.end, f.kind) for f in findings)


def header_fields(lines: list[str]) -> list[re.Match[str]]:
    """The labelled lines ("Title: ...", "Date: ...") at the very top; a single one may be the article's own text."""
    found: list[re.Match[str]] = []
    for line in lines:
        match = patterns.HEADER_FIELD.match(line)
        if not match:
            break
        found.append(match)
    return found if len(found) > 1 else []


def _mark_known(page: _Page, known: set[str]) -> None:
    for i, line in enumerate(page.lines):
        if line in known:
            page.mark(i, "heading", "known-heading")


def _mark_header_fields(page: _Page) -> None:
    for i, match in enumerate(header_fields(page.lines)):
        is_title = match["key"].lower() in ("title", "headline")
        page.mark(i, "heading" if is_title else "byline", "header-field")


def _mark_lines(page: _Page) -> None:
    titled = is_headline(page.lines)
    for i in page.open():
        rule = next((rule for rule in patterns.LINE_RULES if rule.matches(page.lines[i])), None)
        if rule and not (i == 0 and titled and rule.name == "caption-with-credit"):
            page.mark(i, rule.kind, rule.name)


def _mark_menus(page: _Page) -> None:
    """A site's menu, one entry a line: short lines in a row, among them the words that menus are made of."""
    run: list[int] = []
    for i, line in enumerate([*page.lines, ""]):
        if 0 < len(line) <= _MENU_ENTRY_MAX and not is_sentence_like(line):
            run.append(i)
            continue
        if sum(patterns.MENU_WORD.match(page.lines[j]) is not None for j in run) >= _MENU_WORDS_MIN:
            for j in run:
                page.mark(j, "residue", "menu-block")
        run = []


def _mark_caption_blocks(page: _Page) -> None:
    """A few bulleted lines in a row, one of them a credit: caption, agency and name of a photo."""
    for block in _bulleted_blocks(page):
        bare = [_BULLET.sub("", page.lines[i]) for i in block]
        if any(_is_credit(line) for line in bare) and len(block) <= _CAPTION_BLOCK_MAX:
            for i in block:
                page.mark(i, "credit", "caption-block")


def _bulleted_blocks(page: _Page) -> Iterator[list[int]]:
    block: list[int] = []
    for i, line in enumerate(page.lines):
        if block and not (page.joined[i] and _BULLET.match(line)):
            yield block
            block = []
        if _BULLET.match(line):
            block.append(i)
    if block:
        yield block


def _is_credit(line: str) -> bool:
    return any(rule.name == "photo-credit" and rule.matches(line) for rule in patterns.LINE_RULES)


def _mark_foreign(page: _Page) -> None:
    for i in foreign_lines(page.lines):
        if len(page.lines[i]) <= _TITLE_LIKE_MAX:
            page.mark(i, "credit", "foreign-script")


def _mark_bylines(page: _Page) -> None:
    body = page.body() or [len(page.lines)]
    for i in page.open():
        line = page.lines[i]
        near_top, near_end = i < _HEAD_LINES or i <= body[0], i > body[-1]
        if (near_top or near_end) and len(line) <= _BYLINE_MAX and patterns.BYLINE.match(line):
            page.mark(i, "byline", "byline")
        elif i <= body[0] and patterns.URL_LINE.match(line):
            page.mark(i, "byline", "link-line")


def _mark_foot(page: _Page) -> None:
    """Below the last paragraph: the source, the authors' names, a sentence about them."""
    for i in reversed(page.open()):
        line = page.lines[i]
        if i == 0 or not _mark_foot_line(page, i, line):
            return


def _mark_foot_line(page: _Page, i: int, line: str) -> bool:
    if len(line) <= _BYLINE_MAX and patterns.SOURCE_LINE.match(line):
        page.mark(i, "byline", "source-line")
    elif len(line) <= _BIO_MAX and patterns.BIO.match(line) and i > _HEAD_LINES:
        page.mark(i, "byline", "about-the-author")
    elif len(line) <= _NAMES_MAX and _is_signature(page, i):
        page.mark(i, "byline", "names-only")
    else:
        return False
    return True


def _is_signature(page: _Page, i: int) -> bool:
    """Names alone, below a sentence. Below a line without final punctuation they are the speaker of a quotation, and
    words that the text also has in lower case are no names ("Related Pages")."""
    line = page.lines[i]
    before = next((page.lines[j] for j in range(i - 1, -1, -1) if j not in page.judged), "")
    if not patterns.NAMES_ONLY.match(line) or not is_sentence_like(before):
        return False
    ordinary = page.words()
    return not any(word.lower() in ordinary for word in _WORD.findall(line))


def _mark_after_openers(page: _Page) -> None:
    """What hangs below "You may also like" and "Leave a Reply": titles and form fields, up to the next paragraph."""
    openers = {i for i, (_, rule) in page.judged.items() if rule in ("related-opener", "comments")}
    last_body = max(page.body(), default=-1)
    for opener in sorted(openers):
        for i in range(opener + 1, len(page.lines)):
            if i in openers:
                break
            below = page.joined[i] or opener > last_body
            if i in page.judged:
                continue
            if not below or len(page.lines[i]) > _TITLE_LIKE_MAX or is_sentence_like(page.lines[i]):
                break
            page.mark(i, "residue", "below-opener")


def _mark_headings(page: _Page, *, headline: bool) -> None:
    rest = page.open()
    given = any(kind == "heading" for kind, _ in page.judged.values())
    for place in find_headings([page.lines[i] for i in rest], headline=headline and not given):
        page.mark(rest[place], "heading", "heading")
