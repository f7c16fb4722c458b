"""The gate of this repository: what a change must not make worse, on the gold questions and the real articles."""

from pathlib import Path

import pytest

from eval.__main__ import main

ROOT = Path(__file__).resolve().parent.parent
GOLD = str(ROOT / "eval" / "gold" / "test.jsonl")
SAMPLE = "20"
"""Questions that the language model answers here; the same ones each time. All of them: make eval."""

pytestmark = pytest.mark.model


def _run(out: Path, *arguments: str, gold: str = GOLD) -> None:
    assert main(["--gold", gold, "--articles", str(ROOT / "seeds"), "--out", str(out), *arguments]) == 0


def test_finding_and_extracting_hold_on_every_question(tmp_path: Path) -> None:
    _run(tmp_path, "--model", "none")
    assert main(["gate", str(tmp_path)]) == 0


def test_requests_of_all_kinds_are_met(tmp_path: Path) -> None:
    _run(tmp_path, "--model", "none", gold=str(ROOT / "eval" / "gold" / "requests.jsonl"))
    assert main(["gate", str(tmp_path)]) == 0


def test_the_default_model_holds_on_a_sample(tmp_path: Path) -> None:
    _run(tmp_path, "--model", "1.5b", "--sample", SAMPLE)
    assert main(["gate", str(tmp_path)]) == 0
