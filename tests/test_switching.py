"""Another library is opened while the assistant runs, also in the middle of a question; corrections take effect."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import running
from rag import trying as trying_room
from rag.assistant import Assistant, complete
from rag.config import Config
from rag.domain import Answer
from rag.errors import FootnoteError, QuestionError, ShelfError
from rag.models import HashEmbedder, ScriptedModel
from rag.preferences import Preferences
from rag.retrieval import Index
from rag.running import Running
from rag.store import Library
from tests.conftest import Assemble

FERRY = """---
title: Night ferry
date: 2021-02-03
outlet: Harbour Post
---
The night ferry to Oslo carried 412 people.
"""
QUESTION = "How many people did the night ferry carry?"


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ferries"
    made.mkdir()
    (made / "ferry.md").write_text(FERRY)
    return made


@pytest.fixture
def assistant(assemble: Assemble, folder: Path, tmp_path: Path) -> Assistant:
    other = tmp_path / "trams"
    other.mkdir()
    (other / "tram.txt").write_text("The tram to the market carried 77 people on Monday.\n")
    made = assemble(articles=folder, model="none")
    made.libraries.make("Trams", str(other))
    return made


def _open(assistant: Assistant, name: str) -> None:
    assistant.open_library(name)
    _wait(lambda: assistant.status().ready and assistant.status().library == name)


def test_another_library_is_opened_and_the_first_one_again(assistant: Assistant) -> None:
    assert [a.id for a in assistant.articles()] == ["ferry.md"] and assistant.status().library == "ferries"
    networks = assistant._loader.networks
    _open(assistant, "Trams")
    assert [a.id for a in assistant.articles()] == ["tram.txt"] and assistant.status().articles == 1
    assert complete(assistant.ask("How many people did the tram carry?")).citations[0].article == "tram.txt"
    again = assistant._loader.networks
    assert networks is not None and again is not None
    assert again.reader is networks.reader and again.embedder is networks.embedder, "what is slow to load stays"
    _open(assistant, "ferries")
    assert complete(assistant.ask(QUESTION)).citations[0].article == "ferry.md"
    assert assistant.report is not None and assistant.report.unchanged == ("ferry.md",), "nothing is read twice"


def test_a_question_under_way_ends_with_a_sentence(assistant: Assistant) -> None:
    answers = assistant.ask(QUESTION)
    next(answers)
    _open(assistant, "Trams")
    with pytest.raises(QuestionError, match="Another library has been opened"):
        complete(answers)
    assert complete(assistant.ask("How many people did the tram carry?")).done


def test_a_question_asked_meanwhile_waits_for_the_new_library(assistant: Assistant) -> None:
    assistant._shelf._reading.acquire()  # As if much were being read.
    assistant.open_library("Trams")
    answers = assistant.ask("How many people did the tram carry?")
    assert next(answers).status is not None
    assistant._shelf._reading.release()
    assert complete(answers).citations[0].article == "tram.txt"


def test_switching_to_and_fro_ends_at_the_last_one(assistant: Assistant) -> None:
    for name in ("Trams", "ferries", "Trams", "ferries", "Trams"):
        assistant.open_library(name)
    _wait(lambda: assistant.status().ready and [a.id for a in assistant.articles()] == ["tram.txt"])
    assert assistant.status().library == "Trams" and assistant.status().problem is None


def test_a_library_that_is_being_read_is_left_at_once(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a large folder takes minutes; whoever wants another library does not wait for it."""
    large = tmp_path / "large"
    large.mkdir()
    for number in range(50):
        (large / f"{number}.txt").write_text(f"Article {number} tells of harbour {number}.\n")
    assistant.libraries.make("Large", str(large))
    begun, embed = threading.Event(), HashEmbedder.embed

    def slowly(self: HashEmbedder, texts: list[str]) -> object:
        begun.set()
        time.sleep(0.5)
        return embed(self, texts)

    monkeypatch.setattr(HashEmbedder, "embed", slowly)
    assistant.open_library("Large")
    assert begun.wait(10)
    started = time.monotonic()
    _open(assistant, "ferries")
    assert time.monotonic() - started < 10, "not 25 s"
    assert [a.id for a in assistant.articles()] == ["ferry.md"]


