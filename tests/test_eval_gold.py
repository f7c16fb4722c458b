"""Gold files: what is read, and that everything wrong is said with its line."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from eval.gold import ArticleTexts, GoldError, GoldEvidence, load_gold
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


def spanned(doc: str, start: Any, end: Any, **fields: Any) -> dict[str, Any]:
    digest = hashlib.sha256(ARTICLES[doc].encode()).hexdigest()[:16] if doc in ARTICLES else "0" * 16
    return {"doc": doc, "start": start, "end": end, "digest": digest} | fields


def test_a_span_is_read_as_if_its_words_had_been_quoted(texts: ArticleTexts, tmp_path: Path) -> None:
    text = ARTICLES["railway.txt"]
    start = text.index("Anna Berg said: “We lost our lifeline.”")
    by_span = ROWS[1] | {"evidence": [spanned("railway.txt", start, start + 39)]}
    quoted, found = (
        load_gold(write_gold(tmp_path / "gold.jsonl", [row]), texts).rows for row in (ROWS[1], by_span)
    )  # fmt: skip
    assert found == quoted
    assert found[0].quoted


def test_a_span_stands_for_every_place_of_its_words(texts: ArticleTexts, tmp_path: Path) -> None:
    (texts.root / "echo.txt").write_text("\ufeffIt rains.\r\nIt rains.", encoding="utf-8", newline="")
    digest = hashlib.sha256((texts.root / "echo.txt").read_bytes()).hexdigest()[:16]
    row = ROWS[0] | {"evidence": [{"doc": "echo.txt", "start": 10, "end": 19, "digest": digest}]}
    found = load_gold(write_gold(tmp_path / "gold.jsonl", [row]), ArticleTexts(texts.root)).rows
    assert found[0].evidence == (GoldEvidence("echo.txt", "It rains.", (Span(0, 9), Span(10, 19))),)


def test_what_is_near_is_kept_and_is_no_evidence(texts: ArticleTexts, tmp_path: Path) -> None:
    near = [{"doc": "harbour.txt", "quote": "Its crane lifts 40 tonnes."}, spanned("ferry.txt", 0, 9),
            {"doc": "school.txt", "quote": None}]  # fmt: skip
    rows = [ROWS[0] | {"near": near}, ROWS[3] | {"near": near}, ROWS[1] | {"near": None}]
    answerable, unanswerable, without = load_gold(write_gold(tmp_path / "gold.jsonl", rows), texts).rows
    crane, ferry, school = answerable.near
    assert crane == GoldEvidence("harbour.txt", "Its crane lifts 40 tonnes.", (Span(39, 65),))
    assert ferry == GoldEvidence("ferry.txt", "The ferry", (Span(0, 9),))
    assert school == GoldEvidence("school.txt", None)
    assert len(answerable.targets) == 1 and len(answerable.targets[0]) == 1
    assert unanswerable.near == answerable.near and not unanswerable.answerable
    assert without.near == ()


HARBOUR = spanned("harbour.txt", 0, 9)["digest"]


@pytest.mark.parametrize(
    ("piece", "said"),
    [
        (spanned("harbour.txt", 0, 9, digest="0123456789abcdef"),
         f"[0]: harbour.txt has digest {HARBOUR}, not 0123456789abcdef, so it is another version of the article: "
         "get the one whose sha256 begins with 0123456789abcdef, or write the evidence anew"),
        (spanned("harbour.txt", 0, 97),
         "[0]: start 0 and end 97 lead out of harbour.txt, which has 96 characters: correct the span"),
        (spanned("harbour.txt", -9, 4),
         "[0]: start -9 and end 4 lead out of harbour.txt, which has 96 characters: correct the span"),
        (spanned("harbour.txt", 5, 5), "[0]: start 5 and end 5 bound no words: end has to be greater than start"),
        (spanned("harbour.txt", 9, 5), "[0]: start 9 and end 5 bound no words: end has to be greater than start"),
        (spanned("harbour.txt", 3, 4), "[0]: start 3 and end 4 bound only white space in harbour.txt"),
        (spanned("nowhere.txt", 0, 9), '[0]: there is no article "nowhere.txt" in'),
        (spanned("harbour.txt", 0, 9, quote="The harbour"),
         "[0] has both quote and start: give the quote or the span, not both"),
        ({"doc": "harbour.txt", "quote": None, "digest": "0123456789abcdef"},
         "[0] has both quote and digest: give the quote or the span, not both"),
        ({"doc": "harbour.txt", "start": 0, "end": 9}, "[0].digest is missing: a span has start, end and digest"),
        ({"doc": "harbour.txt", "digest": "0123456789abcdef"}, "[0].start is missing: a span has start"),
        (spanned("harbour.txt", 0, 9, digest="ED6A7A1A"),
         '[0].digest is "ED6A7A1A"; wanted: 16 hex digits in lower case'),
        (spanned("harbour.txt", "0", 9), '[0].start is "0"; wanted: a valid integer'),
        (spanned("harbour.txt", 0, None), "[0].end is null; wanted: a valid integer"),
        (spanned("harbour.txt", 0, True), "[0].end is true; wanted: a valid integer"),
        (spanned("harbour.txt", 0, 9, digest=""), "[0].digest is empty"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["evidence", "alt_evidence", "near"])
def test_what_is_wrong_with_a_span_is_said_with_its_line(
    texts: ArticleTexts, tmp_path: Path, name: str, piece: dict[str, Any], said: str
) -> None:
    [(line, message)] = problems(write_gold(tmp_path / "gold.jsonl", [ROWS[1], ROWS[0] | {name: [piece]}]), texts)
    assert line == 2
    assert message.startswith(name + said)


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
