"""Nothing from the model's memory, and nothing that only repeats the question. Pure comparison of words.

This is a fence, not a proof: it catches a year, a figure, a person or a whole sentence that the model brought along by
itself, and an answer that says no more than the question did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.retrieval.terms import fold, is_stop_word, stem, terms, words

FOREIGN_SHARE = 0.5
_ASKS_FOR_SOMETHING = re.compile(r"^\W*(and |but |so )?(who|whom|whose|what|when|where|which|why|how)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def strangers(sentence: str, shown: Iterable[str]) -> tuple[str, ...]:
    """Numbers and names of ``sentence`` that none of the ``shown`` texts holds, in order.

    A name is a capitalised word that is not the first of the sentence. Words are compared by their stem, so that
    "Russians" may stand on "Russian"; numbers as written.
    """
    texts = list(shown)
    known = {stem(word) for text in texts for word in words(text)} | {
        fold(word) for text in texts for word in words(text)
    }
    numbers = {number for text in texts for number in _NUMBER.findall(text)}
    found = [number for number in _NUMBER.findall(sentence) if number not in numbers]
    for word in words(sentence)[1:]:
        if word[0].isupper() and len(word) > 1 and not is_stop_word(word) and not _is_known(word, known):
            found.append(word)
    return tuple(dict.fromkeys(found))


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


def _is_known(word: str, known: set[str]) -> bool:
    """Whether the word, or a word that it begins with or that begins with it (Russia, Russian), has been shown."""
    key = fold(word)
    if key in known or stem(word) in known:
        return True
    return len(key) >= 4 and any(len(k) >= 4 and (k.startswith(key[:-1]) or key.startswith(k)) for k in known)
