"""Asking the statements: who says these words, what has a speaker said. Knows no rule that made them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

from rag.domain import Article, Span, Statement
from rag.quotes import lexicon as lex
from rag.quotes.words import can_speak, singular, tokens

_SAME_WORD = 80.0
"""Similarity (0 to 100) from which two spellings of a name are one: Pengyu and Pengui have 83, Kirby and Kirsty 73."""
_FUZZY_MIN = 5  # letters; shorter words must be equal
SURE = 0.5
"""Confidence from which a speaker is named to a reader: below it seven of seventeen are right (docs/speakers.md)."""
_WORD = re.compile(r"[^\W_]+(?:[.&-][^\W_]+)*")
_NAME = re.compile(r"[^\W\d_][\w-]*(?:['\u2019](?!s\b)[^\W\d_][\w-]*)*")
_IDLE = lex.ARTICLES | lex.PREPOSITIONS | {"and", "mr", "mrs", "ms", "dr", "sir", "s"}


def speaker_of(article: Article, span: Span) -> Statement | None:
    """Who says the words at ``span`` (a sentence, or part of one): the statement with the largest overlap.

    Of several with the same overlap the surest. None where nobody but the article's own author speaks, or where it is
    not sure enough who does.
    """
    near = [s for s in article.statements if s.confidence >= SURE and s.span.overlap(span)]
    return max(near, key=lambda s: (s.span.overlap(span), s.confidence), default=None)


def is_named(name: str, text: str) -> bool:
    """Whether ``text`` has the last word of a name, by which people are mostly called."""
    last = _NAME.findall(name)[-1:] or [name]
    return re.search(rf"(?<!\w){re.escape(last[0])}(?!\w)", text) is not None


def statements_by(articles: Article | Iterable[Article], name: str) -> tuple[Statement, ...]:
    """Statements whose speaker goes by ``name`` as a reader types it, by article and place.

    A surname, a full name in another spelling, a role ("the White House representative"), an institution or an outlet.
    Speakers whose name fits go before speakers whose role fits, and these before an outlet that passed words on: only
    the best of the three is returned. () when nobody fits.
    """
    wanted = _content(name)
    if not wanted:
        return ()
    several = [articles] if isinstance(articles, Article) else articles
    ranked = [(rank, s) for a in several for s in a.statements if (rank := _fit(wanted, s.speaker, s.role, s.outlet))]
    best = max((rank for rank, _ in ranked), default=0)
    return tuple(s for rank, s in ranked if rank == best)


@lru_cache(maxsize=65536)
def _fit(wanted: tuple[str, ...], speaker: str, role: str | None, outlet: str | None) -> int:
    """3: the name; 2: name and role together; 1: the outlet; 0: not this one."""
    names = _content(speaker)
    if all(any(_same(word, own) for own in names) for word in wanted):
        return 2 if _is_description(speaker) else 3
    known = names + _content(role or "")
    if _by_role(wanted, names, known):
        return 2
    outlets = _content(outlet or "")
    return int(bool(outlets) and all(any(_same(word, own) for own in outlets) for word in wanted))


def _is_description(speaker: str) -> bool:
    """Whether a speaker has no name: "a Chinese Foreign Ministry spokesman"."""
    words = tokens(speaker, 0, len(speaker))
    return any(w.text[0].islower() and can_speak(w.low) for w in words)


def _by_role(wanted: tuple[str, ...], names: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Every word fits, alike or of one kind (spokesman, representative); if only by kind, it is not enough."""
    firm = [any(_same(word, own) or _same_nation(word, own) for own in known) for word in wanted]
    loose = [any(_same_kind(word, own) for own in known) for word in wanted]
    return any(firm) and all(a or b for a, b in zip(firm, loose, strict=True))


def _content(text: str) -> tuple[str, ...]:
    words = (w.removesuffix("'s") for w in _WORD.findall(text.lower().replace("’", "'").replace("'s", "")))
    return tuple(w for w in words if w not in _IDLE)


def _same(a: str, b: str) -> bool:
    if a == b or singular(a) == singular(b):
        return True
    return min(len(a), len(b)) >= _FUZZY_MIN and fuzz.ratio(a, b) >= _SAME_WORD


def _same_nation(a: str, b: str) -> bool:
    return lex.DEMONYMS.get(a, a) == lex.DEMONYMS.get(b, b)


def _same_kind(a: str, b: str) -> bool:
    return any(singular(a) in kind and singular(b) in kind for kind in lex.KINDS)
