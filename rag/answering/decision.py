"""Whether the articles answer a question, as a probability. Knows the reader's word and the model's first one.

Near misses make this hard: the right people and another event, the right event and an attribute that is not given.
The reader was trained on such questions; the model's verdict knows something else. How much each counts is fitted by
``eval/fit_decision.py`` (docs/refusing.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rag.answering.desk import Desk
from rag.answering.prompts import NO, YES
from rag.answering.reply import is_refusal

MOST_ODDS = 6.0
"""Log-odds of a verdict are cut here: beyond it the model is just sure."""
_ALMOST_NOTHING = 1e-7


@dataclass(frozen=True, slots=True)
class Decision:
    """A logistic regression: log-odds that the articles answer, and below which probability the answer is a refusal."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, signals: Mapping[str, float]) -> float:
        """Of an answer, 0 to 1."""
        return 1 / (1 + math.exp(-self.bias - sum(self.weights.get(name, 0.0) * x for name, x in signals.items())))


EXTRACTIVE = Decision({"reader": 0.96, "unknown": -1.03}, bias=1.42, threshold=0.33)
WITH_MODEL = Decision({"reader": 1.03, "unknown": -0.57, "verdict": 1.12}, bias=1.10, threshold=0.40)
"""The reader's part put over from the reader before by how the decision of extractive mode changed (docs/log.md)."""
BY_MODEL: Mapping[str, Decision] = {}
"""Models that are sure in a way of their own, by the name of their weights."""


def signals(desk: Desk) -> dict[str, float]:
    """What the question and its evidence tell; the same however far a reply has come."""
    return {"reader": desk.found.answers, "unknown": float(bool(desk.unknown))}


def verdict(first: Mapping[str, float] | None) -> dict[str, float]:
    """What the model's verdict adds. ``first``: log-probabilities of its likeliest first tokens; None: not told."""
    return {} if first is None else {"verdict": _log_odds(first)}


def confidence(found: Mapping[str, float], reply: str | None = None, model: str | None = None) -> tuple[float, float]:
    """The probability that the articles answer, and below which probability that is a refusal.

    Args:
        found: the signals.
        reply: the model's words so far; a model that does not tell how sure it is is taken at its word.
        model: its name; None without one.
    """
    if reply is not None and "verdict" not in found:
        return (0.0 if is_refusal(reply) else 1.0), 0.5
    decision = EXTRACTIVE if reply is None else BY_MODEL.get(model or "", WITH_MODEL)
    return decision.probability(found), decision.threshold


def _log_odds(first: Mapping[str, float]) -> float:
    """Of YES against NO as the first word."""
    odds = math.log(_mass(first, YES)) - math.log(_mass(first, NO))
    return max(-MOST_ODDS, min(MOST_ODDS, odds))


def _mass(first: Mapping[str, float], word: str) -> float:
    return sum(math.exp(p) for token, p in first.items() if token.strip().upper() == word) + _ALMOST_NOTHING
