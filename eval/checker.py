"""Measures the checker of answers on answers whose hallucinations people have marked. Fits nothing.

    python -m eval.checker FILE [--limit N] [--out FILE]

FILE: one JSON object a line with `question`, `passages` (texts), `response` and `spans` ({start, end} of what is
hallucinated in the response; none when nothing is), as RAGTruth's question answering has them. An answer is as good as
its worst sentence; every sentence is held against all sentences of the passages. What is predicted is "hallucinated".
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.intervals import CONFIDENCE
from rag import sentences as segmenter
from rag.answering.checking import THRESHOLD, Check, check
from rag.answering.reply import is_refusal
from rag.domain import Span
from rag.errors import ConfigError, FootnoteError

ANSWER_CUT = 0.44
"""For long answers, whose worst sentence is worse by chance: chosen by ``python -m eval.checker_fit`` on its claims."""
RESAMPLES = 2000
_SILENT = re.compile(
    r"\b(?:passages?|text|context)\b[^.]{0,40}\b(?:do|does|did)(?: not|n['’]t)\b|\bunable to answer\b", re.I
)
"""Other ways than ours to say that the passages do not say."""
_SEED = 20240101


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing that was scored: ``hallucinated`` by people, and by the checker's ``score`` (high: supported)."""

    hallucinated: bool
    score: float
    supported: bool
    text: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of the file."""

    question: str
    passages: tuple[str, ...]
    response: str
    spans: tuple[Span, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. Exit code 1 when the file can not be read."""
    parser = argparse.ArgumentParser(prog="python -m eval.checker", description="How well answers are checked.")
    parser.add_argument("file", type=Path, help="answers with marked hallucinations, JSON lines")
    parser.add_argument("--limit", type=int, help="only the first N answers")
    parser.add_argument("--out", type=Path, help="write every sentence with its score and problems there")
    options = parser.parse_args(arguments)
    try:
        rows = list(read(options.file))[: options.limit]
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1
    judged = [sentences(row) for row in rows]
    answers = [answer(row, found) for row, found in zip(rows, judged, strict=True)]
    print(table("answers", answers))
    flat = [sentence for found in judged for sentence in found]
    print(table("sentences", flat))
    print(_kinds(flat))
    if options.out:
        _write(options.out, judged)
    return 0


def read(file: Path) -> Iterator[Row]:
    """The answers of a file.

    Raises:
        ConfigError: the file is missing, or a line is no JSON object of the form above.
    """
    try:
        lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}. Name a file of JSON lines.") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            spans = tuple(Span(int(span["start"]), int(span["end"])) for span in row["spans"])
            yield Row(str(row["question"]), tuple(map(str, row["passages"])), str(row["response"]), spans)
        except (ValueError, KeyError, TypeError) as error:
            seen = f"{type(error).__name__} {error}"
            raise ConfigError(f"{file}, line {number}: {seen}. Mend or remove the line.") from error


def sentences(row: Row) -> list[Judged]:
    """The sentences of an answer, each beside the passages; what says that the passages do not say is left out."""
    shown = [text[span.start : span.end] for text in row.passages for span in segmenter.sentences(text)]
    found = []
    for span in segmenter.sentences(row.response):
        text = row.response[span.start : span.end]
        checked = Check(True, 1.0) if is_refusal(text) or _SILENT.search(text) else check(text, shown, (row.question,))
        wrong = any(span.overlap(marked) > 0 for marked in row.spans)
        kinds = tuple(sorted({problem.kind for problem in checked.problems}))
        found.append(Judged(wrong, checked.score, checked.supported, text, kinds))
    return found


def answer(row: Row, found: Sequence[Judged]) -> Judged:
    """An answer is supported when all of its sentences are; its score is the lowest."""
    score = min((sentence.score for sentence in found), default=1.0)
    return Judged(bool(row.spans), score, all(sentence.supported for sentence in found), row.response)


