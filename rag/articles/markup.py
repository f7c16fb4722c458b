"""What the signs of a Markdown text mean, each by its exact place in it: nothing is changed, signs are only named.

markdown-it-py parses; it tells in which lines a block stands, but not where in a line its parts do, so its rules for
inline signs are made to note that. What cannot be placed beyond doubt is left as it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from rag.domain import Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Style = Literal["strong", "em", "code", "link"]
Form = Literal["heading", "item", "point", "quote", "code", "rule"]
"""``item`` of a list has a sign that is hidden, a ``point`` a number that is shown."""

MAX_CHARS = 200_000
"""Longer texts are shown as they stand: parsing them would hold up whoever wants to read them."""

_PREFIX = re.compile(r"(?:[\s>*+#-]|(?P<number>\d{1,9}[.)])(?=\s))*")
_NUMBER = re.compile(r"\d{1,9}[.)](?=\s)")
_ATX = re.compile(r"[\s>]*#")
_STRAY = re.compile(r"(?<!\w)\*\*(?=\w)|(?<=\S)\*\*(?!\w)")
_LISTS: dict[str, Form] = {"bullet_list_open": "item", "ordered_list_open": "point"}
_INLINE = {"em_open": "em", "strong_open": "strong", "link_open": "link"}
_CLOSES = frozenset({"em_close", "strong_close", "link_close"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one look. ``hidden``: it is a sign, not a word. ``href``: where its link leads, as written."""

    span: Span
    hidden: bool = False
    styles: frozenset[Style] = frozenset()
    href: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the block at ``span`` is; ``level`` of a heading from 1, of an item or quote by how deep it lies."""

    span: Span
    form: Form
    level: int = 1


@dataclass(frozen=True, slots=True)
class Markup:
    """A text's pieces, which cover it without gap or overlap, and its shaped blocks in order."""

    pieces: tuple[Piece, ...]
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class _Styled:
    span: Span
    style: Style
    href: str = ""


def is_markdown(article: str) -> bool:
    """Whether the article with this id is Markdown."""
    return article.lower().endswith(".md")


@lru_cache(maxsize=16)
def markup(text: str) -> Markup:
    """The pieces and shapes of a Markdown text."""
    if len(text) > MAX_CHARS or not text:
        return Markup((Piece(Span(0, len(text))),) if text else ())
    reading = _Reading(text)
    # Its parser would make line ends of the one and another character of the other.
    reading.read(_parser().parse(text.translate({13: " ", 0: " "})))
    return Markup(tuple(_pieces(len(text), reading.hidden, reading.styled)), tuple(reading.shapes))


def shown_words(text: str) -> str:
    """``text``, a stretch of a Markdown article, as a reader is to see it: without the signs."""
    core = text.strip()
    if not core:
        return text
    at = text.index(core)
    shown = "".join(core[p.span.start : p.span.end] for p in markup(core).pieces if not p.hidden)
    # A stretch may begin or end between a sign and its counterpart.
    shown = _STRAY.sub("", shown).strip()
    return f"{text[:at]}{shown}{text[at + len(core) :]}" if any(c.isalnum() for c in shown) else text


