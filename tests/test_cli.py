"""The command line: exit codes, one JSON object on stdout, one sentence on stderr."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rag import running
from rag.__main__ import app
from rag.domain import Answer, AnswerSentence, Section
from rag.models import ScriptedModel
from rag.place import LibraryLock
from rag.terminal import answer_text
from tests.conftest import ROOT, SEEDS
from tests.fake_assistant import COST, DISPUTED, DOUBT, GLAD, NOWHERE, PARTLY, SCRIPT, VOTE

Run = Callable[..., Result]

QUESTION = "Who met Yang Jiechi in Rome, and for how long?"


@pytest.fixture
def run(scripted: ScriptedModel, tmp_path: Path) -> Run:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--articles", str(SEEDS), "--data", str(tmp_path / "data")])

    return call


def test_ask_prints_one_json_object(run: Run, scripted: ScriptedModel) -> None:
    scripted.enqueue("Jake Sullivan met him for seven hours [1].")
    result = run("ask", QUESTION, "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["text"].startswith("US National Security Adviser Jake Sullivan had a seven-hour meeting")
    assert "seven-hour meeting" in answer["citations"][0]["quote"]


def test_ask_prints_numbers_and_their_sources(run: Run) -> None:
    result = run("ask", QUESTION, "--model", "none")
    assert result.exit_code == 0
    assert re.search(r"\[\d\]", result.stdout)
    assert "003_c7e5de1d4ef0f257.txt: “US National Security Adviser Jake Sullivan" in result.stdout


def test_a_refusal_is_no_failure(run: Run, scripted: ScriptedModel) -> None:
    scripted.enqueue("NOT FOUND")
    result = run("ask", "Who paid for the meeting in Rome?", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["refused"] is True


def test_history_makes_an_elliptical_question_whole(run: Run, scripted: ScriptedModel, tmp_path: Path) -> None:
    turns = tmp_path / "turns.json"
    turns.write_text(
        json.dumps([{"question": "Who met Yang Jiechi in Rome?", "answer": "Sullivan."}]), encoding="utf-8"
    )
    scripted.enqueue("Seven hours [1].")
    answer = json.loads(run("ask", "And how long was that meeting?", "--json", "--history", str(turns)).stdout)
    assert "seven-hour meeting" in answer["citations"][0]["quote"]


def test_the_terminal_tells_who_says_so_what_is_disputed_and_what_is_missing() -> None:
    disputed = answer_text(SCRIPT[DISPUTED].to_json()).splitlines()
    speaker = "Per Halvorsen, leader of the opposition in the council"
    assert disputed[0].startswith(
        "The bridge is expected to cost 84 million crowns, but the opposition doubts it. [2] [4]"
    )
    assert disputed[1:4] == [
        "Disputed:",
        f"  [2] {COST.article}: \u201c{COST.quote}\u201d",
        f"  [4] {speaker}, {DOUBT.article}: \u201c{DOUBT.quote}\u201d",
    ]
    partly = answer_text(SCRIPT[PARTLY].to_json())
    assert f"{GLAD} (not found in the source)\nNot in the articles: who voted against it\n[1] " in partly
    refused = answer_text(SCRIPT[NOWHERE].to_json())
    assert "Looked for: the birthplace of Rita Olsen\nThe closest passages:" in refused
    assert "[3] a spokeswoman for the transport company, trams.txt: " in refused


def test_the_terminal_sets_sections_as_lists_and_plain_text_as_it_is() -> None:
    intro = AnswerSentence("Two articles tell of it.")
    lines = (
        AnswerSentence(VOTE.quote, (VOTE,), True, "14 March 2023"),
        AnswerSentence("", (COST,), None, "Rita Olsen"),
        AnswerSentence(GLAD, (), False),
    )
    sections = (Section("", (intro,)), Section("What happened", lines))
    answer = Answer("When?", "…", "timeline", sentences=(intro, *lines), sections=sections, done=True)
    assert answer_text(answer.to_json()).splitlines()[:8] == [
        "Two articles tell of it.",
        "",
        "What happened",
        f"- 14 March 2023: {VOTE.quote} [1]",
        "- Rita Olsen [2]",
        f"- {GLAD} (not found in the source)",
        f"[1] {VOTE.article}: \u201c{VOTE.quote}\u201d",
        f"[2] {COST.article}: \u201c{COST.quote}\u201d",
    ]


def test_the_terminal_shows_no_passages_where_none_was_looked_for() -> None:
    refused = Answer("q", "Not that.", "outside", "refused", evidence=SCRIPT[NOWHERE].evidence, done=True)
    assert "closest" not in answer_text(refused.to_json())
    assert "closest" in answer_text(Answer("q", outcome="refused", evidence=refused.evidence).to_json())


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("not json", "is not a JSON list"), ('[{"question": "x"}]', "is not a JSON list")],
)
def test_a_bad_history_is_one_sentence(run: Run, tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "turns.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    result = run("ask", QUESTION, "--history", str(file))
    assert result.exit_code == 1
    assert said in result.stderr and result.stderr.count("\n") == 1 and result.stdout == ""


def test_search_shows_every_stage(run: Run) -> None:
    result = run("search", "seven-hour meeting in Rome")
    assert result.exit_code == 0
    assert " 1. 00" in result.stdout and "003_c7e5de1d4ef0f257.txt#" in result.stdout
    assert all(stage in result.stdout for stage in ("lexical", "dense", "fused"))


def test_sync_reports_and_the_second_time_embeds_nothing(run: Run) -> None:
    assert json.loads(run("sync", "--json").stdout)["embedded"] > 0
    again = json.loads(run("sync", "--json").stdout)
    assert (again["embedded"], len(again["unchanged"])) == (0, 5)


def test_list_names_the_articles(run: Run) -> None:
    rows = json.loads(run("list", "--json").stdout)["articles"]
    assert [row["article"] for row in rows] == sorted(p.name for p in SEEDS.glob("*.txt"))
    assert [row["title_given"] for row in rows] == [False, True, False, True, True]


def test_what_is_passed_over_is_named_in_one_line(scripted: ScriptedModel, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("The bridge is closed on Monday, said Mayor Rita Olsen.")
    for name in ("b.doc", "c.jpg", "README.doc"):
        (folder / name).write_bytes(b"x")
    where = ["--articles", str(folder), "--data", str(tmp_path / "data")]
    for command in ("sync", "list"):
        shown = CliRunner().invoke(app, [command, *where]).stdout
        line = next(line for line in shown.splitlines() if line.startswith("passed over"))
        assert line.startswith("passed over b.doc (old Word format: save it as .docx), c.jpg (a picture: ")
        assert "README" not in shown
    rows = json.loads(CliRunner().invoke(app, ["list", "--json", *where]).stdout)
    assert [row["article"] for row in rows["passed_over"]] == ["b.doc", "c.jpg"]


def test_doctor_finds_what_is_missing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_WEIGHTS", str(tmp_path / "none"))
    result = run("doctor")
    assert result.exit_code == 1
    assert "not fetched yet (1,117 MB)" in result.stdout


def test_wrong_usage_is_2() -> None:
    assert CliRunner().invoke(app, ["ask"]).exit_code == 2
    assert CliRunner().invoke(app, ["dance"]).exit_code == 2


def _python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "Who?", "--articles", "nowhere"], "nowhere"),
        (["ask", "  "], "empty"),
        (["ask", "Who?", "--model", "gpt-9"], "gpt-9"),
        (["ask", "Who?", "--model", "missing.gguf"], "missing.gguf"),
        (["ask", "Who?", "--model", "hosted"], "FOOTNOTE_LLM_URL"),
    ],
)
def test_what_cannot_work_is_one_sentence_and_exit_1(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = _python(*arguments, FOOTNOTE_DATA=str(tmp_path))
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_bad_setting_is_named_with_what_was_seen() -> None:
    done = _python("ask", "Who?", FOOTNOTE_PORT="eighty")
    assert done.returncode == 1
    assert "FOOTNOTE_PORT" in done.stderr and "eighty" in done.stderr


def test_a_busy_library_is_asked_through_the_page_that_holds_it(
    run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = tmp_path / "data"
    lock = LibraryLock(data)
    lock.acquire()
    try:
        alone = run("ask", QUESTION, "--json")
        assert alone.exit_code == 1 and str(data) in alone.stderr
        running.announce(data, running.Running("http://127.0.0.1:1", str(SEEDS.resolve()), "1.5b"))
        monkeypatch.setattr(running, "ask", lambda *_: Answer(QUESTION, text="From the page.").to_json())
        assert json.loads(run("ask", QUESTION, "--json").stdout)["text"] == "From the page."
        assert run("ask", QUESTION, "--json", "--model", "none").exit_code == 1
        assert running.find(data, tmp_path, None) is None
        monkeypatch.setattr(running, "_called", lambda _, *called: Answer(QUESTION, text=f"{called}").to_json())
        assert json.loads(run("brief", "--json").stdout)["text"] == "('brief', '')"
        assert json.loads(run("people", "Wang Yi", "--json").stdout)["text"] == "('people', 'Wang Yi')"
    finally:
        lock.release()