def test_an_unknown_library_or_one_whose_folder_is_gone_changes_nothing(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(ShelfError):
        assistant.open_library("../ferries")
    (tmp_path / "trams" / "tram.txt").unlink()
    (tmp_path / "trams").rmdir()
    with pytest.raises(ShelfError, match="is not there"):
        assistant.open_library("Trams")
    assert assistant.status().library == "ferries" and complete(assistant.ask(QUESTION)).done


def test_a_library_that_cannot_be_opened_says_so_and_another_one_can(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise FootnoteError("It is broken: mend it.")

    with monkeypatch.context() as patch:
        patch.setattr(Library, "open", broken)
        assistant.open_library("Trams")
        _wait(lambda: assistant.status().problem is not None)
        with pytest.raises(FootnoteError, match="mend it"):
            complete(assistant.ask(QUESTION))
    _open(assistant, "ferries")
    assert assistant.status().problem is None and complete(assistant.ask(QUESTION)).done


def test_closing_while_another_library_is_loaded_leaves_nothing_running(assistant: Assistant) -> None:
    assistant.open_library("Trams")
    assistant.close()
    _wait(lambda: not any(t.name == "library" and t.is_alive() for t in threading.enumerate()))


def test_the_terminals_note_names_the_library_that_is_open(tmp_path: Path, folder: Path) -> None:
    running.announce(tmp_path, Running("http://127.0.0.1:1", "/before", "none", "token"))
    running.moved(tmp_path, folder)
    note = json.loads((tmp_path / "running.json").read_text())
    assert note == {"url": "http://127.0.0.1:1", "articles": str(folder), "model": "none", "token": "token"}


def _chosen(config: Config) -> Config:
    return config.with_page(Preferences({"evidence_tokens": 400}))


def test_settings_that_are_chosen_after_a_switch_leave_its_folder(assistant: Assistant, tmp_path: Path) -> None:
    of_before = assistant.config  # As a page that was drawn before knows them.
    _open(assistant, "Trams")
    assistant.use(_chosen(of_before))
    assert (assistant.config.evidence_tokens, assistant.config.articles) == (400, tmp_path / "trams")
    (tmp_path / "trams" / "bus.txt").write_text("The bus carried 12 people.\n")
    assistant.refresh()
    assert [a.id for a in assistant.articles()] == ["bus.txt", "tram.txt"]
    assert assistant.home().articles == tmp_path / "trams"


def test_settings_that_are_chosen_during_a_switch_survive_it(assistant: Assistant, tmp_path: Path) -> None:
    with assistant._shelf._reading:  # As if much were being read.
        assistant.open_library("Trams")
        assistant.use(_chosen(assistant.config))
    _wait(lambda: assistant.status().ready and assistant.config.articles == tmp_path / "trams")
    assert assistant.config.evidence_tokens == 400


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_examples_of_a_library_that_is_left_are_given_up_in_silence(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def one(index: Index, ask: Callable[[str], Answer], _: Callable[[], bool]) -> list[str]:
        if "ferry.md" in index.articles:
            begun.set()
            go_on.wait(10)
            ask(QUESTION)
        return list(index.articles)

    monkeypatch.setattr(trying_room, "examples", one)
    first = assistant._shelf.opened
    assistant._trying.begin(first)
    assert begun.wait(10)
    assistant._trying.begin(first)  # Waits for the one before, and comes to find that the library is gone.
    _open(assistant, "Trams")
    go_on.set()
    _wait(lambda: assistant.examples() == ["tram.txt"] and not assistant.status().choosing)
    _wait(lambda: not any(t.name == "examples" and t.is_alive() for t in threading.enumerate()))
    assert first.examples is None


def test_another_library_may_be_wanted_while_one_is_made_anew(assistant: Assistant) -> None:
    assistant.anew(lambda _: assistant.open_library("Trams"))
    answers = assistant.ask("How many people did the tram carry?")
    assert complete(answers).citations[0].article == "tram.txt"
    assert assistant.status().problem is None


def test_a_question_that_comes_while_a_library_is_left_waits(assistant: Assistant) -> None:
    with assistant._shelf._reading:
        assistant.open_library("Trams")
        assistant.open_library("ferries")
        assert assistant._shelf.askable() is None
    assert complete(assistant.ask(QUESTION)).citations[0].article == "ferry.md"


# Corrections


def _date(answer: Answer, assistant: Assistant) -> str | None:
    article = assistant.article(answer.citations[0].article)
    return article.date if article else None


def test_a_corrected_date_is_known_at_once_in_answers_and_search(assistant: Assistant) -> None:
    assert _date(complete(assistant.ask(QUESTION)), assistant) == "2021-02-03"
    assistant.correct("ferry.md", {"date": "14 March 2022", "outlet": "The Courier"})
    assert _date(complete(assistant.ask(QUESTION)), assistant) == "2022-03-14"
    index = assistant._shelf.opened.ready().index()
    assert index.header_terms["ferry.md"] >= {"courier"} and "post" not in index.header_terms["ferry.md"]
    filed = assistant.as_filed("ferry.md")
    assert filed is not None and (filed.date, filed.outlet) == ("2021-02-03", "Harbour Post")
    assert complete(assistant.ask(QUESTION)).changed == (), "its file is as it was read"
    assert "ferry" not in assistant.status().news, "who corrects it knows"


def test_corrections_stay_with_their_library(assistant: Assistant) -> None:
    assistant.correct("ferry.md", {"date": "2022"})
    _open(assistant, "Trams")
    with pytest.raises(ShelfError, match="holds no article"):
        assistant.correct("ferry.md", {"date": "2020"})
    _open(assistant, "ferries")
    assert _date(complete(assistant.ask(QUESTION)), assistant) == "2022"


def test_what_the_library_holds_is_told(assistant: Assistant, folder: Path) -> None:
    (folder / "broken.txt").write_bytes(b"\0\0")
    (folder / "picture.png").write_bytes(b"x")
    assistant.refresh()
    held = assistant.holdings()
    assert [a.id for a in held.articles] == ["ferry.md"] == list(held.added)
    assert [one.article for one in held.unread] == ["broken.txt", "picture.png"]
    assert "zero byte" in held.unread[0].reason


def test_without_files_nothing_is_restored_and_nothing_breaks(assistant: Assistant, folder: Path) -> None:
    (folder / "ferry.md").unlink()
    assert assistant.as_filed("ferry.md") is None and assistant.as_filed("../../etc/passwd") is None


def test_a_repaired_library_keeps_what_was_corrected(
    scripted: ScriptedModel, assemble: Assemble, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag import doctor
    from rag.config import load_config

    first = assemble(articles=folder, model="none")
    first.correct("ferry.md", {"date": "2022"})
    first.close()
    monkeypatch.setattr(doctor, "_embedder", lambda *_: HashEmbedder())
    doctor.repair(load_config(articles=folder, data=tmp_path / "data", model="none"), lambda _: None)
    again = assemble(articles=folder, model="none")
    assert again.report is not None and again.report.unchanged == ("ferry.md",)
    assert (known := again.article("ferry.md")) is not None and known.date == "2022"
