"""Sentences that say when something happened, with the words for it. Knows dates, weekdays and "last week".

Nothing is worked out: a weekday or "last week" stays as it is, and a year is taken from the article's own date only
for a day and month that fit it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.briefs.standing import is_prose
from rag.briefs.values import Event, Key
from rag.domain import Article, Sentence

_MONTHS = {
    name: place
    for place, names in enumerate(
        (
            "January Jan",
            "February Feb",
            "March Mar",
            "April Apr",
            "May",
            "June Jun",
            "July Jul",
            "August Aug",
            "September Sept Sep",
            "October Oct",
            "November Nov",
            "December Dec",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b(?![.,]\d|:\d|%| ?(?:million|billion|percent|per cent)\b)"
_YEAR = r"(?P<year>1[5-9]\d\d|20\d\d)\b(?![.,]\d|%|-\d{3}|/\d)"
_LED = (
    r"(?:(?:[Oo]n|[Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Ff]rom|[Dd]uring|[Bb]efore|[Aa]fter|[Aa]s of|[Tt]hrough|[Aa]round"
    r"|[Tt]ill|[Tt]o|[Bb]ack in|[Aa]t)\s)"
)
_SEASON = r"(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)"
_PART = rf"(?:(?:the )?(?:[Ee]arly|[Ll]ate|[Mm]id|(?:[Ss]tart|[Bb]eginning|[Mm]iddle|[Ee]nd|{_SEASON}) of)[ -])"
_COUNT = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|several|a few|a couple of|[1-9]\d?)"
_UNIT = r"(?:hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies))"
_STRETCH = rf"(?:week(?:end)?|month|year|decade|century|{_SEASON}|night|morning|evening|afternoon|quarter|season)"
_NEAR = r"(?:[Ll]ast|[Tt]his|[Nn]ext|[Tt]he (?:previous|following))"

_DATED = (
    re.compile(rf"{_LED}?(?:{_WEEKDAY},? )?(?:the )?{_MONTH} {_DAY}(?:,? {_YEAR})?"),
    re.compile(rf"{_LED}?(?:{_WEEKDAY},? )?(?:the )?{_DAY} (?:of )?{_MONTH}(?:,? {_YEAR})?"),
    re.compile(rf"{_LED}?{_PART}?{_MONTH}(?:,| of)? {_YEAR}"),
    re.compile(rf"{_LED}?\b(?P<year>20\d\d|19\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b"),
    re.compile(rf"(?:{_LED}?{_PART}|{_LED}|{_LED}?(?:the )?{_SEASON} (?:of )?|[Bb]etween )(?:the year )?{_YEAR}"),
    re.compile(rf"{_LED}(?:the )?(?:(?:early|late|mid)[ -–]+)?(?P<year>(?:1[5-9]|20)\d0)s\b"),
    re.compile(rf"(?:{_LED}{_PART}?|{_PART}|\b{_NEAR} |\b[Ee]arlier in ){_MONTH}(?! [A-Z0-9])"),
)
_VAGUE = (
    re.compile(
        rf"(?:{_LED}|\b(?:{_NEAR}|[Ee]arlier|[Ll]ate(?: on)?|[Ee]arly(?: on)?) )*{_WEEKDAY}"
        r"(?: (?:morning|afternoon|evening|night)\b)?"
    ),
    re.compile(
        rf"\b(?:[Ee]arlier |[Ll]ater |[Ll]ate |[Ee]arly |[Ss]ince |[Bb]y the end of )?{_NEAR} (?:past |coming )?"
        rf"{_STRETCH}\b(?![’'-]| (?:ago|old|of \d))"
    ),
    re.compile(r"\b(?:[Yy]esterday|[Tt]omorrow)\b(?![’'])|\b(?:[Ee]arlier|[Ll]ater) (?:today|tonight)\b"),
    re.compile(r"(?<=\w\wed )today\b(?![’'])|^Today\b(?=,|[’']s (?:announcement|decision|ruling|vote|statement))"),
    re.compile(rf"\b{_COUNT} {_UNIT} (?:ago|earlier|later|before that|after that)\b", re.I),
    re.compile(r"\b(?:[Tt]hat|[Tt]he) same (?:day|week|month|year)\b|\b[Tt]he (?:next|following) day\b"),
)
_COUNTED = re.compile(
    r"^[ -](?!(?:is|was|has|as|this|its|his|does|across|plus)\b)"
    r"(?:[a-z]+s|people|men|women|children|metric|square|million|km|mph)\b"
)
_FUTURE = re.compile(r"\b(?:will|next|upcoming|due|scheduled|set to|expected|shall)\b")
_SURE_YEAR = re.compile(r"\bthis year\b")
_ABBREVIATED = re.compile(r"\b(?!May|June|July)[A-Z][a-z]{2,3}\.$")
_SMALL_MONTH = re.compile(rf"\b(?:{'|'.join(name for name in _MONTHS if len(name) > 3 and name != 'May')})\b", re.I)
_BARE_YEAR = re.compile(r"(?<![\w.,$£€-])(?:19|20)\d\d(?![\w%]|[.,]\d)")
_NAMED_DAY = re.compile(r"\b[A-Z][\w'’]*\.?,? $")
_NIGHT = re.compile(r"^ (?:[A-Z]\w+)|^['’]s? [A-Z]|^s\b")


_TELLS_TIME = re.compile(
    r"\d|(?:day|night|weeks?|weekend|months?|years?|decades?|century|centuries|hours?|quarter|season|morning|evening"
    r"|afternoon|tomorrow|spring|summer|autumn|fall|winter|jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec"
    r"|january|february|march|april|august|september|october|november|december|days|nights)\b"
)
"""What every time has one of, in small letters."""


@dataclass(frozen=True, slots=True)
class _When:
    start: int
    end: int
    key: Key | None

    @property
    def exactness(self) -> int:
        return 0 if self.key is None else 1 + sum(part > 0 for part in self.key)


def events(article: Article, sentences: Sequence[Sentence]) -> tuple[Event, ...]:
    """The sentences of an article that say when something happened, in order, each once with its most exact time."""
    found = []
    for sentence in sentences:
        times = list(_times(sentence.text, article.date)) if is_prose(sentence.text) else []
        if times:
            best = max(times, key=lambda t: (t.exactness, -t.start))
            found.append(Event(sentence, sentence.text[best.start : best.end], best.key))
    return tuple(found)


def dates(text: str) -> tuple[tuple[str, Key], ...]:
    """The dates that a request names, as written, with year, month and day, 0 for what is not told."""
    capital = _SMALL_MONTH.sub(lambda found: found[0].capitalize(), text)
    found = [(capital[t.start : t.end], t.key) for t in _times(capital, None) if t.key]
    years = [(m[0], (int(m[0]), 0, 0)) for m in _BARE_YEAR.finditer(text) if not any(m[0] in said for said, _ in found)]
    return (*found, *years)


def _times(text: str, published: str | None) -> Iterator[_When]:
    if not _TELLS_TIME.search(text.lower()):
        return
    taken: list[_When] = []
    for pattern in (*_DATED, *_VAGUE):
        for match in pattern.finditer(text):
            when = _when(match, text, published)
            if not any(when.start < t.end and t.start < when.end for t in taken) and _holds(text, match):
                taken.append(when)
                yield when


def _when(match: re.Match[str], text: str, published: str | None) -> _When:
    end = match.end() - (match[0].endswith(".") and not _ABBREVIATED.search(match[0]))
    dated = match.re.groupindex.keys() & {"month", "year"}
    return _When(match.start(), end, _key(match, text, published) if dated else None)


def _holds(text: str, match: re.Match[str]) -> bool:
    """Not a number of things ("2000 tonnes"), nor a day that belongs to a name ("Black Friday")."""
    before, behind = text[: match.start()], text[match.end() :]
    groups = match.groupdict()
    if before and (before[-1].isalnum() or before[-1] in "-–$£€/"):
        return False
    if "year" in groups and not groups.get("month"):
        return not _COUNTED.match(behind)
    if re.match(_WEEKDAY, match[0]):
        last = _NAMED_DAY.search(before)
        return not _NIGHT.match(behind) and (last is None or "," in last[0])
    return True


def _key(match: re.Match[str], text: str, published: str | None) -> Key:
    groups = match.groupdict()
    month = groups.get("month")
    number = 0 if month is None else int(month) if month.isdigit() else _MONTHS[month]
    day, year = int(groups.get("day") or 0), int(groups.get("year") or 0)
    if not year and day and published:
        sure = re.match(r"\d{4}", published) if _SURE_YEAR.search(text) else None
        year = int(sure[0]) if sure else _year_of((number, day), published, ahead=bool(_FUTURE.search(text)))
    return year, number, day


def _year_of(date: tuple[int, int], published: str, *, ahead: bool) -> int:
    """The year of publication, if a day and month lie on the side of it that the words speak of; else 0."""
    parts = [int(part) for part in re.findall(r"\d+", published)[:3]]
    if len(parts) < 2 or not 1 <= parts[1] <= 12:
        return 0
    today = (parts[1], parts[2] if len(parts) > 2 else 31)
    return parts[0] if (date > today) == ahead or date == today else 0
