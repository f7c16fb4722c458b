"""Whole runs with the scripted model: rows, resuming, kept replies, errors, and the user's library left alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval import intervals, provenance, results, runner
from eval.runner import Order
from rag import assistant as assistant_room
from rag import loading as loading_room
from rag.errors import ModelError
from rag.models import ScriptedModel
from tests.eval_cases import REPLIES, ROWS, write_articles, write_gold


@pytest.fixture
def order(scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    monkeypatch.setattr(intervals, "RESAMPLES", 100)
    articles = write_articles(tmp_path)
    return Order(write_gold(tmp_path / "gold.jsonl", ROWS), tmp_path / "out", articles)


def finish(order: Order) -> tuple[runner.Run, dict[str, Any]]:
    run = runner.run(order)
    found = results.results(run)
    results.write(run, found)
    runner.forget_journal(order)
    return run, found


def test_a_run_leaves_rows_in_file_order_and_figures(order: Order, scripted: ScriptedModel) -> None:
    scripted.enqueue(*REPLIES)
    _, found = finish(order)
    rows = results.read_rows(order.out)
    assert [row["id"] for row in rows] == [row["id"] for row in ROWS]
    assert [row["right"] for row in rows] == [True] * 6
    assert rows[0].keys() >= {
        "type", "question", "answer", "outcome", "refused", "confidence", "sentences", "citations", "evidence",
        "retrieved", "model", "retrieval_ms", "first_token_ms", "total_ms", "prompt_tokens", "cached_tokens",
        "answer_tokens", "searched", "error", "from_cache", "evidence_tokens", "likeliest", "signals",
    }  # fmt: skip
    assert rows[0]["answer"] == "The harbour of Nordvik opened in 1911."
    assert rows[3]["outcome"] == "refused"
    summary = found["summary"]
    assert summary["accuracy"] == {"value": 1.0, "n": 6, "low": 1.0, "high": 1.0}
    assert summary["by_type"]["factoid"]["n"] == 2
    assert summary["refusal"].keys() == {"precision", "recall", "f1", "wrongly_refused", "auroc"}
    assert summary["reading"].keys() == {"sentence_at", "auroc"}
    assert summary["retrieval"].keys() == {
        "recall_at", "hit_at", "all_at", "mrr", "ndcg_at_10", "recall_in_budget"
    }  # fmt: skip
    assert summary["retrieval"]["recall_at"].keys() == {"1", "3", "5", "10"}
    assert summary["citations"].keys() == {"precision", "recall", "articles_cited", "resolve", "verbatim"}
    assert summary["citations"]["resolve"]["value"] == 1
    assert summary["cost"]["total_ms"].keys() == {"p50", "p95", "n"}
    assert found["run"]["counts"]["outcomes"] == {"answered": 5, "refused": 1}
    assert sorted(p.name for p in order.out.iterdir()) == [
        "answers.jsonl", "library", "replies", "results.json",
    ]  # fmt: skip


def test_results_name_no_path_of_the_machine(order: Order, scripted: ScriptedModel, tmp_path: Path) -> None:
    scripted.enqueue(*REPLIES)
    _, found = finish(order)
    assert str(tmp_path) not in json.dumps(found)


def test_retrieval_only_asks_no_model(order: Order, scripted: ScriptedModel) -> None:
    import dataclasses

    _, found = finish(dataclasses.replace(order, retrieval_only=True))
    rows = results.read_rows(order.out)
    assert scripted.calls == scripted.warmed == []
    assert all(row[name] is None for row in rows for name in ("answer", "refused", "right", "outcome", "total_ms"))
    assert found["summary"]["accuracy"] == {"value": None, "n": 0, "low": None, "high": None}
    assert found["summary"]["retrieval"]["recall_at"]["10"]["value"] == 1.0
    assert found["summary"]["reading"]["sentence_at"]["6"]["value"] == 1.0
    assert found["summary"]["cost"]["retrieval_ms"]["n"] == 6


def test_a_second_run_replays_every_reply_with_its_first_timings(order: Order, scripted: ScriptedModel) -> None:
    scripted._delay = 0.04
    scripted.enqueue(*REPLIES)
    finish(order)
    first = results.read_rows(order.out)
    finish(order)
    second = results.read_rows(order.out)
    assert len(scripted.calls) == 6
    assert [row["from_cache"] for row in first] == [False] * 6
    assert [row["from_cache"] for row in second] == [True] * 6
    for before, after, reply in zip(first, second, REPLIES, strict=True):
        assert after["answer"] == before["answer"]
        assert after["prompt_tokens"] == before["prompt_tokens"]
        pieces = len(reply.split())  # each took 40 ms when it was made
        assert after["total_ms"] - after["retrieval_ms"] >= 40 * pieces
        assert after["first_token_ms"] - after["retrieval_ms"] >= 40
        assert after["first_token_ms"] <= after["total_ms"]


def test_an_exception_is_the_outcome_error_and_the_run_goes_on(
    order: Order, scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.enqueue("In 1911 [1].", ModelError("The model is gone."), REPLIES[2], *REPLIES[4:])
    ask = assistant_room.Assistant.ask

    def break_one(self: Any, question: str, history: Any = ()) -> Iterator[Any]:
        if "built" in question:
            raise ZeroDivisionError("oops")
        return ask(self, question, history)

    monkeypatch.setattr(assistant_room.Assistant, "ask", break_one)
    _, found = finish(order)
    rows = results.read_rows(order.out)
    assert [row["outcome"] for row in rows] == ["answered", "error", "answered", "error", "answered", "answered"]
    assert rows[1]["error"].startswith("The model is gone. ")
    assert rows[3]["error"] == "ZeroDivisionError: oops"
    assert rows[3]["right"] is False
    assert found["summary"]["accuracy"]["n"] == 6
    assert found["run"]["counts"]["outcomes"] == {"answered": 4, "error": 2}


def interrupt_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = runner._Asker.ask
    asked = 0

    def limited(self: Any, gold: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > count:
            raise KeyboardInterrupt
        return ask(self, gold)

    monkeypatch.setattr(runner._Asker, "ask", limited)


@pytest.fixture
def interrupted(order: Order, scripted: ScriptedModel) -> Order:
    """An order whose run was interrupted after three questions; what an earlier run left is gone."""
    order.out.mkdir()
    (order.out / "answers.jsonl").write_text("stale")
    scripted.enqueue(*REPLIES)
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(3, patch)
        with pytest.raises(KeyboardInterrupt):
            runner.run(order)
    assert not (order.out / "answers.jsonl").exists()
    assert len((order.out / "journal.jsonl").read_text().splitlines()) == 3
    return order


def asked_again(order: Order, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the questions that a run of this order asks."""
    ids: list[str] = []
    ask = runner._Asker.ask
    monkeypatch.setattr(runner._Asker, "ask", lambda self, gold: (ids.append(gold.id), ask(self, gold))[1])
    run, _ = finish(order)
    assert len(run.records) == len(run.cases)
    assert not (order.out / "journal.jsonl").exists()
    return ids