def table(name: str, judged: Sequence[Judged]) -> str:
    """AUROC, and balanced accuracy, precision, recall and F1 of "hallucinated", with bootstrap intervals."""
    truth = np.array([one.hallucinated for one in judged])
    scores = np.array([one.score for one in judged])
    lines = [f"{name}: {len(judged)}, hallucinated {truth.sum()} ({truth.mean():.1%})"]
    lines.append(f"  AUROC {interval(auroc, ~truth, scores)}")
    best = max(np.unique(scores), key=lambda cut: f1(truth, scores < cut))
    ways = {
        "shipped: score and problems": ~np.array([one.supported for one in judged]),
        f"shipped threshold {THRESHOLD:.2f} alone": scores < THRESHOLD,
        f"cut for long answers {ANSWER_CUT:.2f}": scores < ANSWER_CUT,
        f"best threshold on this file {best:.2f}": scores < best,
        "everything hallucinated": np.ones(len(judged), dtype=bool),
    }
    for way, called in ways.items():
        right = (called & truth).sum()
        lines.append(
            f"  {way:34} called {called.sum():4}  balanced accuracy {interval(balanced_accuracy, truth, called)}"
            f"  precision {right / max(1, called.sum()):.3f}  recall {right / max(1, truth.sum()):.3f}"
            f"  F1 {interval(f1, truth, called)}"
        )
    return "\n".join(lines)


def auroc(truth: Any, scores: Any) -> float:
    """How often a true one has the higher score, ties half. Source: Mann and Whitney 1947, by ranks."""
    from scipy import stats  # type: ignore[import-untyped]

    ranks = stats.rankdata(scores)
    yes, no = int(truth.sum()), int((~truth).sum())
    return float((ranks[truth].sum() - yes * (yes + 1) / 2) / (yes * no)) if yes and no else float("nan")


def balanced_accuracy(truth: Any, called: Any) -> float:
    """The mean of recall and specificity; nan when one of the two classes is empty."""
    if truth.all() or not truth.any():
        return float("nan")
    return float((called[truth].mean() + (~called)[~truth].mean()) / 2)


def f1(truth: Any, called: Any) -> float:
    """Harmonic mean of precision and recall; 0 when nothing is right."""
    total = truth.sum() + called.sum()
    return float(2 * (truth & called).sum() / total) if total else 0.0


def interval(measure: Callable[[Any, Any], float], truth: Any, called: Any) -> str:
    """The measure with its 95 % bootstrap interval over the things judged."""
    from scipy import stats

    point = measure(truth, called)
    if len(truth) < 2 or np.isnan(point):
        return f"{point:.3f}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # an interval of no width is told by its bounds
        found = _drawn(measure, truth, called)
    return f"{point:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _drawn(measure: Callable[[Any, Any], float], truth: Any, called: Any) -> Any:
    from scipy import stats

    return stats.bootstrap(
        (np.arange(len(truth)),), lambda drawn: measure(truth[drawn], called[drawn]), vectorized=False,
        n_resamples=RESAMPLES, method="percentile",
        confidence_level=CONFIDENCE, rng=np.random.default_rng(_SEED),
    ).confidence_interval  # fmt: skip


def _kinds(judged: Sequence[Judged]) -> str:
    """For each kind of problem, how many sentences have it and how many of these people have marked."""
    told, right = Counter[str](), Counter[str]()
    for one in judged:
        told.update(one.kinds)
        right.update(one.kinds if one.hallucinated else ())
    lines = ["problems told: sentences, of these hallucinated"]
    lines += [f"  {kind:16} {n:5} {right[kind]:5}  {right[kind] / n:.0%}" for kind, n in told.most_common()]
    return "\n".join(lines)


def _write(file: Path, judged: Sequence[Sequence[Judged]]) -> None:
    rows = [
        {"answer": n, "text": s.text, "score": round(s.score, 4), "kinds": s.kinds, "hallucinated": s.hallucinated}
        for n, found in enumerate(judged) for s in found
    ]  # fmt: skip
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
