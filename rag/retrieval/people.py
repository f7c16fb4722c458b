"""People by name: what a speaker is called by, and where a question names somebody who speaks. Knows words alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rag.domain import Statement
from rag.quotes import PARTICLES, is_body
from rag.retrieval.terms import fold, stem, words

_SURNAMES = """
    bai cai cao chen cheng choi cui deng ding dong du fan fang feng fu gao guo han hao he hou hu huang jia jiang
    jin kim kong lei li liang lin liu lu luo ma mao meng moon nguyen pan peng qian qin qiu ren shao shen shi
    song su sun tan tang tian wan wang wei wu xi xia xiao xie xiong xu xue yan yang yao ye yin yoon yu yuan zeng
    zhang zhao zheng zhong zhou zhu zou
"""
SURNAME_FIRST = frozenset(_SURNAMES.split())
"""Frequent surnames of languages in which they stand before the first name, folded."""

_WORD = re.compile(r"[^\W\d_][\w-]*(?:['\u2019](?!s\b)[^\W\d_][\w-]*)*")
_FIRST_NAMES = re.compile(rf"(?:\b(?:[A-Z][\w.'\u2019-]*|{'|'.join(PARTICLES)})\s+)+$")
_OPENS = re.compile(
    r"(?:who|whom|whose|what|when|where|which|why|how|did|does|do|is|was|were|are|has|have|had|can|could|will|would"
    r"|should|may|might|must|if|and|but|so|or|in|on|at|for|to|of|with|by|from|according|the|compare|contrast|summari[sz]e"
    r"|describe|explain|list|give|name|tell)\s+",
    re.IGNORECASE,
)
"""A question's first word, capitalised for its place alone."""


@dataclass(frozen=True, slots=True)
class Named:
    """Where a text names somebody: ``start`` of all of the name, ``at`` of the surname, ``end`` of both."""

    start: int
    at: int
    end: int
    surname: str
    """Its stem."""


def surnames(statement: Statement) -> frozenset[str]:
    """The stems of the words of a speaker's name that mean the person by themselves, mostly one.

    Empty for anybody but a person with first and last name: whoever asks about Moscow or "The Times" seldom wants what
    these say. Of a name that begins with a frequent Chinese or Korean surname either end may be it (Xi Jinping, Kim
    Novak).
    """
    name = words(statement.speaker)
    if len(name) < 2 or not all(word[0].isupper() or word in PARTICLES for word in name) or is_body(statement.speaker):
        return frozenset()
    ends = name[-1:] + (name[:1] if fold(name[0]) in SURNAME_FIRST else [])
    return frozenset(map(stem, ends))


def named(text: str, people: Collection[str]) -> list[Named]:
    """Everybody who speaks whom ``text`` names, in order. ``people`` are the stems of their surnames.

    Of a name of which either end may be the surname the last word counts. "Berg states" is no such name.
    """
    found: list[Named] = []
    for match in _WORD.finditer(text):
        known = [term for term in map(stem, words(match[0])) if term in people and len(term) > 1]
        if not known:
            continue
        if found and _is_one_name(text, found[-1], match):
            found.pop()
        found.append(Named(_begin(text, match.start()), match.start(), match.end(), known[-1]))
    return found


def is_named(name: str, text: str) -> bool:
    """Whether ``text`` has the last word of a name, by which people are mostly called."""
    last = _WORD.findall(name)[-1:] or [name]
    return re.search(rf"(?<!\w){re.escape(last[0])}(?!\w)", text) is not None


def _begin(text: str, surname: int) -> int:
    """Where the name begins whose surname stands at ``surname``."""
    first = _FIRST_NAMES.search(text[:surname])
    opens = _OPENS.match(text) if first and not first.start() else None
    return max(first.start(), opens.end() if opens else 0) if first else surname


def _is_one_name(text: str, before: Named, word: re.Match[str]) -> bool:
    """Whether a surname and the word behind it are the ends of one name: written alike, and the first may begin one."""
    apart = text[before.end : word.start()].strip()
    alike = text[before.at].isupper() == word[0][0].isupper()
    return not apart and alike and fold(text[before.at : before.end]) in SURNAME_FIRST
