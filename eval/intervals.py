"""Figures with bootstrap intervals, of one run and of the difference between two. Knows numbers alone."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.metrics import Part, value

CONFIDENCE = 0.95
RESAMPLES = 4000
"""Enough for two digits of a bound; the seed is fixed, so that one run gives one interval."""
_SEED = 20240101


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over ``n`` with a 95 % interval; all None when there is nothing, the bounds when there is one question.

    A figure in which all questions agree (0 or 1) has an interval of no width: the bootstrap knows no others.
    """

    value: float | None
    n: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """How much the second run is above the first, over ``n`` questions of both, with a 95 % interval.

    ``above``: share of the resamples in which it is above; 0.5 means no difference to be seen.
    """

    value: float | None
    n: int
    low: float | None
    high: float | None
    above: float | None


def estimate(found: Sequence[Part], *, per_question: bool = False) -> Estimate:
    """The figure of these parts. Questions are resampled, not citations, because those of one answer hang together.

    Args:
        found: one part a question, with denominators above 0.
        per_question: n counts questions; else it is the sum of the denominators (citations, pieces of evidence).

    Source: percentile bootstrap, Efron and Tibshirani 1993; Sakai 2006 for its use on test collections.
    """
    n = len(found) if per_question else round(sum(part.den for part in found))
    point = value(found)
    if len(found) < 2:
        return Estimate(point, n, None, None)
    columns = (np.array([p.num for p in found]), np.array([p.den for p in found]))
    low, high = np.percentile(_resampled(columns, _ratio), _bounds())
    return Estimate(point, n, float(low), float(high))


def difference(first: Sequence[Part], second: Sequence[Part]) -> Difference:
    """``second`` minus ``first``, paired: each resample takes the same questions of both.

    Args:
        first: one part for each question, in the same order as ``second``; a denominator may be 0 in one of the two
            (nothing was cited there).
        second: likewise.
    """
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a.den or b.den]
    before, after = value([a for a, _ in pairs]), value([b for _, b in pairs])
    if before is None or after is None:
        return Difference(None, len(pairs), None, None, None)
    if len(pairs) < 2:
        return Difference(after - before, len(pairs), None, None, None)
    columns = tuple(np.array(column) for column in zip(*((a.num, a.den, b.num, b.den) for a, b in pairs), strict=True))
    drawn = _resampled(columns, lambda an, ad, bn, bd, axis: _ratio(bn, bd, axis) - _ratio(an, ad, axis))
    drawn = drawn[np.isfinite(drawn)]  # a resample without a single citation has no precision
    low, high = np.percentile(drawn, _bounds()) if len(drawn) else (np.nan, np.nan)
    above = float(np.mean((drawn > 0) + 0.5 * (drawn == 0))) if len(drawn) else None
    return Difference(after - before, len(pairs), _known(low), _known(high), above)


def _bounds() -> list[float]:
    tail = (1 - CONFIDENCE) / 2 * 100
    return [tail, 100 - tail]


def _ratio(num: Any, den: Any, axis: int) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return num.sum(axis=axis) / den.sum(axis=axis)


def _resampled(columns: tuple[Any, ...], statistic: Any) -> Any:
    from scipy import stats  # type: ignore[import-untyped]  # half a second that a run without figures saves

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # of its own interval; we take the distribution
        drawn = stats.bootstrap(
            columns,
            statistic,
            paired=True,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=500,
            method="percentile",
            rng=np.random.default_rng(_SEED),
        )
    return drawn.bootstrap_distribution


def _known(bound: Any) -> float | None:
    return float(bound) if np.isfinite(bound) else None


def auroc(there: Sequence[bool], scores: Sequence[float]) -> Estimate:
    """How often a question that is answered has a higher score than one that is not, ties half, with its interval.

    Source: area under the ROC curve, Hanley and McNeil 1982; questions resampled.
    """
    from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

    truth, found = np.array(there, dtype=bool), np.array(scores, dtype=float)
    if truth.all() or not truth.any():
        return Estimate(None, len(truth), None, None)
    rng = np.random.default_rng(_SEED)
    drawn = (rng.integers(0, len(truth), len(truth)) for _ in range(RESAMPLES // 4))
    areas = [roc_auc_score(truth[at], found[at]) for at in drawn if truth[at].any() and not truth[at].all()]
    low, high = np.percentile(areas, _bounds())
    return Estimate(float(roc_auc_score(truth, found)), len(truth), float(low), float(high))
