"""The speed script's arithmetic on hand-worked numbers."""

from pathlib import Path

import pytest

from eval.speed import Sample, figure, kept, read_questions, summarise
from rag.errors import QuestionError


def test_percentiles_are_interpolated_and_missing_values_left_out() -> None:
    found = figure([10.0, None, 20.0, 30.0, 40.0, 50.0])
    assert found is not None
    assert (found.n, found.p50, found.p95) == (5, 30.0, pytest.approx(48.0))
    assert figure([None]) is None


def test_promises_look_at_p95_of_evidence_and_p50_of_tokens() -> None:
    fast = [Sample(100.0, 2000.0, 5000.0, tokens, 20.0) for tokens in (200.0, 225.0, 900.0)]
    assert kept(summarise(fast)) == {"evidence_ms": True, "uncached_tokens": True}
    assert kept(summarise([Sample(400.0, None, None, None, None)])) == {"evidence_ms": False}


def test_questions_are_read_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "questions.txt"
    file.write_text("# by hand\nWho?\n\n  Why? \n", encoding="utf-8")
    assert read_questions(file) == ["Who?", "Why?"]


@pytest.mark.parametrize("content", [None, "", "# nothing\n"])
def test_a_file_without_questions_is_an_error(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "questions.txt"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionError, match=r"questions\.txt"):
        read_questions(file)
