"""A role as an article gives it, without what stood beside it. Knows words, no article."""

from __future__ import annotations

import re

from rag.quotes import lexicon as lex
from rag.quotes.words import Word, can_speak, head_noun, tokens

_NO_HEAD = lex.DOCUMENT_NOUNS | lex.OUTLET_NOUNS | lex.words("others now data media press statement")
_NO_LEAD = lex.PASSIVE | lex.words("has have had same then also")
_OPEN_END = lex.PREPOSITIONS | lex.words("the a an and or of")
_NO_POST = lex.words("former senior ex sir dame mr mrs ms miss dr star vice deputy assistant managing general always")
"""Words that stand before a post and are none by themselves."""
_ASIDE = re.compile(r"^(?:\w+ )?(?:time|moment|point) the |^(?:same|then|now|also|also known as) ", re.I)


def cleaned(role: str | None) -> str | None:
    """The role from its own beginning ("US President" of "negotiations between US President"); None if it is none."""
    words = tokens(role or "", 0, len(role or ""))
    while words and not _speaks(words):
        cut = next((k for k, w in enumerate(words) if k and (w.low in lex.PREPOSITIONS or w.text == ",")), None)
        if cut is None:
            return None
        words = words[cut + 1 :]
    if not words or role is None:
        return None
    if all(word.low in _NO_POST for word in words):
        return None
    own = _ASIDE.sub("", role[words[0].start : words[-1].end])
    return re.sub(r"^(?:the|a|an|another|his|her|their) ", "", own) or None


def is_open(role: str | None) -> bool:
    """Whether a role breaks off ("executive director of the"): the name behind it is the rest of it, and nobody's."""
    words = tokens(role or "", 0, len(role or ""))
    return bool(words) and words[-1].low in _OPEN_END


def _speaks(words: list[Word]) -> bool:
    """Whether words begin with somebody, and not with a group that another noun follows behind a comma."""
    if words[0].low in _NO_LEAD or words[0].low in lex.PREPOSITIONS:
        return False
    head = head_noun(words)
    grouped = head in lex.GROUP_NOUNS | lex.ORG_WORDS and head not in lex.TITLES
    return can_speak(head) and head not in _NO_HEAD and not (grouped and any(w.text == "," for w in words))