def test_an_interrupted_run_goes_on_where_it_stopped(interrupted: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_again(interrupted, monkeypatch) == ["q4", "q5", "q6"]
    assert [row["right"] for row in results.read_rows(interrupted.out)] == [True] * 6


def test_a_torn_line_of_the_journal_is_asked_again(interrupted: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = interrupted.out / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    assert asked_again(interrupted, monkeypatch) == ["q3", "q4", "q5", "q6"]


def test_a_changed_gold_question_is_asked_again_a_changed_score_is_not(
    interrupted: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [dict(row) for row in ROWS]
    rows[0]["question"] = "When was the harbour of Nordvik opened?"
    rows[1]["required"] = [["Nobody"]]
    write_gold(interrupted.gold, rows)
    assert asked_again(interrupted, monkeypatch) == ["q1", "q4", "q5", "q6"]
    assert results.read_rows(interrupted.out)[1]["right"] is False


@pytest.mark.parametrize("change", ["setting", "article", "code", "model"])
def test_what_decides_about_replies_makes_the_journal_worthless(
    interrupted: Order, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    import dataclasses

    order = interrupted
    if change == "setting":
        monkeypatch.setenv("FOOTNOTE_EVIDENCE_TOKENS", "120")
    elif change == "article":
        assert order.articles is not None
        (order.articles / "new.txt").write_text("A new article about bees.", encoding="utf-8")
    elif change == "code":
        monkeypatch.setattr(provenance, "code_digest", lambda: "other")
    else:
        order = dataclasses.replace(order, model="none")
    assert len(asked_again(order, monkeypatch)) == 6


def test_a_failed_question_is_tried_again_after_an_interruption(
    order: Order, scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted.enqueue("In 1911 [1].", ModelError("gone"), *REPLIES[1:])
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(2, patch)
        with pytest.raises(KeyboardInterrupt):
            runner.run(order)
    assert asked_again(order, monkeypatch) == ["q2", "q3", "q4", "q5", "q6"]


def test_the_users_library_and_server_are_left_alone(
    order: Order, scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOOTNOTE_DATA", str(tmp_path / "users"))
    monkeypatch.setenv("FOOTNOTE_CHROMA_URL", "http://127.0.0.1:9")
    scripted.enqueue(*REPLIES)
    finish(order)
    assert not (tmp_path / "users").exists()
    assert (order.out / "library").is_dir()


def test_the_library_is_used_again(order: Order, scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted.enqueue(*REPLIES)
    finish(order)
    embedder = loading_room.load_embedder(order.out)
    monkeypatch.setattr(loading_room, "load_embedder", lambda *_: embedder)
    finish(order)
    assert embedder.embedded == 0  # type: ignore[attr-defined]
