"""Spans in place of quotes: the same evidence, none of the articles' words, and word of what could not be kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.gold import ArticleTexts, load_gold
from eval.spans import main
from tests.eval_cases import ROWS, write_articles, write_gold

PIER = "---\ntitle: Pier burns in Nordvik\n---\nThe “old” pier burned. – Nobody was hurt. The “old” pier burned.\n"
HURT = {"doc": "pier.md", "quote": "Nobody was hurt."}
TITLE = {"doc": "pier.md", "quote": "Pier burns in Nordvik"}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = write_articles(tmp_path)
    (folder / "pier.md").write_text(PIER, encoding="utf-8")
    return folder


def row(**fields: Any) -> dict[str, Any]:
    pier = {"doc": "pier.md", "quote": "The “old” pier burned."}
    blank = {"id": "p", "type": "factoid", "question": "Which “pier”?", "answer": "Old.", "required": [["old"]]}
    return blank | {"evidence": [pier]} | fields


def written(articles: Path, rows: list[dict[str, Any]], *options: str) -> tuple[Path, list[dict[str, Any]]]:
    file, out = write_gold(articles.parent / "quoted.jsonl", rows), articles.parent / "spans.jsonl"
    main([str(file), "--articles", str(articles), "--out", str(out), *options])
    return out, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def refused(articles: Path, file: Path, out: Path) -> str:
    with pytest.raises(SystemExit) as caught:
        main([str(file), "--articles", str(articles), "--out", str(out)])
    assert isinstance(caught.value.code, str), "a sentence makes the exit status 1"
    return caught.value.code


def test_spans_are_read_as_the_quotes_they_were(articles: Path) -> None:
    rows = [*ROWS, row(alt_evidence=[HURT], near=[{"doc": "harbour.txt", "quote": "Nordvik"}], aliases=["x"])]
    out, found = written(articles, rows)
    texts = ArticleTexts(articles)
    assert load_gold(out, texts).rows == load_gold(articles.parent / "quoted.jsonl", texts).rows
    assert load_gold(out, texts).rows[-1].evidence[0].spans[1:], "a quote that stands twice is found twice"
    for given, kept in zip(rows, found, strict=True):
        lists = ("evidence", "alt_evidence", "near")
        assert {k: v for k, v in kept.items() if k not in lists} == {k: v for k, v in given.items() if k not in lists}
        pieces = [piece for name in lists for piece in kept.get(name, [])]
        assert all(set(piece) == {"doc", "start", "end", "digest"} for piece in pieces)
    assert "“old” pier burned" not in out.read_text(encoding="utf-8")


def test_spans_and_bare_articles_stay_and_nothing_else_of_a_quotes_entry_does(articles: Path) -> None:
    given = row(alt_evidence=[HURT | {"sentence": "Nobody was hurt."}, {"doc": "ferry.txt", "quote": None}])
    _, [first] = written(articles, [given])
    assert first["alt_evidence"][1] == {"doc": "ferry.txt", "quote": None}
    assert "hurt" not in json.dumps(first)
    assert written(articles, [first])[1] == [first]


def test_ids_get_the_prefix(articles: Path) -> None:
    _, found = written(articles, [row(), row(id="q")], "--prefix", "news-")
    assert [one["id"] for one in found] == ["news-p", "news-q"]


def test_a_quote_of_the_title_alone_is_dropped_where_it_may_be(
    articles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, [found] = written(articles, [row(alt_evidence=[TITLE, HURT], near=[TITLE])])
    assert (len(found["alt_evidence"]), found["near"]) == (1, [])
    why = 'the quote "Pier burns in Nordvik" is not in pier.md'
    told = capsys.readouterr()
    assert told.err == (
        f'line 1: alt_evidence[0] of "p" is dropped: {why}\nline 1: near[0] of "p" is dropped: {why}\n'
    )  # fmt: skip
    assert told.out.endswith("1 questions with spans, 0 left out\n")


def test_a_row_that_needs_a_quote_of_the_title_is_left_out(articles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nearly = {"doc": "pier.md", "quote": "nobody was hurt."}
    _, found = written(articles, [row(id="a"), row(id="b", evidence=[HURT, TITLE, nearly]), row(id="c")])
    assert [one["id"] for one in found] == ["a", "c"]
    told = capsys.readouterr()
    assert told.err.startswith('line 2: the row "b" is left out: evidence[1]: the quote "Pier burns in Nordvik"')
    assert told.err.endswith("it differs in capitals, spaces, dashes or quotation marks only\n")
    assert told.out.endswith("2 questions with spans, 1 left out\n")


def test_errors_name_the_lines_of_the_file_that_was_given_and_nothing_is_written(articles: Path) -> None:
    out = articles.parent / "spans.jsonl"
    unknown, mixed = {"doc": "nowhere.txt", "quote": "x"}, HURT | {"start": 0}
    rows = [row(evidence=[TITLE]), row(), row(id="c", evidence=[unknown]), row(id="d", evidence=[mixed]), row(id=7)]
    file = write_gold(articles.parent / "quoted.jsonl", rows)
    file.write_bytes(b"\xef\xbb\xbf\n" + file.read_bytes() + b"{\n")
    said = refused(articles, file, out).split("\n")
    assert said[0].endswith("has 4 errors; correct:")
    assert [line.split(":")[0] for line in said[1:]] == ["  line 4", "  line 5", "  line 6", "  line 7"]
    assert 'no article "nowhere.txt"' in said[1] and "both quote and start" in said[2]
    assert not out.exists()


def test_an_article_that_cannot_be_read_is_no_traceback(articles: Path) -> None:
    (articles / "pier.md").write_bytes(b"\xff\xfe\x00")
    file = write_gold(articles.parent / "quoted.jsonl", [row()])
    assert "the article pier.md cannot be read" in refused(articles, file, articles.parent / "spans.jsonl")


def test_the_quotes_themselves_are_never_written_over(articles: Path) -> None:
    file = write_gold(articles.parent / "quoted.jsonl", [row()])
    before = file.read_bytes()
    assert "is the file that is read" in refused(articles, file, articles.parent / "articles" / ".." / file.name)
    assert file.read_bytes() == before


def test_other_reasons_to_write_nothing(articles: Path) -> None:
    here = articles.parent
    file = write_gold(here / "quoted.jsonl", [row()])
    assert "cannot be read: no such file" in refused(articles, here / "none.jsonl", here / "spans.jsonl")
    assert "does not exist" in refused(here / "nowhere", file, here / "spans.jsonl")
    assert "cannot be written: no such file" in refused(articles, file, here / "nowhere" / "spans.jsonl")
    write_gold(file, [row(evidence=[TITLE])])
    assert "has all its quotes" in refused(articles, file, here / "spans.jsonl")
    assert not (here / "spans.jsonl").exists()


def test_half_of_a_surrogate_pair_outlives_the_rewriting(articles: Path) -> None:
    file, out = articles.parent / "quoted.jsonl", articles.parent / "spans.jsonl"
    file.write_text(json.dumps(row(aliases=["\ud800"])), encoding="utf-8")
    main([str(file), "--articles", str(articles), "--out", str(out)])
    assert json.loads(out.read_bytes())["aliases"] == ["\ud800"]
