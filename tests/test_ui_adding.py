"""The routes by which articles come and go, over a scripted assistant; and the real one over a folder that fills."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.adding import Fetcher
from rag.assistant import Assistant, complete
from rag.config import load_config
from rag.domain import Unreadable
from rag.errors import ArticlesError, QuestionError
from rag.models import ScriptedModel
from rag.password import hashed
from rag.status import Status
from rag.ui import render
from rag.ui.adding import adding_routes
from rag.ui.door import Access
from rag.ui.login import Login
from rag.ui.routes import LARGER, MOST_BYTES
from tests.fake_assistant import FakeAssistant
from tests.promises.page import served
from tests.promises.test_11_adding import PUBLIC, Web, names, reply

BODY = b"The ferry runs at night. It is never full."
STORY = b"<html><head><title>Night <i>ferry</i></title></head><body><article><p>" + b"The ferry runs at night. " * 30
FILES = "/add/files?fragment=1"


@pytest.fixture
def assistant() -> Iterator[FakeAssistant]:
    made = FakeAssistant()
    yield made
    made.close()


@pytest.fixture
def web() -> Web:
    return Web({PUBLIC: reply(STORY)})


@pytest.fixture
def client(assistant: FakeAssistant, web: Web) -> TestClient:
    app = FastAPI()
    app.include_router(adding_routes(assistant, Fetcher(ask=names(news_example=PUBLIC), backend=web)))
    return TestClient(app, follow_redirects=True)


def kept(assistant: FakeAssistant) -> list[str]:
    folder = assistant.home().articles
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def files(**named: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name.replace("__", "/").replace("_", "."), data)) for name, data in named.items()]


def test_files_are_kept_and_each_is_told_of(client: TestClient, assistant: FakeAssistant) -> None:
    sent = files(a_txt=BODY, news__b_md=b"Another text.", all_zip=b"PK", empty_txt=b"")
    told = client.post(FILES, files=sent)
    assert told.status_code == 200
    assert kept(assistant) == ["a.txt", "news/b.md"]
    assert assistant.rereads == 1
    assert re.findall(r'<li class="(\w+)">', told.text) == ["read", "read", "refused", "refused"]
    assert "all.zip was not added: an archive: unpack it into the folder." in told.text


def test_what_comes_in_parts_is_told_of_together(client: TestClient) -> None:
    first = client.post(FILES, files=files(a_txt=BODY)).text
    token = re.findall(r'data-batch="([\w-]+)"', first)[0]
    both = client.post(f"{FILES}&batch={token}", files=files(b_txt=b"Another text.")).text
    assert re.findall(r'class="file"[^>]*>([^<]+)<', both) == ["a.txt", "b.txt"]
    assert "Done: 2 of 2 can be asked about." in both


def test_nothing_chosen_is_said(client: TestClient, assistant: FakeAssistant) -> None:
    told = client.post(FILES, files=[("files", ("", b""))])
    assert told.status_code == 400 and "No file was chosen" in told.text
    assert assistant.rereads == 0


def test_a_browser_without_script_is_led_to_the_page(client: TestClient, assistant: FakeAssistant) -> None:
    first = client.post("/add/files", files=files(a_txt=BODY), follow_redirects=False)
    assert first.status_code == 303 and first.headers["location"].startswith("/add?batch=")
    page = client.get(first.headers["location"])
    assert "<!doctype html>" in page.text and "a.txt" in page.text and "read, 1 passage" in page.text
    assistant.is_reading = lambda: True  # type: ignore[method-assign]
    assert client.get(first.headers["location"]).headers["refresh"] == "2"


def test_a_page_is_shown_before_it_is_kept(client: TestClient, assistant: FakeAssistant, web: Web) -> None:
    client.get("/add")
    assert web.connected == [], "nothing is fetched before the form is sent"
    shown = client.post("/add/link?fragment=1", data={"url": "https://news.example/ferry"})
    assert "Night &lt;i&gt;ferry&lt;/i&gt;" in shown.text and "https://news.example/ferry" in shown.text
    assert kept(assistant) == [], "nothing is kept before it is wanted"
    token = re.findall(r'name="token" value="([^"]+)"', shown.text)[0]
    assert client.get(f"/add/page?token={token}").status_code == 200
    told = client.post("/add/keep?fragment=1", data={"token": token})
    assert "Night i ferry i.html" in told.text and kept(assistant) == ["Night i ferry i.html"]
    assert client.post("/add/keep?fragment=1", data={"token": token}).status_code == 400
    assert len(web.connected) == 1


def test_nothing_but_the_form_for_a_link_fetches(client: TestClient, web: Web) -> None:
    """Also not where an article names an address, and whatever else is asked of the page."""
    url = "https://news.example/ferry"
    linked = (
        f'<html><head><link rel="canonical" href="{url}"></head><body><p>{"The ferry runs. " * 40}</p></body></html>'
    )
    client.post(FILES, files=[("files", ("a.html", linked.encode()))])
    for path in (
        "/add",
        f"/add?url={url}",
        f"/add/page?token={url}",
        f"/add/progress?batch={url}",
        f"/add/link?url={url}",
    ):
        client.get(path)
    for path in ("/add/keep", "/add/discard", "/add/text", "/remove", "/undo", "/reread", "/add/files"):
        client.post(path, data={"url": url, "token": url, "text": url, "article": "a.html"})
    assert web.connected == []


def test_a_page_may_be_discarded(client: TestClient, assistant: FakeAssistant) -> None:
    shown = client.post("/add/link", data={"url": "https://news.example/ferry"})
    token = re.findall(r'name="token" value="([^"]+)"', shown.text)[0]
    assert client.post("/add/discard", data={"token": token}).status_code == 200
    assert client.get(f"/add/page?token={token}").status_code == 404
    assert kept(assistant) == []


def test_a_link_that_is_refused_stays_in_the_form(client: TestClient, web: Web) -> None:
    told = client.post("/add/link?fragment=1", data={"url": 'http://169.254.169.254/"><script>'})
    assert told.status_code == 400 and web.connected == []
    assert "not of the web" in told.text and "<script>" not in told.text
    assert 'value="http://169.254.169.254/&#34;&gt;&lt;script&gt;"' in told.text


def test_a_text_is_kept(client: TestClient, assistant: FakeAssistant) -> None:
    client.post("/add/text?fragment=1", data={"title": "Ferry", "text": "It runs at night."})
    assert (assistant.home().articles / "Ferry.md").read_text() == "---\ntitle: Ferry\n---\n\nIt runs at night.\n"
    assert client.post("/add/text?fragment=1", data={"title": "Ferry", "text": ""}).status_code == 400


def test_what_is_removed_is_brought_back(client: TestClient, assistant: FakeAssistant) -> None:
    client.post(FILES, files=files(a_txt=BODY))
    told = client.post("/remove?fragment=1", data={"article": "a.txt"})
    assert "Removed a.txt. It is kept for 30 days." in told.text and kept(assistant) == []
    token = re.findall(r'name="token" value="([^"]+)"', told.text)[0]
    back = client.post("/undo?fragment=1", data={"token": token})
    assert back.status_code == 200 and kept(assistant) == ["a.txt"]
    assert assistant.rereads == 3
    assert client.post("/undo?fragment=1", data={"token": token}).status_code == 400
    assert client.get(f"/add?gone={token}").status_code == 404


def test_unreadable_files_are_named_with_their_reason(client: TestClient, assistant: FakeAssistant) -> None:
    assistant.bad = (Unreadable("<img src=x>.txt", "binary, not text: a zero byte at offset 0."),)
    page = client.get("/add").text
    assert "&lt;img src=x&gt;.txt" in page and "a zero byte at offset 0" in page and "<img" not in page


def test_reading_again_is_one_click(client: TestClient, assistant: FakeAssistant) -> None:
    assert "has been read again" in client.post("/reread?fragment=1").text or assistant.rereads == 1


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.exe", "a\u202etxt.exe", "\x1b[31m.exe"])
def test_hostile_names_are_shown_as_what_they_are(client: TestClient, name: str) -> None:
    told = client.post(FILES, files=[("files", (name, BODY))]).text
    assert "<script>" not in told and "\u202e" not in told and "\x1b" not in told


# The door.


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[FakeAssistant, httpx.Client]]:
    made = FakeAssistant()
    with served(made) as page, page.client() as client:
        yield made, client
    made.close()


def test_files_may_be_larger_than_a_question_and_no_larger_than_that(site: tuple[FakeAssistant, httpx.Client]) -> None:
    assistant, client = site
    sent = [("files", (f"{n}.txt", b"The ferry. " * 100_000)) for n in range(3)]
    assert client.post(FILES, files=sent).status_code == 200
    assert kept(assistant) == ["0.txt", "1.txt", "2.txt"]


def test_too_much_is_refused_before_it_is_sent(site: tuple[FakeAssistant, httpx.Client]) -> None:
    _, client = site
    most = LARGER["/add/files"][0]
    host, port = str(client.base_url.host), client.base_url.port or 0
    with socket.create_connection((host, port), timeout=20) as line:
        line.sendall(f"POST {FILES} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {most + 1}\r\n\r\n".encode())
        told = line.recv(4096)
    assert b" 413 " in told and b"60 MB" in told
    assert client.post("/add/link", content=b"x" * (MOST_BYTES + 1)).status_code == 413


def test_another_page_adds_and_removes_nothing(site: tuple[FakeAssistant, httpx.Client]) -> None:
    assistant, client = site
    before = kept(assistant)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
        for path in ("/add/files", "/add/link", "/add/keep", "/add/text", "/remove", "/undo", "/reread"):
            assert client.post(path, headers=headers, data={"article": "0.txt"}).status_code == 403
    assert kept(assistant) == before


def test_who_has_not_logged_in_sends_no_more_than_a_password() -> None:
    made = FakeAssistant()
    with served(made, Access((), Login(hashed("correct horse"), "t" * 32))) as page, page.client() as client:
        sent = [("files", ("a.txt", b"x" * (MOST_BYTES + 1)))]
        assert client.post("/add/files", files=sent).status_code == 413
        assert client.post("/add/files", files=files(a_txt=BODY)).status_code == 401
        assert kept(made) == []
        client.post("/login", data={"password": "correct horse"})
        assert client.post(FILES, files=sent).status_code == 200
    made.close()


# The real assistant.


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def empty(scripted: ScriptedModel, tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "ferries").mkdir()
    made = Assistant(load_config(articles=tmp_path / "ferries", data=tmp_path / "data", model="none"))
    yield made
    made.close()


def test_an_empty_library_opens_and_fills_and_empties_again(empty: Assistant) -> None:
    empty.start()
    until(lambda: empty.status().ready)
    assert empty.status().problem is None
    assert "The library “ferries” is empty." in render.welcome_html(empty.status(), [])
    with pytest.raises(QuestionError, match="no article to ask yet"):
        complete(empty.ask("When does the ferry run?"))
    app = FastAPI()
    app.include_router(adding_routes(empty))
    client = TestClient(app)
    told = client.post(FILES, files=files(a_txt=BODY, bad_txt=b"\0\1")).text
    token = re.findall(r"batch=([\w-]+)", told)[0] if "data-poll" in told else ""
    until(lambda: not empty.is_reading())
    assert empty.status().articles == 1
    assert [one.article for one in empty.unreadable()] == ["bad.txt"]
    if token:
        now = client.get(f"/add/progress?batch={token}&fragment=1").text
        assert "read, 1 passage" in now and "a zero byte" in now and "data-poll" not in now
    answer = complete(empty.ask("When does the ferry run?"))
    assert [c.quote for c in answer.citations] == ["The ferry runs at night."]
    for name in ("a.txt", "bad.txt"):
        client.post("/remove", data={"article": name})
    until(lambda: not empty.is_reading())
    assert (empty.status().articles, empty.unreadable()) == (0, ())
    assert "is empty" in render.welcome_html(empty.status(), [])


def test_the_command_line_still_says_that_there_is_nothing(empty: Assistant) -> None:
    with pytest.raises(ArticlesError, match="ferries holds no article"):
        empty.load()


def test_a_loading_library_is_not_called_empty() -> None:
    assert "is empty" not in render.welcome_html(Status(phase="Opening the library"), [])


def test_nothing_is_read_twice_at_a_time(empty: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    import rag.shelf as room

    at_once, most, real = 0, 0, room.sync

    def counted(*args: object, **more: object) -> object:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.05)
        try:
            return real(*args, **more)  # type: ignore[arg-type]
        finally:
            at_once -= 1

    empty.start()
    until(lambda: empty.status().ready)
    monkeypatch.setattr(room, "sync", counted)
    for _ in range(4):
        empty.reread()
    until(lambda: not empty.is_reading())
    assert most == 1
