"""Promise 7: cited words are the file's words, in every mode; and an answer over a file edited since then says so."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import loading as loading_room
from rag import teller as teller_room
from rag.articles import read_article
from rag.assistant import Assistant, complete
from rag.domain import Answer, SyncReport, Unreadable
from rag.models import HashEmbedder, ScriptedModel
from rag.status import Status
from rag.terminal import answer_text
from rag.ui import render
from rag.ui.turns import copy_text, turn_view
from rag.watching import FolderWatch, Freshness, news_of
from tests import papers
from tests.conftest import SEEDS, Assemble
from tests.promises.conftest import Effort, Report

QUESTION = "Who had a seven-hour meeting with Yang Jiechi in Rome?"
CITED = "003_c7e5de1d4ef0f257.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The five articles, and files in every format with all that makes places slip: marks, line ends, wide letters."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for file in SEEDS.glob("*.txt"):
        shutil.copy(file, folder)
    odd = (
        "The pier in \U0001f6a2 Aldmoor costs $ 40 million, said Ada Berg.\r\n\r\n"
        "It\u0301 is 1\u202f200 m long\u202e, she said.\r"
    )
    (folder / "odd.txt").write_bytes(b"\xef\xbb\xbf" + odd.encode())
    (folder / "odd.md").write_text(
        f"---\ntitle: Pier\n---\n\n\n# Pier\n\n{odd}\n\nWork on the pier begins in May.", newline=""
    )
    (folder / "odd.html").write_text(
        f"<html><body><article><h1>Pier</h1><p>{odd}</p><p>Vessels of Aldmoor &amp; Nordvik wait.</p>"
    )
    signs = "The **quay** of [Aldmoor](https://a.example/x) is *old*, said Ada Berg.\n\n- `one` boat\n"
    (folder / "signs.md").write_text(f"# The quay\n\n{signs}")
    legal = [line.replace("\r", " ") for line in odd.split("\r\n\r\n")]
    (folder / "odd.pdf").write_bytes(papers.pdf([["The pylon of Aldmoor is 90 m high, said Ada Berg."], legal, legal]))
    (folder / "odd.docx").write_bytes(papers.docx(["The crane of Aldmoor costs $ 3 million.", *legal], heading="Crane"))
    (folder / "odd.epub").write_bytes(papers.epub(["<h1>Buoys</h1><p>The buoys of Aldmoor are &lt;red&gt;.</p>"]))
    (folder / "odd.eml").write_bytes(papers.eml(f"The tugs of Aldmoor have gone.\r\n{odd}"))
    (folder / "odd.rtf").write_bytes(papers.rtf("The docks of Aldmoor cost \u20ac 4 million, “she” said."))
    return folder


def exact(answer: Answer, folder: Path) -> int:
    """How many places of an answer were compared with the freshly read file, each the same to the letter."""
    places = [*answer.citations, *answer.evidence, *answer.likeliest]
    places += [side for dispute in answer.disputes for side in (dispute.first, dispute.second)]
    places += [citation for part in answer.sections for line in part.lines for citation in line.citations]
    read = cache(lambda id: read_article(folder, id).text)
    for place in places:
        assert read(place.article)[place.start : place.end] == place.quote
    for hit in answer.retrieved:
        passage = hit.passage
        assert read(passage.article)[passage.start : passage.end] == passage.text
    return len(places) + len(answer.retrieved)


@pytest.fixture
def search_model(scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """The scripted model, and vectors as long as those that what tells requests apart was trained on."""
    monkeypatch.setattr(loading_room, "load_embedder", lambda *_: HashEmbedder(384))
    return scripted


@pytest.mark.parametrize("mode", ["none", "local", "hosted"])
def test_every_citation_is_the_files_words(
    mode: str, assemble: Assemble, search_model: ScriptedModel, folder: Path, effort: Effort, report: Report
) -> None:
    search_model.local = mode != "hosted"
    assistant = assemble(articles=folder, model="none" if mode == "none" else "1.5b")
    words = sorted({w for a in assistant.articles() for w in a.text.split()})
    compared = 0
    pieces = st.one_of(
        st.sampled_from(words), st.text(max_size=5), st.sampled_from(["[1]", "[2]", "[9]", "“", ".", "NO.", "YES."])
    )

    def check(asked: list[str], said: list[str]) -> None:
        nonlocal compared
        search_model._replies.clear()
        search_model.enqueue(*[" ".join(said)] * 3)
        answer = complete(assistant.ask(f"Who said {' '.join(asked)}?"))
        compared += exact(answer, folder)

    count = effort(12, 1_500)
    ample = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    ample(given(st.lists(st.sampled_from(words), max_size=8), st.lists(pieces, max_size=20))(check))()
    assert compared > count
    report(questions=count, places=compared)


def test_what_is_told_cites_the_files_words_too(assemble: Assemble, search_model: ScriptedModel, folder: Path) -> None:
    assistant = assemble(articles=folder, model="none")
    for kind in ("overview", "timeline", "people"):
        assert exact(assistant.tell(kind), folder)  # type: ignore[arg-type]


# -- a file that changes -----------------------------------------------------------------------------------------------


def edited(file: Path) -> None:
    """Other words of the same length, with another time."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("seven-hour", "eight-hour"), encoding="utf-8")
    os.utime(file, (time.time() + 5, time.time() + 5))


