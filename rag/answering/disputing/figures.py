"""Do two sentences give different figures for one thing? Same unit, same words around it, other number. Pure.

Only figures with a unit are compared (money, a share, a counted noun); years, dates, scores and times of day are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.disputing.claims import Idf, Said, elsewhere, meanings, names, share, weigh
from rag.retrieval.terms import fold, is_stop_word, stem

ENOUGH = 0.33
"""Share of the words around one figure, by weight, that must stand around the other."""
SAME = 0.02
"""Figures that differ by less, relative to the larger, are one figure rounded in two ways."""
AROUND = 70
"""Characters on each side of a figure that tell what is counted; a clause or so."""

_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SMALL = {word: number for number, word in enumerate(_NUMBERS, 2)}
_LARGE = {"thousand": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}
_FIGURE = re.compile(
    r"(?<![\w.,:/#-])(?P<money>[$€£])?\s?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|"
    rf"\b(?:{'|'.join(_SMALL)})\b)(?:[\s-](?P<large>thousand|million|billion|trillion)\b|(?P<short>bn|m)\b)?"
    r"(?:\s?(?P<share>%|percent\b|per cent\b)|[\s-](?P<noun>(?-i:[a-z]{3,})))?(?![\d:/-])",
    re.I,
)
_WHEN = re.compile(
    r"\b(?:1[89]|20)\d\d\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}\b|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bweek \d+",
    re.I,
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?! ?(?:%|per))\b")
_NO_UNIT = frozenset(["and", "the", "for", "from", "with", "that", "than", "more", "years", "year"])


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit ("$", "%" or a counted noun's stem) and the words around it."""

    value: float
    unit: str
    around: frozenset[str]
    names: frozenset[str]


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[Figure, ...]:
    """The figures of ``text`` that have a unit, in order."""
    return tuple(_figures(text))


def _figures(text: str) -> Iterator[Figure]:
    for match in _FIGURE.finditer(text):
        unit = _unit(match)
        if not unit or _YEAR.match(match[0].strip()):
            continue
        near = f"{text[max(0, match.start() - AROUND) : match.start()]} {text[match.end() : match.end() + AROUND]}"
        around = frozenset(term for term in meanings(near) if not term[0].isdigit()) - {unit}
        yield Figure(_value(match), unit, around, names(near))


def _unit(match: re.Match[str]) -> str:
    if match["money"]:
        return match["money"]
    if match["share"]:
        return "%"
    noun = fold(match["noun"] or "")
    return "" if not noun or noun in _NO_UNIT or is_stop_word(noun) else stem(noun)


def _value(match: re.Match[str]) -> float:
    number = match["number"].casefold()
    value = float(_SMALL[number]) if number in _SMALL else float(number.replace(",", ""))
    return value * _LARGE[(match["large"] or match["short"]).casefold()] if match["large"] or match["short"] else value


def differ(one: Said, other: Said, idf: Idf) -> float:
    """How surely two sentences give different figures for one thing, 0 (not at all) to 1."""
    apart = one.sentence.article != other.sentence.article or (one.speaker and other.speaker)
    if not apart or not elsewhere(one, other) or not (one.reported or other.reported) or _other_day(one, other):
        return 0.0
    mine, theirs = figures(one.text), figures(other.text)
    if any(_equal(a, b) for a in mine for b in theirs):
        return 0.0
    return max((_alike(a, b, idf) for a in mine for b in theirs if a.unit == b.unit), default=0.0)


def _equal(a: Figure, b: Figure) -> bool:
    return a.unit == b.unit and abs(a.value - b.value) <= SAME * max(a.value, b.value)


def _alike(a: Figure, b: Figure, idf: Idf) -> float:
    fewer, more = sorted((a.around, b.around), key=lambda found: weigh(found, idf))
    held = share(more, fewer, idf)
    return held if held >= ENOUGH and len(fewer & more) >= 3 and a.names & b.names else 0.0


def _other_day(one: Said, other: Said) -> bool:
    """Whether both name a time and the times differ: then both figures may be right."""
    times = [{fold(found) for found in _WHEN.findall(s.text)} for s in (one, other)]
    return bool(times[0] and times[1] and not times[0] & times[1])
