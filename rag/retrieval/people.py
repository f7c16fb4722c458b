"""People by name: what a speaker is called by, and where a question names somebody who speaks. Knows words alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rag.domain import Statement
from rag.retrieval.terms import fold, stem, words

_SURNAMES = """
    bai cai cao chen cheng choi cui deng ding dong du fan fang feng fu gao guo han hao he hou hu huang jia jiang
    jin kim kong lei li liang lin liu lu luo ma mao meng moon nguyen pan peng qian qin qiu ren shao shen shi
    song su sun tan tang tian wan wang wei wu xi xia xiao xie xiong xu xue yan yang yao ye yin yoon yu yuan zeng
    zhang zhao zheng zhong zhou zhu zou
"""
SURNAME_FIRST = frozenset(_SURNAMES.split())
"""Frequent surnames of languages in which they stand before the first name, folded."""

_WORD = re.compile(r"[^\W\d_][\w-]*")
_FIRST_NAMES = re.compile(r"(?:\b[A-Z][\w.-]*\s+)+$")


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

    Empty for anybody but a person with first and last name: whoever asks about Moscow seldom wants what Moscow says. Of
    a name that begins with a frequent Chinese or Korean surname either end may be it (Xi Jinping, Kim Novak).
    """
    name = words(statement.speaker)
    if len(name) < 2 or not all(word[0].isupper() for word in name):
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
        first = _FIRST_NAMES.search(text[: match.start()])
        start = first.start() if first and first.start() else match.start()
        found.append(Named(start, match.start(), match.end(), known[-1]))
    return found


def _is_one_name(text: str, before: Named, word: re.Match[str]) -> bool:
    """Whether a surname and the word behind it are the ends of one name: written alike, and the first may begin one."""
    apart = text[before.end : word.start()].strip()
    alike = text[before.at].isupper() == word[0][0].isupper()
    return not apart and alike and fold(text[before.at : before.end]) in SURNAME_FIRST
