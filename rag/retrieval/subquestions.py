"""A question that asks several things -> its sub-questions, each of which can be searched for by itself.

Knows words, and the surnames of those who speak in the articles; knows no passage and no ranking. The evidence for
one half of a question is drowned by the words of the other (question decomposition: Press et al. 2023, arXiv
2210.03350, ask a model for it; here the wording must tell).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from rag.retrieval.parts import is_done_together
from rag.retrieval.people import named
from rag.retrieval.terms import content_words, stem
from rag.sentences import sentences

MOST = 3
"""Sub-questions of one question; further ones are left to the search for the whole."""
CLAUSES = 8
"""Clauses of a question that are looked at: nobody asks more, but somebody may try."""
BETWEEN = 8
"""Words at most between two people who are asked about together."""

_ASKS = r"what|who|whom|whose|when|where|which|why|how"
_BEGINS = r"did|does|do|is|was|were|are|has|have|had|can|could|will|would|should"
_PREPOSITION = r"(?:at|in|on|for|to|of|with|by|from|before|after|against|under|about|until|since|according to)"
_CLAUSE = (
    r"(?:\s*[,;]\s*|\s+)(?:and|but|while|or|whereas|yet)\s+"
    rf"(?=(?:(?:then|also|later|instead|now)\s+)?(?:{_PREPOSITION}\s+)?(?:{_ASKS})\b|(?:did|does|do)\s+\w"
    rf"|(?:{_BEGINS})\s+(?:it|he|she|they|there|the|that|this|not|(?-i:NAME)))"
    r"|\s*;\s*|(?<=\w\w[?!])\s+(?=\S)"
)
"""Where a clause of a sentence ends and another question begins. "And is Berg" asks; "and is used" goes on."""
_BY_CAPITALS = re.compile(_CLAUSE.replace("NAME", "[A-Z]"), re.IGNORECASE)
_WITHOUT_CAPITALS = re.compile(_CLAUSE.replace("NAME", r"\w"), re.IGNORECASE)
"""For a question that has none, and so shows no name."""
_BARE = re.compile(rf"^(?:{_PREPOSITION}\s+)?(?:{_ASKS}|(?:how|which|what)\s+\w+)\W*$", re.IGNORECASE)
"""Another thing about the same: one sentence often tells both."""
_TOPIC = re.compile(r"^([^:?]{3,90}):\s+(?=\S)")
_ASKING = re.compile(rf"\b(?:{_ASKS})\b|\?|^(?:{_BEGINS}|compare|contrast|give|set out|put)\b", re.IGNORECASE)
_PAIR = re.compile(
    rf"^(?P<head>.*?\S),?\s+(?P<word>{_PREPOSITION})\s+(?P<one>[^,;?]+?),?\s+and\s+(?P=word)\s+(?P<other>[^?]+)\??$",
    re.IGNORECASE,
)
""" "for the one and for the other"."""
_JOINT = re.compile(
    r",?\s*\b(?:and|or|vs\.?|versus|next to|with that of|than)\b\s*(?:(?:in|by|of|to|for|from|what|that of)\b\s*)?",
    re.IGNORECASE,
)
_APART = re.compile(rf"[?.!;]|\b(?:{_ASKS}|says?|said)\b", re.IGNORECASE)
_EACH = re.compile(r"\s*\b(?:each|either one|either|both|respectively)\b", re.IGNORECASE)
SAYS_NOTHING = frozenset(
    stem(word)
    for word in re.findall(
        r"\w+",
        "say tell think view put give compare contrast differ word line side report claim argue answer respond see "
        "reason one two set story account differently describe agree disagree exactly make take each either both "
        "versus vs next",
    )
)
"""Stems of words with which a question asks, and which tell nothing of its subject."""
_VIEW = re.compile(
    r"^(?:what|how) (?:do|does|did|has|have) (?:[\w'\u2019-]+ ){1,5}"
    r"(?:say|said|think|thought|see|view|put|tell|claim|argue|answer|respond|react|describe)\w*"
    r"(?: (?:to |of |about |on )?(?:it|this|that|them))?\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One of the things that a question asks.

    Attributes:
        text: the sub-question.
        context: what stands before it in the question, which its pronouns may mean.
        person: the stem of the surname of whoever's words are asked for; None: anybody's.
    """

    text: str
    context: str = ""
    person: str | None = None


