"""What is said when the articles do not say: composed from structure, never by the model.

It says what was looked for and what the articles do say that comes closest, so that a false premise is put right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.answering.apart import asked_of
from rag.answering.desk import Desk
from rag.domain import AnswerSentence
from rag.retrieval.terms import content_words
from rag.retrieval.wanted import Kind, wanted

NOT_SAID = "Not in the articles."
NOTHING_FOUND = "Nothing in the articles is about this."
CLOSEST = "The closest they say: "
_THINGS: Mapping[Kind, str] = {
    "number": "a number",
    "money": "a sum of money",
    "share": "a share",
    "duration": "a length of time",
    "age": "an age",
    "year": "a year",
    "date": "a date",
}


def refuse(desk: Desk, unknown: Sequence[str] = ()) -> tuple[AnswerSentence, ...]:
    """The sentences of a refusal.

    Args:
        desk: the question and what was found for it.
        unknown: names of the question that no article holds.
    """
    if unknown:
        return (AnswerSentence(f"Not in the articles: they do not mention {_listed(unknown)}."),)
    best = desk.closest()
    if best is None:
        return (AnswerSentence(NOTHING_FOUND),)
    said = desk.verbatim(best.sentence)
    return (AnswerSentence(NOT_SAID), replace(said, text=f"{CLOSEST}{said.text}"))


def looked_for(desk: Desk, signals: Mapping[str, float]) -> tuple[str, ...]:
    """What was looked for: whose words or what kind of thing, where that is missing, and the question's own words."""
    query = desk.found.query
    person = asked_of(query.text, desk.index.people) if signals.get("unsaid") or signals.get("only_others") else None
    kind = wanted(query.asks).kind if signals.get("definite_missing") else None
    whose = f"what {person.written} says" if person else None
    thing = _THINGS.get(kind) if kind else None
    words = ", ".join(dict.fromkeys(content_words(query.text)))
    return tuple(part for part in (whose, thing, words) if part)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"\u201c{name}\u201d" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
