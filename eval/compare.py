"""Two runs question by question: what got better, what broke, and paired intervals. Knows rows, no assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.intervals import Difference, difference
from eval.metrics import METRICS, Part, value
from eval.results import ResultsError, read_results, read_rows

Row = Mapping[str, Any]
_NOTHING = Part(0, 0)
_LISTED_WITHOUT_ANSWERS = "retrieval.recall_at.5"
"""By this the questions are called better or worse when a run has no answers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of both runs over the questions that both have, and the paired difference."""

    metric: str
    first: float | None
    second: float | None
    change: Difference


@dataclass(frozen=True, slots=True)
class Change:
    """A question that went better or worse: by being right (1, 0), or by its recall at 5 when there are no answers."""

    id: str
    type: str
    question: str
    first: float
    second: float
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ``compare`` finds. ``notes``: what has to be known before anything is concluded from it."""

    shared: int
    lines: tuple[Line, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain dicts, lists and scalars."""
        return asdict(self)


def compare(first: Path, second: Path) -> Comparison:
    """What the run in ``second`` does otherwise than the one in ``first``.

    Raises:
        ResultsError: one of them is no complete run, or they share no question.
    """
    before = {str(row["id"]): row for row in read_rows(first)}
    after = {str(row["id"]): row for row in read_rows(second)}
    shared = [name for name in before if name in after]
    if not shared:
        raise ResultsError(f"The runs in {first} and {second} share no question: run both with the same gold file.")
    pairs = [(before[name], after[name]) for name in shared]
    better, worse = _changes(pairs)
    notes = _notes(read_results(first), read_results(second), len(before), len(after), len(shared))
    return Comparison(len(shared), _lines(pairs), better, worse, notes)


def _lines(pairs: Sequence[tuple[Row, Row]]) -> tuple[Line, ...]:
    found: list[Line] = []
    for metric in METRICS:
        first = [_part(row, metric.name) for row, _ in pairs]
        second = [_part(row, metric.name) for _, row in pairs]
        if any(part.den for part in (*first, *second)):
            found.append(Line(metric.name, value(first), value(second), difference(first, second)))
    return tuple(found)


def _part(row: Row, metric: str) -> Part:
    scores = row["scores"].get(metric)
    return Part(*scores) if scores else _NOTHING


def _changes(pairs: Sequence[tuple[Row, Row]]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    answered = all(row["right"] is not None for pair in pairs for row in pair)
    better: list[Change] = []
    worse: list[Change] = []
    for before, after in pairs:
        first, second = (_listed_by(row, answered) for row in (before, after))
        if first is None or second is None or first == second:
            continue
        # the wrong one of the two says why
        reasons = (before if second > first else after)["reasons"] if answered else ()
        change = Change(after["id"], after["type"], after["question"], first, second, " ".join(reasons))
        (better if second > first else worse).append(change)
    return tuple(better), tuple(worse)


def _listed_by(row: Row, answered: bool) -> float | None:
    """What tells whether a question went better: a request has no accuracy, and is right or wrong by its own rules."""
    names = ("accuracy", "requests.right") if answered else (_LISTED_WITHOUT_ANSWERS,)
    return next((found for name in names if (found := value([_part(row, name)])) is not None), None)


def _notes(
    first: Mapping[str, Any], second: Mapping[str, Any], before: int, after: int, shared: int
) -> tuple[str, ...]:
    notes: list[str] = []
    for what, name in (("gold files", "gold"), ("articles", "articles")):
        digests = [run["run"].get(name, {}).get("sha256") for run in (first, second)]
        if digests[0] != digests[1]:
            notes.append(f"The {what} of the two runs differ.")
    if shared < max(before, after):
        notes.append(f"Only {shared} questions are in both runs ({before} and {after}).")
    return tuple(notes)


def as_text(found: Comparison) -> str:
    """The comparison for the terminal."""
    width = max(len(line.metric) for line in found.lines) if found.lines else 0
    lines = [*found.notes, f"{found.shared} questions in both. Difference with 95 % interval, paired:"]
    lines += [f"  {line.metric:{width}}  {_figures(line)}" for line in found.lines]
    for title, changes in (("Better", found.better), ("Worse", found.worse)):
        lines.append(f"{title}: {len(changes)}")
        lines += [f"  {c.id} ({c.type}) {c.question}" + (f"\n      {c.why}" if c.why else "") for c in changes]
    return "\n".join(lines)


def _figures(line: Line) -> str:
    change = line.change
    figures = f"{_number(line.first)} -> {_number(line.second)}"
    if change.value is None:
        return figures
    bounds = "" if change.low is None or change.high is None else f"  [{change.low:+.3f}, {change.high:+.3f}]"
    clear = change.low is not None and change.high is not None and (change.low > 0 or change.high < 0)
    return f"{figures}  {change.value:+.3f}{bounds}  n {change.n}{'  *' if clear else ''}"


def _number(figure: float | None) -> str:
    return "    -" if figure is None else f"{figure:.3f}"