class _Reading:
    """The tokens of a text turned into spans of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [0, *(m.end() for m in re.finditer("\n", text))]
        self.hidden: list[Span] = []
        self.styled: list[_Styled] = []
        self.shapes: list[Shape] = []

    def read(self, tokens: Sequence[Token]) -> None:
        """Walk the blocks: what they lie in tells their shape."""
        lists: list[Form] = []
        quotes = 0
        heading: Token | None = None
        fresh = False  # whether the next paragraph is the first of its item
        for token in tokens:
            if token.type in _LISTS:
                lists.append(_LISTS[token.type])
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
            elif token.type in ("blockquote_open", "blockquote_close"):
                quotes += token.nesting
            elif token.type == "list_item_open":
                fresh = True
            elif token.type == "heading_open":
                heading = token
            elif token.type == "inline":
                form: tuple[Form, int] | None = ("quote", quotes) if quotes else None
                if heading:
                    token.map = heading.map  # with the line below that underlines it
                    form = ("heading", int(heading.tag[1:]))
                elif lists and fresh:
                    form = (lists[-1], len(lists))
                self._inline(token, form)
                heading, fresh = None, False
            elif token.type in ("fence", "code_block", "hr"):
                self._literal(token)

    def line(self, number: int) -> Span:
        """A line without its end."""
        end = self.lines[number + 1] - 1 if number + 1 < len(self.lines) else len(self.text)
        return Span(self.lines[number], end)

    def _literal(self, token: Token) -> None:
        """Code as it stands, without the fences; a rule, of which nothing is a word."""
        first, end = token.map or (0, 0)
        if first >= end:
            return
        whole = Span(self.line(first).start, self.line(end - 1).end)
        if token.type == "hr":
            self.shapes.append(Shape(whole, "rule"))
            self.hidden.append(whole)
            return
        self.shapes.append(Shape(whole, "code"))
        self.styled.append(_Styled(whole, "code"))
        if token.type == "fence":
            self.hidden.append(self.line(first))
            last = self.line(end - 1)
            if end - 1 > first and self.text[last.start : last.end].strip(" >\t").startswith(token.markup):
                self.hidden.append(last)

    def _inline(self, token: Token, form: tuple[Form, int] | None) -> None:
        placed = self._placed(token)
        if placed is None:
            return
        first, end = token.map or (0, 0)
        if form:
            self.shapes.append(Shape(Span(self.line(first).start, self.line(end - 1).end), *form))
        signs, styled = _inner(token.children or [])
        for content_at, span in placed:
            line = self.line(bisect_right(self.lines, span.start) - 1)
            self._hide_prefix(Span(line.start, span.start))
            if form and form[0] == "heading" and span.end < line.end:
                self.hidden.append(Span(span.end, line.end))
            moved, size = span.start - content_at, len(span)
            for sign in signs:
                self._keep(sign, content_at, size, moved, self.hidden.append)
            for one in styled:
                self._keep(one.span, content_at, size, moved, partial(self._style, one))
        if form and form[0] == "heading":  # one that is underlined has its signs in a line of their own
            rest = range(bisect_right(self.lines, placed[-1][1].start), end)
            self.hidden += [self.line(number) for number in rest]

    def _style(self, one: _Styled, part: Span) -> None:
        self.styled.append(_Styled(part, one.style, one.href))

    def _hide_prefix(self, prefix: Span) -> None:
        """Signs in front of a line's words; the number of a point stays, for it says something."""
        number = _NUMBER.search(self.text, prefix.start, prefix.end + 1)
        parts = (prefix,) if number is None else (Span(prefix.start, number.start()), Span(number.end(), prefix.end))
        signs = [part for part in parts if self.text[part.start : part.end].strip()]
        self.hidden += signs

    @staticmethod
    def _keep(span: Span, at: int, size: int, moved: int, add: Callable[[Span], object]) -> None:
        """Add the part of a span that lies in this line, moved to its place in the text."""
        start, end = max(span.start, at), min(span.end, at + size)
        if start < end:
            add(Span(start + moved, end + moved))

    def _placed(self, token: Token) -> list[tuple[int, Span]] | None:
        """Where each line of a block's content stands: its offset in the content, its span in the text.

        None when that is not certain.
        """
        first, end = token.map or (0, 0)
        at, number, placed = 0, first, []
        for line in token.content.split("\n"):
            core = line.strip()
            if core:
                if number >= end:
                    return None
                source = self.line(number)
                raw = self.text[source.start : source.end]
                found = raw.find(core) if _ATX.match(raw) else raw.rfind(core)
                if found < 0 or not _PREFIX.fullmatch(raw, 0, found):
                    return None
                start = source.start + found
                placed.append((at + len(line) - len(line.lstrip()), Span(start, start + len(core))))
            at += len(line) + 1
            number += 1
        return placed or None


def _inner(tokens: Sequence[Token]) -> tuple[list[Span], list[_Styled]]:
    """Signs and styles of a block's content, by offsets in it."""
    signs: list[Span] = []
    styled: list[_Styled] = []
    opened: list[tuple[Token, int]] = []
    for token in tokens:
        noted: tuple[tuple[int, int], ...] = token.meta.get("signs", ())
        if token.type == "text" and token.content:
            continue  # a star that means a star
        signs += [Span(start, end) for start, end in noted]
        if token.type in _INLINE and noted:
            opened.append((token, noted[0][1]))
        elif token.type in _CLOSES and opened and noted:
            begun, start = opened.pop()
            href = str(begun.attrs.get("href", "")) if begun.type == "link_open" else ""
            styled.append(_Styled(Span(start, noted[0][0]), _style(begun.type), href))
        elif token.type == "code_inline" and len(noted) == 2:
            styled.append(_Styled(Span(noted[0][1], noted[1][0]), "code"))
    return signs, [one for one in styled if len(one.span)]


