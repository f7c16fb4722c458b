"""Nothing from the model's memory, and nothing that only repeats the question. Pure comparison of words.

This is a fence, not a proof: it catches a year, a figure, a person or a whole sentence that the model brought along by
itself, and an answer that says no more than the question did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.answering.checking.figures import figures
from rag.answering.checking.names import Known, names
from rag.retrieval.terms import terms

FOREIGN_SHARE = 0.5
_ASKS_FOR_SOMETHING = re.compile(r"^\W*(and |but |so )?(who|whom|whose|what|when|where|which|why|how)\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


def strangers(sentence: str, shown: Iterable[str]) -> tuple[str, ...]:
    """Numbers and names of ``sentence`` that none of the ``shown`` texts holds in any form.

    What is one number or name is told as in the check: 7 is "seven", the UK is Britain. Numbers in words ("the two")
    and days are left to the check, which is less strict.
    """
    texts = list(shown)
    known, held = Known(texts), [figure for text in texts for figure in figures(text)]
    mine = [figure for figure in figures(sentence) if _DIGITS.search(figure.written)]
    numbers = [f.written for f in mine if not f.vague and not any(f.stands_on(other) for other in held)]
    read, digits = " ".join(f.written for f in mine), {number for text in texts for number in _DIGITS.findall(text)}
    numbers += [number for number in _DIGITS.findall(sentence) if number not in read and number not in digits]  # 9am
    people = [name.written for name in names(sentence) if not known.holds(name)]
    return tuple(dict.fromkeys([*numbers, *people]))


def is_foreign(sentence: str, evidence: Iterable[str]) -> bool:
    """Whether fewer than half of a sentence's content words stand in the evidence: it is not about that then."""
    content = set(terms(sentence))
    held = {term for text in evidence for term in terms(text)}
    return bool(content) and len(content & held) < FOREIGN_SHARE * len(content)


def adds_nothing(sentences: Iterable[str], question: str) -> bool:
    """Whether an answer to a who, what, when, where, which, why or how question only repeats the question's words."""
    if not _ASKS_FOR_SOMETHING.match(question):
        return False
    return not {term for text in sentences for term in terms(text)} - set(terms(question))
