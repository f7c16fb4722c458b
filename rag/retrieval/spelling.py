"""Spellings: words of a question that the articles do not hold, matched to the articles' own. Knows no ranking.

Machine-translated articles spell names their own way, and readers mistype. A word is replaced only when no passage
holds it (after stemming) and a close enough word of the articles exists; what was replaced is told to the reader.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.retrieval.terms import fold, is_stop_word, stem, words

if TYPE_CHECKING:
    from spellchecker import SpellChecker

MIN_LENGTH = 4
"""Shorter words have too many neighbours to be corrected safely."""
NAME_SIMILARITY = 78
WORD_SIMILARITY = 84
PARTNER_SIMILARITY = 55
"""Percent. A name whose other half stands beside it in the articles needs less."""
NAMESAKE_SIMILARITY = 75
"""Percent. A first name that the articles know, though of somebody else, is altered only for one so much alike."""
SOUNDS_ALIKE = 90.0
SPELLED_ALIKE = 55
"""Words with the same consonants count as so much alike, where their letters are at least so much alike."""
MAX_LENGTH_DIFFERENCE = 2

_SENTENCE_END = re.compile(r"[.?!:]\s+")
_SMALL = frozenset(["a", "an", "the", "of", "in", "on", "at", "to", "for", "from", "by", "with", "and", "or"])
"""Words that headlines leave small."""
_ABBREVIATED = re.compile(
    r"\b(?:Dept|Gov|Sen|Rep|Gen|Dr|Mr|Mrs|Ms|Prof|Rev|Inc|Ltd|Corp|Co|Lt|Col|Sgt|Capt|Jr|Sr|St|Univ|Assn|Bros)\.(?=\s+\S)"
)
"""Dept., Gov.: mostly no name, and seldom as the articles write it."""
_SHORTENED = re.compile(r"I['\u2019]")
"""I've, I'll."""
_POSSESSIVE = re.compile(r"['\u2019]s$")
_NAME_PAIR = re.compile(r"\b([A-Z][\w'\u2019-]+)\s+(?:[A-Z]\.\s+)?(?=([A-Z][\w'\u2019-]+))")


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
            for pair in _NAME_PAIR.findall(document):
                first, second = (fold(_POSSESSIVE.sub("", name)) for name in pair)
                if first in self._forms and second in self._forms:
                    self._partners[first].add(second)
                    self._partners[second].add(first)

    def knows(self, word: str) -> bool:
        return stem(word) in self._known

    def correct(self, question: str) -> tuple[str, tuple[Replacement, ...]]:
        """The question in the articles' spelling, and what was replaced (empty when nothing was)."""
        asked = words(question)
        replacements: list[Replacement] = []
        for place, word in enumerate(asked):
            if len(word) < MIN_LENGTH or not word[0].isalpha() or is_stop_word(word):
                continue
            if self.knows(word):
                own = self._namesake(word, asked[place + 1]) if place + 1 < len(asked) else None
                if own is not None:
                    replacements.append(Replacement(word, self._forms[own]))
                continue
            if is_english(word) and (place == 0 or not word[0].isupper()):
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

        A name is capitalised, or no English word at all and not one with a slip (didnt, litres). The first word of a
        sentence is capitalised whatever it is, capitals alone may be an abbreviation, and in a question written like a
        headline they say nothing: none of these counts, nor do abbreviations with a stop (Dept.).
        """
        found: list[str] = []
        for sentence in _SENTENCE_END.split(_ABBREVIATED.sub(" ", question)):
            run = -1  # the place of the last unknown name, so that first and last name are told as one
            asked = words(sentence)
            headline = _is_headline(asked)
            for place, word in enumerate(asked):
                if len(word) < MIN_LENGTH or not word[0].isalpha() or word.isupper() or _SHORTENED.match(word):
                    continue
                is_name = (place > 0 and word[0].isupper() and not headline) or not _is_nearly_english(word)
                if is_name and not is_stop_word(word) and not self.knows(word):
                    if found and run == place - 1 >= 0 and word[0].isupper():
                        found[-1] += f" {word}"
                    else:
                        found.append(word)
                    run = place
        return tuple(dict.fromkeys(found))

    def _namesake(self, first: str, last: str) -> str | None:
        """The first name as the articles spell it for whoever has this last name (one is Sergei, another Sergey).

        None when the articles know ``first`` beside ``last``, or when ``last`` is no rare name.
        """
        key, partners = fold(first), self._partners.get(fold(last), set())
        if key in partners or not self.knows(last) or is_english(last):
            return None
        return _best(key, (p for p in partners if p[:1] == key[:1]), NAMESAKE_SIMILARITY)

    def _closest(self, word: str, neighbours: list[str]) -> str | None:
        key = fold(word)
        partners = {p for n in neighbours for p in self._partners.get(fold(n), ()) if p[:1] == key[:1]}
        names = (n for n in self._names if n[:1] == key[:1])
        return (
            _best(key, partners, PARTNER_SIMILARITY)
            or _best(key, names, NAME_SIMILARITY)
            or _best(key, self._words, WORD_SIMILARITY, letters_only=True)
        )


def _is_headline(asked: Sequence[str]) -> bool:
    """Whether every word but the small ones is capitalised, verbs and all: "Who Attended The Summit?"."""
    telling = [word for word in asked[1:] if word.lower() not in _SMALL]
    return len(telling) > 1 and all(word[0].isupper() for word in telling) and any(map(is_english, telling))


@lru_cache(maxsize=1)
def _dictionary() -> SpellChecker:
    from spellchecker import SpellChecker

    return SpellChecker(language="en")


@lru_cache(maxsize=65536)
def frequency(word: str) -> float:
    """How often a word stands in English text, as a share of all words; 0 for a word that the dictionary lacks.

    Source: the word counts that come with pyspellchecker (film subtitles).
    """
    counts = _dictionary().word_frequency
    return float(counts[fold(word)]) / float(counts.total_words)


@lru_cache(maxsize=65536)
def is_english(word: str) -> bool:
    """Whether a word is ordinary English: then it is not misspelled, the articles just do not use it.

    The dictionary of words by frequency is of film subtitles; later words (smartphone) stand in that of lemmas.
    """
    from simplemma import is_known, lemmatize

    plain = fold(word)
    return plain in _dictionary() or fold(lemmatize(word, "en")) in _dictionary() or is_known(plain, "en")


@lru_cache(maxsize=4096)
def _is_nearly_english(word: str) -> bool:
    """Whether a word is English, or becomes so by one letter."""
    return is_english(word) or bool(_dictionary().known(_dictionary().edit_distance_1(fold(word))))


_SOUNDS = (
    ("ph", "f"),
    ("ck", "k"),
    ("ch", "x"),
    ("sh", "x"),
    ("w", "v"),
    ("c", "k"),
    ("q", "k"),
    ("z", "s"),
    ("g", "k"),
)


@lru_cache(maxsize=65536)
def consonants(word: str) -> str:
    """The skeleton that survives transliteration: ``Fravel`` and ``Frewell`` are both ``frvl``."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    kept = word[:1] + re.sub(r"[aeiouyjh'-]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", kept)


def _best(word: str, candidates: Iterable[str], cutoff: float, *, letters_only: bool = False) -> str | None:
    from rapidfuzz import fuzz

    def alike(candidate: str) -> float:
        by_letters = float(fuzz.ratio(word, candidate))
        sounds_alike = not letters_only and by_letters >= SPELLED_ALIKE and consonants(word) == consonants(candidate)
        return max(by_letters, SOUNDS_ALIKE) if sounds_alike else by_letters

    near = [(alike(c), c) for c in candidates if abs(len(c) - len(word)) <= MAX_LENGTH_DIFFERENCE]
    score, found = max(near, default=(0.0, ""))
    return found if score >= cutoff else None
