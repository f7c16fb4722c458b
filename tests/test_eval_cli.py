"""The evaluation's commands: exit codes, one sentence on stderr; compare and gate on whole runs."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from eval import intervals, results
from eval.__main__ import main
from eval.gate import GATE, GateError, check, read_floors
from rag import assistant as assistant_room
from rag.models import ScriptedModel
from rag.retrieval import Retriever
from tests.eval_cases import REPLIES, ROWS, hand_made_run, record, write_articles, write_gold

Evaluate = Callable[..., int]


@pytest.fixture
def evaluate(scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    monkeypatch.setattr(intervals, "RESAMPLES", 100)
    articles = write_articles(tmp_path)
    gold = write_gold(tmp_path / "gold.jsonl", ROWS)

    def call(out: str, *arguments: str) -> int:
        return main(["--articles", str(articles), "--gold", str(gold), "--out", str(tmp_path / out), *arguments])

    return call


def test_a_run_prints_figures_and_says_where_the_page_is(
    evaluate: Evaluate, scripted: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.enqueue(*REPLIES)
    assert evaluate("a") == 0
    said = capsys.readouterr()
    assert "accuracy" in said.out
    assert "by_type.followup" in said.out
    assert "report.html" in said.err
    assert "right 6/6" in said.err


def test_json_is_exactly_one_object(
    evaluate: Evaluate, scripted: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("a", "--json", "--model", "none", "--limit", "2") == 0
    assert json.loads(capsys.readouterr().out)["run"]["counts"]["questions"] == 2


@pytest.mark.parametrize("types", [["--types", "factoid", "followup"], ["--types", "factoid,followup"]])
def test_types_and_limit(
    evaluate: Evaluate, tmp_path: Path, types: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("a", "--retrieval-only", *types, "--limit", "2") == 0
    rows = (tmp_path / "a" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["id"] for row in rows] == ["q1", "q5"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--types", "nonsense"], "has no question of type 'nonsense'"),
        (["--model", "nonsense"], "There is no model 'nonsense'"),
        (["--articles", "nowhere"], "nowhere does not exist"),
        (["--gold", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
    ],
)
def test_an_error_is_one_sentence(
    evaluate: Evaluate, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("a", *arguments) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--limit", "x"], ["--nonsense"]])
def test_wrong_usage_is_exit_2(evaluate: Evaluate, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        evaluate("a", *arguments)
    assert caught.value.code == 2


def test_nothing_runs_when_the_gold_file_is_wrong(
    evaluate: Evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gold.jsonl").write_text('{"id": 1}\nnonsense\n', encoding="utf-8")
    assert evaluate("a") == 1
    said = capsys.readouterr().err
    assert "line 1: id is 1; wanted: a valid string" in said
    assert "line 2: not JSON: expecting value at column 1" in said
    assert not (tmp_path / "a" / "library").exists()


def test_check(evaluate: Evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["check", str(tmp_path / "gold.jsonl"), "--articles", str(tmp_path / "articles")]
    assert main(command) == 0
    assert "6 questions, evidence in 3 articles; no errors" in capsys.readouterr().out
    write_gold(tmp_path / "gold.jsonl", [*ROWS, ROWS[0]])
    assert main(command) == 1
    assert 'line 7: id "q1" stands in line 1 already' in capsys.readouterr().err


def test_an_interruption_says_that_it_can_go_on(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("eval.runner._Asker.ask", interrupt)
    assert evaluate("a") == 130
    assert "goes on where it stopped" in capsys.readouterr().err


def test_compare_lists_what_got_better_and_what_broke(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    articles = write_articles(tmp_path)
    answers = {"a": ("In 1911.", "Nobody.", "Harbour, railway."), "b": ("In 1910.", "Anna Berg.", "Harbour, railway.")}
    for name, said in answers.items():
        run = hand_made_run(tmp_path / name, articles, ROWS[:3], [record(answer=answer) for answer in said])
        results.write(run, results.results(run))
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [change["id"] for change in found["better"]] == ["q2"]
    assert [change["id"] for change in found["worse"]] == ["q1"]
    assert found["worse"][0]["why"] == "Missing: “1911”."
    accuracy = next(line for line in found["lines"] if line["metric"] == "accuracy")
    assert accuracy["change"]["value"] == 0
    assert accuracy["change"]["n"] == 3
    assert found["notes"] == []
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert "Better: 1\n  q2 (attribution)" in capsys.readouterr().out


def test_compare_says_when_the_runs_are_not_of_a_kind(
    evaluate: Evaluate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("a", "--retrieval-only") == 0
    write_gold(tmp_path / "gold.jsonl", ROWS[:4])
    assert evaluate("b", "--retrieval-only") == 0
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    said = capsys.readouterr().out
    assert "The gold files of the two runs differ." in said
    assert "Only 4 questions are in both runs (6 and 4)." in said
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "nowhere")]) == 1
    assert "There is no answers.jsonl" in capsys.readouterr().err


# -- the gate ----------------------------------------------------------------------------------------------------------


def test_the_gate_holds_for_the_product_and_fails_for_a_broken_setting(
    evaluate: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken: lanes with negative weights, so that the worst pieces come first."""
    assert evaluate("good", "--retrieval-only") == 0
    assert main(["gate", str(tmp_path / "good")]) == 0
    broken = partial(Retriever, lane_weights={"lexical": -1.0, "dense": -1.0})
    monkeypatch.setattr(assistant_room.Assistant, "retriever", broken)
    assert evaluate("bad", "--retrieval-only") == 0
    capsys.readouterr()
    assert main(["gate", str(tmp_path / "bad")]) == 1
    said = capsys.readouterr()
    assert "FAIL  retrieval  retrieval.recall_at.5" in said.out
    assert "The gate does not hold" in said.err


