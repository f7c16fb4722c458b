"""Thumbs made into gold questions: which, of what form, and what is left for a person."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.__main__ import main
from rag.assistant import Assistant, complete
from rag.chats import CHATS_FILE, Chats, Place, Thumb
from rag.domain import Answer, AnswerSentence, Citation, Turn
from rag.place import collection_prefix
from tests.conftest import SEEDS, Assemble

QUOTE = "seven-hour"
DOC = next(file.name for file in sorted(SEEDS.glob("*.txt")) if QUOTE in file.read_text(encoding="utf-8"))


@pytest.fixture
def chats(tmp_path: Path) -> Chats:
    return Chats(tmp_path / CHATS_FILE, collection_prefix(SEEDS))


def answered(question: str, text: str, doc: str = DOC, quote: str = QUOTE, **more: object) -> Answer:
    text_at = (SEEDS / DOC).read_text(encoding="utf-8").index(QUOTE)
    cited = Citation(1, doc, text_at, text_at + len(quote), quote)
    answer = Answer(question, text, sentences=(AnswerSentence(text, (cited,), True),), done=True)
    return replace(answer, **more)  # type: ignore[arg-type]


def judged(chats: Chats, answer: Answer, thumb: Thumb, chat: str = "") -> Place:
    place = chats.begin(chat, answer.question, 0)
    chats.write(place, answer)
    assert chats.thumb(place, thumb)
    return place


def rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    out = tmp_path / "fb.jsonl"
    assert main(["from-feedback", "--data", str(tmp_path), "--articles", str(SEEDS), "--out", str(out)]) == 0
    capsys.readouterr()
    if out.read_text():
        assert main(["check", str(out), "--articles", str(SEEDS)]) == 0, capsys.readouterr().err
    files = (out, tmp_path / "fb.open.jsonl")
    gold, left = ([json.loads(line) for line in file.read_text().splitlines()] for file in files)
    return gold, left


def test_thumbs_make_gold_that_the_check_takes(
    chats: Chats, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(chats, answered("How long did they talk?", "The talks lasted 7 hours."), Thumb(True))
    judged(chats, Answer("Who won the cup?", "Nothing.", outcome="refused", done=True), Thumb(True))
    judged(chats, answered("Who fed the swans?", "Jake Sullivan did."), Thumb(False, "absent", "It was Liu?"))
    judged(chats, Answer("hello", "Hello.", kind="smalltalk", done=True), Thumb(True))
    gold, left = rows(tmp_path, capsys)
    assert left == []
    assert [(row["type"], row["answer"], row["required"]) for row in gold] == [
        ("numeric_or_date", "The talks lasted 7 hours.", [["7"]]),
        ("unanswerable", None, []),
        ("unanswerable", None, []),
        ("smalltalk", "Hello.", []),
    ]
    assert gold[0]["evidence"] == [{"doc": DOC, "quote": QUOTE}] and gold[2]["evidence"] == []
    assert gold[3]["cite"] == [] and "It was Liu?" in str(gold[2]["note"])


def test_what_is_not_complete_is_left_for_a_person(
    chats: Chats, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for reason in ("wrong", "source", "incomplete", "other"):
        judged(chats, answered("Who met in Rome?", "Jake Sullivan did."), Thumb(False, reason))
    judged(chats, answered("Was it long?", "It was long."), Thumb(True))
    judged(chats, answered("How long?", "It took 7 hours.", quote="eight days"), Thumb(True))
    judged(chats, answered("How long?", "It took 7 hours.", doc="gone.txt"), Thumb(True))
    gold, left = rows(tmp_path, capsys)
    assert gold == [] and len(left) == 7
    wanted = [str(row["wanted"]) for row in left]
    assert all("the right answer" in words for words in wanted[:4])
    assert "no name or figure" in wanted[4] and "eight days" in wanted[5] and "gone.txt" in wanted[6]


def test_real_answers_make_gold(
    chats: Chats, assemble: Assemble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assistant: Assistant = assemble(model="none")
    first = complete(assistant.ask("Who met Yang Jiechi in Rome?"))
    place = judged(chats, first, Thumb(True))
    follow = complete(assistant.ask("For how long?", [Turn(first.question, first.text)]))
    next_one = chats.begin(place.chat, follow.question, 1)
    chats.write(next_one, follow)
    chats.thumb(next_one, Thumb(True))
    for question in ("Who is who?", "What happened when?"):
        judged(chats, complete(assistant.ask(question)), Thumb(True))
    gold, left = rows(tmp_path, capsys)
    assert gold and len(gold) + len(left) == 4
    followed = next(row for row in (*gold, *left) if row["question"] == "For how long?")
    assert followed["history"] == [{"question": first.question, "answer": first.text}]


def test_where_nothing_is_kept_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["from-feedback", "--data", str(tmp_path), "--out", str(tmp_path / "x.jsonl")]) == 1
    assert "There are no chats in" in capsys.readouterr().err
