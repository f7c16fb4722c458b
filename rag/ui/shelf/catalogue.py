"""Looking through a library: words, outlet, dates, people; in which order. Pure; knows no page and no address."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from rag.articles.details import iso_date
from rag.domain import Article, Holdings

Sort = Literal["title", "date", "outlet", "length", "added"]
SORTS: tuple[Sort, ...] = get_args(Sort)
WORDS_A_MINUTE = 230
"""As grown-ups read news in English silently (Brysbaert 2019: 238)."""
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_LETTERS = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader looks for. "" for no wish; dates are ISO, whole or cut short."""

    q: str = ""
    sort: Sort = "title"
    outlet: str = ""
    person: str = ""
    since: str = ""
    until: str = ""

    @property
    def narrows(self) -> bool:
        """Whether it keeps to some of the articles."""
        return any((self.q, self.outlet, self.person, self.since, self.until))


@dataclass(frozen=True, slots=True)
class Entry:
    """An article with what the list tells of it."""

    article: Article
    words: int
    added: float
    names: str
    """Title, outlet, author and file, to be searched."""

    @property
    def minutes(self) -> int:
        """How long it takes to read."""
        return max(1, round(self.words / WORDS_A_MINUTE))


class Catalogue:
    """All articles of a library, ready to be looked through."""

    def __init__(self, held: Holdings) -> None:
        self.held = held
        self._entries = [_entry(article, held.added.get(article.id, 0.0)) for article in held.articles]

    @cached_property
    def outlets(self) -> Mapping[str, int]:
        """How many articles are of each outlet, in order of name."""
        counted = Counter(article.outlet for article in self.held.articles if article.outlet)
        return {name: counted[name] for name in sorted(counted, key=folded)}

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return {entry.article.id: entry.names + folded(entry.article.text) for entry in self._entries}

    @cached_property
    def _people(self) -> Sequence[tuple[str, frozenset[str]]]:
        return [(folded(name), frozenset(articles)) for name, articles in self.held.people.items()]

    def find(self, choice: Choice) -> list[Entry]:
        """The articles that a choice keeps to, in its order."""
        sought = [f" {word}" for word in _LETTERS.findall(_plain(choice.q))]
        people = self._with(choice.person) if choice.person else None
        found = [
            entry
            for entry in self._entries
            if (not choice.outlet or entry.article.outlet == choice.outlet)
            and (people is None or entry.article.id in people)
            and _is_within(entry.article.date, choice.since, choice.until)
            and all(word in entry.names or word in self._texts[entry.article.id] for word in sought)
        ]
        return sorted(found, key=_ORDER[choice.sort])

    def _with(self, person: str) -> frozenset[str]:
        """The articles in which somebody of that name, or of a part of it, appears."""
        words = [f" {word}" for word in _LETTERS.findall(_plain(person))]
        found = (articles for name, articles in self._people if words and all(word in name for word in words))
        return frozenset().union(*found)


def folded(text: str) -> str:
    """The words of a text as they are compared, each after a space: without capitals, accents and marks."""
    return " " + " ".join(_LETTERS.findall(_plain(text)))


def date_bound(typed: str) -> str | None:
    """A date as somebody types it into a filter, ISO; None for what is none."""
    return iso_date(typed.strip()) if typed.strip() else ""


def _plain(text: str) -> str:
    text = text.casefold()
    return text if text.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFKD", text))


def _entry(article: Article, added: float) -> Entry:
    residue = sum(_count(article.quote(mark.span)) for mark in article.marks if mark.kind == "residue")
    about = " ".join(part for part in (article.title, article.outlet, article.author, article.id) if part)
    return Entry(article, _count(article.text) - residue, added, folded(about))


def _count(text: str) -> int:
    """Words; where a script sets no spaces, two signs are taken for one."""
    return len(text.split()) + (0 if text.isascii() else len(_CJK.findall(text)) // 2)


def _is_within(date: str | None, since: str, until: str) -> bool:
    if not since and not until:
        return True
    if not date:
        return False
    return _last(date) >= since and date <= (_last(until) if until else "9")


def _last(date: str) -> str:
    """The last day that an ISO date may mean."""
    if len(date) == 4:
        return f"{date}-12-31"
    year, month = date[:4], date[5:7]
    return date if len(date) > 7 else f"{date}-{calendar.monthrange(int(year), int(month))[1]:02}"


def _by_title(entry: Entry) -> tuple[str, str]:
    """Numbers by what they count: the second before the tenth."""
    return _NUMBER.sub(lambda found: found[0].zfill(9), entry.names), entry.article.id


_ORDER: Mapping[Sort, Callable[[Entry], Any]] = {
    "title": _by_title,
    "date": lambda entry: (_backwards(entry.article.date), _by_title(entry)),
    "outlet": lambda entry: (not entry.article.outlet, folded(entry.article.outlet or ""), _by_title(entry)),
    "length": lambda entry: (-entry.words, _by_title(entry)),
    "added": lambda entry: (-entry.added, _by_title(entry)),
}


def _backwards(date: str | None) -> tuple[int, ...]:
    """Sorts the newest first, and what has no date last."""
    numbers = [int(part) for part in date.split("-")] if date and re.fullmatch(r"[\d-]+\d", date) else []
    return (not numbers, *(-number for number in numbers))
