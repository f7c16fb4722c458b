"""Scoring summaries: figures by hand, the baselines, and what a bad file is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.summaries import above_lead, lead, main, read, read_references, results, score
from rag.errors import ConfigError
from tests.conftest import ROOT, SEEDS

TEXT = (
    "The council of Leeds approved a new harbour bridge on Monday. The bridge will cost 40 million euros in all. "
    "Harbour minister Anna Berg said the bridge replaces the ferry to Holm. The ferry was late on many days of May."
)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    facts = [{"name": "cost", "groups": [["40 million", "40m"]]}, {"name": "Hull", "groups": [["Leeds"], ["Hull"]]}]
    row = {"doc": "a.txt", "summaries": [TEXT, "A bridge is to be built."], "facts": facts}
    (tmp_path / "gold.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return tmp_path / "gold.jsonl"


def test_a_summary_is_held_against_the_better_of_two_and_the_facts(gold: Path) -> None:
    rows = {row.system: row for row in score(read_references(gold), gold.parent)}
    product = rows["product"]
    assert 0.5 < product.figures["rouge-1"] <= 1 and product.figures["words"] == len(product.text.split())
    assert product.missing[-1] == "Hull" and product.figures["facts"] in (0.0, 0.5)
    assert rows["lead"].figures["words"] == product.figures["words"] and TEXT.startswith(rows["lead"].text)
    human = rows["human"]  # "a bridge ... be" of the first: bridge and to, of 6 words and 41
    assert human.text == "A bridge is to be built." and human.figures["rouge-2"] == 0
    assert results([*rows.values()])["human"]["words"].value == 6
    assert above_lead([*rows.values()])["rouge-1"].n == 1


def test_the_lead_is_the_first_words_of_the_body(gold: Path) -> None:
    _, body = read(gold.parent, "a.txt")
    assert lead(body, 4) == "The council of Leeds" and len(body) == 4


def test_the_command_prints_a_table_and_writes_json(
    gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    assert main(["--articles", str(tmp_path), "--gold", str(gold), "--out", str(out)]) == 0
    assert "a.txt lacks: " in capsys.readouterr().out
    assert set(json.loads(out.read_text(encoding="utf-8"))["summary"]) == {"product", "lead", "human"}


@pytest.mark.parametrize("line", ["no json", '{"doc": "a.txt"}', '{"doc": "a.txt", "summaries": ["one"], "facts": []}'])
def test_a_line_that_is_not_of_the_form_is_named(gold: Path, line: str) -> None:
    gold.write_text(line, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"gold\.jsonl, line 1"):
        read_references(gold)


def test_an_article_that_is_not_there_is_named(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--articles", str(SEEDS), "--gold", str(gold)]) == 1
    assert capsys.readouterr().err.startswith("a.txt is not in ")


def test_the_files_that_ship_are_of_the_form() -> None:
    for name, count in (("summaries.jsonl", 5), ("summaries-news.jsonl", 10)):
        assert len(read_references(ROOT / "eval" / "gold" / name)) == count
