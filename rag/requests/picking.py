"""Which articles a request picks out by what is known of them: outlet, author, section, date. Knows no kind of request.

"the Verge ones", "anything by Kyle Bonn", "just the sports articles", "what came out on 28 October".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rag.briefs import dates
from rag.domain import Article
from rag.retrieval import Index
from rag.retrieval.parts import names_of
from rag.retrieval.spelling import frequency
from rag.retrieval.terms import fold, stem, words

_SUBJECTS: Mapping[str, str] = {
    "sport": "sports",
    "tech": "technology",
    "movi": "entertainment",
    "film": "entertainment",
}
"""Sections by words that people use for them; else by the section's own name."""
_CALLED = 4
"""Letters that a name of a section or author must have to be told from an ordinary word."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The articles that are picked out, and the words (stems) that did so."""

    ids: tuple[str, ...]
    used: frozenset[str]


def picked(text: str, index: Index) -> Picked | None:
    """What a request picks out of the articles; None where it names no outlet, author, section or date of theirs.

    Two outlets add up; an outlet and a date narrow each other. () where nothing has all that is named.
    """
    articles = index.articles
    named = [_outlets(text, index), *(find(text, articles) for find in (_authors, _sections, _dates))]
    groups = [group for each in named if (group := dict(each))]
    if not groups:
        return None
    chosen = [id for id in articles if all(any(id in ids for ids, _ in group.values()) for group in groups)]
    return Picked(tuple(chosen), frozenset().union(*(used for group in groups for _, used in group.values())))


Found = Iterator[tuple[str, tuple[set[str], frozenset[str]]]]
"""What is named, the articles that have it, and the words that name it."""


def _outlets(text: str, index: Index) -> Found:
    named = index.ranker.outlets.named(text) or _by_first_word(text, index.articles)
    for outlet in sorted(named):
        ids = {id for id, a in index.articles.items() if a.outlet == outlet}
        yield outlet, (ids, frozenset(map(stem, words(outlet))))


def _by_first_word(text: str, articles: Mapping[str, Article]) -> frozenset[str]:
    """Outlets that a request calls by their first word: "fox" for FOX News; a rare word, or one in capitals."""
    asked = {word for word in words(text) if len(word) > 2}
    first = {a.outlet: words(names_of(a.outlet)[-1])[:1] for a in articles.values() if a.outlet}
    return frozenset(
        outlet
        for outlet, start in first.items()
        if start
        and any(fold(w) == fold(start[0]) and (w[:1].isupper() or frequency(w) < 1e-5) for w in asked)
        and len(start[0]) > 2
    )


def _authors(text: str, articles: Mapping[str, Article]) -> Found:
    asked = {fold(word) for word in words(text)}
    for author in sorted({a.author for a in articles.values() if a.author}):
        parts = [fold(word) for word in words(author) if len(word) > 1]
        whole = len(parts) > 1 and set(parts[:2]) <= asked
        if whole or (parts and f"by {parts[-1]}" in fold(" ".join(words(text))) and len(parts[-1]) >= _CALLED):
            yield author, ({id for id, a in articles.items() if a.author == author}, frozenset(map(stem, parts)))


def _sections(text: str, articles: Mapping[str, Article]) -> Found:
    asked = {stem(word): word for word in words(text.casefold())}
    for section in sorted({a.section for a in articles.values() if a.section}):
        own = stem(section.casefold())
        used = {s for s in asked if s == own or _SUBJECTS.get(s) == section.casefold()}
        if used and len(section) >= _CALLED:
            yield section, ({id for id, a in articles.items() if a.section == section}, frozenset(used))


def _dates(text: str, articles: Mapping[str, Article]) -> Found:
    for said, (year, month, day) in dates(text):
        ids = {id for id, a in articles.items() if a.date and _fits(a.date, (year, month, day))}
        yield said, (ids, frozenset(map(stem, words(said))))


def _fits(date: str, wanted: tuple[int, int, int]) -> bool:
    given = [int(part) for part in date.split("-")]
    return all(not w or (place < len(given) and given[place] == w) for place, w in enumerate(wanted))
