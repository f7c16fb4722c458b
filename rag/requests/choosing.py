"""The articles that a reader keeps questions to by choice, not by the words of a question. Knows articles alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rag.domain import Article, Scope, Within
from rag.errors import QuestionError
from rag.quotes import is_named


def chosen(within: Within, articles: Iterable[Article], question: str) -> Scope | None:
    """What ``question`` is kept to; None where nothing is chosen.

    Raises:
        QuestionError: no article has all that is chosen.
    """
    if not within:
        return None
    known = list(articles)
    kept = tuple(article.id for article in known if all(_any(article) for _any in _rules(within)))
    titles = [article.title for article in known if article.id in within.articles]
    words = ", ".join([*titles, *within.outlets, *within.years, *within.people])
    if not kept:
        raise QuestionError("No article has all that questions are kept to: remove one of the choices above the box.")
    return Scope(kept, words, question, chosen=True)


def _rules(within: Within) -> list[Callable[[Article], bool]]:
    """What an article must fulfil, one rule for each kind that narrows."""
    rules: list[tuple[tuple[str, ...], Callable[[Article], bool]]] = [
        (within.articles, lambda article: article.id in within.articles),
        (within.outlets, lambda article: article.outlet in within.outlets),
        (within.years, lambda article: (article.date or "")[:4] in within.years),
        (within.people, lambda article: quotes_any(article, within.people)),
    ]
    return [rule for wanted, rule in rules if wanted]


def quotes_any(article: Article, people: Iterable[str]) -> bool:
    """Whether one of them says something in the article."""
    speakers = {said.speaker for said in article.statements}
    return any(_is(person, speaker) for person in people for speaker in speakers)


def _is(person: str, speaker: str) -> bool:
    """Whether a speaker is the person: an article may give no more than the last name."""
    return speaker == person or (" " not in speaker and is_named(person, speaker))


def both(choice: Scope | None, said: Scope | None) -> Scope | None:
    """What a question keeps to by choice and by its own words together: ``said`` was found among what was chosen."""
    if choice is None or said is None:
        return choice or said
    return Scope(said.articles, f"{choice.words}, {said.words}", said.without, chosen=True)
