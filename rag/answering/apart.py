"""Whether what a question is about stands apart, in the articles, from whom it is about. Pure; knows no model.

"What does Berg say about the tram?" is answered neither by what Dahl says about the tram nor by what Berg says about
the bridge, and both look like hits: together they hold all the words of the question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import chain

from rag.quotes import PARTICLES, is_body, is_first_name
from rag.retrieval import Retrieval, Scored
from rag.retrieval.people import named, surnames
from rag.retrieval.spelling import frequency
from rag.retrieval.subquestions import SAYS_NOTHING
from rag.retrieval.terms import is_stop_word, stem, words
from rag.retrieval.wanted import wanted

Idf = Callable[[str], float]

MARGIN = 0.4
"""How much better a sentence of others must meet the subject: at this margin no answerable question of five sets is
taken for one that is not (docs/refusing.md)."""
TELLING = 1.5
"""The idf of a name that tells something: one that stands in less than about a fifth of all passages."""

_SMALL = "|".join(PARTICLES)
ORDINARY = 1e-6
"""How frequent in English a word must be to be rather a thing's name than a person's."""
_WHO = rf"(?!the [A-Z])(?:[a-z]+ ){{0,3}}((?:[A-Z][\w'\u2019-]*\s+){{1,3}}(?:(?:{_SMALL})\s+)*[A-Z][\w-]*)"
"""A full name, after a role or not. A single word, or one with an article, is rather a place, a paper or an office, for
which people of other names speak."""
_SAYS = (
    r"(?:say|said|tell|told|think|thought|believe|claim|call|describe|explain|warn|argue|comment|respond|react|admit"
    r"|deny|denie|expect|predict|note|stress|mention|accuse|repl[yi]|answer|conclude)"
)
_VIEW = r"(?:opinion|view|words|eyes|account|reaction|explanation|answer|comment|statement|reply)s?"
_ASKED_OF = (
    re.compile(rf"\b(?:does|did|has|had) {_WHO}(?: (?:him|her)self)? {_SAYS}\w*"),
    re.compile(rf"\b[Aa]ccording to {_WHO}"),
    re.compile(rf"\b[Ii]n {_WHO}['\u2019]s? {_VIEW}\b"),
    re.compile(rf"{_WHO}['\u2019]s? own {_VIEW}\b"),
)
_BEFORE = re.compile(r"\b(?:according to|as told by|quoting)\s+(?:[\w'\u2019.-]+\s+){0,4}$", re.IGNORECASE)
_BEHIND = re.compile(
    rf"['\u2019]?s?\s+(?:(?:him|her)self\s+|also\s+|then\s+|ever\s+|own\s+)?(?:{_SAYS}\w*|{_VIEW})\b", re.IGNORECASE
)
"""What stands before or behind the name of somebody whose words are asked for."""


@dataclass(frozen=True, slots=True)
class AskedOf:
    """Somebody whose words are asked for.

    The stems of all of the name as the question has it, and of its last word; the name as ``written``.
    """

    name: frozenset[str]
    last: str
    written: str


def asked_of(question: str, people: Collection[str]) -> AskedOf | None:
    """The one whose words a question asks for; None when it asks for nobody's, or for more than one person's.

    ``people`` are the stems of the surnames of those who speak in the articles. Somebody who never does is known by
    the wording alone ("according to Ola Dahl").
    """
    if not wanted(question).words:
        return None
    speakers = _speakers(question, people)
    if len(speakers) > 1:
        return None
    asked = next(((last, name) for last, name in speakers.items() if name), None) if speakers else _by_wording(question)
    if asked is None:
        return None
    last, written = asked
    return AskedOf(frozenset([last, *chain(*(name for name in _names(question) if last in name))]), last, written)


def _asked_alone(found: Retrieval, people: Collection[str]) -> AskedOf | None:
    """The one whose words are asked for; None also for a question that asks several things: one may be another's."""
    return None if found.several else asked_of(found.query.text, people)


def only_others(found: Retrieval, people: Collection[str], idf: Idf) -> bool:
    """Whether somebody's words are asked for on a subject that only sentences away from that name are on."""
    person = _asked_alone(found, people)
    if person is None or idf(person.last) < TELLING:
        return False
    subject = _subject(found, person.name, idf)
    return _lead(found, subject, lambda item: _may_be_of(item, person)) >= MARGIN


