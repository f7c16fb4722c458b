"""How much of a sentence its evidence holds, as numbers between 0 and 1. Knows words, no meaning and no model.

Words are weighed by how rare they are in English, so that the measure needs no articles besides those shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from rag.answering.checking.names import canonical, is_grouped
from rag.answering.checking.vocabulary import listed
from rag.retrieval.spelling import frequency
from rag.retrieval.terms import fold, is_stop_word, stem, words

RAREST = 1e-8
"""Frequency given to words that the dictionary lacks: names, mostly."""
LARGEST = -math.log(RAREST)
ALIKE = 0.4
"""A sentence of the evidence that holds less speaks of something else: denials are not looked for in it."""
RARE = 0.7
"""Words of so much of the largest weight, about one in 400,000, are mostly names and figures."""
_FRAME = frozenset(
    stem(w)
    for w in listed(
        "according article passage excerpt text context evidence source information provided based mention state say "
        "said tell note add claim believe stress report following given answer question"
    )
)
"""Words that only say where something comes from: how they are put is the writer's choice."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A sentence beside its evidence. All shares are of the sentence's weighted words, 0 to 1; 1 when it has none.

    Attributes:
        best: share that the best single sentence of the evidence holds.
        union: share that all of the evidence together holds.
        rarest: the weight of the heaviest word that is missing, as a share of the heaviest possible.
        run: how many content words that no sentence of the evidence holds follow one upon the other, at most.
        words: how many content words the sentence has.
        bound: of the rare words (names, figures), the one that stands furthest from the rest: what the best sentence
            with it holds, as a share of ``best``. 1 when the best sentence has them all.
        closest: the places of the evidence's sentences, those that hold most first.
        alike: the places of those that hold at least ``ALIKE``, likewise.
    """

    best: float
    union: float
    rarest: float
    run: int
    bound: float
    words: int
    closest: tuple[int, ...]
    alike: tuple[int, ...]


def overlap(sentence: str, shown: Sequence[str], aside: Sequence[str] = ()) -> Overlap:
    """``sentence`` compared with each sentence of ``shown``, and with all of them; words ``aside`` are held as well."""
    mine = content(sentence)
    weights = {key: weight for key, weight in weighted(sentence).items() if key in mine}
    total = sum(weights.values())
    if not total:
        return Overlap(1.0, 1.0, 0.0, 0, 1.0, 0, tuple(range(len(shown))), ())
    theirs = [content(text) for text in shown]
    shares = [_share(weights, set(row)) / total for row in theirs]
    closest = tuple(sorted(range(len(shown)), key=lambda place: -shares[place]))
    held = {key for row in (*theirs, *map(content, aside)) for key in row}
    missing = [key for key in mine if key not in held]
    return Overlap(
        best=max(shares, default=0.0),
        union=_share(weights, held) / total,
        rarest=max((weights[key] for key in missing), default=0.0) / LARGEST,
        run=max((len(list(run)) for lacks, run in groupby(mine, lambda key: key not in held) if lacks), default=0),
        bound=_bound(weights, [set(row) for row in theirs], shares),
        words=len(mine),
        closest=closest,
        alike=tuple(place for place in closest if shares[place] >= ALIKE),
    )


@lru_cache(maxsize=8192)
def content(text: str) -> tuple[str, ...]:
    """Keys of the content words in order: stems, one key for all forms of a country's name."""
    kept = (word for word in words(text) if not is_stop_word(word) or word == "US")
    keys = (_key(word) for word in kept)
    return tuple(key for key in keys if key not in _FRAME)


@lru_cache(maxsize=8192)
def weighted(text: str) -> Mapping[str, float]:
    """The keys of ``text`` with their weights: minus the logarithm of the frequency in English, at most ``LARGEST``."""
    return {_key(word): min(LARGEST, -math.log(max(frequency(word), RAREST))) for word in words(text)}


def _key(word: str) -> str:
    if word[0].isupper() and is_grouped(word):
        return canonical(word)
    return re.sub(r",", "", word) if word[0].isdigit() else stem(fold(word))


def _share(weights: Mapping[str, float], held: set[str]) -> float:
    return sum(weight for key, weight in weights.items() if key in held)


def _bound(weights: Mapping[str, float], theirs: Sequence[set[str]], shares: Sequence[float]) -> float:
    rare = [key for key, weight in weights.items() if weight >= RARE * LARGEST]
    places = [[place for place, held in enumerate(theirs) if key in held] for key in rare]
    furthest = min((max(shares[place] for place in found) for found in places if found), default=0.0)
    return furthest / max(shares) if furthest else 1.0
