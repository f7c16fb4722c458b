"""How fast it is: evidence, first word, whole answer, and how much of the prompt had to be read.

    python -m eval.speed [--model 1.5b] [--questions FILE] [--repeat N] [--json FILE]

Asks every question (one a line; default: eval/questions.txt) of a fresh library under a temporary folder, after one
question that is not counted, and prints medians and 95th percentiles. Times count from the question's arrival.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rag.assistant import Assistant
from rag.config import load_without_page
from rag.domain import Answer
from rag.errors import FootnoteError, QuestionError
from rag.terminal import TerminalProgress

QUESTIONS = Path(__file__).parent / "questions.txt"
MAX_EVIDENCE_MS = 300.0
MAX_UNCACHED_TOKENS = 230.0
"""What the project promises: evidence within 300 ms (p95), at most 230 prompt tokens read anew (p50)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One question's figures. Milliseconds and tokens; None where no model took part."""

    evidence_ms: float
    first_word_ms: float | None
    whole_ms: float | None
    uncached_tokens: float | None
    answer_tokens: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """Median and 95th percentile (linear interpolation) of ``n`` values."""

    n: int
    p50: float
    p95: float


def figure(values: Sequence[float | None]) -> Figure | None:
    """The figure of the values that are there; None when none is."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    p50, p95 = np.percentile(known, [50, 95])
    return Figure(len(known), float(p50), float(p95))


def measure(assistant: Assistant, question: str) -> Sample:
    """Ask once. ``evidence_ms`` is when the answer that carries the evidence is handed out."""
    started = time.perf_counter()
    evidence_ms: float | None = None
    final: Answer | None = None
    for final in assistant.ask(question):
        if evidence_ms is None and final.evidence:
            evidence_ms = (time.perf_counter() - started) * 1000
    assert final is not None
    asked_model = final.prompt_tokens is not None
    return Sample(
        evidence_ms=evidence_ms if evidence_ms is not None else (time.perf_counter() - started) * 1000,
        first_word_ms=final.timings.first_token_ms if asked_model else None,
        whole_ms=final.timings.total_ms if asked_model else None,
        uncached_tokens=(final.prompt_tokens or 0) - (final.cached_tokens or 0) if asked_model else None,
        answer_tokens=final.answer_tokens,
    )


def summarise(samples: Sequence[Sample]) -> dict[str, Figure]:
    """The figures by name, those without values left out."""
    names = ("evidence_ms", "first_word_ms", "whole_ms", "uncached_tokens", "answer_tokens")
    figures = {name: figure([getattr(sample, name) for sample in samples]) for name in names}
    return {name: found for name, found in figures.items() if found is not None}


def kept(figures: dict[str, Figure]) -> dict[str, bool]:
    """Whether each promise is kept."""
    promises = {"evidence_ms": figures["evidence_ms"].p95 <= MAX_EVIDENCE_MS}
    if "uncached_tokens" in figures:
        promises["uncached_tokens"] = figures["uncached_tokens"].p50 <= MAX_UNCACHED_TOKENS
    return promises


def read_questions(file: Path) -> list[str]:
    """One question a line; empty lines and lines that begin with ``#`` are left out.

    Raises:
        QuestionError: the file cannot be read or holds no question.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"The questions {file} cannot be read: {error}.") from None
    questions = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not questions:
        raise QuestionError(f"{file} holds no question: write one on each line.")
    return questions


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print. Exit 0: promises kept. 1: not, or an error."""
    parser = argparse.ArgumentParser(prog="python -m eval.speed", description="Measure how fast answers come.")
    parser.add_argument("--articles", help="the folder of articles (default: seeds)")
    parser.add_argument("--model", help="as for app.py (default: 1.5b)")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="a file with one question a line")
    parser.add_argument("--repeat", type=int, default=1, help="how often each question is asked")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(argv)
    try:
        return _run(given)
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1


def _run(given: argparse.Namespace) -> int:
    questions = read_questions(given.questions)
    with tempfile.TemporaryDirectory() as data:
        config = load_without_page(articles=given.articles, model=given.model, data=data)
        with Assistant(config, TerminalProgress()) as assistant:
            assistant.load()
            measure(assistant, questions[-1])
            asked = [question for question in questions for _ in range(given.repeat)]
            samples = [measure(assistant, question) for question in tqdm(asked, unit="question")]
    figures = summarise(samples)
    for name, found in figures.items():
        print(f"{name:16} p50 {found.p50:9.0f}   p95 {found.p95:9.0f}   n {found.n}")
    promises = kept(figures)
    for name, holds in promises.items():
        print(f"{name}: {'kept' if holds else 'NOT kept'}")
    if given.json:
        rows = {name: {"n": f.n, "p50": f.p50, "p95": f.p95} for name, f in figures.items()}
        given.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(promises.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
