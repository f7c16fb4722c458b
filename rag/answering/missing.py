"""Which part of a question the articles cannot answer, when they can answer the rest. Knows no model.

"What do Kirby and Macron say about it?" can be answered for one of the two. "What did Kirby and Macron agree on?"
cannot: what two people did together is not said where one of them is never mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.retrieval import Index
from rag.retrieval.parts import is_done_together

_AND = r"(?:'s|\u2019s)?(?:\s*,\s*|\s+)(?:and|or)\s+(?:[a-z]+\s+){0,4}"
_NAME = r"([A-Z][\w-]+)"
_BOTH = re.compile(r"\bboth\b", re.IGNORECASE)
_OF_EACH = re.compile(
    r"^\s*who\b|\b(?:say|says|said|tell|tells|told|think|thinks|thought|believes?|claims?|views?|opinions?|comments?"
    r"|according|calls?|called|describes?|warns?|warned|explains?|argues?|argued|reactions?|react(?:s|ed)?)\b",
    re.IGNORECASE,
)
"""What somebody says or thinks is asked for, or who does: of each by himself."""


def missing(question: str, unknown: Sequence[str], index: Index) -> tuple[str, ...]:
    """The unknown names, where each stands beside a known one of whom the same is asked; () where nothing is left.

    Args:
        question: in the articles' spelling.
        unknown: its names that no article holds.
        index: what the articles hold.
    """
    if not _OF_EACH.search(question) or is_done_together(question) or _BOTH.search(question):
        return ()
    return tuple(unknown) if all(_beside_known(question, name, unknown, index) for name in unknown) else ()


def _beside_known(question: str, name: str, unknown: Sequence[str], index: Index) -> bool:
    strangers = {word for other in unknown for word in other.split()}
    word = re.escape(name)
    pairs = (*re.findall(f"{_NAME}{_AND}{word}", question), *re.findall(f"{word}{_AND}{_NAME}", question))
    return any(found not in strangers and index.speller.knows(found) for found in pairs)
