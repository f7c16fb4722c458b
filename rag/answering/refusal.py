"""What is said when the articles do not say: composed from structure, never by the model.

The closest passages are the answer's evidence; whoever shows the answer shows them beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.domain import AnswerSentence

NOT_SAID = "Not in the articles."
NOTHING_FOUND = "Nothing in the articles is about this."


def refuse(unknown: Sequence[str], *, found: bool) -> tuple[AnswerSentence, ...]:
    """The sentence of a refusal.

    Args:
        unknown: names of the question that no article holds.
        found: whether there is any evidence, if only close to what was asked.
    """
    if unknown:
        return (AnswerSentence(f"The articles do not mention {_listed(unknown)}."),)
    return (AnswerSentence(NOT_SAID if found else NOTHING_FOUND),)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"\u201c{name}\u201d" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
