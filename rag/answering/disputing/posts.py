"""Do two sentences give different names for one post? Only for posts that one person holds at a time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.disputing.claims import Idf, Said, elsewhere
from rag.retrieval.spelling import SPELLED_ALIKE, consonants
from rag.retrieval.terms import fold, is_stop_word, words

ENOUGH = 0.6
"""Share of the words of both posts that are common to them."""

SPELLED = 80
"""Likeness of letters, 0 to 100, from which on two words are one name; "Wang" and "Yang" have 75."""

_HELD_BY_ONE = (
    "minister|president|chancellor|premier|governor|mayor|ambassador|secretary|adviser|advisor|diplomat|envoy|"
    "chairman|chairwoman|chair|chief|director|ceo|coach|manager|commander|speaker|commissioner|pope|king|queen"
)
_NOT_ALONE = frozenset(
    [
        "former",
        "deputy",
        "vice",
        "assistant",
        "interim",
        "acting",
        "then",
        "ex",
        "past",
        "next",
        "senior",
        "associate",
        "assistant",
    ]
)
_NAME = r"(?P<name>[A-Z][\w’'-]+(?: [A-Z]\.)?(?: [A-Z][\w’'-]+){1,2})"
_WORD = r"(?:[A-Z][\w’'-]+|chief|national|foreign|prime|executive|head|general|top)"
_BEFORE = re.compile(rf"(?P<post>(?:{_WORD} ){{1,6}}?(?i:{_HELD_BY_ONE})) {_NAME}")
_BEFORE_OF = re.compile(
    rf"(?P<post>(?:{_WORD} )*(?i:{_HELD_BY_ONE}) (?:of|for) (?:the )?[\w ’'-]{{3,60}}?),? {_NAME}(?![\w ]*\bof\b)"
)
_AFTER = re.compile(
    rf"{_NAME}, (?:the )?(?P<post>(?:{_WORD} ){{0,6}}(?i:{_HELD_BY_ONE})"
    r"(?: (?:of|for) (?:the )?[\w ’'-]{3,60}?)?)[,.”]"
)
_STEM = 4
"""Letters by which the words of a post are compared, so that "China's" and "Chinese" are one."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A name and the words of the post that it holds."""

    name: str
    post: frozenset[str]
    role: str


@lru_cache(maxsize=4096)
def holders(text: str) -> tuple[Holder, ...]:
    """The posts of ``text`` with their holders. A post without anything that says whose it is counts for nothing."""
    return tuple(dict.fromkeys(_holders(text)))


def _holders(text: str) -> Iterator[Holder]:
    for pattern in (_BEFORE, _BEFORE_OF, _AFTER):
        for match in pattern.finditer(text):
            said = [fold(word) for word in words(match["post"]) if not is_stop_word(word)]
            role = next((word for word in reversed(said) if re.fullmatch(_HELD_BY_ONE, word)), "")
            if role and len(said) >= 2 and not _NOT_ALONE & set(said):
                yield Holder(match["name"], frozenset(word[:_STEM] for word in said), role)


def other_holder(one: Said, other: Said, idf: Idf) -> float:
    """How surely two sentences name different people for one post, 0 (not at all) to 1."""
    if not elsewhere(one, other):
        return 0.0
    pairs = ((a, b) for a in holders(one.text) for b in holders(other.text))
    return max((_same_post(a, b) for a, b in pairs if a.role == b.role and not _one_name(a.name, b.name)), default=0.0)


def _same_post(a: Holder, b: Holder) -> float:
    likeness = len(a.post & b.post) / len(a.post | b.post)
    return likeness if likeness >= ENOUGH and len(a.post & b.post) >= 2 else 0.0


def _one_name(one: str, other: str) -> bool:
    """Whether two names may be spellings of one: any word of the one is, or sounds like, a word of the other."""
    from rapidfuzz import fuzz

    pairs = [(a, b) for a in map(fold, one.split()) for b in map(fold, other.split()) if len(a) > 2 and len(b) > 2]
    return any(
        (consonants(a) == consonants(b) and fuzz.ratio(a, b) >= SPELLED_ALIKE) or fuzz.ratio(a, b) >= SPELLED
        for a, b in pairs
    )
