"""Numbers and dates as values: "three", "3" and "3.0" are one. Knows text alone, no evidence and no names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.checking.vocabulary import listed

_UNITS = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_SMALL = {word: n for n, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)} | {"dozen": 12}
_ORDINALS = {
    "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fifteenth": 15, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "mln": 1e6, "billion": 1e9, "bln": 1e9, "trillion": 1e12,
}  # fmt: skip
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_MONTHS = listed("january february march april may june july august september october november december")
_DAYS = listed("monday tuesday wednesday thursday friday saturday sunday")
_RELATIVE = ("yesterday", "tomorrow", "tonight")
_MONEY = {
    "$": "dollar", "dollar": "dollar", "usd": "dollar", "€": "euro", "euro": "euro", "eur": "euro", "£": "pound",
    "yuan": "yuan", "ruble": "ruble", "rouble": "ruble", "yen": "yen", "¥": "yen", "kroner": "krone", "%": "percent",
    "percent": "percent", "per cent": "percent", "percentage": "percent",
}  # fmt: skip
"""Units that make one number another: 40 dollars are not 40 euros. A pound in letters may be a weight: left out."""
_HEDGES = listed("about around nearly almost over roughly approximately than some least")
ROUNDED = 0.1
"""How far a number with a word like "about" or "more than" may lie from what the evidence says: a tenth."""

_WORD_NUMBER = "|".join(sorted({*_SMALL, *_SCALES}, key=len, reverse=True))
_MONTH = "|".join(f"{m[:3]}(?:{m[3:]}|{m[3:4]}?\\.)?" if len(m) > 3 else m for m in _MONTHS)
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})(?!\w)"
    rf"|\b(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![,.]?\d)"
    r"|\b(?P<year>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b|\b(?P<d2>\d\d)\.(?P<m2>\d\d)\.(?P<year2>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_BARE_MONTH = re.compile(r"\b(?:January|February|March|April|June|July|August|September|October|November|December)\b")
_MAY = re.compile(r"\b(?:in|of|last|this|next|since|until|early|late|mid|by)[ -]May\b|\bMay (?=\d{4}\b)")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_DAYS)})\b", re.IGNORECASE)
_RELATIVE_DAY = re.compile(rf"\b(?:{'|'.join(_RELATIVE)})\b", re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?P<sign>[$€£¥])?\s?(?<![\w.])(?<![A-Z]-)(?P<digits>\d+(?:[,\u00a0]\d{{3}})*(?:\.\d+)?)"
    rf"(?P<tail>st|nd|rd|th|s|k|m|mn|bn|b|tn|%)?(?![A-Za-z\d])(?:[\s-](?P<scale>{'|'.join(_SCALES)})s?\b)?",
    re.IGNORECASE,
)
_WORDS = re.compile(rf"\b(?:{_WORD_NUMBER})s?(?:(?:[\s-]|\sand\s)(?:{_WORD_NUMBER})s?)*\b", re.IGNORECASE)
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b", re.IGNORECASE)
_PLACE = re.compile(
    r"(?:^|\n)\s*[-*(]{0,3}\d{1,3}[.):]{1,2}(?=\s|\*|$)"
    r"|\((?:\d|[a-z])\)|\b(?:[Pp]assages?|[Ee]xcerpts?|[Ss]ources?|[Aa]rticle|[Ss]tep|[Pp]oint|[Oo]ption) \d{1,2}"
    r"(?:(?:,| and|, and| or) \d{1,2})*\b"
)
"""Numbers that only count the writer's own lines or sources: "2. Sign it", "Excerpt 3"."""
_UNIT = re.compile(r"[\s-]*(?:US\s)?(%|per cent|percentage|percent|[A-Za-z]+?)s?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a date of a text.

    Attributes:
        kind: "number" or "date".
        value: a number's value; a date as "3-20" (month and day), "3" (month), "monday" or "yesterday".
        written: as it stands in the text.
        unit: a currency or "percent", "" where there is none; None where it is not known.
        rounded: whether a word like "about" stands before it.
        vague: a word that often counts nothing ("one of them"): it is evidence, but no claim.
    """

    kind: str
    value: float | str
    written: str
    unit: str = ""
    rounded: bool = False
    vague: bool = False

    def stands_on(self, other: Figure) -> bool:
        """Whether ``other``, a figure of the evidence, says what this one says."""
        if self.kind != other.kind or (self.unit and other.unit and self.unit != other.unit):
            return False
        if isinstance(self.value, str) or isinstance(other.value, str):
            return self.value == other.value or str(other.value).startswith(f"{self.value}-")
        return abs(self.value - other.value) <= (ROUNDED * abs(other.value) if self.rounded else 1e-9)


@lru_cache(maxsize=8192)
def figures(text: str) -> tuple[Figure, ...]:
    """The numbers and dates of ``text``; those of a date are not numbers once more, its year is."""
    text = _PLACE.sub(lambda m: " " * len(m[0]), text)
    dates = list(_dates(text))
    rest = text
    for start, end, _ in dates:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    days = [Figure("date", m[0].casefold(), m[0]) for m in (*_WEEKDAY.finditer(rest), *_RELATIVE_DAY.finditer(rest))]
    years = [Figure("number", float(m[0]), m[0]) for _, _, d in dates for m in re.finditer(r"\d{4}", d.written)]
    return (*(date for _, _, date in dates), *days, *years, *_digits(rest), *_spelled(rest))


def _dates(text: str) -> Iterator[tuple[int, int, Figure]]:
    taken: list[tuple[int, int]] = []
    for m in _DATE.finditer(text):
        named = m["month"] or m["month2"]
        month = _month(named) if named else int(m["m"] or m["m2"])
        day = int(m["day"] or m["day2"] or m["d"] or m["d2"])
        if 1 <= month <= 12 and 1 <= day <= 31 and not (named and named[0].islower()):
            taken.append(m.span())
            yield *m.span(), Figure("date", f"{month}-{day}", m[0])
    for m in (*_BARE_MONTH.finditer(text), *_MAY.finditer(text)):
        if not any(start < m.end() and m.start() < end for start, end in taken):
            yield *m.span(), Figure("date", str(_month(re.split(r"[ -]", m[0])[-1] or "may")), m[0])


def _month(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name[:3].casefold()))


def _digits(text: str) -> Iterator[Figure]:
    for m in _NUMBER.finditer(re.sub(r"\$US(?=\s?\d)", "  $", text)):
        value = float(re.sub(r"[,\u00a0]", "", m["digits"]))
        tail = (m["tail"] or "").casefold()
        value *= _SUFFIXES.get(tail, 1) * _SCALES.get((m["scale"] or "").casefold(), 1)
        sign = m["sign"] or (tail if tail == "%" else "")
        yield Figure("number", value, m[0].strip(), _unit(sign, text, m.end()), _is_hedged(text, m.start()))


def _spelled(text: str) -> Iterator[Figure]:
    for m in _WORDS.finditer(text):
        if text[: m.start()].rstrip(" -")[-1:].isdigit():  # "200 billion": the digits have it
            continue
        written = m[0].casefold()
        bare = [re.sub(r"s$", "", word) for word in re.split(r"[\s-]", written)]
        vague = written in ("one", "zero") or (written.endswith("s") and bare[0] != "six" and len(bare) == 1)
        vague = vague or all(word in _SCALES or word in ("dozen", "and") for word in bare)
        value = _value(word for word in bare if word != "and")
        yield Figure("number", value, m[0], _unit("", text, m.end()), _is_hedged(text, m.start()), vague)
    for m in _ORDINAL.finditer(text):
        yield Figure("number", float(_ORDINALS[m[0].casefold()]), m[0], vague=m[0].casefold() == "third")


def _value(spelled: Iterator[str]) -> float:
    """ "two hundred thousand" is (2 * 100) * 1000; "two thousand five" is 2 * 1000 + 5."""
    total = part = 0.0
    for word in spelled:
        if word == "hundred" or word == "dozen":
            part = (part or 1) * (100 if word == "hundred" else 12)
        elif word in _SCALES:
            total += (part or 1) * _SCALES[word]
            part = 0.0
        else:
            part += _SMALL.get(word, 0)
    return total + part


def _unit(sign: str, text: str, end: int) -> str:
    if sign:
        return _MONEY.get(sign, "")
    following = _UNIT.match(text, end)
    return _MONEY.get(following[1].casefold(), "") if following else ""


def _is_hedged(text: str, start: int) -> bool:
    before = re.findall(r"[a-z]+", text[max(0, start - 20) : start].casefold())
    return bool(before) and before[-1] in _HEDGES
