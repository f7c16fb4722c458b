"""Nothing from the model's memory: numbers and names of an answer must stand in what the model was shown. Pure.

This is a fence, not a proof: it catches a year, a figure or a person that the model brought along by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.retrieval.terms import fold, is_stop_word, stem, words

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


def _is_known(word: str, known: set[str]) -> bool:
    """Whether the word, or a word that it begins with or that begins with it (Russia, Russian), has been shown."""
    key = fold(word)
    if key in known or stem(word) in known:
        return True
    return len(key) >= 4 and any(len(k) >= 4 and (k.startswith(key[:-1]) or key.startswith(k)) for k in known)
