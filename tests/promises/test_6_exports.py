"""Promise 6 for what is kept: hostile articles in the list of chats, on the page to read and in every export."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from markdown_it import MarkdownIt

from eval import browser
from rag.assistant import Assistant, complete
from rag.chats import Chats, Place
from rag.domain import Answer
from rag.export import FORMATS
from rag.ui.chats.exports import export_routes
from rag.ui.chats.routes import chat_routes
from rag.ui.chats.tab import Keeping
from tests.conftest import Assemble
from tests.promises import hostile
from tests.promises.conftest import Effort, Report
from tests.promises.hostile import FAR, MARK, PAYLOADS, controls, question, traces


@pytest.fixture
def library(assemble: Assemble, tmp_path: Path, effort: Effort) -> Assistant:
    hostile.write(tmp_path / "articles", PAYLOADS[:: effort(6, 1)])
    return assemble(articles=tmp_path / "articles", model="none")


@pytest.fixture
def keeping(library: Assistant) -> Keeping:
    return Keeping(Chats(None, "hostile-1"), library.article)


@pytest.fixture
def client(library: Assistant, keeping: Keeping) -> TestClient:
    app = FastAPI()
    app.include_router(chat_routes(keeping, library.article))
    app.include_router(export_routes(keeping, library))
    return TestClient(app)


def answers(library: Assistant, step: int) -> Iterator[Answer]:
    """What is answered about a payload, with the payload wherever the question or the model may put it."""
    for n in range(0, len(PAYLOADS), step):
        answer, payload = complete(library.ask(question(n))), PAYLOADS[n]
        said = tuple(replace(s, text=f"{s.text} {payload}", label=payload) for s in answer.sentences)
        shown = tuple(replace(e, speaker=payload) for e in answer.evidence)
        yield replace(
            answer, question=payload.strip() or "q", text=f"{answer.text} {payload}", sentences=said, evidence=shown,
            missing=(payload,), error=payload, searched=(payload,), model=payload, outcome="partly",
        )  # fmt: skip


def kept(keeping: Keeping, library: Assistant, step: int) -> list[Place]:
    places = []
    for answer in answers(library, step):
        place = keeping.chats.begin("", answer.question, 0)
        keeping.chats.write(place, answer, keeping.articles(answer))
        keeping.chats.rename(place.chat, answer.question)
        places.append(place)
    return places


def test_no_payload_survives_in_lists_pages_and_exports(
    library: Assistant, keeping: Keeping, client: TestClient, effort: Effort, report: Report
) -> None:
    places = kept(keeping, library, effort(6, 1))
    for payload in PAYLOADS:
        shown = client.get("/chats", params={"q": payload, "fragment": "1"}).text
        assert controls(shown) == [] and [trace for trace in traces(shown) if trace != "form"] == []
    listed = client.get("/chats?fragment=1").text
    assert controls(listed) == [] and set(traces(listed)) <= {"form"} and listed.count('class="entry"') == len(places)
    for place in places:
        page = client.get(f"/chats/{place.chat}").text
        assert traces(page, page=True) == [] and controls(page) == []
        for form in FORMATS:
            reply = client.get(f"/export/answer?chat={place.chat}&turn=0&format={form}")
            name = reply.headers["content-disposition"]
            assert reply.status_code == 200 and name.startswith('attachment; filename="footnote-') and name.isascii()
            assert reply.headers["x-content-type-options"] == "nosniff"
            whole = client.get(f"/export/chat?chat={place.chat}&format={form}")
            assert whole.status_code == 200
            if form == "html":
                assert traces(reply.text, page=True) == [] and controls(reply.text) == []
            elif form == "md":
                rendered = MarkdownIt("gfm-like").render(reply.text)
                assert traces(rendered) == [] and controls(reply.text) == []
                assert not lxml.html.fromstring(f"<div>{rendered}</div>").xpath("//img")
            elif form == "json":
                assert controls(reply.text) == []
    report(chats=len(places), forms=len(FORMATS))


def test_what_is_typed_about_an_answer_is_text(keeping: Keeping, library: Assistant, client: TestClient) -> None:
    (place, *_) = kept(keeping, library, len(PAYLOADS))
    for payload in PAYLOADS:
        said = {"turn": "0", "up": "false", "reason": payload, "words": payload}
        reply = client.post(f"/chats/{place.chat}/thumb?fragment=1", data=said)
        assert reply.status_code == 200
        assert controls(reply.text) == [] and set(traces(reply.text)) <= {"form"}
        renamed = client.post(f"/chats/{place.chat}/name?fragment=1", data={"title": payload})
        assert controls(renamed.text) == [] and set(traces(renamed.text)) <= {"form"}


@pytest.mark.parametrize("id", ["", "c", "x" * 22, "../../etc/passwd", "%00", "last", "' OR 1=1 --", "\u202e"])
def test_an_id_that_was_guessed_opens_nothing(
    id: str, keeping: Keeping, library: Assistant, client: TestClient
) -> None:
    kept(keeping, library, len(PAYLOADS))
    for address in ("/export/answer", "/export/chat"):
        assert client.get(address, params={"chat": id, "turn": "0"}).status_code == 404
    path = "/chats/" + id.replace("/", "%2F") if id else "/chats/-"
    assert client.get(path).status_code == 404
    for act in ("name", "delete", "restore"):
        reply = client.post(f"{path}/{act}?fragment=1", data={"title": "x"})
        assert reply.status_code == 404
    assert client.post(f"{path}/thumb", data={"turn": "0", "up": "true"}).status_code == 404


@pytest.mark.browser
def test_an_exported_page_runs_and_fetches_nothing_in_chromium(
    library: Assistant, keeping: Keeping, client: TestClient, tmp_path: Path, effort: Effort
) -> None:
    from playwright.sync_api import sync_playwright

    if not browser.chromium():
        if os.environ.get("CI"):
            pytest.fail("No Chromium on the path, and CI is set.")
        pytest.skip("No Chromium on the path.")
    pages: list[Path] = []
    for n, place in enumerate(kept(keeping, library, effort(6, 1))):
        for form in ("html", "md"):
            text = client.get(f"/export/answer?chat={place.chat}&turn=0&format={form}").text
            pages.append(tmp_path / f"{n}-{form}.html")
            # Markdown as a reader's program would show it, which knows no policy.
            pages[-1].write_text(text if form == "html" else MarkdownIt("gfm-like").render(text), encoding="utf-8")
    asked: list[Any] = []
    with sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        page = chromium.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        for one in pages:
            page.goto(one.as_uri())
            assert page.evaluate(f"window.{MARK}") is None and len(page.frames) == 1, one.name
        chromium.close()
    assert [url for url in asked if not url.startswith("file:")] == []
    assert not any(FAR in url for url in asked)
