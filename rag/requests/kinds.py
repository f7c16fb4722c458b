"""What kind of request something is: a linear layer over the search model's vector and the words. Knows no article.

Trained on requests written for it (``python -m eval.learn.requests``, docs/requests.md). In doubt it is a question.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, get_args
from zlib import crc32

from rapidfuzz import fuzz, process

from rag.domain import Kind
from rag.errors import WeightsError
from rag.models import Embedder, own, packed
from rag.retrieval.spelling import is_english
from rag.retrieval.terms import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MUCH_DOUBT, DOUBT, LITTLE_DOUBT, NO_DOUBT = 0.3, 0.45, 0.12, 0.001
"""How likely a question it may be and yet be taken for something else: the first where that names its form, the third
where it reads like a question, the last where it leans on the turn before."""
NAMES_ITS_FORM: frozenset[Kind] = frozenset({"summary", "overview", "timeline"})
LIKE_A_QUESTION: frozenset[Kind] = frozenset(
    {"library", "article", "people", "list", "positions", "opinion", "outside"}
)
FOLLOWS: frozenset[Kind] = frozenset({"smalltalk", "summary", "overview", "timeline"})
"""Kinds that lean on the turn before as well; what else leans on it is mostly a question."""
BUCKETS = 4096
"""Places that words and pairs of words share by their hash."""
VECTOR_SCALE, WORDS_SCALE = 4.0, 3.0
"""How much the vector and the words weigh against each other."""
KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind != "language")
"""What the layer tells apart; a language is told from its words alone."""


@dataclass(frozen=True)
class Classifier:
    """``weights`` (features, kinds), ``bias`` (kinds,)."""

    weights: Floats
    bias: Floats

    def reads(self, embedder: Embedder) -> bool:
        """Whether it was trained on vectors such as these; without the search model nothing can be told apart."""
        return embedder.dimensions + BUCKETS == len(self.weights)

    def probabilities(self, text: str, vector: Sequence[float]) -> Mapping[Kind, float]:
        """How likely a request is of each kind. ``vector``: the search model's, of unit length."""
        import numpy as np

        logits = features(text, vector) @ self.weights + self.bias
        odds = np.exp(logits - logits.max())
        return dict(zip(KINDS, (odds / odds.sum()).tolist(), strict=True))


def judged(odds: Mapping[Kind, float], *, leans: bool = False) -> tuple[Kind, float]:
    """The likeliest kind with its probability; a question where there is doubt.

    ``leans``: whether it leans on the turn before, so that little can be told from its words.
    """
    best = likeliest(odds)
    doubt = MUCH_DOUBT if best in NAMES_ITS_FORM else LITTLE_DOUBT if best in LIKE_A_QUESTION else DOUBT
    if leans:
        doubt = LITTLE_DOUBT if best in FOLLOWS else NO_DOUBT if best != "vague" else -1.0
    return (best, odds[best]) if odds["question"] <= doubt else ("question", odds["question"])


def likeliest(odds: Mapping[Kind, float], *, without: Collection[Kind] = ()) -> Kind:
    """The likeliest kind that is no question and none of ``without``."""
    return max((kind for kind in odds if kind != "question" and kind not in without), key=lambda kind: odds[kind])


_SHORT: Mapping[str, str] = {
    "whos": "who's",
    "whats": "what's",
    "wats": "what's",
    "wots": "what's",
    "u": "you",
    "ur": "your",
    "abt": "about",
    "bout": "about",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "thnx": "thanks",
    "ty": "thanks",
    "wht": "what",
    "wat": "what",
    "wich": "which",
    "whch": "which",
    "gimme": "give me",
    "n": "and",
    "cn": "can",
}
"""What people leave out when they type."""
_FORMS = (
    *("summarize", "summarise", "summary", "timeline", "chronology", "overview", "article", "articles", "author"),
    *("published", "newest", "oldest", "longest", "shortest", "mentions", "countries", "organisations", "companies"),
    *("arguments", "disagree", "happened", "quoted", "experts", "officials", "positions", "opinion", "briefing"),
)
"""Words that tell a kind, so that they are read with a slip in them as well."""
SLIP = 84
"""Likeness, 0 to 100, from which an unknown word is one of them."""


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A request as it would be typed with care: short forms written out, slips in telling words mended."""
    return " ".join(_mended(word) for word in text.split())


def _mended(word: str) -> str:
    bare = word.strip(".,;:!?()\"'").casefold()
    if bare in _SHORT:
        return word.casefold().replace(bare, _SHORT[bare])
    if len(bare) < 6 or not bare.isalpha() or is_english(bare):
        return word
    found = process.extractOne(bare, _FORMS, scorer=fuzz.ratio, score_cutoff=SLIP)
    return word.casefold().replace(bare, found[0]) if found else word


def features(text: str, vector: Sequence[float]) -> Floats:
    """(384 + ``BUCKETS``,): the vector, and the request's words and pairs of words, hashed, of unit length."""
    import numpy as np

    counts = np.zeros(BUCKETS, dtype=np.float32)
    said = [word.casefold() for word in words(plain(text))] + [mark for mark in "?!#" if mark in text]
    for token in (*said, *map(" ".join, itertools.pairwise(said))):
        counts[crc32(token.encode()) % BUCKETS] += 1
    counts /= max(1e-9, float(np.linalg.norm(counts)))
    return np.concatenate([VECTOR_SCALE * np.asarray(vector, dtype=np.float32), WORDS_SCALE * counts])


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    """The one that ships.

    Raises:
        WeightsError: it is missing or damaged.
    """
    import numpy as np

    file = own.checked(own.REQUESTS)
    try:
        stored = packed.read(file)
        return Classifier(stored["weights"].astype(np.float32), stored["bias"].astype(np.float32))
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"{file} cannot be loaded ({error}): install Footnote anew.") from error
