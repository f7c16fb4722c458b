"""Quotations: what stands between quotation marks, and whether it stands so in the evidence. Knows no meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_DOUBLE = str.maketrans(dict.fromkeys("“”„‟″«»", '"'))
_SINGLE = str.maketrans(dict.fromkeys("‘’‚‛′´`", "'"))
_MARKED = (
    re.compile(r'(?<!\w)"(?=\S)([^"]+)(?<=\S)"(?!\w)'),
    re.compile(r"(?<![\w'])'(?=\S)((?:[^']|'(?=\w))+?)(?<=\S)'(?![\w'])"),
)
"""Double marks of any form, then single ones, which an apostrophe ("Kirby's") neither opens nor closes."""
_TRIM = " .,;:!?…"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation in a text: the places of its two marks and what stands between them."""

    start: int
    end: int
    words: str


def quotations(text: str) -> tuple[Quotation, ...]:
    """The quotations of ``text`` in order, marks of any form."""
    straight = text.translate(_DOUBLE).translate(_SINGLE)  # one character for one, so places stay
    double = list(_found(_MARKED[0], straight, text))
    if any(q.words for q in double):
        straight = _blanked(straight, double)
    single = [q for q in _found(_MARKED[1], straight, text) if " " in q.words]
    return tuple(sorted((*double, *single), key=lambda q: q.start))


def is_verbatim(quoted: str, shown: Iterable[str]) -> bool:
    """Whether the words stand in one of the texts letter for letter; forms of marks and white space are free."""
    wanted = _plain(quoted).strip(_TRIM)
    return any(wanted in _plain(text) for text in shown)


def unquoted(sentence: str, shown: Iterable[str]) -> str:
    """``sentence`` without the marks of quotations that are not verbatim in ``shown``; the others keep theirs.

    What stands between the marks is left as it is: words of the first person ("we hope") then need another repair.
    """
    texts = tuple(shown)
    while wrong := [q for q in quotations(sentence) if not is_verbatim(q.words, texts)]:
        q = wrong[0]
        sentence = sentence[: q.start] + sentence[q.start + 1 : q.end - 1] + sentence[q.end :]
    return sentence


def _found(pattern: re.Pattern[str], straight: str, text: str) -> Iterator[Quotation]:
    for match in pattern.finditer(straight):
        yield Quotation(match.start(), match.end(), text[match.start(1) : match.end(1)])


def _blanked(text: str, found: Iterable[Quotation]) -> str:
    for q in found:
        text = text[: q.start] + " " * (q.end - q.start) + text[q.end :]
    return text


def _plain(text: str) -> str:
    """NFKC, straight marks, one space: the same as eval/matching.py, which scores quotations."""
    straight = text.translate(_DOUBLE).translate(_SINGLE)
    straight = unicodedata.normalize("NFKC", straight).translate(_DOUBLE).translate(_SINGLE)
    return _SPACE.sub(" ", straight).strip()
