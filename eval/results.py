"""Cases -> figures: ``results.json``, the rows of ``answers.jsonl``, and both of them read back. Knows no assistant."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np

from eval.cases import Case
from eval.intervals import auroc, estimate
from eval.metrics import ARTICLES_ONLY, BY_NAME, FACTS, METRICS, Metric, area_under_risk, parts, risk_coverage
from eval.runner import ANSWERS, RESULTS, Record, Run
from rag.domain import Kind
from rag.errors import FootnoteError

COSTS = (
    "retrieval_ms", "first_token_ms", "total_ms", "prompt_tokens", "cached_tokens", "answer_tokens", "evidence_tokens",
    "answer_words",
)  # fmt: skip
"""Milliseconds, tokens and words. ``first_token_ms``: the first character of answer text; ``answer_words``: of answers
that are no refusals; ``evidence_tokens``: what the model was shown, or would have been."""
BROKEN_DOWN = ("accuracy", "retrieval.recall_at.5", "retrieval.recall_in_budget", "refusal.wrongly_refused")
"""What is given by type and by article."""
NO_ARTICLE = "(no evidence)"
"""Stands for the article of questions without evidence."""
NO_KIND = "error"
"""Stands for the kind of a reply that failed before it had one."""


class ResultsError(FootnoteError):
    """A folder that does not hold the results of a complete run."""


def results(run: Run) -> dict[str, Any]:
    """What ``results.json`` holds: ``run`` (what it was made with), ``summary`` (the figures), ``details``."""
    ordinary = questions(run.cases)
    points = risk_coverage(ordinary)
    return {
        "run": run.facts,
        "summary": summary(run.cases, run.records),
        "details": {
            "by_type": _broken_down(_by_type(ordinary)),
            "by_article": _broken_down(_by_article(ordinary)),
            "risk_coverage": {"aurc": area_under_risk(points), "points": [asdict(point) for point in points]},
        },
    }


def summary(cases: Sequence[Case], records: Sequence[Record]) -> dict[str, Any]:
    """The figures; each leaf of quality is ``{"value", "n", "low", "high"}``, each of cost ``{"p50", "p95", "n"}``."""
    found: dict[str, Any] = {}
    ordinary = questions(cases)
    apart = ARTICLES_ONLY if any(case.gold.evidence and not case.gold.quoted for case in ordinary) else ()
    facts = FACTS if any(case.gold.quoted for case in ordinary) else ()
    for metric in (*METRICS, *apart, *facts):
        _put(found, metric.name, _leaf(metric, cases))
    for name, scores in (("reading.auroc", _reader_scores(records)), ("refusal.auroc", _confidences(records))):
        known = [
            (case.gold.answerable, score)
            for case, score in zip(cases, scores, strict=True)
            if score is not None and not case.gold.request
        ]
        if known:
            _put(found, name, asdict(auroc(*zip(*known, strict=True))))
    found["by_type"] = {name: _leaf(BY_NAME["accuracy"], group) for name, group in _by_type(ordinary).items()}
    found["requests"] |= _requests(cases)
    found["cost"] = costs(records)
    return found


def questions(cases: Iterable[Case]) -> list[Case]:
    """The ordinary questions: those that are no requests."""
    return [case for case in cases if not case.gold.request]


def kinds(cases: Iterable[Case]) -> dict[str, dict[str, int]]:
    """What questions and requests of each type were taken for, and how often; ``NO_KIND``: an error with no kind."""
    order = (*get_args(Kind), NO_KIND)
    return {
        name: {kind: taken.count(kind) for kind in order if kind in taken}
        for name, group in _by_type(cases).items()
        if (taken := [case.reply.kind or NO_KIND for case in group if case.reply.judged])
    }


def costs(records: Sequence[Record]) -> dict[str, dict[str, float | int | None]]:
    """Median and 95th percentile (linear interpolation) of each cost, over the ``n`` questions that have one."""
    found: dict[str, dict[str, float | int | None]] = {}
    for name in COSTS:
        known = [cost for cost in (_cost(record, name) for record in records) if cost is not None]
        p50, p95 = (float(p) for p in np.percentile(known, [50, 95])) if known else (None, None)
        found[name] = {"p50": p50, "p95": p95, "n": len(known)}
    return found


def rows(run: Run) -> list[dict[str, Any]]:
    """The rows of ``answers.jsonl``: question, record, whether it is right and why, and its part in every metric."""
    return [_row(case, record) for case, record in zip(run.cases, run.records, strict=True)]


def write(run: Run, found: Mapping[str, Any]) -> None:
    """Write ``results.json``, then ``answers.jsonl``, each in one rename."""
    write_whole(run.order.out / RESULTS, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows(run))
    write_whole(run.order.out / ANSWERS, "".join(lines))


def write_whole(file: Path, text: str) -> None:
    """Write a file so that whoever sees it sees all of it."""
    part = file.with_suffix(file.suffix + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, file)


def read_results(out: Path) -> dict[str, Any]:
    """The results of a run.

    Args:
        out: the folder of the run, or its ``results.json``.

    Raises:
        ResultsError: there are none, or the file is damaged.
    """
    file = out / RESULTS if out.is_dir() else out
    found = _parsed(file, _text(file))
    if not _is_results(found):
        raise ResultsError(f"{file} does not hold the results of a run: make them by python -m eval --out {out}.")
    return dict(found)


def read_rows(out: Path) -> list[dict[str, Any]]:
    """The rows of ``answers.jsonl`` of a complete run.

    Raises:
        ResultsError: there are none, or the file is damaged.
    """
    file = out / ANSWERS
    found = [_parsed(file, line) for line in _text(file).split("\n") if line]
    if not all(isinstance(row, dict) and "id" in row and "scores" in row for row in found):
        raise ResultsError(f"{file} does not hold the answers of a run: make them by python -m eval --out {out}.")
    return found


def leaf(found: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The leaf of a summary at a dotted path, such as ``retrieval.recall_at.5``; None when there is none."""
    at: Any = found
    for step in name.split("."):
        at = at.get(step) if isinstance(at, Mapping) else None
    return dict(at) if isinstance(at, Mapping) else None


