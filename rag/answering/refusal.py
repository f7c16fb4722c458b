"""What is said when the articles do not say: composed from structure, never by the model."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.support import Source
from rag.domain import AnswerSentence

NOT_SAID = "The articles do not say."
NOTHING_FOUND = "Nothing in the articles is about this."


def refuse(unknown: Sequence[str], closest: Sequence[Source]) -> tuple[AnswerSentence, ...]:
    """The sentences of a refusal: what is missing, then the closest passage in its own words.

    Args:
        unknown: names of the question that no article holds.
        closest: citable sentences of the evidence, the nearest first.
    """
    plain = NOT_SAID if closest else NOTHING_FOUND
    said = [AnswerSentence(f"The articles do not mention {_listed(unknown)}." if unknown else plain)]
    if closest:
        nearest = closest[0]
        said.append(
            AnswerSentence(f"The closest passage: {nearest.sentence.text}", (nearest.citation(),), supported=True)
        )
    return tuple(said)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"\u201c{name}\u201d" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
