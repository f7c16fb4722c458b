"""When two texts say the same, and when a piece covers a quote: the rules of scoring. Knows no gold file and no run.

Everything here is deterministic; a language model as judge would be an extra, never the score.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rag.domain import Span

MAX_PIECE_CHARS = 600
"""A longer piece finds nothing: else a whole article would find everything in it."""
SHORT_VARIANT = 3
"""A variant of up to this many characters must end a word too: "two" is not in "twofold", "7" not in "70"."""

_QUOTES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
)
_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]+\s*")
_CURRENCY = re.compile(r"([$\u20ac\u00a3])\s+(?=\d)")
_SPACE = re.compile(r"\s+")
_QUOTATION = re.compile(r'(?<!\w)"(?=\S)([^"]+)(?<=\S)"(?!\w)')


def plain(text: str) -> str:
    """NFKC, straight quotation marks, one space between words; capitals and dashes as they are."""
    straight = text.translate(_QUOTES)  # before NFKC too, which would make a space and an accent of U+00B4
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", straight).translate(_QUOTES)).strip()


def norm(text: str) -> str:
    """``plain``, with dashes as "-" without spaces round them, "$ 200" as "$200", casefolded."""
    return _CURRENCY.sub(r"\1", _DASHES.sub("-", plain(text))).casefold()


def has(variant: str, answer: str) -> bool:
    """Whether ``answer`` says ``variant``, both by ``norm``: from a word's start; a short one to a word's end too."""
    return _stands_in(norm(variant), norm(answer))


def holds(groups: Sequence[Sequence[str]], answer: str) -> tuple[bool, ...]:
    """For every group of variants, whether ``answer`` says one of them."""
    said = norm(answer)
    return tuple(any(_stands_in(norm(variant), said) for variant in group) for group in groups)


def _stands_in(variant: str, said: str) -> bool:
    at = said.find(variant) if variant else -1
    while at >= 0:
        end = at + len(variant)
        starts = at == 0 or not (said[at - 1].isalnum() and variant[0].isalnum())
        ends = len(variant) > SHORT_VARIANT or end == len(said) or not said[end].isalnum()
        if starts and ends:
            return True
        at = said.find(variant, at + 1)
    return False


def covers_half(piece: Span, quotes: Iterable[Span]) -> bool:
    """Whether a piece of at most ``MAX_PIECE_CHARS`` covers at least half of one of the occurrences of a quote."""
    if len(piece) > MAX_PIECE_CHARS:
        return False
    return any(2 * piece.overlap(quote) >= len(quote) for quote in quotes)


def meets_half(cited: Span, quotes: Iterable[Span]) -> bool:
    """Whether a citation overlaps one of the occurrences of a quote by at least half of the shorter of the two."""
    return any(2 * cited.overlap(quote) >= min(len(cited), len(quote)) > 0 for quote in quotes)


def occurrences(quote: str, text: str) -> tuple[Span, ...]:
    """Every place where ``quote`` stands in ``text``, overlapping ones included."""
    found: list[Span] = []
    at = text.find(quote) if quote else -1
    while at >= 0:
        found.append(Span(at, at + len(quote)))
        at = text.find(quote, at + 1)
    return tuple(found)


def quotations(text: str) -> tuple[str, ...]:
    """What stands between double quotation marks of any form, without the punctuation that closes it."""
    inner = (match.strip(" .,;:!?\u2026") for match in _QUOTATION.findall(plain(text)))
    return tuple(quotation for quotation in inner if quotation)


def is_verbatim(quotation: str, sources: Iterable[str]) -> bool:
    """Whether a quotation stands in one of ``sources`` word for word; forms of quotation marks and spaces are free."""
    return any(quotation in plain(source) for source in sources)