def _is_results(found: Any) -> bool:
    facts = found.get("run") if isinstance(found, dict) and isinstance(found.get("summary"), dict) else None
    return isinstance(facts, dict) and all(isinstance(facts.get(name), dict) for name in ("settings", "models"))


def _row(case: Case, record: Record) -> dict[str, Any]:
    scores: dict[str, list[float]] = {}
    for metric in (*METRICS, *ARTICLES_ONLY, *FACTS):
        part = metric.part(case)
        if part is not None:
            scores[metric.name] = [float(part.num), float(part.den)]
    judged = {
        "right": case.verdict.right,
        "reasons": list(case.verdict.reasons),
        "must_not": list(case.must_not),
        "scores": scores,
    }
    return {"id": case.gold.id, "type": case.gold.type, "question": case.gold.question, **record, **judged}


def _reader_scores(records: Sequence[Record]) -> list[float | None]:
    """For each question the reader's own log-odds that the articles answer, where they are told."""
    return [(record.get("signals") or {}).get("reader") for record in records]


def _confidences(records: Sequence[Record]) -> list[float | None]:
    """For each question how likely the articles answer, all signals together."""
    return [record["confidence"] for record in records]


def _requests(cases: Sequence[Case]) -> dict[str, Any]:
    """The share of right replies by type of request, and what everything was taken for."""
    asked = _by_type([case for case in cases if case.gold.request])
    return {
        "by_type": {name: _leaf(BY_NAME["requests.right"], group) for name, group in asked.items()},
        "kinds": kinds(cases),
    }


def _leaf(metric: Metric, cases: Iterable[Case]) -> dict[str, float | int | None]:
    return asdict(estimate(parts(metric, cases), per_question=metric.per_question))


def _broken_down(groups: Mapping[str, Sequence[Case]]) -> dict[str, Any]:
    return {
        name: {"questions": len(cases)} | {metric: _leaf(BY_NAME[metric], cases) for metric in BROKEN_DOWN}
        for name, cases in groups.items()
    }


def _by_type(cases: Iterable[Case]) -> dict[str, list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.gold.type, []).append(case)
    return groups


def _by_article(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """A question belongs to every article of its evidence."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        for doc in dict.fromkeys(piece.doc for piece in case.gold.evidence) or [NO_ARTICLE]:
            groups.setdefault(doc, []).append(case)
    return dict(sorted(groups.items(), key=lambda pair: (pair[0] == NO_ARTICLE, pair[0])))


def _cost(record: Record, name: str) -> float | None:
    if name == "answer_words":
        return len(record["answer"].split()) if record["outcome"] in ("answered", "partly") else None
    cost: float | None = record[name]
    return cost


def _put(tree: dict[str, Any], name: str, found: object) -> None:
    *branches, last = name.split(".")
    for branch in branches:
        tree = tree.setdefault(branch, {})
    tree[last] = found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ResultsError(
            f"There is no {file.name} in {file.parent} that can be read: run python -m eval --out {file.parent} first."
        ) from None


def _parsed(file: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ResultsError(f"{file} is damaged ({error}): run python -m eval --out {file.parent} again.") from None
