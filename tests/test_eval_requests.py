"""Requests: the form of their lines, each rule of what is right, and the figures, on replies made by hand."""

from pathlib import Path
from typing import Any

import pytest

from eval import compare, gate, report, results, runner
from eval.__main__ import _table, main
from eval.cases import Case
from eval.gold import ArticleTexts, Gold, GoldError, Request, load_gold
from eval.metrics import BY_NAME, METRICS, parts, value
from tests.eval_cases import ROWS, case, gold, hand_made_run, piece, record, write_articles, write_gold

HARBOUR, FERRY, SCHOOL = "harbour.txt", "ferry.txt", "school.txt"
SUMMARY: dict[str, Any] = {
    "id": "r1", "type": "summary", "question": "sum up the harbour one", "answer": "Opened in 1911, lifts 40 tonnes.",
    "required": [["1911"], ["40 tonnes"]], "must_not": ["ferry"], "cite": [HARBOUR], "may_cite": [], "refused": False,
}  # fmt: skip
HELLO: dict[str, Any] = {
    "id": "r2", "type": "smalltalk", "question": "hiya", "answer": "Hello!", "required": [], "must_not": [],
    "cite": [], "may_cite": [], "refused": False,
}  # fmt: skip
OUTSIDE: dict[str, Any] = HELLO | {"id": "r3", "type": "outside", "question": "2+2", "answer": None, "refused": True}


@pytest.fixture
def texts(tmp_path: Path) -> ArticleTexts:
    return ArticleTexts(write_articles(tmp_path))


# -- the form ----------------------------------------------------------------------------------------------------------


def load(texts: ArticleTexts, *rows: dict[str, Any]) -> tuple[Gold, ...]:
    return load_gold(write_gold(texts.root.parent / "gold.jsonl", list(rows)), texts).rows


def problems(texts: ArticleTexts, *rows: dict[str, Any]) -> list[tuple[int, str]]:
    with pytest.raises(GoldError) as caught:
        load(texts, *rows)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: given for name, given in row.items() if name not in names}


def test_the_field_cite_marks_a_request_be_it_empty(texts: ArticleTexts) -> None:
    question, summary, hello, outside = load(texts, ROWS[0], SUMMARY, HELLO, OUTSIDE)
    assert question.request is None
    assert summary.request == Request(cite=(HARBOUR,))
    assert hello.request == Request()
    assert outside.request == Request(refused=True)
    assert [row.answerable for row in (question, summary, hello, outside)] == [True, True, True, False]


def test_fields_of_a_request_do_not_make_a_question_one(texts: ArticleTexts) -> None:
    asked = ROWS[0] | {"may_cite": ["nowhere.txt"], "refused": True}
    assert load(texts, asked) == load(texts, ROWS[0])


def test_evidence_may_be_there_empty_or_left_out(texts: ArticleTexts) -> None:
    given = [SUMMARY | {"evidence": ROWS[0]["evidence"]}, SUMMARY | {"id": "r2", "evidence": []},
             without(SUMMARY, "may_cite", "must_not") | {"id": "r3"}]  # fmt: skip
    assert [len(row.evidence) for row in load(texts, *given)] == [1, 0, 0]


def test_a_question_still_needs_its_evidence(texts: ArticleTexts) -> None:
    assert problems(texts, without(ROWS[0], "evidence")) == [(1, "evidence is missing")]


def test_refusing_is_right_where_there_is_no_answer_unless_the_line_says_so(texts: ArticleTexts) -> None:
    silent = without(OUTSIDE, "refused")
    rows = load(texts, silent, silent | {"id": "a", "answer": "4"}, silent | {"id": "b", "refused": False})
    assert [row.request and row.request.refused for row in rows] == [True, False, False]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cite": ["nowhere.txt"]}, 'cite[0]: there is no article "nowhere.txt" in'),
        ({"cite": ["*"]}, 'cite[0]: there is no article "*" in'),
        ({"may_cite": [FERRY, "nowhere.txt"]}, 'may_cite[1]: there is no article "nowhere.txt" in'),
        ({"cite": None}, "cite is null; wanted: a valid list"),
        ({"cite": HARBOUR}, f'cite is "{HARBOUR}"; wanted: a valid list'),
        ({"may_cite": [""]}, "may_cite[0] is empty"),
        ({"refused": "no"}, 'refused is "no"; wanted: a valid boolean'),
        ({"required": [[]]}, "required[0] is an empty list"),
        ({"evidence": [{"doc": HARBOUR, "quote": "Tokyo"}]}, 'evidence[0]: the quote "Tokyo" is not in harbour.txt'),
    ],
)
def test_what_is_wrong_is_said_with_its_line(texts: ArticleTexts, fields: dict[str, Any], said: str) -> None:
    [(line, message)] = problems(texts, HELLO, SUMMARY | fields)
    assert line == 2
    assert message.startswith(said)


