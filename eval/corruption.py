"""Sentences that articles say and sentences that they do not, made by script. Knows no checker and no assistant.

From every article a window of neighbouring sentences is the evidence. Faithful claims are made of it by cutting,
joining and rewording; false ones by changing a number, a name, a denial or the roles, or by mixing in what stands
elsewhere in the article. Nothing here comes from a set that the checker is measured on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag import sentences as segmenter
from rag.answering.checking.figures import figures
from rag.answering.checking.names import names
from rag.domain import Article
from rag.retrieval.terms import is_stop_word

WINDOW = (4, 12)
"""Sentences of evidence."""
MIN_WORDS = 8
CLAIMS = 10
"""Claims made of each article; half of them false."""
_OPPOSITES = (("increase", "decrease"), ("rose", "fell"), ("won", "lost"), ("more", "less"), ("before", "after"))
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|will|would|can|could|should|did|does)\b(?! not)")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, its evidence, whether the evidence says it, and how it was made."""

    text: str
    shown: tuple[str, ...]
    faithful: bool
    made: str


@dataclass(frozen=True)
class _Bench:
    """What claims of one article are made of: the window, what stands outside of it, words and names of others."""

    inside: Sequence[str]
    outside: Sequence[str]
    words: Sequence[str]
    names: Sequence[str]
    chance: random.Random


def claims(articles: Sequence[Article], seed: int = 1) -> Iterator[Claim]:
    """Claims of all articles that are long enough, always the same for the same seed."""
    chance = random.Random(seed)
    split = [_sentences(article) for article in articles]
    words = [w for rows in split for row in rows[:3] for w in re.findall(r"\b[a-z]{4,}\b", row) if not is_stop_word(w)]
    for article, rows in zip(articles, split, strict=True):
        if len(rows) < 2 * WINDOW[0]:
            continue
        size = min(chance.randint(*WINDOW), len(rows) // 2)
        at = chance.choice((0, chance.randrange(len(rows) - size)))
        outside = (*rows[:at], *rows[at + size :])
        named = [name.written for row in outside for name in names(row)]
        bench = _Bench(rows[at : at + size], outside, words, named, chance)
        yield from _claims(bench)
        if article.title_given and _is_sentence_case(article.title):
            yield Claim(article.title, tuple(rows[:8]), True, "headline")


def _claims(bench: _Bench) -> Iterator[Claim]:
    shown = tuple(bench.inside)
    for number in range(CLAIMS):
        if number % 2:
            made, make = bench.chance.choice(list(_FALSE.items()))
        else:
            made, make = bench.chance.choice(list(_FAITHFUL.items()))
        text = make(bench)
        if text is not None:
            yield Claim(text, shown, number % 2 == 0, made)


def _sentences(article: Article) -> list[str]:
    spans = segmenter.sentences(article.text)
    found = [article.text[span.start : span.end] for span in spans]
    return [s for s in found if len(s.split()) >= MIN_WORDS and s[0].isupper()]


def _is_sentence_case(title: str) -> bool:
    """In Title Case every word looks like a name."""
    tokens = title.split()
    return len(tokens) >= 5 and sum(word[0].islower() for word in tokens) > len(tokens) / 2


def _copied(bench: _Bench) -> str:
    return bench.chance.choice(bench.inside)


def _shortened(bench: _Bench) -> str:
    """One part between commas left out."""
    parts = _copied(bench).split(", ")
    if len(parts) > 1:
        parts.pop(bench.chance.randrange(len(parts)))
    return ", ".join(parts)


def _joined(bench: _Bench) -> str:
    return _halves(_copied(bench), _copied(bench))


def _reworded(bench: _Bench) -> str:
    """Some small words changed and some words dropped: what a paraphrase looks like to whoever knows no synonyms."""
    share = bench.chance.uniform(0.05, 0.4)
    return _noisy(bench.chance.choice((_copied, _shortened, _joined))(bench), share, bench)


def _noisy(text: str, share: float, bench: _Bench) -> str:
    kept = []
    for word in text.split(" "):
        if re.fullmatch(r"[a-z]{4,}[,.]?", word) and not is_stop_word(word) and bench.chance.random() < share:
            if bench.chance.random() < 0.7:
                kept.append(bench.chance.choice(bench.words))
        else:
            kept.append(word)
    return " ".join(kept)


def _phrase(bench: _Bench) -> str:
    """A bare answer: a few words."""
    return _stretch(_noisy(_copied(bench), 0.1, bench), bench)


def _phrase_outside(bench: _Bench) -> str:
    return _stretch(_outside(bench), bench)


def _stretch(text: str, bench: _Bench) -> str:
    tokens = text.split(" ")
    size = bench.chance.randint(3, 8)
    at = bench.chance.randrange(max(1, len(tokens) - size))
    return " ".join(tokens[at : at + size])


def _halves(first: str, second: str) -> str:
    a, b = first.split(" "), second.split(" ")
    return " ".join((*a[: max(4, len(a) // 2)], *b[len(b) // 2 :]))


def _outside(bench: _Bench) -> str:
    return bench.chance.choice(bench.outside)


def _half_outside(bench: _Bench) -> str:
    return _halves(_some(bench), _outside(bench))


def _tail_outside(bench: _Bench) -> str:
    """A few words of another sentence behind a sentence that is said."""
    tail = _outside(bench).split(" ")
    return f"{_some(bench).rstrip('.')}, {' '.join(tail[-bench.chance.randint(4, 8) :])}"


def _some(bench: _Bench) -> str:
    return bench.chance.choice((_copied, _shortened, _joined, _reworded))(bench)


def _other_number(bench: _Bench) -> str | None:
    text = _some(bench)
    found = [f.written for f in figures(text) if f.kind == "number" and not f.vague]
    if not found:
        return None
    chosen = bench.chance.choice(found)
    other = re.sub(r"\d+|^[a-z]+", lambda m: str(bench.chance.randint(2, 99)), chosen, flags=re.IGNORECASE)
    return text.replace(chosen, other, 1)


def _other_name(bench: _Bench) -> str | None:
    text = _some(bench)
    found = [name.written for name in names(text)]
    if not found or not bench.names:
        return None
    return text.replace(bench.chance.choice(found), bench.chance.choice(bench.names), 1)


def _denied(bench: _Bench) -> str | None:
    text = _some(bench)
    if " not " in text:
        return text.replace(" not ", " ", 1)
    return _AUXILIARY.sub(r"\1 not", text, count=1) if _AUXILIARY.search(text) else None


def _opposite(bench: _Bench) -> str | None:
    text = _some(bench)
    for a, b in (pair for one in _OPPOSITES for pair in (one, one[::-1])):
        if re.search(rf"\b{a}\b", text):
            return re.sub(rf"\b{a}\b", b, text, count=1)
    return None


def _roles(bench: _Bench) -> str | None:
    text = _some(bench)
    found = [name.written for name in names(text)]
    if len(found) < 2:
        return None
    a, b = found[0], found[1]
    return text.replace(a, "\0", 1).replace(b, a, 1).replace("\0", b, 1)


_FAITHFUL: dict[str, Callable[[_Bench], str | None]] = {
    "copied": _copied,
    "shortened": _shortened,
    "joined": _joined,
    "reworded": _reworded,
    "reworded again": _reworded,
    "phrase": _phrase,
}
_FALSE: dict[str, Callable[[_Bench], str | None]] = {
    "outside": _outside,
    "half outside": _half_outside,
    "tail outside": _tail_outside,
    "phrase outside": _phrase_outside,
    "number": _other_number,
    "name": _other_name,
    "denied": _denied,
    "opposite": _opposite,
    "roles": _roles,
}
