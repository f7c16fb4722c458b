"""The outlet behind a sentence: "told CNN", "in an interview with RT", "writes TASS". Knows names, no speakers."""

from __future__ import annotations

from collections.abc import Sequence

from rag.quotes import lexicon as lex
from rag.quotes.cast import Cast
from rag.quotes.words import Word

_TALKS = lex.words("interview conversation email e-mail comment comments statement message")
_REPORTS = lex.words("reports reported writes wrote")


def outlet_in(words: Sequence[Word], cast: Cast) -> str | None:
    """The outlet that a sentence names as where the words were said or printed, or None."""
    for i, word in enumerate(words):
        if word.low in {"told", "tells", "telling"}:
            found = _name_at(words, i + 1)
        elif word.low in _TALKS and i + 1 < len(words) and words[i + 1].low in {"with", "to", "for"}:
            found = _name_at(words, i + 2)
        elif word.low in _REPORTS and (i == 0 or words[i - 1].text == "," or words[i - 1].is_quote):
            found = _name_at(words, i + 1)
        else:
            continue
        if found and not cast.find(found) and not _is_country(found):
            return found
    return None


def _name_at(words: Sequence[Word], i: int) -> str | None:
    start = i + 1 if i < len(words) and words[i].low == "the" else i
    end = start
    while end < len(words) and words[end].is_word and words[end].is_name:
        end += 1
    return " ".join(w.text for w in words[start:end]) or None


def _is_country(name: str) -> bool:
    low = name.lower()
    return low in lex.DEMONYMS or low in lex.COUNTRIES or low in {"congress", "parliament", "senate", "lawmakers"}
