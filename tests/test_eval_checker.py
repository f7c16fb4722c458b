"""The checker's measures against hand-worked numbers, and the command on a small file."""

import json
from pathlib import Path

import numpy as np
import pytest

from eval import checker
from eval.checker_fit import fit, probability
from eval.corruption import claims
from rag.answering.checking import FEATURES
from rag.domain import Article

PASSAGE = "The ferry leaves at nine. The harbour master sells the tickets on the pier."


def _line(response: str, *spans: tuple[int, int]) -> str:
    marked = [{"start": start, "end": end} for start, end in spans]
    return json.dumps({"question": "When?", "passages": [PASSAGE], "response": response, "spans": marked})


def _array(*values: object) -> np.ndarray:
    return np.array(values)


def test_auroc_counts_pairs_in_order_and_ties_half() -> None:
    assert checker.auroc(_array(True, True, False, False), _array(0.9, 0.4, 0.4, 0.1)) == 3.5 / 4


def test_balanced_accuracy_and_f1() -> None:
    truth, called = _array(True, True, False, False, False), _array(True, False, True, False, False)
    assert checker.balanced_accuracy(truth, called) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert checker.f1(truth, called) == pytest.approx(2 * 1 / (2 + 2))
    assert np.isnan(checker.balanced_accuracy(_array(True), _array(True)))


def test_an_answer_is_as_good_as_its_worst_sentence(tmp_path: Path) -> None:
    response = "The ferry leaves at nine. Penguins own forty submarines."
    file = tmp_path / "a.jsonl"
    file.write_text(_line(response, (26, 34)) + "\n", encoding="utf-8")
    [row] = checker.read(file)
    good, bad = checker.sentences(row)
    assert (good.hallucinated, good.supported) == (False, True) and (bad.hallucinated, bad.supported) == (True, False)
    whole = checker.answer(row, [good, bad])
    assert whole.hallucinated and not whole.supported and whole.score == bad.score


@pytest.mark.parametrize(
    "said", ["The articles do not mention a captain.", "Based on the passages, I am unable to answer."]
)
def test_a_sentence_that_refuses_claims_nothing(said: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(_line(said), encoding="utf-8")
    [found] = checker.sentences(next(checker.read(file)))
    assert found.supported and found.score == 1


def test_the_command_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    lines = [_line("The ferry leaves at nine."), _line("Penguins own forty submarines.", (0, 8))] * 3
    file.write_text("\n".join(lines), encoding="utf-8")
    assert checker.main([str(file), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "answers: 6, hallucinated 3" in printed and "AUROC 1.000" in printed
    assert len(out.read_text(encoding="utf-8").splitlines()) == 6


@pytest.mark.parametrize("text", ["{", '{"question": "q"}', "[]"])
def test_a_bad_line_is_named(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(_line("Yes.") + "\n" + text, encoding="utf-8")
    assert checker.main([str(file)]) == 1
    assert "line 2" in capsys.readouterr().err


def test_a_missing_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checker.main([str(tmp_path / "none.jsonl")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_the_fit_keeps_its_signs_and_finds_what_tells() -> None:
    chance = np.random.default_rng(1)
    table = chance.random((400, len(FEATURES)))
    place = list(FEATURES).index("union")
    labels = table[:, place] + 0.1 * chance.standard_normal(400) > 0.5
    weights = fit(table, labels)
    assert weights[place] == max(weights[:-1]) > 1
    assert all(w >= 0 if name in ("union", "bound") else w <= 0 for name, w in zip(FEATURES, weights, strict=False))
    assert np.mean((probability(table, weights) > 0.5) == labels) > 0.85


def test_made_claims_are_always_the_same_and_of_both_kinds() -> None:
    rows = [
        f"On day {n} the harbour master of Tromso has sold {n} tickets to Elin Vasskog, near a pier." for n in range(30)
    ]
    article = Article("a.txt", "\n".join(rows), "d", "Tickets")
    first, second = list(claims([article], seed=3)), list(claims([article], seed=3))
    assert first == second and {claim.faithful for claim in first} == {True, False}
    assert all(set(claim.shown) <= set(rows) for claim in first)
    assert all(claim.text in rows for claim in first if claim.made in ("copied", "outside"))
