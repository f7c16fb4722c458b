"""Fits the decision to refuse: a logistic regression over the signals of whole runs. Prints weights and what they cost.

    python -m eval.fit_decision RUN=GOLD [RUN=GOLD ...] [--most-refused 0.05]

RUN is the folder of a run of python -m eval over the questions of GOLD. Every run in turn is left out of the fit and
judged by the others, so that what is printed is not what was fitted. Never give it the test questions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from eval.results import read_rows
from rag.errors import FootnoteError

Floats = NDArray[np.float64]
STRENGTH = 1.0
"""Inverse of the ridge penalty, scikit-learn's default."""


def main(argv: Sequence[str] | None = None) -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(prog="python -m eval.fit_decision", description="Fit when to refuse.")
    parser.add_argument("runs", nargs="+", metavar="RUN=GOLD", help="a run and the questions that it answered")
    parser.add_argument("--most-refused", type=float, default=0.05, help="of answerable ones at most")
    given = parser.parse_args(argv)
    try:
        sets = [_read(pair) for pair in given.runs]
    except (FootnoteError, OSError) as error:
        raise SystemExit(str(error)) from None
    names = sorted({name for rows in sets for found, _ in rows for name in found})
    matrices = [(_matrix(rows, names), np.array([there for _, there in rows])) for rows in sets]
    held_out = [_judged(matrices, place) for place in range(len(matrices))] if len(matrices) > 1 else []
    for pair, probabilities, (_, there) in zip(given.runs, held_out, matrices, strict=False):
        print(f"{pair}: AUROC held out {roc_auc_score(there, probabilities):.3f} (n {len(there)})")
    x, y = np.concatenate([m for m, _ in matrices]), np.concatenate([t for _, t in matrices])
    fitted = _fit(x, y)
    p = fitted.predict_proba(x)[:, 1]
    print({name: round(float(w), 2) for name, w in zip(names, fitted.coef_[0], strict=True)})
    print(f"bias {float(fitted.intercept_[0]):.2f}, threshold {threshold(p, y, given.most_refused):.2f}")


def threshold(probabilities: Floats, there: NDArray[np.bool_], most_refused: float) -> float:
    """The cut with the best F1 of refusing among those that refuse at most this share of the answerable questions."""
    best, found = -1.0, 0.0
    for cut in np.unique(probabilities):
        refused = probabilities < cut
        if (refused & there).sum() > most_refused * there.sum():
            break
        f1 = 2 * (refused & ~there).sum() / max(1, refused.sum() + (~there).sum())
        if f1 > best:
            best, found = float(f1), float(cut)
    return found


def _read(pair: str) -> list[tuple[dict[str, float], bool]]:
    run, _, gold = pair.partition("=")
    lines = filter(str.strip, Path(gold).read_text(encoding="utf-8").split("\n"))
    answers = {row["id"]: row["answer"] for row in map(json.loads, lines)}
    return [(row["signals"], answers[row["id"]] is not None) for row in read_rows(Path(run)) if row["signals"]]


def _matrix(rows: Sequence[tuple[dict[str, float], bool]], names: Sequence[str]) -> Floats:
    return np.array([[found.get(name, 0.0) for name in names] for found, _ in rows], dtype=np.float64)


def _fit(x: Floats, y: NDArray[np.bool_]) -> Any:
    return LogisticRegression(C=STRENGTH, max_iter=1000).fit(x, y)


def _judged(sets: Sequence[tuple[Floats, NDArray[np.bool_]]], place: int) -> Floats:
    """The probabilities of one set by what is fitted on the others."""
    others = [pair for at, pair in enumerate(sets) if at != place]
    fitted = _fit(np.concatenate([x for x, _ in others]), np.concatenate([y for _, y in others]))
    return np.asarray(fitted.predict_proba(sets[place][0])[:, 1], dtype=np.float64)


if __name__ == "__main__":
    main()
