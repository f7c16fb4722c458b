"""Spellings: words of a question that the articles do not hold, matched to the articles' own. Knows no ranking.

Machine-translated articles spell names their own way, and readers mistype. A word is replaced only when no passage
holds it (after stemming) and a close enough word of the articles exists; what was replaced is told to the reader.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rag.retrieval.terms import fold, is_stop_word, stem, words

MIN_LENGTH = 4
"""Shorter words have too many neighbours to be corrected safely."""
NAME_SIMILARITY = 72
WORD_SIMILARITY = 82
PARTNER_SIMILARITY = 55
"""Percent, rapidfuzz's normalised indel ratio. A name whose other half stands beside it in the articles needs less."""

_NAME_PAIR = re.compile(r"\b([A-Z][\w'\u2019-]+)\s+(?:[A-Z]\.\s+)?([A-Z][\w'\u2019-]+)")


@dataclass(frozen=True, slots=True)
class Replacement:
    """A word of the question and the articles' own spelling of it."""

    asked: str
    found: str


class Speller:
    """Knows the words and names of the articles."""

    def __init__(self, surface: Mapping[str, int], documents: Iterable[str]) -> None:
        self._forms: dict[str, str] = {}
        names: Counter[str] = Counter()
        for word, count in Counter(surface).most_common():
            key = fold(word)
            self._forms.setdefault(key, word)
            if word[:1].isupper():
                names[key] += count
        self._known = frozenset(stem(word) for word in self._forms)
        self._names = tuple(key for key in names if len(key) >= MIN_LENGTH)
        self._words = tuple(key for key in self._forms if len(key) >= MIN_LENGTH)
        self._partners: dict[str, set[str]] = defaultdict(set)
        for document in documents:
            for first, second in _NAME_PAIR.findall(document):
                self._partners[fold(first)].add(fold(second))
                self._partners[fold(second)].add(fold(first))

    def knows(self, word: str) -> bool:
        return stem(word) in self._known

    def correct(self, question: str) -> tuple[str, tuple[Replacement, ...]]:
        """The question in the articles' spelling, and what was replaced (empty when nothing was)."""
        asked = words(question)
        replacements: list[Replacement] = []
        for place, word in enumerate(asked):
            if len(word) < MIN_LENGTH or not word[0].isalpha() or self.knows(word) or is_stop_word(word):
                continue
            neighbours = [w for w in asked[max(0, place - 1) : place + 2] if w != word]
            found = self._closest(word, neighbours)
            if found is not None:
                replacements.append(Replacement(word, self._forms[found]))
        text = question
        for item in replacements:
            text = re.sub(rf"\b{re.escape(item.asked)}\b", item.found, text)
        return text, tuple(replacements)

    def unknown_names(self, question: str) -> tuple[str, ...]:
        """Names of a question (already in the articles' spelling) that no article holds.

        The first word is capitalised whatever it is, and capitals alone may be an abbreviation: neither counts.
        """
        asked = words(question)[1:]
        names = [w for w in asked if len(w) >= MIN_LENGTH and w[0].isupper() and not w.isupper() and not is_stop_word(w)]
        return tuple(dict.fromkeys(name for name in names if not self.knows(name)))

    def _closest(self, word: str, neighbours: list[str]) -> str | None:
        key = fold(word)
        partners = {p for n in neighbours for p in self._partners.get(fold(n), ()) if p[:1] == key[:1]}
        return (
            _best(key, partners, PARTNER_SIMILARITY)
            or _best(key, (n for n in self._names if n[:1] == key[:1]), NAME_SIMILARITY if word[0].isupper() else 80)
            or _best(key, self._words, WORD_SIMILARITY)
        )


def _best(word: str, candidates: Iterable[str], cutoff: float) -> str | None:
    from rapidfuzz import fuzz, process

    near = [c for c in candidates if abs(len(c) - len(word)) <= 3]
    match = process.extractOne(word, near, scorer=fuzz.ratio, score_cutoff=cutoff)
    return match[0] if match else None
