"""Fits the weights of the checker's score on claims made by script. Writes nothing: what it prints is put in by hand.

    python -m eval.checker_fit ARTICLES [--seed N]

Two thirds of the articles are fitted on; the figures and the threshold are of the other third. Signs are fixed: what
the evidence holds can only raise the score, what is wrong can only lower it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.checker import auroc, balanced_accuracy, f1
from eval.corruption import Claim, claims
from rag.answering.checking import FEATURES, examine, features
from rag.articles import list_articles, read_article

RAISES = frozenset(["union", "bound"])
PENALTY = 1.0
SENTENCES, FALSE, ANSWERS = 6, 0.2, 5000
"""Long answers put together from claims, for the cut of ``python -m eval.checker``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print coefficients, threshold and held-out figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.checker_fit", description=__doc__)
    parser.add_argument("articles", type=Path, help="a folder of articles")
    parser.add_argument("--seed", type=int, default=1, help="of the corruption (default 1)")
    options = parser.parse_args(arguments)
    articles = [read_article(options.articles, name) for name in list_articles(options.articles)]
    cut = 2 * len(articles) // 3
    made = [list(claims(part, options.seed)) for part in (articles[:cut], articles[cut:])]
    weights = fit(_table(made[0]), _labels(made[0]))
    for name, weight in zip((*FEATURES, "INTERCEPT"), weights, strict=True):
        print(f'    "{name}": {weight:.2f},')
    scores = probability(_table(made[1]), weights)
    _report(made[1], scores)
    cut_at = _answer_cut(made[1], scores)
    print(f"answers of {SENTENCES} sentences, {FALSE:.0%} of them with a false one: best F1 at {cut_at:.2f}")
    return 0


def fit(table: Any, labels: Any) -> Any:
    """Weights of a logistic regression with fixed signs, the intercept last. Source: L-BFGS-B, Byrd et al. 1995."""
    from scipy import optimize  # type: ignore[import-untyped]

    rows = np.hstack([table, np.ones((len(table), 1))])
    signs = np.where(labels, 1.0, -1.0)

    def loss(weights: Any) -> tuple[float, Any]:
        margin = signs * (rows @ weights)
        slope = -signs / (1 + np.exp(margin))
        penalty = PENALTY * weights[:-1] @ weights[:-1] / 2
        gradient = rows.T @ slope + PENALTY * np.append(weights[:-1], 0)
        return float(np.logaddexp(0, -margin).sum() + penalty), gradient

    found = optimize.minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=_bounds())
    return found.x


def probability(table: Any, weights: Any) -> Any:
    """The score of each row, 0 to 1."""
    return 1 / (1 + np.exp(-(table @ weights[:-1] + weights[-1])))


def _bounds() -> list[tuple[float | None, float | None]]:
    return [*((0.0, None) if name in RAISES else (None, 0.0) for name in FEATURES), (None, None)]


def _table(made: Sequence[Claim]) -> Any:
    return np.array([list(features(*examine(claim.text, claim.shown)).values()) for claim in made])


def _labels(made: Sequence[Claim]) -> Any:
    return np.array([claim.faithful for claim in made])


def _answer_cut(made: Sequence[Claim], scores: Any) -> float:
    """The cut below which the lowest score of an answer tells best that one of its sentences is false, by F1."""
    chance = np.random.default_rng(1)
    labels = _labels(made)
    lowest = scores[labels][chance.integers(labels.sum(), size=(ANSWERS, SENTENCES))].min(axis=1)
    truth = chance.random(ANSWERS) < FALSE
    drawn = scores[~labels][chance.integers((~labels).sum(), size=ANSWERS)]
    lowest = np.where(truth, np.minimum(lowest, drawn), lowest)
    return float(max(np.arange(0.02, 0.9, 0.01), key=lambda cut: f1(truth, lowest < cut)))


def _report(made: Sequence[Claim], scores: Any) -> None:
    labels = _labels(made)
    cuts = np.arange(0.2, 0.9, 0.01)
    best = max(cuts, key=lambda cut: balanced_accuracy(labels, scores >= cut))
    print(f"held out: n {len(made)}, AUROC {auroc(labels, scores):.3f}, best threshold {best:.2f}", end=", ")
    print(f"balanced accuracy there {balanced_accuracy(labels, scores >= best):.3f}")
    for kind in sorted({(claim.faithful, claim.made) for claim in made}):
        mine = np.array([(claim.faithful, claim.made) == kind for claim in made])
        print(f"  {'said' if kind[0] else 'not said'} {kind[1]:15} n {mine.sum():4}  ", end="")
        print(f"mean {scores[mine].mean():.2f}  supported {np.mean(scores[mine] >= best):.2f}")


if __name__ == "__main__":
    sys.exit(main())
