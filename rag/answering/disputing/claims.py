"""A sentence as a claim: who says it, its content words by meaning, whether it asserts or denies. Knows no evidence.

Words that news uses for one thing ("asked for help", "the request for assistance") count as one, or claim and denial
would hardly ever share a word; the groups are general English, and names are never among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from rag.domain import Sentence
from rag.retrieval.terms import fold, is_stop_word, stem, terms, words

Idf = Callable[[str], float]
"""Weight of a term, above 0."""

_GROUPS = (
    "ask request seek demand appeal",
    "aid help assistance assist support",
    "attack invade invasion assault",
    "breach violate violation infringe",
    "share leak",
    "cheat infidelity affair",
    "owe debt",
    "kill death die dead murder",
    "pick choose select",
)
_NATION = 4
"""Capitalised words that begin with so many equal letters are one ("Russia", "Russian"); shorter ones must be equal."""
SAYING = re.compile(
    r"\b(sa(?:id|ys?)|told|tells?|report(?:s|ed|edly)|accus(?:e[sd]?|ing|ations?)|alleg\w+|claim(?:s|ed)?|"
    r"announc\w+|testif\w+|testimony|insist\w*|argu(?:e[sd]?|ing)|warn(?:s|ed)?|believes?|according to|stated?|"
    r"stressed|noted|wrote|writes|tweeted|asserted?|maintains?|contends?|estimat\w+|calls?|called|officials?)\b",
    re.I,
)
"""Words that tell that somebody says something."""
_CALENDAR = re.compile(
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
_NOT_ASSERTED = re.compile(r"^\W*(?:if|whether|should|unless|in case)\b|\b(?:if|unless)\s|\?\W*$", re.I)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the evidence: ``n`` is the evidence's number, ``speaker`` who says it (None: the article)."""

    n: int
    sentence: Sentence
    speaker: str | None = None
    meanings: frozenset[str] = field(default=frozenset())

    @property
    def text(self) -> str:
        return self.sentence.text

    @property
    def reported(self) -> bool:
        """Whether somebody is known or seen to say it."""
        return self.speaker is not None or SAYING.search(self.text) is not None

    @property
    def asserts(self) -> bool:
        """Whether it is put as a fact or a claim: neither a question nor a condition."""
        return _NOT_ASSERTED.search(self.text) is None


def said(n: int, sentence: Sentence, speaker: str | None = None) -> Said:
    """A sentence of the evidence with its content words."""
    return Said(n, sentence, speaker, frozenset(meanings(sentence.text)))


def elsewhere(one: Said, other: Said) -> bool:
    """Whether two sentences are of different speakers; where one is unknown, whether they are two sentences at all."""
    if one.speaker is not None and other.speaker is not None:
        return fold(one.speaker) != fold(other.speaker)
    return one.sentence.article != other.sentence.article or one.sentence.span != other.sentence.span


@lru_cache(maxsize=1)
def _same() -> dict[str, str]:
    return {stem(word): stem(group.split()[0]) for group in _GROUPS for word in group.split()}


def meanings(text: str) -> list[str]:
    """The content words of ``text`` in order, each as the name of its group or its stem."""
    return [_same().get(term, term) for term in terms(text)]


@lru_cache(maxsize=4096)
def names(text: str) -> frozenset[str]:
    """Capitalised words of ``text`` but for stop words and the calendar, cut to what nation and people share."""
    found = (fold(word) for word in words(text) if word[:1].isupper() and not is_stop_word(word) and len(word) > 1)
    return frozenset(word[:_NATION] for word in found if not _CALENDAR.fullmatch(word))


def weigh(found: Iterable[str], idf: Idf) -> float:
    """The weight of these words together."""
    return sum(idf(term) for term in found)


def share(part: frozenset[str], whole: frozenset[str], idf: Idf) -> float:
    """How much of ``whole`` is in ``part`` by weight, 0 to 1; 0 where there is nothing to hold."""
    total = weigh(whole, idf)
    return weigh(part & whole, idf) / total if total else 0.0
