"""Names in a sentence, and whether a text knows them in any form. Knows no figures and no grammar.

One name has many forms: a spelling of its own (Pengui, Pengyu), an adjective (Russia, Russian), an abbreviation (US,
United States; MFA for Ministry of Foreign Affairs), a capital that stands for its government.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.checking.vocabulary import GROUPS, TITLES, listed
from rag.retrieval.spelling import MIN_LENGTH, consonants, frequency
from rag.retrieval.terms import fold, is_stop_word, stem, words

NAME_SIMILARITY = 90
"""Percent of letters that two spellings of one name share; more than for a question, which only searches: Austria is
not Australia."""
SOUNDS_SIMILARITY = 60
"""Enough where the consonants are the same."""
COMMON = 1e-4
RAREST = 1e-9
"""A sentence's first word is a name when it is rarer in English than this: the first bound where it says something."""
ORDINARY = 1e-6
"""In a label, where writers like capitals, words that are more frequent than this are no names."""

_ENDINGS = frozenset(["", "a", "n", "an", "ian", "ean", "ese", "ish", "i", "s", "es", "ic", "ns", "ans", "ians", "ia"])
_RUN = re.compile(
    r"(?<!\w)[A-Z][\w'\u2019]*(?:\.[A-Z])*(?:[ -](?:(?:of|the|de|von|van|al|bin|and) )*[A-Z][\w'\u2019]*)*"
)
_ACRONYM = re.compile(r"\b(?:[A-Z]\.){2,}|\b[A-Z][A-Z&]{1,5}s?\b")
_CODE = re.compile(r"(?<![\w$])[A-Z]+-?\d+[A-Z]?(?=s?\b)(?![.,]\d)")
_OPENERS = re.compile(r"(?:^|[.!?:;\n]|[-•*]\s)\s*[\"'“‘«(]*$|[\"“«]$")
_LABEL = re.compile(r"^\W*(?:\d{1,2}[.)]\W*)?[A-Z][^:.!?\n]{0,60}:")
_REPORTS = re.compile(
    r"\s+(?:also\s+)?(?:said|says|told|noted|stated|believes|claims|claimed|added|argued|warned|hopes|hoped|wants|"
    r"wanted|expects|expected|denies|denied|called|urged|thinks|announced|plans|refused|met|visited)\b"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, and its words that must be known."""

    written: str
    parts: tuple[str, ...]


@lru_cache(maxsize=8192)
def names(text: str) -> tuple[Name, ...]:
    """Names of ``text`` in order, each once: runs of capitalised words, abbreviations, codes (F-16).

    The word that begins a sentence counts only where something else tells that it is a name; titles (President) do
    not count.
    """
    text = _LABEL.sub(lambda m: _lowered(m[0]), text)
    found = [_name(text, m) for m in _RUN.finditer(text)]
    codes = [Name(m[0], (m[0],)) for m in _CODE.finditer(text)]
    return tuple(dict.fromkeys(name for name in (*found, *codes) if name.parts))


def _lowered(label: str) -> str:
    """A label with small letters where its words are ordinary: "Key Benefits:", but "Liu Pengyu:"."""
    return re.sub(
        r"[^\W\d_]+", lambda m: m[0].lower() if m[0][1:].islower() and frequency(m[0]) > ORDINARY else m[0], label
    )


def _name(text: str, match: re.Match[str]) -> Name:
    tokens = [t for t in re.findall(r"(?:[A-Z]\.)+[A-Z]?|[\w'\u2019]+", match[0]) if t[0].isupper()]
    if tokens and _OPENERS.search(text[: match.start()]) and not _is_surely_name(tokens, text[match.end() :]):
        tokens = tokens[1:]
    parts = [re.sub(r"['\u2019]s?$", "", token) for token in tokens]
    kept = tuple(p for p in parts if len(p) > 1 and not is_common(p) and not _CODE.fullmatch(p))
    return Name(match[0], kept)


def is_common(word: str) -> bool:
    """Whether a capitalised word is no name by itself: a title, a stop word, a month (dates are read elsewhere)."""
    return (is_stop_word(word) and word != "US") or fold(word) in TITLES or stem(word) in _CALENDAR


_CALENDAR = frozenset(
    stem(w)
    for w in listed(
        "January February March April May June July August September October November December "
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    )
)


def _is_surely_name(tokens: list[str], behind: str) -> bool:
    """Of the words at the beginning of a sentence."""
    if is_common(tokens[0]):
        return False
    word = re.sub(r"['\u2019]s?$", "", tokens[0])
    if len(tokens) > 1 or word[1:].isupper() or is_grouped(word):
        return True
    return frequency(word) < (COMMON if _REPORTS.match(behind) else RAREST)


class Known:
    """What names some texts hold, in whatever form."""

    def __init__(self, texts: Iterable[str]) -> None:
        joined = "\n".join(texts)
        self._folded = f" {re.sub(r'[^a-z0-9.]+', ' ', fold(joined))} ".replace(". ", " ")
        self._words = frozenset(fold(word) for word in words(joined))
        self._stems = frozenset(stem(word) for word in words(joined))
        self._capital = tuple({fold(word) for word in words(joined) if word[0].isupper() and len(word) >= MIN_LENGTH})
        self._acronyms = frozenset(fold(m[0]).replace(".", "").rstrip("s") for m in _ACRONYM.finditer(joined))
        self._initials = frozenset(_initials(joined))

    def holds(self, name: Name) -> bool:
        """Whether every part of the name is known, or its initials are."""
        if all(self.holds_part(part) for part in name.parts):
            return True
        short = {initials for initials in _initials(name.written) if len(initials) >= 2}
        return bool(short & self._acronyms) or self._in_group(fold(name.written))

    def holds_part(self, part: str) -> bool:
        """Whether one word of a name is known as it is, in another form, as an abbreviation or in another spelling."""
        key = fold(part).rstrip(".")
        if key in self._words or stem(part) in self._stems or f" {key} " in self._folded:
            return True
        if self._in_group(key) or (part.isupper() and key.replace(".", "") in self._initials | self._acronyms):
            return True
        pieces = re.split(r"[-'\u2019.]", key)
        if len(pieces) > 1 and all(piece in self._words for piece in pieces if piece):
            return True
        return any(is_same_name(key, other) for other in self._capital)

    def _in_group(self, key: str) -> bool:
        return any(f" {form} " in self._folded for form in _forms(_folded(key)))


@lru_cache(maxsize=65536)
def is_same_name(a: str, b: str) -> bool:
    """Whether two folded words are forms or spellings of one name."""
    if min(len(a), len(b)) < MIN_LENGTH or a[0] != b[0]:
        return a == b
    shared = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if shared >= MIN_LENGTH and a[shared:] in _ENDINGS and b[shared:] in _ENDINGS:
        return True
    return _sounds_like(a, b)


def _sounds_like(a: str, b: str) -> bool:
    from rapidfuzz import fuzz

    if abs(len(a) - len(b)) > 2:
        return False
    alike = fuzz.ratio(a, b)
    return alike >= NAME_SIMILARITY or (alike >= SOUNDS_SIMILARITY and consonants(a) == consonants(b))


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """One key for all forms of a name that the groups know; else its stem, so that plurals meet."""
    forms = _forms(_folded(name))
    return forms[0] if forms else stem(name)


def is_grouped(name: str) -> bool:
    """Whether the groups know this name, whole."""
    return bool(_forms(_folded(name)))


def _folded(name: str) -> str:
    key = re.sub(r"'s$", "", fold(name)).rstrip(".").removeprefix("the ")
    return key.removesuffix("s") if key.endswith("ns") else key  # Americans


def _forms(key: str) -> tuple[str, ...]:
    return next((tuple(forms.split("|")) for forms in GROUPS if key in forms.split("|")), ())


def _initials(text: str) -> set[str]:
    """Initials of every run of capitalised words, and of its ends: "the Russian Ministry of Defense" is MD and RMD."""
    found: set[str] = set()
    for match in _RUN.finditer(text):
        letters = [word[0].casefold() for word in match[0].replace("-", " ").split() if word[0].isupper()]
        with_small = [w[0].casefold() for w in match[0].replace("-", " ").split() if w not in ("the", "and")]
        for row in (letters, with_small):
            found |= {"".join(row[start:]) for start in range(len(row) - 1)}
    return found