def test_an_answer_over_an_edited_file_keeps_its_words_and_says_so(assemble: Assemble, folder: Path) -> None:
    assistant = assemble(articles=folder, model="none")
    before = complete(assistant.ask(QUESTION))
    assert before.changed == ()
    assert any(c.article == CITED for c in before.citations)
    edited(folder / CITED)
    after = complete(assistant.ask(QUESTION))
    assert after.citations == before.citations and "seven-hour" in after.text
    assert after.changed == (CITED,) and after.to_json()["changed"] == [CITED]
    title = assistant.article(CITED).title  # type: ignore[union-attr]
    (said,) = [c for c in turn_view(after, 0, assistant.article).checks if "has changed since it was read" in c.words]
    assert title in said.words and said.mood == "warn"
    assert "has changed since it was read" in render.turn_html(after, 0, assistant.article, (), last=True)
    assert f"{CITED} has changed since it was read" in answer_text(after.to_json())
    assert "has changed since it was read" in copy_text(after, assistant.article)


def test_a_removed_file_is_told_too_and_a_touched_one_is_not(assemble: Assemble, folder: Path) -> None:
    assistant = assemble(articles=folder, model="none")
    os.utime(folder / CITED, (1, 1))
    assert complete(assistant.ask(QUESTION)).changed == ()
    (folder / CITED).unlink()
    assert CITED in complete(assistant.ask(QUESTION)).changed


def test_an_unchanged_file_is_read_once_and_then_only_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag import watching

    article = read_article(folder, CITED)
    read: list[str] = []
    whole = watching.file_digest
    monkeypatch.setattr(watching, "file_digest", lambda root, id: read.append(id) or whole(root, id))
    freshness = Freshness(folder)
    for _ in range(5):
        assert freshness.changed([article]) == ()
    assert read == [CITED]
    began = time.perf_counter()
    for _ in range(100):
        freshness.changed([article] * 5)
    assert time.perf_counter() - began < 1  # five cited articles in far less than 10 ms


def test_the_library_follows_and_the_page_says_what_changed(assemble: Assemble, folder: Path) -> None:
    assistant = assemble(articles=folder, model="none")
    edited(folder / CITED)
    (folder / "new.txt").write_text("The zeppelin of Nordvik flies again on Sunday, said pilot Omar Said.")
    (folder / "bad.txt").write_bytes(b"\xff")
    (folder / "odd.txt").unlink()
    assistant.refresh()
    news = assistant.status().news
    assert "1 new (new.txt); 1 changed" in news and "1 removed (odd.txt)" in news and "bad.txt (not UTF-8" in news
    assert "new.txt" in render.bar_html(assistant.status())
    answer = complete(assistant.ask(QUESTION))
    assert answer.changed == () and "eight-hour" in answer.text
    assert exact(answer, folder)
    assert any(
        c.article == "new.txt" for c in complete(assistant.ask("When does the zeppelin of Nordvik fly?")).citations
    )