def test_an_article_that_cannot_be_read_is_an_error_of_the_line(texts: ArticleTexts) -> None:
    (texts.root / FERRY).write_bytes(b"\xff\xfe\x00")
    [(line, message)] = problems(texts, HELLO, SUMMARY | {"may_cite": [FERRY]})
    assert line == 2
    assert message.startswith("may_cite[0]: the article ferry.txt cannot be read")


def test_check_counts_requests(texts: ArticleTexts, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_gold(tmp_path / "gold.jsonl", [ROWS[5], SUMMARY, HELLO])
    assert main(["check", str(file), "--articles", str(texts.root)]) == 0
    assert "3 questions (2 of them requests), evidence in 2 articles; no errors" in capsys.readouterr().out


# -- right or wrong ----------------------------------------------------------------------------------------------------

GOOD = "The harbour of Nordvik opened in 1911. Its crane lifts 40 tonnes."
HELLO_THERE = "Hello! Ask me about the articles."


def citing(texts: ArticleTexts, *articles: str) -> list[dict[str, Any]]:
    return [piece(texts, article, texts[article][:20], n) for n, article in enumerate(articles, 1)]


def replied(texts: ArticleTexts, row: dict[str, Any], answer: str, *cited: str, **fields: Any) -> Case:
    [asked] = load(texts, row)
    return case(texts, asked, answer=answer, citations=citing(texts, *cited), **fields)


@pytest.mark.parametrize(
    ("answer", "cited", "reasons"),
    [
        (GOOD, [HARBOUR], ("Holds and cites what it has to.",)),
        (GOOD, [HARBOUR, HARBOUR], ("Holds and cites what it has to.",)),
        ("It opened in 1911.", [HARBOUR], ("Missing: “40 tonnes”.",)),
        (f"{GOOD} See also the ferry.", [HARBOUR], ("Holds “ferry”, which shows a wrong reply.",)),
        (GOOD, [], ("Does not cite harbour.txt.",)),
        (GOOD, [HARBOUR, FERRY, FERRY], ("Cites ferry.txt, which is not asked for.",)),
        (GOOD, [FERRY], ("Does not cite harbour.txt.", "Cites ferry.txt, which is not asked for.")),
        (GOOD + " word" * 239, [HARBOUR], ("Too long: 251 words, 250 are allowed.",)),
    ],
)
def test_a_summary(texts: ArticleTexts, answer: str, cited: list[str], reasons: tuple[str, ...]) -> None:
    verdict = replied(texts, SUMMARY, answer, *cited).verdict
    assert verdict.reasons == reasons
    assert verdict.right is reasons[0].startswith("Holds and")


def test_250_words_are_allowed_in_any_number_of_sentences(texts: ArticleTexts) -> None:
    said = replied(texts, SUMMARY, GOOD + " word" * 238, HARBOUR, model="none", sentences=[{}] * 20)
    assert said.reply.words == 250
    assert said.verdict.right


def test_every_article_of_cite_has_to_be_cited(texts: ArticleTexts) -> None:
    both = SUMMARY | {"cite": [HARBOUR, FERRY]}
    assert replied(texts, both, GOOD, FERRY, HARBOUR).verdict.right
    assert replied(texts, both, GOOD, HARBOUR).verdict.reasons == ("Does not cite ferry.txt.",)


@pytest.mark.parametrize(
    ("may_cite", "cited", "right"),
    [
        ([], [HARBOUR], True),
        ([FERRY], [HARBOUR], True),
        ([FERRY], [HARBOUR, FERRY], True),
        ([FERRY], [FERRY], False),
        ([FERRY], [HARBOUR, SCHOOL], False),
        (["*"], [HARBOUR, SCHOOL, FERRY], True),
        (["*"], [SCHOOL], False),
    ],
)
def test_other_articles_may_be_cited_as_far_as_the_line_says(
    texts: ArticleTexts, may_cite: list[str], cited: list[str], right: bool
) -> None:
    assert replied(texts, SUMMARY | {"may_cite": may_cite}, GOOD, *cited).verdict.right is right


def test_where_nothing_may_be_cited_a_citation_is_wrong(texts: ArticleTexts) -> None:
    assert replied(texts, HELLO, HELLO_THERE).verdict.right
    assert not replied(texts, HELLO, HELLO_THERE, HARBOUR).verdict.right


@pytest.mark.parametrize(
    ("row", "outcome", "right", "reason"),
    [
        (OUTSIDE, "refused", True, "Refused, which is right."),
        (OUTSIDE, "answered", False, "Answered, but refusing is right."),
        (OUTSIDE, "partly", False, "Answered, but refusing is right."),
        (HELLO, "refused", False, "Refused, but this can be answered."),
        (HELLO, "partly", True, "Holds and cites what it has to."),
        (HELLO, "error", False, "Error: None"),
        (OUTSIDE, "error", False, "Error: None"),
        (HELLO, None, None, "Only retrieval was run."),
    ],
)
def test_a_refusal_is_right_where_the_line_says_so(
    texts: ArticleTexts, row: dict[str, Any], outcome: str | None, right: bool | None, reason: str
) -> None:
    verdict = replied(texts, row, "Some words.", outcome=outcome).verdict
    assert (verdict.right, verdict.reasons) == (right, (reason,))


def test_a_right_refusal_may_show_what_is_closest(texts: ArticleTexts) -> None:
    assert replied(texts, OUTSIDE, "Not a matter for the articles.", HARBOUR, FERRY, outcome="refused").verdict.right


def test_a_right_refusal_is_held_to_the_other_rules(texts: ArticleTexts) -> None:
    strict = OUTSIDE | {"required": [["arithmetic"]], "must_not": ["four"], "cite": [HARBOUR]}
    refusal = replied(texts, strict, "It is four.", outcome="refused")
    assert refusal.verdict.reasons == (
        "Missing: “arithmetic”.",
        "Holds “four”, which shows a wrong reply.",
        "Does not cite harbour.txt.",
    )
    assert refusal.must_not == ("four",)


# -- figures -----------------------------------------------------------------------------------------------------------


def figure(name: str, *cases: Case) -> float | None:
    return value(parts(BY_NAME[name], cases))


def test_a_request_takes_part_in_no_figure_of_questions(texts: ArticleTexts) -> None:
    quoted = SUMMARY | {"evidence": ROWS[0]["evidence"]}
    found = replied(texts, quoted, f"{GOOD} “No.”", HARBOUR)
    about = {metric.name for metric in METRICS if parts(metric, [found])}
    assert about == {"citations.resolve", "citations.verbatim", "requests.right"}


def test_the_share_of_questions_taken_for_something_else(texts: ArticleTexts) -> None:
    asked = gold(texts, (HARBOUR, "The harbour of Nordvik opened in 1911."))
    name = "requests.taken_for_something_else"
    taken = [case(texts, asked, kind="question"), case(texts, asked, kind="summary"), case(texts, asked)]
    failed = case(texts, asked, kind=None, outcome="error")
    searched = case(texts, asked, kind="question", outcome=None)
    request = replied(texts, SUMMARY, GOOD, HARBOUR, kind="summary")
    assert figure(name, *taken, failed, searched, request) == 0.25
    assert figure(name, request) is None


@pytest.fixture
def out(texts: ArticleTexts, tmp_path: Path) -> Path:
    return finished(texts, tmp_path / "out", GOOD)


def finished(texts: ArticleTexts, out: Path, summary: str) -> Path:
    """The folder of a run: two questions, one taken for a list, and four requests, one of them an error."""
    shown = citing(texts, HARBOUR)
    records = [
        record(answer="In 1911."),
        record(answer="Anna Berg.", kind="list"),
        record(answer=summary, kind="summary", evidence=shown, citations=shown),
        record(answer="Nothing.", kind="question"),
        record(answer=HELLO_THERE, kind="smalltalk", citations=shown),
        record(outcome="error", kind=None, error="gone"),
    ]
    rows = [*ROWS[:2], SUMMARY, SUMMARY | {"id": "r4"}, HELLO, OUTSIDE]
    run = hand_made_run(out, texts.root, rows, records)
    found = results.results(run)
    report.write(run, found)
    results.write(run, found)
    return out


def test_the_table_of_requests(out: Path) -> None:
    summary = results.read_results(out)["summary"]
    table = summary["requests"]
    assert table.keys() == {"right", "by_type", "kinds", "taken_for_something_else"}
    assert (table["right"]["value"], table["right"]["n"]) == (0.25, 4)
    assert table["right"].keys() == table["by_type"]["summary"].keys() == {"value", "n", "low", "high"}
    right = {name: (leaf["value"], leaf["n"]) for name, leaf in table["by_type"].items()}
    assert right == {"summary": (0.5, 2), "smalltalk": (0, 1), "outside": (0, 1)}
    assert table["kinds"] == {
        "factoid": {"question": 1},
        "attribution": {"list": 1},
        "summary": {"question": 1, "summary": 1},
        "smalltalk": {"smalltalk": 1},
        "outside": {"error": 1},
    }
    assert (table["taken_for_something_else"]["value"], table["taken_for_something_else"]["n"]) == (0.5, 2)


def test_figures_of_questions_are_those_of_a_file_without_requests(texts: ArticleTexts, out: Path) -> None:
    run = hand_made_run(out, texts.root, ROWS[:2], [record(answer="In 1911."), record(answer="Anna Berg.")])
    alone, mixed = results.results(run), results.read_results(out)
    for name in ("accuracy", "by_type", "must_not", "refusal", "retrieval", "reading"):
        assert mixed["summary"][name] == alone["summary"][name], name
    assert mixed["details"] == alone["details"]
    assert alone["summary"]["requests"]["right"]["n"] == 0
    assert alone["summary"]["requests"]["by_type"] == {}


def test_rows_tell_the_kind_and_why(out: Path) -> None:
    rows = results.read_rows(out)
    assert [row["kind"] for row in rows] == ["question", "list", "summary", "question", "smalltalk", None]
    assert [row["right"] for row in rows] == [True, True, True, False, False, False]
    assert rows[4]["reasons"] == ["Cites harbour.txt, which is not asked for."]


def test_what_failed_before_it_had_a_kind_has_none() -> None:
    assert runner._failed("m", "ZeroDivisionError: oops")["kind"] is None


def test_the_page_shows_table_and_matrix(out: Path) -> None:
    page = (out / report.REPORT).read_text(encoding="utf-8")
    assert "<h2>Requests</h2>" in page
    assert "<h2>What was taken for what</h2>" in page
    heads = "".join(f'<th class="n">{kind}</th>' for kind in ("question", "smalltalk", "summary", "list", "error"))
    assert f"<th>asked</th>{heads}" in page
    nothing = '<td class="n"><span class="soft">·</span></td>'
    hits = f'<td class="n">1</td>{nothing}<td class="n"><b>1</b></td>{nothing}{nothing}'
    assert f"<tr><td>summary</td>{hits}</tr>" in page
    assert "Has to cite: harbour.txt. May cite besides: nothing." in page
    assert "<option>smalltalk</option>" in page


def test_the_page_of_questions_alone_has_no_such_tables(texts: ArticleTexts, tmp_path: Path) -> None:
    run = hand_made_run(tmp_path / "out", texts.root, ROWS[:1], [record(answer="In 1911.")])
    page = report.render(run, results.results(run))
    assert "<h2>Requests</h2>" not in page
    assert "taken for what" not in page


def test_the_page_of_requests_alone(texts: ArticleTexts, tmp_path: Path) -> None:
    run = hand_made_run(tmp_path / "out", texts.root, [HELLO], [record(answer=HELLO_THERE, kind="smalltalk")])
    page = report.render(run, results.results(run))
    assert "<h2>Requests</h2>" in page
    assert "<h2>By type</h2>" not in page


@pytest.mark.parametrize(("least", "passed"), [(0.2, True), (0.3, False)])
def test_a_floor_may_be_set_on_right_requests(out: Path, tmp_path: Path, least: float, passed: bool) -> None:
    floors = tmp_path / "gate.toml"
    bounds = f'[answers]\n"requests.right" = {{ min = {least} }}\n"requests.by_type.summary" = {{ min = 0.5 }}\n'
    floors.write_text(bounds, encoding="utf-8")
    assert [finding.passed for finding in gate.check(out, floors)] == [passed, True]


def test_runs_are_compared_by_request(texts: ArticleTexts, out: Path, tmp_path: Path) -> None:
    found = compare.compare(out, finished(texts, tmp_path / "other", "It opened in 1911."))
    assert [change.id for change in found.worse] == ["r1"]
    assert found.worse[0].why == "Missing: “40 tonnes”."
    [line] = [line for line in found.lines if line.metric == "requests.right"]
    assert (line.first, line.second) == (0.25, 0)


def test_the_terminal_shows_requests(out: Path) -> None:
    shown = _table(results.read_results(out)["summary"])
    assert "requests.right" in shown
    assert "requests.by_type.smalltalk" in shown
