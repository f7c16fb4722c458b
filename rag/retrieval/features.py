"""What can be seen of a sentence when a question is held against it, as numbers. Knows no index and no model.

The weights are fitted (``eval/fit_selection.py``): a conditional logit, that is a softmax over the candidate sentences
of a question, on questions over articles of other kinds than the shipped ones as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from rag.retrieval.candidates import Candidate

WEIGHTS: Mapping[str, float] = {
    "own": 1.4,
    "context": 7.4,
    "header": 7.1,
    "window": 5.0,
    "passage_similarity": 3.7,
    "met": 7.8,
    "wanted": 2.1,
    "said": 2.0,
    "by_named": 1.2,
    "heading": -1.7,
    "brief": -0.5,
}
"""Log-odds for each feature of a sentence; see ``Seen.features`` for what they are. The fit would favour brief
sentences (headlines cut in two answer often enough); they are held back, since alone they tell a reader nothing."""


@dataclass(frozen=True, slots=True)
class Closeness:
    """Cosine similarities with the question's vector, -1 to 1; 0 where there are no vectors."""

    window: float = 0.0
    """Of the sentence and the one before it, their vectors added: what "he" or "it" stands for is often said there."""
    passage: float = 0.0
    """The best of the sentences of the passage."""
    met: Mapping[str, float] = field(default_factory=dict)
    """For each term of the question how well some word of the sentence meets it (``rag.retrieval.late``).

    Empty without vectors: then a term is met by itself alone.
    """


@dataclass(frozen=True, slots=True)
class Seen:
    """A candidate sentence as a question sees it, apart from the question's words."""

    candidate: Candidate
    closeness: Closeness
    wanted: bool
    """It holds the kind of thing that is asked for (a figure, a time, a name)."""
    said: bool
    """Somebody says it, and the question asks what is said or thought."""
    by_named: bool
    """Somebody says it whom the question names."""
    echoes: bool = False
    """It tells hardly anything that the question does not say itself."""

    def features(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Every feature, given each question term's share (0 to 1) of the question's idf mass."""
        held = self.candidate
        own = covered(shares, held.own)
        return {
            "own": own,
            "context": covered(shares, held.near | held.own),
            "header": covered(shares, held.header | held.own) - own,
            "window": self.closeness.window,
            "passage_similarity": self.closeness.passage,
            "met": _met(shares, self.closeness.met) if self.closeness.met else own,
            "wanted": float(self.wanted),
            "said": float(self.said),
            "by_named": float(self.by_named),
            "heading": float(held.heading),
            "brief": float(held.brief),
        }


def covered(shares: Mapping[str, float], held: Set[str]) -> float:
    """The part of the question's idf mass that a set of terms holds, 0 to 1."""
    return sum(share for term, share in shares.items() if term in held)


def _met(shares: Mapping[str, float], met: Mapping[str, float]) -> float:
    """How well a sentence meets the words of the question itself on average, those of the turn before left out."""
    total = sum(shares.get(term, 0.0) for term in met)
    return sum(shares.get(term, 0.0) * value for term, value in met.items()) / total if total else 0.0


def log_odds(features: Mapping[str, float], weights: Mapping[str, float] = WEIGHTS) -> float:
    """How good a sentence is, on a logarithmic scale; only differences within one question mean something."""
    return sum(weights[name] * value for name, value in features.items())
