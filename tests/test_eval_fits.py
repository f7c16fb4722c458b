"""The scripts that fit, the samples and the yardstick of the evaluation, on numbers worked by hand."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest

from eval import ablation, stock
from eval.fit_decision import threshold
from eval.gold import ArticleTexts, load_gold
from rag.answering import decision
from rag.domain import Answer, Evidence
from rag.models import HashEmbedder, Reader, WordReader
from rag.store import Library
from tests.eval_cases import ROWS, write_articles, write_gold


def test_the_threshold_refuses_most_without_losing_too_many() -> None:
    probabilities = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
    there = np.array([False, False, True, False, True, True, True, True])
    assert threshold(probabilities, there, most_refused=0.0) == 0.3
    assert threshold(probabilities, there, most_refused=0.2) == 0.6


def test_a_sample_is_spread_over_types_and_always_the_same(tmp_path: Path) -> None:
    gold = load_gold(write_gold(tmp_path / "g.jsonl", ROWS), ArticleTexts(write_articles(tmp_path)))
    sample = gold.select(sample=3)
    assert len(sample) == 3 and sample == gold.select(sample=3)
    assert len({row.type for row in sample}) == 3
    assert [row.id for row in sample] == sorted(row.id for row in sample)
    assert gold.select(sample=99) == gold.rows


def test_the_yardsticks_chunks_are_found_in_their_article() -> None:
    text = "One.\n\nTwo  three. Four."
    start, end = stock._place("Two three.", text)
    assert text[start:end] == "Two  three."
    assert stock._place("Not there.", text) == (0, len(text))


@pytest.mark.parametrize(
    ("said", "outcome", "cited"),
    [
        ("The pier is late [2].", "answered", [2]),
        ("None of the provided sources are helpful.", "refused", []),
        ("It rained [7].", "answered", []),
    ],
)
def test_the_yardsticks_words_become_an_answer(said: str, outcome: str, cited: list[int]) -> None:
    evidence = (Evidence(1, "a.txt", 0, 4, "Rain"), Evidence(2, "a.txt", 5, 21, "The pier is late"))
    answer = stock._concluded(Answer("Is it?", evidence=evidence), said)
    assert answer.outcome == outcome
    assert [citation.n for citation in answer.citations] == cited


def test_the_parts_that_an_ablation_puts_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "WITH_MODEL", decision.Decision({"verdict": 1.0}, bias=0.0, threshold=0.5))
    sure = {"verdict": 5.0}
    assert ablation.never(sure, "NO", "m") == (1.0, 0.0)
    assert ablation.without("verdict")(sure, "NO. Nothing.", "m")[0] == 0.0
    assert ablation.without("reader")(sure, "NO. Nothing.", "m")[0] > 0.9
    assert {"all", "own-words", "by-word", "no-disputes", "by-words", "no-speakers"} <= set(ablation.VARIANTS)
    assert ablation.Agrees.parts.disputed is ablation.agree


def test_an_ablation_by_words_leaves_the_trained_reader_unasked() -> None:
    trained = cast(Reader, object())
    variant = ablation.VARIANTS["by-words"][1]
    assert isinstance(variant.retriever(cast(Library, None), HashEmbedder(), trained)._reader, WordReader)
