"""Kept chats in the window, without a browser: numbers, routes, what happens when nothing can be kept."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document as open_docx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.chats import CHATS_FILE, Chats, ChatsError, Place
from rag.domain import Answer, Article
from rag.ui import render
from rag.ui.chats import tab
from rag.ui.chats.exports import export_routes
from rag.ui.chats.routes import chat_routes
from rag.ui.chats.tab import BROKEN, GONE, SLOW, Keeping
from rag.ui.conversation import MAX_TURNS, Conversation, Kept
from tests.fake_assistant import ARTICLES, BY_ID, COST, EXAMPLES, SCRIPT, VOTE, FakeAssistant

WHOLE = SCRIPT[EXAMPLES[0]]


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(Chats(tmp_path / CHATS_FILE, "harbour-1"), BY_ID.get)


@pytest.fixture
def client(keeping: Keeping) -> TestClient:
    app = FastAPI()
    app.include_router(chat_routes(keeping, BY_ID.get))
    app.include_router(export_routes(keeping, FakeAssistant()))
    return TestClient(app, follow_redirects=False)


async def asked(keeping: Keeping, talk: Conversation, question: str) -> tuple[Conversation, str]:
    """One more turn, as the page does it."""
    writing = await keeping.begin(talk, question)
    answer = replace(WHOLE, question=question)
    kept = await writing.finish(answer)
    return talk.plus(answer, kept, writing.place.chat), writing.problem


def kept(keeping: Keeping, *questions: str) -> str:
    async def all_of_them() -> str:
        talk = Conversation()
        for question in questions:
            talk, problem = await asked(keeping, talk, question)
            assert not problem
        return talk.chat

    return asyncio.run(all_of_them())


# Numbers


def test_turns_have_the_numbers_of_their_chat() -> None:
    talk = Conversation().plus(WHOLE).plus(WHOLE, Kept(5), "c")
    assert [talk.of(place).number for place in (0, 1)] == [0, 5]
    assert (talk.next_number, talk.chat) == (6, "c")
    again = talk.without_last()
    assert (again.next_number, len(again.answers)) == (5, 1)
    assert [number for number, *_ in again.plus(WHOLE, Kept(5)).finished()] == [0, 5]
    long = Conversation()
    for _ in range(MAX_TURNS + 3):
        long = long.plus(WHOLE)
    assert (long.dropped, long.next_number, long.of(0).number) == (3, MAX_TURNS + 3, 3)
    assert long.without_last().next_number == MAX_TURNS + 2


def test_a_resumed_chat_is_the_conversation_that_it_was(keeping: Keeping) -> None:
    chat = kept(keeping, "One?", "Two?")
    talk, thumbs, problem = asyncio.run(keeping.resume(chat))
    assert ([a.question for a in talk.answers], talk.chat, thumbs, problem) == (["One?", "Two?"], chat, {}, "")
    assert talk.history()[-1].question == "Two?" and talk.next_number == 2
    past, live = render.resumed_html(talk, lambda _: None, thumbs)
    assert "Old harbour bridge" in live, "what the library no longer has is shown as it was kept"
    assert 'data-event="retry"' in live and 'data-event="retry"' not in past and f'data-chat="{chat}"' in past
    assert asyncio.run(keeping.resume("last"))[0].chat == chat
    assert asyncio.run(keeping.resume("nobody"))[2] == GONE
    assert asyncio.run(Keeping(Chats(None, ""), BY_ID.get).resume("last"))[2] == ""


def test_an_article_that_has_changed_since_is_named(keeping: Keeping) -> None:
    chat = kept(keeping, "One?")
    changed = replace(ARTICLES[0], digest="another")
    later = Keeping(keeping.chats, {changed.id: changed}.get)
    talk, *_ = asyncio.run(later.resume(chat))
    assert talk.answers[0].changed == (changed.id,)
    assert asyncio.run(keeping.resume(chat))[0].answers[0].changed == ()


# Nothing can be kept


@pytest.mark.parametrize(
    ("error", "said"), [(ChatsError("The disk is full."), "The disk is full."), (RuntimeError("a secret"), BROKEN)]
)
def test_what_cannot_be_kept_is_said_and_the_chat_goes_on(
    error: Exception, said: str, keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    async def talk() -> None:
        monkeypatch.setattr(keeping.chats, "begin", refuse)
        first, problem = await asked(keeping, Conversation(), "One?")
        assert (problem, first.chat, first.next_number) == (said, "", 1)
        monkeypatch.undo()
        second, problem = await asked(keeping, first, "Two?")
        assert problem == "" and second.chat
        monkeypatch.setattr(keeping.chats, "write", refuse)
        third, problem = await asked(keeping, second, "Three?")
        assert (problem, third.chat, len(third.answers)) == (said, second.chat, 3)

    asyncio.run(talk())


def test_a_disk_that_hangs_holds_up_no_answer(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab, "PATIENCE", 0.1)
    hanging = threading.Event()
    monkeypatch.setattr(keeping.chats, "write", lambda *_: hanging.wait(10))

    async def talk() -> None:
        began = time.monotonic()
        first, problem = await asked(keeping, Conversation(), "One?")
        _, later = await asked(keeping, first, "Two?")
        assert (problem, later) == (SLOW, SLOW) and time.monotonic() - began < 5

    try:
        asyncio.run(talk())
    finally:
        hanging.set()


def test_a_growing_answer_is_written_now_and_then_and_at_its_end(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab, "EVERY", 0.05)
    written: list[tuple[str, bool]] = []
    keep = keeping.chats.write

    def write(place: Place, answer: Answer, known: tuple[Article, ...]) -> None:
        written.append((answer.text, answer.stopped))
        keep(place, answer, known)

    monkeypatch.setattr(keeping.chats, "write", write)

    async def talk() -> Place:
        writing = await keeping.begin(Conversation(), "One?")
        for n in range(20):
            writing.grow(Answer("One?", text="word " * n))
            await asyncio.sleep(0.01)
        writing.end()
        writing.end()
        return writing.place

    place = asyncio.run(talk())
    keeping._pool.shutdown()
    assert 2 <= len(written) <= 8 and written[-1] == ("word " * 19, True)
    found = keeping.chats.chat(place.chat)
    assert found and found.turns[0].answer.stopped


# Routes


def test_the_list_is_by_day_and_every_act_shows_it_again(keeping: Keeping, client: TestClient) -> None:
    chat = kept(keeping, "One?", "Two?")
    page = client.get("/chats").text
    assert "<title>Chats · Footnote</title>" in page and "Today" in page and "2 questions · " in page
    assert client.post(f"/chats/{chat}/name", data={"title": "Mine"}).headers["location"] == "/chats"
    shown = client.post(f"/chats/{chat}/name?fragment=1", data={"title": "Ours"}).text
    assert ">Ours</a>" in shown and "<html" not in shown and "Renamed to “Ours”." in shown
    assert client.post(f"/chats/{chat}/name?fragment=1", data={"title": " "}).status_code == 404
    gone = client.post(f"/chats/{chat}/delete?fragment=1").text
    assert f'action="/chats/{chat}/restore"' in gone and ">Ours</a>" not in gone
    assert client.get(f"/chats/{chat}").status_code == 404
    assert ">Ours</a>" in client.post(f"/chats/{chat}/restore?fragment=1").text
    assert "No chat has these words." in client.get("/chats?q=whale").text


def test_a_chat_can_be_read_with_its_sources(keeping: Keeping, client: TestClient) -> None:
    page = client.get(f"/chats/{kept(keeping, 'One?', 'Two?')}").text
    assert 'id="turn-1"' in page and VOTE.quote in page and "as reported in" not in page.split(VOTE.quote)[0]
    assert "<script" not in page and 'href="/articles/harbour/old%20bridge%20%231.txt?mark=' in page
    assert "data-event" not in page


def test_exports_are_files_with_plain_names(keeping: Keeping, client: TestClient) -> None:
    chat = kept(keeping, "What, exactly?")
    reply = client.get(f"/export/answer?chat={chat}&turn=0&format=docx")
    assert reply.headers["content-disposition"] == 'attachment; filename="footnote-what-exactly.docx"'
    assert any(VOTE.quote in p.text for p in open_docx(io.BytesIO(reply.content)).paragraphs)
    assert client.get(f"/export/answer?chat={chat}&turn=1").status_code == 404
    assert client.get(f"/export/answer?chat={chat}&turn=0&format=exe").status_code == 422
    brief = client.get("/export/brief?telling=timeline&about=the+bridge&format=md")
    assert brief.text.startswith("# Timeline: the bridge\n") and VOTE.quote in brief.text
    assert client.get("/export/brief?about=nobody").status_code == 404
    assert "secret" not in client.get("/export/brief?about=crash").text


def test_routes_say_what_the_disk_refuses(
    client: TestClient, keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = kept(keeping, "One?")

    def refuse(_: object) -> None:
        raise ChatsError("The disk is full, on purpose.")

    monkeypatch.setattr(keeping.chats, "_do", refuse)
    for method, address in (
        ("GET", "/chats"), ("GET", f"/chats/{chat}"), ("POST", f"/chats/{chat}/delete"),
        ("GET", f"/export/chat?chat={chat}"), ("GET", f"/export/answer?chat={chat}&turn=0"),
    ):  # fmt: skip
        reply = client.request(method, address)
        assert "The disk is full, on purpose." in reply.text, address
        assert reply.status_code == (200 if address == "/chats" else 503)


def test_the_page_to_read_keeps_cited_words(keeping: Keeping, client: TestClient) -> None:
    place = keeping.chats.begin("", EXAMPLES[1], 0)
    answer = SCRIPT[EXAMPLES[1]]
    keeping.chats.write(place, answer, keeping.articles(answer))
    page = client.get(f"/chats/{place.chat}").text
    assert COST.quote in page and "a spokeswoman for the transport company, as reported in" in page