def unsaid(found: Retrieval, people: Collection[str]) -> bool:
    """Whether somebody's words are asked for of whom no sentence that was found is.

    The search looks for words of whoever is named, so this is mostly somebody who never speaks.
    """
    person = _asked_alone(found, people)
    return person is not None and not any(_says(item, person) for item in found.scored)


def apart(found: Retrieval, people: Collection[str], idf: Idf) -> float:
    """How much better the question's subject is met away from its names than in any sentence near all of them.

    From 0 to 1; 0 for a question without names that tell something, for one that asks several things, and for one that
    leans on the turn before, whose names are not all its own.
    """
    query = found.query
    names = _names(query.text)
    names += [[term] for term in query.own if term in people and term not in chain(*names)]
    telling = [name for name in names if name[-1] in query.own and idf(name[-1]) >= TELLING]
    if found.several or query.leans or not telling:
        return 0.0
    subject = _subject(found, {*chain(*names), *people}, idf)
    return max(0.0, _lead(found, subject, lambda item: all(_is_near(item, name) for name in telling)))


def _names(question: str) -> list[list[str]]:
    """The stems of every run of capitalised words, stop words and the first word of the question left out."""
    runs: list[list[str]] = []
    previous = -2
    for place, word in enumerate(words(question)):
        if place and word[0].isupper() and not is_stop_word(word):
            if previous < place - 1:
                runs.append([])
            runs[-1].append(stem(word))
            previous = place
    return runs


def _speakers(question: str, people: Collection[str]) -> dict[str, str]:
    """The surnames of people who speak that the question has, each with its name where it asks for their words.

    Whoever writes with capitals writes names so.
    """
    plain = question == question.lower()
    found: dict[str, str] = {}
    for who in named(question, people):
        if plain or question[who.at].isupper():
            asked = _BEFORE.search(question, 0, who.at) or _BEHIND.match(question, who.end)
            found[who.surname] = found.get(who.surname) or (question[who.start : who.end] if asked else "")
    return found


def _by_wording(question: str) -> tuple[str, str] | None:
    match = next(filter(None, (pattern.search(question) for pattern in _ASKED_OF)), None)
    return (stem(words(match[1])[-1]), match[1]) if match and not _is_surely_none(match[1]) else None


def _is_surely_none(name: str) -> bool:
    """Whether a name is hardly a person's: an institution's, or two English words ("Human Rights Watch")."""
    known = words(name)
    return is_body(name) or (not is_first_name(known[0]) and all(frequency(word) > ORDINARY for word in known))


def _subject(found: Retrieval, names: Collection[str], idf: Idf) -> dict[str, float]:
    """The terms of the question itself that are no names, each with its share of their idf mass."""
    subject = {term: idf(term) for term in found.query.own if term not in names and term not in SAYS_NOTHING}
    total = sum(subject.values())
    return {term: weight / total for term, weight in subject.items()} if total else {}


def _lead(found: Retrieval, subject: Mapping[str, float], is_theirs: Callable[[Scored], bool]) -> float:
    """By how much the best of the other sentences meets the subject better than the best of theirs, -1 to 1."""
    best = {True: 0.0, False: 0.0}
    for item in found.scored:
        meets = sum(share * max(0.0, _meets(item, term)) for term, share in subject.items())
        theirs = is_theirs(item)
        best[theirs] = max(best[theirs], meets)
    return best[False] - best[True]


def _meets(item: Scored, term: str) -> float:
    """How well a sentence meets a term, in meaning where there are vectors, so that other words for the same count."""
    return item.met[term] if term in item.met else float(term in item.own)


def _may_be_of(item: Scored, person: AskedOf) -> bool:
    """Whether the person says the sentence, or is named in it or near it."""
    return _is_near(item, person.name) or _says(item, person)


def _says(item: Scored, person: AskedOf) -> bool:
    return item.speaker is not None and person.last in surnames(item.speaker)


def _is_near(item: Scored, name: Collection[str]) -> bool:
    """Whether any word of a name stands in or near a sentence: which one is the surname differs between languages."""
    return any(term in item.own or term in item.near for term in name)
