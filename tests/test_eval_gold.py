"""Gold files: what is read, and that everything wrong is said with its line."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from eval.gold import ArticleTexts, GoldError, load_gold
from rag.domain import Span, Turn
from rag.errors import ArticlesError, ConfigError
from tests.eval_cases import ARTICLES, ROWS, write_articles, write_gold


@pytest.fixture
def texts(tmp_path: Path) -> ArticleTexts:
    return ArticleTexts(write_articles(tmp_path))


def problems(file: Path, texts: ArticleTexts) -> list[tuple[int, str]]:
    with pytest.raises(GoldError) as caught:
        load_gold(file, texts)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_a_file_is_read_with_every_place_of_every_quote(texts: ArticleTexts, tmp_path: Path) -> None:
    found = load_gold(write_gold(tmp_path / "gold.jsonl", ROWS), texts)
    assert [row.id for row in found.rows] == ["q1", "q2", "q3", "q4", "q5", "q6"]
    assert found.rows[0].evidence[0].spans == (Span(0, 38),)
    assert not found.rows[3].answerable
    assert found.rows[4].history == (Turn("When did the harbour of Nordvik open?", "In 1911."),)
    assert len(found.digest) == 64


def test_blank_lines_a_bom_and_unknown_fields_are_no_errors(texts: ArticleTexts, tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    line = json.dumps(ROWS[0] | {"aliases": 7, "x": None})
    file.write_bytes(b"\xef\xbb\xbf\r\n" + line.encode() + b"\r\n\n")
    assert len(load_gold(file, texts).rows) == 1


def changed(**fields: Any) -> str:
    return json.dumps(ROWS[0] | fields)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON: expecting property name enclosed in double quotes at column 2"),
        ("[" * 100_000, "not JSON that can be read: too long a number or too deeply nested"),
        ("[1]", "not a JSON object but a list"),
        ("null", "not a JSON object but null"),
        (changed(id=None), "id is null; wanted: a valid string"),
        (changed(question="  "), "question is empty"),
        (changed(answer=5), "answer is 5; wanted: a valid string"),
        (changed(required=["a"]), 'required[0] is "a"; wanted: a valid list'),
        (changed(required=[[]]), "required[0] is an empty list"),
        (changed(required=[]), "required is empty although there is an answer"),
        (changed(premise_false="yes"), 'premise_false is "yes"; wanted: a valid boolean'),
        (changed(premise_false=True), "premise_false is true although there is an answer"),
        (changed(answer=None), "evidence is given although answer is null"),
        (changed(answer=None, evidence=[], required=[], premise_false=True),
         "premise_false is true but required is empty"),
        (changed(evidence=[{"doc": "harbour.txt"}]), "evidence[0].quote is missing"),
        (changed(evidence={"doc": "harbour.txt"}), "evidence is an object; wanted: a valid list"),
        (changed(evidence=[{"doc": "../x", "quote": "x"}]), 'evidence[0]: there is no article "../x" in'),
        (changed(alt_evidence=[{"doc": "harbour.txt", "quote": "Tokyo"}]),
         'alt_evidence[0]: the quote "Tokyo" is not in harbour.txt'),
        (changed(evidence=[{"doc": "harbour.txt", "quote": "its crane lifts  40 tonnes"}]),
         "it differs in capitals, spaces"),
        (changed(history=[{"question": "x"}]), "history[0].answer is missing"),
        (changed(id="\ud800"), "id is"),
        (json.dumps({"id": "x"}), "type is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(texts: ArticleTexts, tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps(ROWS[1]) + "\n" + line + "\n", encoding="utf-8")
    found = problems(file, texts)
    assert all(number == 2 for number, _ in found)
    assert any(said in message for _, message in found), found


def test_bytes_that_are_not_utf8_are_named(texts: ArticleTexts, tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_bytes(json.dumps(ROWS[0]).encode() + b'\n{"id": "caf\xe9"}\n')
    assert problems(file, texts) == [(2, "not UTF-8: byte 0xe9 at position 12")]


def test_a_repeated_id_names_both_lines(texts: ArticleTexts, tmp_path: Path) -> None:
    file = write_gold(tmp_path / "gold.jsonl", [ROWS[0], ROWS[1], ROWS[0]])
    assert problems(file, texts) == [(3, 'id "q1" stands in line 1 already')]


def test_an_article_that_cannot_be_read_is_no_traceback(texts: ArticleTexts, tmp_path: Path) -> None:
    (texts.root / "harbour.txt").write_bytes(b"\xff\xfe\x00")
    file = write_gold(tmp_path / "gold.jsonl", ROWS[:1])
    [(line, message)] = problems(file, texts)
    assert line == 1
    assert "the article harbour.txt cannot be read" in message


@pytest.mark.parametrize("content", [None, b"", b"\n \n"])
def test_no_file_and_an_empty_file(texts: ArticleTexts, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "gold.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(GoldError, match=r"cannot be read|is empty"):
        load_gold(file, texts)


def test_no_folder_of_articles(tmp_path: Path) -> None:
    with pytest.raises(ArticlesError, match="does not exist"):
        ArticleTexts(tmp_path / "nowhere")


def test_ten_thousand_lines_are_checked_in_seconds_and_errors_are_capped(texts: ArticleTexts, tmp_path: Path) -> None:
    rows = [ROWS[0] | {"id": f"q{n}"} for n in range(10_000)]
    bad = [row | {"evidence": [{"doc": "harbour.txt", "quote": f"Nothing of {row['id']}"}]} for row in rows]
    started = time.monotonic()
    assert len(load_gold(write_gold(tmp_path / "good.jsonl", rows), texts).rows) == 10_000
    with pytest.raises(GoldError) as caught:
        load_gold(write_gold(tmp_path / "bad.jsonl", bad), texts)
    assert time.monotonic() - started < 20
    assert len(caught.value.problems) == 10_000
    assert str(caught.value).count("\n") == 21
    assert str(caught.value).endswith("and 9,980 more")


def test_questions_are_chosen_by_type_then_by_number(texts: ArticleTexts, tmp_path: Path) -> None:
    found = load_gold(write_gold(tmp_path / "gold.jsonl", ROWS), texts)
    assert [row.id for row in found.select(["factoid", "followup"], 2)] == ["q1", "q5"]
    assert len(found.select()) == len(ROWS)
    with pytest.raises(ConfigError, match="no question of type 'x': there are factoid, attribution"):
        found.select(["x"])


def test_words_at_a_span_that_leads_out_of_the_text_are_none(texts: ArticleTexts) -> None:
    size = len(ARTICLES["ferry.txt"])
    assert texts.quote("ferry.txt", Span(0, 9)) == "The ferry"
    assert texts.quote("ferry.txt", Span(0, size + 1)) is None
    assert texts.quote("ferry.txt", Span(-3, 2)) is None
    assert texts.quote("nowhere.txt", Span(0, 1)) is None
