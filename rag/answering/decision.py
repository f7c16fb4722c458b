"""Whether the articles answer a question, as a probability. Knows the evidence and the model's first word.

Near misses make this hard: the right people and another event, the right event and an attribute that is not given.
Counting the question's words in the evidence cannot tell them apart (docs/refusing.md), so what counts most is how sure
the model is of its verdict; the rest says what kind of question it is and whether a definite thing that it asks for,
such as a year or a sum, stands in the evidence at all. The weights are fitted by ``eval/fit_decision.py``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from rag.answering.apart import apart, only_others, unsaid
from rag.answering.desk import Desk
from rag.answering.prompts import NO, YES
from rag.answering.reply import is_refusal
from rag.retrieval.wanted import DEFINITE, wanted

MOST_ODDS = 6.0
"""Log-odds of a verdict are cut here: beyond it the model is just sure."""
LIKELIEST = 3
"""Sentences, the likeliest ones, of which none gives the definite thing that is asked for when that is missing."""
_WHY = re.compile(r"\bwhy\b|\bwhat (?:made|led|caused)\b|\breasons?\b", re.IGNORECASE)
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


WITH_MODEL = Decision(
    # definite_missing and unsaid: too rare to be fitted (docs/refusing.md).
    {
        "verdict": 1.21,
        "leans": 1.51,
        "several": 1.63,
        "only_others": -1.83,
        "apart": -1.98,
        "unsaid": -2.0,
        "why": -1.42,
        "definite_missing": -2.5,
    },
    bias=1.19,
    threshold=0.49,
)
BY_MODEL: Mapping[str, Decision] = {
    "qwen2.5-coder-0.5b-instruct-q4_k_m": Decision(
        {
            "verdict": 0.91,
            "leans": 1.35,
            "several": 1.6,
            "only_others": -1.17,
            "apart": -1.85,
            "unsaid": -2.0,
            "why": -2.01,
            "definite_missing": -2.5,
        },
        bias=1.49,
        threshold=0.68,
    )
}
"""Models that are sure in a way of their own, by the name of their weights."""
EXTRACTIVE = Decision(
    {"definite_missing": -3.0, "only_others": -3.0, "unsaid": -3.0, "why": -0.5}, bias=1.2, threshold=0.25
)
"""Set by hand: without a model only what hardly ever errs tells (docs/refusing.md)."""


def signals(desk: Desk) -> dict[str, float]:
    """What the question and its evidence tell; the same however far a reply has come."""
    asked, people, idf = wanted(desk.found.query.text), desk.index.people, desk.index.lexical.idf
    definite, likeliest = asked.kind in DEFINITE and not desk.found.several, desk.found.scored[:LIKELIEST]
    return {
        "definite_missing": float(definite and not any(asked.given_by(item.sentence.text) for item in likeliest)),
        "only_others": float(only_others(desk.found, people, idf)),
        "apart": apart(desk.found, people, idf),
        "unsaid": float(unsaid(desk.found, people)),
        "several": float(desk.found.several),
        "why": float(_WHY.search(desk.found.query.text) is not None),
        "leans": float(desk.found.query.leans),
    }


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
