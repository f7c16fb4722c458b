"""Fits which sentences become evidence: a conditional logit over the candidate sentences of each question.

    python -m eval.fit_selection GOLD=ARTICLES [GOLD=ARTICLES ...]

Prints the weights for rag/retrieval/features.py, and for each gold file how often the likeliest sentence is right by
weights fitted on the others. A sentence is right when it overlaps a quotation of the evidence by half. Never give it
the test questions.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from eval.gold import ArticleTexts, GoldEvidence, load_gold
from eval.matching import meets_half
from rag.assistant import Assistant
from rag.config import load_config
from rag.domain import Sentence
from rag.retrieval.features import WEIGHTS

Floats = NDArray[np.float64]
PENALTY = 3.0
"""Ridge penalty on weights of standardised features."""


@dataclass(frozen=True)
class Question:
    """The candidate sentences of one question: ``features`` (sentences, features), ``right`` (sentences)."""

    features: Floats
    right: NDArray[np.bool_]


def main(argv: Sequence[str] | None = None) -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(prog="python -m eval.fit_selection", description="Fit the choice of evidence.")
    parser.add_argument(
        "sets", nargs="+", metavar="GOLD=ARTICLES", help="questions with quotations, and their articles"
    )
    given = parser.parse_args(argv)
    sets = [list(_questions(*map(Path, pair.split("=")))) for pair in given.sets]
    for place, pair in enumerate(given.sets if len(sets) > 1 else []):
        others = [question for at, one in enumerate(sets) if at != place for question in one]
        print(f"{pair}: a right sentence is the first for {_first(sets[place], fit(others)):.3f} of {len(sets[place])}")
    weights = fit([question for one in sets for question in one])
    print({name: round(float(w), 2) for name, w in zip(WEIGHTS, weights, strict=True)})


def fit(questions: Sequence[Question], penalty: float = PENALTY) -> Floats:
    """Weights that make right sentences likely under a softmax over each question's sentences."""
    spread = np.concatenate([q.features for q in questions]).std(axis=0) + 1e-9

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, gradient = penalty * float(weights @ weights) / 2, penalty * weights
        for question in questions:
            x = question.features / spread
            odds = x @ weights
            p = np.exp(odds - odds.max())
            p /= p.sum()
            right = p * question.right
            total -= math.log(right.sum())
            gradient = gradient - (right / right.sum()) @ x + p @ x
        return total, gradient

    found = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x
    return np.asarray(found / spread, dtype=np.float64)


def _first(questions: Sequence[Question], weights: Floats) -> float:
    return float(np.mean([q.right[int((q.features @ weights).argmax())] for q in questions]))


def _questions(gold: Path, articles: Path) -> Iterator[Question]:
    """The questions of which some candidate sentence is right."""
    texts = ArticleTexts(articles)
    rows = load_gold(gold, texts).rows
    with tempfile.TemporaryDirectory() as data, Assistant(load_config(articles=articles, data=Path(data))) as assistant:
        assistant.load(with_model=False)
        for row in rows:
            found = assistant.search(row.question, row.history).scored
            targets = [piece for piece in (*row.evidence, *row.alt_evidence) if piece.quote is not None]
            right = [_is_right(item.sentence, targets) for item in found]
            if any(right):
                features = [[s.features[name] for name in WEIGHTS] for s in found]
                yield Question(np.array(features, dtype=np.float64), np.array(right))


def _is_right(sentence: Sentence, targets: Sequence[GoldEvidence]) -> bool:
    return any(target.doc == sentence.article and meets_half(sentence.span, target.spans) for target in targets)


if __name__ == "__main__":
    main()