def a_run(out: Path, language: str | None = "m", **summary: object) -> Path:
    run = {"settings": {"retrieval_only": language is None}, "models": {"language": language}}
    out.mkdir(exist_ok=True)
    (out / "results.json").write_text(json.dumps({"run": run, "summary": {"by_type": {}} | summary}), encoding="utf-8")
    return out


def test_floors_of_the_model_and_of_answers_apply_to_runs_with_answers(tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text(
        '[retrieval]\nx = {min = 0.5}\n[answers]\n"cost.total_ms" = {max = 9, of = "p50"}\n'
        "[model.m]\nx = {min = 0.7}\n[model.other]\nx = {min = 1}\n",
        encoding="utf-8",
    )
    found = a_run(tmp_path / "run", x={"value": 0.6}, cost={"total_ms": {"p50": 8}})
    seen = [(f.floor.section, f.seen, f.passed) for f in check(found, gate)]
    assert seen == [("retrieval", 0.6, True), ("answers", 8, True), ("model.m", 0.6, False)]
    assert len(check(a_run(tmp_path / "run", None, x={"value": 0.6}), gate)) == 1


def test_a_floor_may_pool_types_by_question(tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text('[answers]\n"pooled" = {min = 0.7, types = ["a", "b", "none of these"]}\n', encoding="utf-8")
    leaves = {"a": {"value": 1.0, "n": 3}, "b": {"value": 0.0, "n": 1}, "c": {"value": 0.0, "n": 9}}
    [finding] = check(a_run(tmp_path / "run", by_type=leaves), gate)
    assert (finding.seen, finding.passed) == (0.75, True)


def test_what_was_not_measured_does_not_pass(tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text("[retrieval]\nx = {min = 0.0}\ny = {min = 0.0}\n", encoding="utf-8")
    findings = check(a_run(tmp_path / "run", x={"value": None}), gate)
    assert [finding.passed for finding in findings] == [False, False]


@pytest.mark.parametrize(
    "content", [None, "not toml", "[retrieval]\nx = 1", "[retrieval]\nx = {}", '[retrieval]\nx = {min = "a"}',
                "[retrieval]\nx = {min = 1, least = 2}", "[elsewhere]\nx = {min = 1}", "retrieval = 1", ""]
)  # fmt: skip
def test_floors_that_cannot_be_used(tmp_path: Path, content: str | None) -> None:
    gate = tmp_path / "gate.toml"
    if content is not None:
        gate.write_text(content, encoding="utf-8")
    with pytest.raises(GateError, match=r"gate\.toml"):
        check(a_run(tmp_path / "run"), gate)


@pytest.mark.parametrize("content", ["{", "[]", '{"summary": {}}', '{"run": {}, "summary": {}}'])
def test_results_that_are_none(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_text(content, encoding="utf-8")
    assert main(["gate", str(tmp_path)]) == 1
    assert "results.json" in capsys.readouterr().err


def test_the_shipped_floors_name_figures_that_exist() -> None:
    from eval.metrics import BY_NAME

    for floor in read_floors(GATE):
        assert floor.types or floor.figure in BY_NAME or floor.figure.split(".")[0] in ("by_type", "cost"), floor


def test_questions_over_news_have_floors_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, least in (("GATE", 0.9), ("NEWS_GATE", 0.5)):
        file = tmp_path / f"{name}.toml"
        file.write_text(f"[retrieval]\nx = {{min = {least}}}\n", encoding="utf-8")
        monkeypatch.setattr(f"eval.gate.{name}", file)
    out = a_run(tmp_path / "run", None, x={"value": 0.7})
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    for gold, passed in (("test.jsonl", False), ("news-test.jsonl", True)):
        results["run"]["gold"] = {"file": gold}
        (out / "results.json").write_text(json.dumps(results), encoding="utf-8")
        [finding] = check(out)
        assert finding.passed is passed
