"""Which writing system a text is in, and which lines are in another. Knows letters, no languages."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_MAIN_SHARE = 0.7  # an article that mixes scripts has no main one, and nothing in it is foreign
_FOREIGN_SHARE = 0.7
_MIN_LETTERS = 8
_MIN_WORDS = 3
_MAX_SHARE = 0.1  # of an article's lines; more of them are its content: lyrics with a translation, a word list
_TOGETHER = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "IDEOGRAPHIC": "CJK", "FULLWIDTH": "LATIN"}


def scripts(text: str) -> Counter[str]:
    """Letters of ``text`` by script ("LATIN", "CYRILLIC", "CJK", ...)."""
    return Counter(_script(c) for c in text if c.isalpha())


def foreign_lines(lines: Sequence[str]) -> set[int]:
    """Indices of single lines in another script than the text's main one; two in a row are part of the text."""
    counts = [scripts(line) for line in lines]
    total = sum(counts, Counter[str]())
    if not total:
        return set()
    main, letters = total.most_common(1)[0]
    if letters < _MAIN_SHARE * total.total():
        return set()
    foreign = {i for i, count in enumerate(counts) if _is_foreign(count, main) and _is_phrase(lines[i], count)}
    if len(foreign) > max(1, _MAX_SHARE * len(lines)):
        return set()
    return {i for i in foreign if i - 1 not in foreign and i + 1 not in foreign}


def _is_foreign(count: Counter[str], main: str) -> bool:
    letters = count.total()
    return letters >= _MIN_LETTERS and letters - count[main] >= _FOREIGN_SHARE * letters


def _is_phrase(line: str, count: Counter[str]) -> bool:
    """Not just a foreign name in a line of its own, nor a row of a table."""
    return not line.startswith("|") and (count["CJK"] >= _MIN_LETTERS or len(line.split()) >= _MIN_WORDS)


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    plain = unicodedata.normalize("NFKC", letter)[0]  # mathematical bold and the like are only type faces
    name = unicodedata.name(plain, "UNKNOWN").split(" ", 1)[0]
    return _TOGETHER.get(name, name)
