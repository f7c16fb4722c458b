"""Requests in other languages put into English word by word, by glossaries of our own. Knows no article and no model.

Dictionary-based query translation (Pirkola 1998, doi 10.1145/290941.290957): a search needs the words, not the
grammar. The longest entry counts first, then the stem of a word, then the halves of a compound; a word that no entry
has is a name, and is given in the spelling that the articles know, if they know one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import Stemmer
from anyascii import anyascii

from rag.retrieval.terms import fold

FOLDER = Path(__file__).parent / "glossaries"
STEMMERS: Mapping[str, str] = {
    "de": "german",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pl": "polish",
    "pt": "portuguese",
    "ru": "russian",
    "tr": "turkish",
}
SPACELESS = frozenset({"zh"})
"""Languages that do not part their words."""
LANGUAGES = frozenset(STEMMERS) | SPACELESS
LONGEST = 5
"""Words of an entry at most."""
HALF = 4
"""Letters of each half of a compound at least."""
COMPOUNDING = frozenset({"de", "nl"})

_TOKEN = re.compile(r"[^\W_]+'?")

Known = Callable[[str], bool]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Glossary:
    """Entries by their words, and again by the stems of these; English sides may be empty (articles, prepositions)."""

    code: str
    whole: Mapping[Key, str]
    stems: Mapping[Key, str]

    def english(self, text: str, known: Known) -> str:
        """``text`` in English words. ``known``: whether the articles have a word."""
        said = self._runs(text) if self.code in SPACELESS else self._words(text, known)
        mark = "?" if re.search(r"[?？]", text) else ""
        return " ".join(part for part in said if part) + mark

    def _words(self, text: str, known: Known) -> Iterator[str]:
        written = _tokens(text)
        folded = [fold(token) for token in written]
        stems = [self.stem(token) for token in folded]
        at = 0
        while at < len(written):
            for length in range(min(LONGEST, len(written) - at), 0, -1):
                stretch = slice(at, at + length)
                entry = self.whole.get(tuple(folded[stretch]), self.stems.get(tuple(stems[stretch])))
                if entry is not None and not (length == 1 and _is_name(written[at], at, known)):
                    yield entry
                    at += length
                    break
            else:
                yield self._alone(written[at], known)
                at += 1

    def _alone(self, word: str, known: Known) -> str:
        """A word that no entry has: the halves of a compound, else a name."""
        if self.code in COMPOUNDING:
            for cut in range(HALF, len(word) - HALF + 1):
                halves = [self._half(word[:cut]), self._half(word[cut:])]
                if all(halves):
                    return " ".join(half for half in halves if half)
        spellings = [anyascii(word.strip("'")), anyascii(self.stem(fold(word))).capitalize(), anyascii(word)[:-1]]
        return next((spelling for spelling in spellings if known(spelling)), spellings[0])

    def _half(self, part: str) -> str:
        tried = (part, part.removesuffix("s"), part.removesuffix("en"))
        found = (self.whole.get((fold(one),), self.stems.get((self.stem(fold(one)),))) for one in tried)
        return next((entry for entry in found if entry), "")

    def _runs(self, text: str) -> Iterator[str]:
        """The longest entries one after the other; Latin letters as they stand; what no entry has is left out."""
        longest = max(len(key[0]) for key in self.whole)
        at = 0
        while at < len(text):
            latin = re.match(r"[A-Za-z0-9][A-Za-z0-9.'’ -]*", text[at:])
            if latin:
                yield latin[0].strip()
                at += latin.end()
                continue
            length = next(
                (n for n in range(min(longest, len(text) - at), 0, -1) if (text[at : at + n],) in self.whole), 0
            )
            if length:
                yield self.whole[(text[at : at + length],)]
            at += max(1, length)

    def stem(self, word: str) -> str:
        """The stem of a folded word."""
        name = STEMMERS.get(self.code)
        return _stemmer(name).stemWord(word.strip("'")) if name else word


def in_english(text: str, code: str, known: Known) -> str:
    """``text``, which is in the language ``code``, in English words; "" where there is no glossary for it."""
    return glossary(code).english(text, known) if code in LANGUAGES else ""


@lru_cache(maxsize=4)
def glossary(code: str) -> Glossary:
    """The glossary of one of ``LANGUAGES``. Of alternatives the first counts."""
    bare = Glossary(code, {}, {})
    whole: dict[Key, str] = {}
    stems: dict[Key, str] = {}
    for line in (FOLDER / f"{code}.tsv").read_text(encoding="utf-8").splitlines():
        foreign, _, english = line.partition("\t")
        key = (foreign.strip(),) if code in SPACELESS else tuple(fold(token) for token in _tokens(foreign))
        meaning = english.split("|")[0].strip()
        whole.setdefault(key, meaning)
        stems.setdefault(tuple(map(bare.stem, key)), meaning)
    return Glossary(code, whole, stems)


def _tokens(text: str) -> Sequence[str]:
    return _TOKEN.findall(text.replace("’", "'").replace("-", " "))


def _is_name(word: str, place: int, known: Known) -> bool:
    """Whether a capitalised word inside a request is a name of the articles rather than an entry."""
    return place > 0 and word[:1].isupper() and word.isascii() and len(word) > 3 and known(word)


@lru_cache(maxsize=4)
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)