def test_news_grow_old(assemble: Assemble, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = assemble(articles=folder, model="none")
    (folder / "new.txt").write_text("Something new.")
    assistant.refresh()
    assert assistant.status().news
    monkeypatch.setattr(teller_room.time, "monotonic", lambda: float("inf"))
    assert assistant.status().news == ""


def test_what_cannot_be_synced_is_said_and_answers_go_on(assemble: Assemble, folder: Path) -> None:
    assistant = assemble(articles=folder, model="none")
    moved = folder.rename(folder.with_name("elsewhere"))
    assistant.refresh()
    assert "does not exist" in (assistant.status().problem or "")
    answer = complete(assistant.ask(QUESTION))
    assert answer.citations and CITED in answer.changed
    moved.rename(folder)
    assistant.refresh()
    assert assistant.status().problem is None


def test_the_folder_is_watched_while_the_page_runs(scripted: ScriptedModel, folder: Path, tmp_path: Path) -> None:
    from rag.config import load_config

    seen: list[Status] = []
    with Assistant(load_config(articles=folder, data=tmp_path / "data", model="none"), seen.append) as assistant:
        assistant.start()
        until(lambda: assistant.status().ready and assistant._shelf.opened.watching is not None)
        time.sleep(0.5)  # the system's own watch begins a moment after its thread
        (folder / "new.txt").write_text("The zeppelin of Nordvik flies again on Sunday, said pilot Omar Said.")
        until(lambda: assistant.article("new.txt") is not None)
        until(lambda: "new.txt" in assistant.status().news)
        (folder / "new.txt").unlink()
        until(lambda: assistant.article("new.txt") is None)


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that happens in another thread."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_watch_that_the_system_refuses_becomes_a_look_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles

    asked: list[bool] = []

    def watch(*_: object, force_polling: bool, **__: object) -> list[set[str]]:
        asked.append(force_polling)
        if not force_polling:
            raise OSError(28, "inotify watch limit reached")
        return [{"change"}]

    monkeypatch.setattr(watchfiles, "watch", watch)
    told: list[int] = []
    FolderWatch(tmp_path, lambda: told.append(1))
    until(lambda: told == [1])
    assert asked == [False, True]


def test_news_name_a_few_and_count_the_rest() -> None:
    many = tuple(f"{n}.txt" for n in range(5))
    assert news_of(SyncReport(added=many)) == "The articles have changed: 5 new (0.txt, 1.txt, 2.txt and 2 more)."
    assert news_of(SyncReport(unreadable=(Unreadable("a", "empty."),))) == "Cannot be read: a (empty)."
    assert news_of(SyncReport(unchanged=many)) == ""


@pytest.mark.parametrize(
    ("question", "article", "shown"),
    [
        ("How high is the pylon of Aldmoor?", "odd.pdf", "The pylon of Aldmoor is 90 m high, said Ada Berg."),
        ("What does the crane of Aldmoor cost?", "odd.docx", "The crane of Aldmoor costs $ 3 million."),
        ("Which colour have the buoys of Aldmoor?", "odd.epub", "The buoys of Aldmoor are <red>."),
        ("Where are the tugs of Aldmoor?", "odd.eml", "The tugs of Aldmoor have gone."),
        ("What do the docks of Aldmoor cost?", "odd.rtf", "The docks of Aldmoor cost € 4 million"),
        ("How is the quay of Aldmoor?", "signs.md", "The quay of Aldmoor is old, said Ada Berg."),
    ],
)
def test_words_of_every_format_are_cited_to_the_letter_and_shown_without_signs(
    question: str, article: str, shown: str, assemble: Assemble, folder: Path, search_model: ScriptedModel
) -> None:
    assistant = assemble(articles=folder, model="none")
    answer = complete(assistant.ask(question))
    assert exact(answer, folder)
    places = [place for place in (*answer.citations, *answer.evidence) if place.article == article]
    assert places
    view = turn_view(answer, 0, assistant.article)
    sources = [source for group in (*view.cited, *view.closest) for source in group.sources]
    found = [source for source in sources if source.article == article and shown in source.quote]
    assert found, [source.quote for source in sources]
    page = "page 1" if article == "odd.pdf" else ""
    assert all(source.meta.endswith(page) and ("page" in source.meta) == bool(page) for source in found)
    html = str(render.turn_html(answer, 0, assistant.article, (), last=True))
    assert "**quay**" not in html and "](" not in html
