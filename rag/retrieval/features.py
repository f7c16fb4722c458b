"""What can be seen of a sentence when a question is held against it, as numbers. Knows no index and no model.

The weights are fitted (``eval/fit_selection.py``): a conditional logit, that is a softmax over the candidate sentences
of a question, on questions over articles of other kinds than the shipped ones as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

WEIGHTS: Mapping[str, float] = {
    "own": 4.88,
    "context": 4.88,
    "header": 6.4,
    "similarity": 1.8,
    "window": 4.97,
    "passage_lexical": 1.62,
    "passage_similarity": 1.27,
    "wanted": 2.61,
    "heading": -2.1,
    "brief": -0.5,
}
"""Log-odds for each feature of a sentence; see ``Seen.features`` for what they are. The fit would favour brief
sentences (headlines cut in two answer often enough); they are held back, since alone they tell a reader nothing."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """Cosine similarities with the question's vector, -1 to 1; 0 where there are no vectors."""

    alone: float = 0.0
    window: float = 0.0
    """Of the sentence and the one before it, their vectors added: what "he" or "it" stands for is often said there."""
    passage: float = 0.0
    """The best of the sentences of the passage."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A sentence's side of the comparison, apart from the question's words."""

    own: frozenset[str]
    """Terms of the sentence and of the name and role of who says it."""
    near: frozenset[str]
    """Terms of the sentence, two before it, the one after it and its article's header."""
    header: frozenset[str]
    """Terms of the sentence and its article's header."""
    closeness: Closeness
    passage_lexical: float
    """The passage's score by words as a share of the best one's, 0 to 1."""
    wanted: bool
    """It holds the kind of thing that is asked for (a figure, a time, a name)."""
    heading: bool
    brief: bool

    def features(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Every feature, given each question term's share (0 to 1) of the question's idf mass."""
        own = covered(shares, self.own)
        return {
            "own": own,
            "context": covered(shares, self.near | self.own),
            "header": covered(shares, self.header | self.own) - own,
            "similarity": self.closeness.alone,
            "window": self.closeness.window,
            "passage_lexical": self.passage_lexical,
            "passage_similarity": self.closeness.passage,
            "wanted": float(self.wanted),
            "heading": float(self.heading),
            "brief": float(self.brief),
        }


def covered(shares: Mapping[str, float], held: Set[str]) -> float:
    """The part of the question's idf mass that a set of terms holds, 0 to 1."""
    return sum(share for term, share in shares.items() if term in held)


def log_odds(features: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """How good a sentence is, on a logarithmic scale; only differences within one question mean something."""
    return sum(weights[name] * value for name, value in features.items())