def subquestions(question: str, people: Collection[str]) -> tuple[SubQuestion, ...]:
    """The things that a question asks, in order; () when it asks one thing, as far as its wording tells.

    Args:
        question: in the articles' spelling.
        people: the stems of the surnames of those who speak somewhere.
    """
    topic = _TOPIC.match(question)
    start, top = (topic.end(), f"{topic.group(1)}: ") if topic else (0, "")
    clauses = list(islice(_clauses(question[start:]), CLAUSES))
    found: list[SubQuestion] = []
    views: list[SubQuestion] = []  # of those found, the ones that ask what somebody says about the rest
    told: list[str] = []
    for clause in clauses:
        context = " ".join(told)
        if told and _asks_nothing_alone(clause):
            asked = _of_context(clause, context, people)
            views += asked
            if asked:
                found = [sub for sub in found if sub in views] + [sub for sub in asked if sub not in found]
            continue
        if _ASKING.search(clause) or clause == clauses[-1]:
            found += _alternatives(clause, people, context)
        told.append(clause)
    asked = [SubQuestion(top + sub.text, sub.context, sub.person) for sub in found]
    return tuple(asked[:MOST]) if len(asked) > 1 else ()


def _clauses(question: str) -> Iterator[str]:
    """The clauses of a question; one that names nothing ("and for how long?") stays with the one before."""
    held, joint = "", _WITHOUT_CAPITALS if question == question.lower() else _BY_CAPITALS
    pieces = (piece for span in sentences(question) for piece in joint.split(question[span.start : span.end]))
    for piece in filter(None, map(str.strip, pieces)):
        if content_words(held) and content_words(piece) and not _BARE.match(piece):
            yield held
            held = ""
        held = f"{held} {piece}".strip()
    yield held


def _asks_nothing_alone(clause: str) -> bool:
    """Whether a clause only asks for views ("what does each say?"): on what, the clauses before tell."""
    return _VIEW.match(clause) is not None or not [
        word for word in content_words(clause) if word.islower() and stem(word) not in SAYS_NOTHING
    ]


def _of_context(clause: str, context: str, people: Collection[str]) -> list[SubQuestion]:
    """What a clause that asks nothing alone asks of what was said before it."""
    each = _each_person(clause, people)
    if each:
        return [SubQuestion(f"{context} {text}", person=person) for text, person in each]
    if _EACH.search(clause):
        return [SubQuestion(f"{text} {_plain(clause)}", person=who) for text, who in _each_person(context, people)]
    return [SubQuestion(f"{context} {clause}")]


def _alternatives(clause: str, people: Collection[str], context: str) -> list[SubQuestion]:
    """A clause asked of each of the things or people that it joins, or as it is."""
    pair = _PAIR.match(clause)
    if pair:
        asked = ((f"{pair['head']} {pair['word']} {part}?", named(part, people)) for part in pair.group("one", "other"))
        return [SubQuestion(text, context, who[-1].surname if who else None) for text, who in asked]
    each = _each_person(clause, people)
    return [SubQuestion(text, context, person) for text, person in each] or [SubQuestion(clause, context)]


def _each_person(text: str, people: Collection[str]) -> list[tuple[str, str]]:
    """The text for either of two people that it joins, with the person; [] when it joins none."""
    if is_done_together(text):
        return []
    for one, other in pairwise(named(text, people)):
        between = text[one.end : other.start]
        joint = _JOINT.search(between)
        if one.surname == other.surname or joint is None or len(between.split()) > BETWEEN or _APART.search(between):
            continue
        possessive = re.match(r"['\u2019]s?", text[other.end :])
        rest = text[other.end + (possessive.end() if possessive else 0) :]
        return [
            (_plain(text[: one.end + joint.start()] + rest), one.surname),
            (_plain(text[: one.start] + text[one.end + joint.end() :]), other.surname),
        ]
    return []


def _plain(text: str) -> str:
    return " ".join(_EACH.sub("", text).split())
