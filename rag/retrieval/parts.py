"""What a question is made of: its clauses, and the outlets that it names. Knows words; knows no passage and no ranking.

Whoever compares articles asks several things at once ("Does the article from A say this, while B says that?"). Each
part has passages of its own, which the words of the other parts would drown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rag.domain import Article
from rag.retrieval.terms import question_terms

MIN_PART_TERMS = 3
"""A part with fewer words that carry content goes with the next one: it would find anything."""
MIN_SHORT_NAME = 4
"""Characters that an outlet's name must keep without its article: Verge for The Verge, but not Age for The Age."""

_CONJUNCTION = r"(?:and|while|but|whereas|compared (?:to|with)|or|yet|after|before|between)"
_JOINT = re.compile(rf"[,;:?]\s+(?:{_CONJUNCTION}\s+)?|\s+{_CONJUNCTION}\s+", re.IGNORECASE)
_NAME_END = re.compile(r"\s*[|:]\s*|\s+[-\u2013\u2014]\s+")
_ARTICLE = re.compile(r"^the\s+", re.IGNORECASE)
_TOGETHER = re.compile(
    r"\b(?:together|each other|one another|agree\w*|discuss\w*|talk\w*|meet\w*|met)\b", re.IGNORECASE
)


def is_done_together(question: str) -> bool:
    """Whether people are asked about for what they do with one another: that cannot be asked of each."""
    return _TOGETHER.search(question) is not None


def parts(question: str) -> tuple[str, ...]:
    """The parts of a question in order, cut where clauses meet; the whole question when it has only one."""
    found: list[str] = []
    open_part = ""
    for piece in _JOINT.split(question):
        open_part = f"{open_part} {piece}".strip()
        if len(question_terms(open_part)) >= MIN_PART_TERMS:
            found.append(open_part)
            open_part = ""
    if not found:
        return (question,)
    return (*found[:-1], f"{found[-1]} {open_part}".strip())


def names_of(outlet: str) -> tuple[str, ...]:
    """What an outlet is called: whole, without what follows a bar or dash, and without a leading "The"."""
    short = _NAME_END.split(outlet)[0]
    bare = _ARTICLE.sub("", short)
    return tuple(dict.fromkeys([outlet, short, *([bare] if len(bare) >= MIN_SHORT_NAME else [])]))


class Outlets:
    """The outlets of the articles, and which of them a text names."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._patterns: Mapping[str, re.Pattern[str]] = {
            outlet: re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names_of(outlet)))
            for outlet in {article.outlet for article in articles if article.outlet}
        }
        self._folded = {outlet: re.compile(p.pattern, re.IGNORECASE) for outlet, p in self._patterns.items()}

    def named(self, text: str) -> frozenset[str]:
        """The outlets that ``text`` names. Capitals count (a fortune is not Fortune), unless the text has none."""
        patterns = self._folded if text == text.lower() else self._patterns
        return frozenset(outlet for outlet, pattern in patterns.items() if pattern.search(text))
