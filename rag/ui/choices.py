"""What questions can be kept to: outlets, years, people and articles of a library. Knows no page and no question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.domain import Article, Within
from rag.ui.draft import Draft
from rag.ui.words import count

MOST_PEOPLE, MOST_ARTICLES = 60, 400
"""Of each that are offered: those who say most; the first by title."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to keep to. ``value``: ``KIND:VALUE``; ``note``: how much there is of it, or ""."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """All of a kind. ``more``: how many are not offered."""

    heading: str
    choices: tuple[Choice, ...]
    more: int = 0


def choices(articles: Sequence[Article]) -> list[Choices]:
    """What these articles can be told apart by; a kind of which there is only one is left out."""
    outlets = Counter(article.outlet for article in articles if article.outlet)
    years = Counter(article.date[:4] for article in articles if article.date)
    people = Counter(name for article in articles for name in _speakers(article))
    titles = sorted(articles, key=lambda article: article.title.casefold())
    found = [
        Choices("Outlets", tuple(_counted("outlet", sorted(outlets.items())))),
        Choices("Years", tuple(_counted("year", sorted(years.items(), reverse=True)))),
        Choices("Who is quoted", tuple(_counted("person", people.most_common(MOST_PEOPLE))), len(people)),
        Choices("Articles", tuple(Choice(f"article:{a.id}", a.title) for a in titles[:MOST_ARTICLES]), len(titles)),
    ]
    told = [Choices(each.heading, each.choices, max(0, each.more - len(each.choices))) for each in found]
    return [each for each in told if len(each.choices) > 1]


def _counted(kind: str, found: Iterable[tuple[str, int]]) -> Iterable[Choice]:
    return (Choice(f"{kind}:{value}", value, count(number, "article")) for value, number in found)


def _speakers(article: Article) -> set[str]:
    """Who is quoted by name, first and last."""
    named = (said.speaker for said in article.statements if 2 <= len(said.speaker.split()) <= 4)
    return {name for name in named if all(part[:1].isupper() for part in name.split())}


def chips(within: Within, titles: Mapping[str, str]) -> list[Choice]:
    """What is chosen, to be shown and taken back."""
    return [
        Choice(f"{kind}:{value}", titles.get(value, value) if kind == "article" else value)
        for kind, value in Draft(within).choices()
    ]