def _style(kind: str) -> Style:
    return "strong" if kind == "strong_open" else "em" if kind == "em_open" else "link"


def _pieces(size: int, hidden: Sequence[Span], styled: Sequence[_Styled]) -> Iterator[Piece]:
    """The text cut wherever something begins or ends."""
    begins: dict[int, list[_Styled | None]] = {}
    ends: dict[int, list[_Styled | None]] = {}
    for span, one in [*((span, None) for span in hidden), *((one.span, one) for one in styled)]:
        if len(span):
            begins.setdefault(span.start, []).append(one)
            ends.setdefault(span.end, []).append(one)
    unseen = 0
    active: list[_Styled] = []
    for start, end in pairwise(sorted({0, size, *begins, *ends})):
        for one in ends.get(start, ()):
            if one is None:
                unseen -= 1
            else:
                active.remove(one)
        for one in begins.get(start, ()):
            if one is None:
                unseen += 1
            else:
                active.append(one)
        href = next((one.href for one in active if one.href), "")
        yield Piece(Span(start, end), unseen > 0, frozenset(one.style for one in active), href)


# -- a parser that notes where signs stand -----------------------------------------------------------------------------

_Rule = Callable[[Any, bool], bool]
_Note = Callable[[Any, int, Sequence[Any]], None]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).disable(
        ["text_join", "fragments_join", "html_block", "html_inline"]
    )
    notes: dict[str, tuple[str, _Note]] = {
        "emphasis": ("*_", _note_emphasis),
        "backticks": ("`", _note_code),
        "escape": ("\\", _note_escape),
        "link": ("[", _note_link),
        "image": ("!", _note_image),
        "autolink": ("<", _note_autolink),
    }
    for rule in list(parser.inline.ruler.__rules__):
        if rule.name in notes:
            parser.inline.ruler.at(rule.name, _noting(rule.fn, *notes[rule.name]))
    return parser


def _noting(rule: _Rule, triggers: str, note: _Note) -> _Rule:
    """The rule, which tells ``note`` where it began and which tokens it has made."""

    def run(state: Any, silent: bool) -> bool:
        if silent or state.src[state.pos] not in triggers:
            return rule(state, silent)
        if state.pending:  # lest the words before become a token of this rule's
            state.pushPending()
        at, count = state.pos, len(state.tokens)
        matched = rule(state, silent)
        if matched and len(state.tokens) > count:
            note(state, at, state.tokens[count:])
        return matched

    return run


def _note_emphasis(state: Any, at: int, tokens: Sequence[Any]) -> None:
    for offset, token in enumerate(tokens):
        token.meta = {"signs": ((at + offset, at + offset + 1),)}


def _note_code(state: Any, at: int, tokens: Sequence[Any]) -> None:
    width = len(tokens[-1].markup)
    tokens[-1].meta = {"signs": ((at, at + width), (state.pos - width, state.pos))}


def _note_escape(state: Any, at: int, tokens: Sequence[Any]) -> None:
    if tokens[-1].type == "hardbreak" or len(tokens[-1].content) == 1:
        tokens[-1].meta = {"signs": ((at, at + 1),)}


def _note_link(state: Any, at: int, tokens: Sequence[Any]) -> None:
    label_end = state.md.helpers.parseLinkLabel(state, at, True)
    tokens[0].meta = {"signs": ((at, at + 1),)}
    tokens[-1].meta = {"signs": ((label_end, state.pos),)}


def _note_image(state: Any, at: int, tokens: Sequence[Any]) -> None:
    label_end = state.md.helpers.parseLinkLabel(state, at + 1, False)
    tokens[-1].meta = {"signs": ((at, at + 2), (label_end, state.pos))}


def _note_autolink(state: Any, at: int, tokens: Sequence[Any]) -> None:
    tokens[0].meta = {"signs": ((at, at + 1),)}
    tokens[-1].meta = {"signs": ((state.pos - 1, state.pos),)}
