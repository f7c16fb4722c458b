"""The whole journey over the five articles with a scripted model: folder -> library -> evidence -> answer."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rag import loading as loading_room
from rag import trying as trying_room
from rag.assistant import Assistant, complete
from rag.config import load_config
from rag.domain import Answer, Turn
from rag.errors import ArticlesError, LibraryBusy, QuestionError, WeightsError
from rag.models import ScriptedModel
from rag.store import Library
from tests.conftest import SEEDS, Assemble

QUESTION = "Who met Yang Jiechi in Rome, and for how long?"
FACT = "US National Security Adviser Jake Sullivan had a seven-hour meeting"


def test_question_to_cited_answer(assemble: Assemble, scripted: ScriptedModel) -> None:
    assistant = assemble()
    scripted.enqueue("Jake Sullivan met Yang Jiechi for seven hours [1].")
    final = complete(assistant.ask("Who had a seven-hour meeting with Yang Jiechi in Rome?"))
    assert final.done and not final.refused
    assert final.text == final.citations[0].quote
    assert final.text.startswith("US National Security Adviser Jake Sullivan had a seven-hour meeting")
    assert final.citations[0].quote.startswith(FACT)
    for item in [*final.citations, *final.evidence]:
        text = (SEEDS / item.article).read_text(encoding="utf-8")
        assert text[item.start : item.end] == item.quote


def test_what_the_model_is_shown_fits_the_budget(assemble: Assemble, scripted: ScriptedModel) -> None:
    assistant = assemble(evidence_tokens=80)
    scripted.enqueue("Jake Sullivan [1].")
    final = complete(assistant.ask(QUESTION))
    assert 0 < sum(scripted.count_tokens(e.quote) for e in final.evidence) <= 80


def test_extractive_mode_never_leaves_the_articles(assemble: Assemble) -> None:
    final = complete(assemble(model="none").ask(QUESTION))
    assert final.model == "none"
    assert any(s.text.startswith(FACT) for s in final.sentences)
    for sentence in final.sentences:
        assert sentence.text in (SEEDS / sentence.citations[0].article).read_text(encoding="utf-8")


def test_a_follow_up_finds_what_the_first_question_was_about(assemble: Assemble, scripted: ScriptedModel) -> None:
    assistant = assemble()
    scripted.enqueue("Seven hours [1].")
    turns = [Turn("Who met Yang Jiechi in Rome?", "Jake Sullivan met him at a hotel.")]
    final = complete(assistant.ask("And how long did it last?", turns))
    assert "Who met Yang Jiechi in Rome?" in final.searched
    assert final.citations[0].quote.startswith(FACT)


def test_the_articles_spelling_is_searched_and_told(assemble: Assemble, scripted: ScriptedModel) -> None:
    assistant = assemble()
    scripted.enqueue("He had never heard of it [1].")
    final = complete(assistant.ask("What did Liu Pengyu say about the request for assistance?"))
    assert "Pengui" in final.searched
    assert any("Liu Pengui" in e.quote for e in final.evidence)


def test_navigation_and_comment_lines_are_never_evidence(assemble: Assemble) -> None:
    assistant = assemble(model="none")
    for question in ("Leave a Reply email published", "Brendan Fraser character strong", "You may also like"):
        final = complete(assistant.ask(question))
        shown = " ".join(e.quote for e in final.evidence)
        assert not any(
            line in shown for line in ("Leave a", "Brendan Fraser", "may also like", "email address will not")
        )


def test_the_photographer_is_found_when_asked_for(assemble: Assemble) -> None:
    final = complete(assemble(model="none").ask("Who took the photo of Kirby during a briefing?"))
    assert any("Kent Nishimura" in e.quote for e in final.evidence)
    assert any("Kirby during a briefing" in s.text and "Kent Nishimura" in s.text for s in final.sentences)


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_an_empty_question_is_refused_in_words(assemble: Assemble, question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        complete(assemble().ask(question))


def test_half_a_character_is_no_error(assemble: Assemble) -> None:
    assert json.dumps(
        complete(assemble(model="none").ask("Who met \udce9 Kirby?")).to_json(), ensure_ascii=False
    ).encode()


def test_a_pasted_text_is_no_question(assemble: Assemble) -> None:
    with pytest.raises(QuestionError, match="at most 2,000"):
        complete(assemble().ask("why " * 800))


def test_one_process_holds_a_library(assemble: Assemble, tmp_path: Path) -> None:
    assemble()
    with pytest.raises(LibraryBusy, match="data"):
        Assistant(load_config(articles=SEEDS, data=tmp_path / "data"))


@pytest.mark.parametrize("folder", ["missing", "file.txt"])
def test_what_is_no_folder_is_refused_at_the_door(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file.txt").write_text("I am a file.", encoding="utf-8")
    with pytest.raises(ArticlesError, match=folder):
        Assistant(load_config(articles=tmp_path / folder, data=tmp_path / "data"))


def test_the_second_start_embeds_nothing(assemble: Assemble) -> None:
    first = assemble()
    assert first.report is not None
    assert len(first.report.added) == 5 and first.report.embedded > 0
    first.close()
    second = assemble()
    assert second.report is not None
    assert second.report.embedded == 0 and len(second.report.unchanged) == 5


def test_questions_before_the_library_is_loaded_wait_and_say_so(
    scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rag.shelf as room

    gate = threading.Event()
    real = room.sync
    monkeypatch.setattr(room, "sync", lambda *args, **more: (gate.wait(20), real(*args, **more))[1])
    scripted.enqueue("Jake Sullivan [1].")
    with Assistant(load_config(articles=SEEDS, data=tmp_path / "data")) as assistant:
        assistant.start()
        answers = assistant.ask(QUESTION)
        assert next(answers).status
        gate.set()
        final = complete(answers)
    assert final.done and final.evidence


def test_the_status_tells_when_the_model_is_ready(scripted: ScriptedModel, tmp_path: Path) -> None:
    with Assistant(load_config(articles=SEEDS, data=tmp_path / "data")) as assistant:
        assert not assistant.status().ready
        assistant.start()
        deadline = time.monotonic() + 30
        while not assistant.status().model_ready and time.monotonic() < deadline:
            time.sleep(0.05)
        status = assistant.status()
        assert status.ready and status.model_ready and status.articles == 5 and status.problem is None
        assert scripted.warmed
        while assistant.status().choosing and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not assistant.status().choosing


def test_examples_are_tried_after_everything_is_ready_while_nobody_asks(
    scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def one(index: object, ask: Callable[[str], Answer], go_on: Callable[[], bool]) -> list[str]:
        while go_on():
            tried.append(ask(QUESTION).text)
        return ["Never shown?"]

    monkeypatch.setattr(trying_room, "examples", one)
    with Assistant(load_config(articles=SEEDS, data=tmp_path / "data", model="none")) as assistant:
        assistant.start()
        _until(lambda: bool(tried))
        assert assistant.status().ready and "Sullivan" in tried[0] and assistant.examples() == []
        with closing(assistant.ask(QUESTION)) as answers:  # type: ignore[type-var]
            next(answers)
            time.sleep(0.5)  # what is being tried may come to its end
            before = len(tried)
            time.sleep(0.5)
            assert len(tried) == before
        _until(lambda: len(tried) > before)
    _until(lambda: not assistant.status().choosing)
    assert assistant.examples() == []


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_whoever_asks_what_can_be_asked_does_not_wait_for_examples(
    assemble: Assemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying_room, "examples", lambda *_: pytest.fail("tried while somebody waits"))
    assistant = assemble(model="none")
    assert assistant.examples() == []
    assert complete(assistant.ask("what can you do?")).done


def _without_search_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> Path:
        raise WeightsError("The search model cannot be fetched: no network.")

    monkeypatch.setattr(loading_room, "is_present", lambda *_: False)
    monkeypatch.setattr(loading_room, "fetch", unreachable)


def test_without_the_search_model_articles_are_searched_by_words(
    assemble: Assemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_search_model(monkeypatch)
    assistant = assemble(model="none")
    assert "no network" in (assistant.status().problem or "")
    final = complete(assistant.ask(QUESTION))
    assert any(s.text.startswith(FACT) for s in final.sentences)
    assert all("dense" not in hit.scores for hit in final.retrieved)


def test_a_library_keeps_its_vectors_while_the_search_model_is_missing(
    assemble: Assemble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    shutil.copytree(SEEDS, folder)
    gone = sorted(folder.glob("*.txt"))[0]
    assemble(model="none", articles=folder).close()
    gone.unlink()
    with monkeypatch.context() as missing:
        _without_search_model(missing)
        second = assemble(model="none", articles=folder)
        assert second.report is None and complete(second.ask(QUESTION)).sentences
        assert second.article(gone.name) is None, "nothing is cited from what has been withdrawn"
        assert "New and changed articles are read once" in (second.status().problem or "")
        second.close()
    third = assemble(model="none", articles=folder)
    assert third.report is not None and third.report.embedded == 0


def test_a_library_that_holds_nothing_yet_is_read_even_while_the_search_model_is_missing(
    assemble: Assemble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Library.open(SEEDS, tmp_path / "data") as begun:
        begun.begin("hash", "passages")  # and killed before the first article
    _without_search_model(monkeypatch)
    assistant = assemble(model="none")
    assert assistant.report is not None and len(assistant.report.added) == 5
    assert any(s.text.startswith(FACT) for s in complete(assistant.ask(QUESTION)).sentences)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_went_wrong_is_said_until_it_is_mended(
    scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(ScriptedModel, "warm", _refuse)
        assistant = Assistant(load_config(articles=SEEDS, data=tmp_path / "data"))
        assistant.start()
        _wait_until(lambda: assistant.status().can_fetch and "model" not in {t.name for t in threading.enumerate()})
        assert "no room" in (assistant.status().problem or "") and not assistant.status().model_ready
    assistant.fetch()
    _wait_until(lambda: assistant.status().model_ready)
    assert assistant.status().problem is None
    assistant.close()


def _refuse(*_: object) -> None:
    raise OSError("no room")


def _wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert done()


def test_a_language_model_that_cannot_be_fetched_ends_a_command_in_one_sentence(
    assemble: Assemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_search_model(monkeypatch)
    with pytest.raises(WeightsError, match="no network"):
        assemble(model="1.5b")
