"""What is said when the articles do not say: composed from structure, never by the model.

It says what was looked for and what the articles do say that comes closest, so that a false premise is put right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answering.desk import Desk
from rag.domain import AnswerSentence
from rag.retrieval.terms import content_words

NOT_SAID = "Not in the articles."
NOTHING_FOUND = "Nothing in the articles is about this."
CLOSEST = "The closest they say: "


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


def looked_for(desk: Desk) -> tuple[str, ...]:
    """The question's own words that carry its content."""
    words = ", ".join(dict.fromkeys(content_words(desk.found.query.text)))
    return (words,) if words else ()


def _listed(names: Sequence[str]) -> str:
    quoted = [f"\u201c{name}\u201d" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
