"""Kept chats in a real Chromium: asked, reloaded, opened twice, renamed, searched, deleted, exported, judged."""

from __future__ import annotations

import asyncio
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from docx import Document
from playwright.sync_api import Browser, BrowserContext, Page, expect

from rag.chats import CHATS_FILE, Chats, Thumb
from rag.ui.serve import create_app, take_port
from tests.fake_assistant import COST, DISPUTED, EXAMPLES, NOWHERE, TRACK, VOTE, FakeAssistant
from tests.test_browser import chromium as chromium

pytestmark = pytest.mark.browser


@dataclass
class Site:
    """A running window over one file of chats."""

    url: str
    assistant: FakeAssistant
    file: Path

    def chats(self) -> Chats:
        """The same file, opened beside the page as the terminal would."""
        return Chats(self.file, "harbour-1")


@contextmanager
def running(file: Path) -> Iterator[Site]:
    assistant = FakeAssistant()
    listener = take_port("127.0.0.1", 0)
    app = create_app(assistant, chats=Chats(file, "harbour-1"))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", assistant, file)
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("chats") / CHATS_FILE) as site:
        yield site


@pytest.fixture(scope="module", autouse=True)
def _patience() -> Iterator[None]:
    """Chats are written to a disk before they are shown."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(60_000)
    strangers: list[str] = []
    made.on("request", lambda r: None if r.url.startswith((site.url, "data:", "blob:")) else strangers.append(r.url))
    yield made
    made.close()
    assert strangers == []


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#question textarea")
    return page


def ask(page: Page, question: str, turns: int) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    expect(page.locator(".turn")).to_have_count(turns)
    expect(page.locator("#live .turn[aria-busy=false]")).to_be_visible()
    expect(page.locator("#send")).to_be_visible()


def chat_of(page: Page) -> str:
    page.wait_for_url("**/?chat=*")
    return parse_qs(urlsplit(page.url).query)["chat"][0]


def test_a_chat_goes_on_after_a_reload_and_in_other_tabs(context: BrowserContext, site: Site) -> None:
    page = opened(context, site.url)
    ask(page, EXAMPLES[1], 1)
    chat = chat_of(page)
    ask(page, DISPUTED, 2)

    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#welcome")).to_be_hidden()
    expect(page.locator("#live .disputed")).to_be_visible()
    page.locator("#past .turn a.c").first.click()
    expect(page.locator("mark").first).to_have_text(COST.quote)

    page.goto(f"{site.url}/articles")
    page.get_by_text("Back to the chat").click()
    expect(page.locator(".turn")).to_have_count(2)
    page.wait_for_url(f"**/?chat={chat}")

    other = opened(context, f"{site.url}/?chat={chat}")
    expect(other.locator(".turn")).to_have_count(2)
    ask(other, EXAMPLES[0], 3)
    assert [turn.question for turn in site.assistant.calls[-1][1]] == [EXAMPLES[1], DISPUTED]
    ask(page, NOWHERE, 3)  # which has not seen the other tab's turn
    page.reload()
    expect(page.locator(".turn .q")).to_have_text([EXAMPLES[1], DISPUTED, EXAMPLES[0], NOWHERE])
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#live .turn[aria-busy=false]")).to_be_visible()
    expect(page.locator("#send")).to_be_visible()
    found = site.chats().chat(chat)
    assert found and [turn.answer.question for turn in found.turns] == [EXAMPLES[1], DISPUTED, EXAMPLES[0], NOWHERE]

    page.get_by_role("button", name="New chat").click()
    expect(page.locator(".turn")).to_have_count(0)
    assert page.url == f"{site.url}/"
    ask(page, EXAMPLES[0], 1)
    assert chat_of(page) != chat


def test_what_is_cut_off_by_a_reload_is_kept_as_far_as_it_came(context: BrowserContext, site: Site) -> None:
    site.assistant.hold_at = 4
    page = opened(context, site.url)
    page.fill("#question textarea", EXAMPLES[0])
    page.press("#question textarea", "Enter")
    expect(page.locator("#live .a")).to_contain_text("The council voted")
    chat = chat_of(page)
    page.reload()
    site.assistant.hold_at = None
    expect(page.locator("#live .cut")).to_be_visible()
    expect(page.locator(".turn .q")).to_have_text(EXAMPLES[0])
    assert chat_of(page) == chat


def test_chats_are_listed_found_renamed_deleted_and_had_back(context: BrowserContext, site: Site) -> None:
    page = opened(context, site.url)
    ask(page, "Who sells herring at the quay?", 1)
    page.get_by_role("link", name="Chats").click()
    view = page.locator("#source .chats")
    first = view.locator("li").first
    expect(view.locator("h3").first).to_have_text("Today")
    expect(first.locator(".entry")).to_have_text("Who sells herring at the quay?")

    first.locator("summary").click()
    first.locator("input[name=title]").fill("<b>Fish</b>")
    first.get_by_role("button", name="Rename").click()
    expect(first.locator(".entry")).to_have_text("<b>Fish</b>")

    view.locator("input[name=q]").fill("herr")
    view.get_by_role("button", name="Search").click()
    expect(view.locator("li")).to_have_count(1)
    view.get_by_role("button", name="Delete").click()
    expect(view.get_by_text("Deleted.")).to_be_visible()
    expect(view.get_by_text("<b>Fish</b>")).to_have_count(0)
    view.get_by_role("button", name="Undo").click()
    expect(view.locator("li .entry").first).to_have_text("<b>Fish</b>")
    view.locator("li .entry").first.click()
    expect(page.locator(".turn .q")).to_have_text("Who sells herring at the quay?")


def test_answers_are_exported_with_their_quotes_and_open(context: BrowserContext, site: Site, tmp_path: Path) -> None:
    page = opened(context, site.url)
    ask(page, EXAMPLES[1], 1)
    page.locator("#live .export summary").click()
    files: dict[str, Path] = {}
    for name in ("Markdown", "HTML", "Word", "JSON"):
        with page.expect_download() as download:
            page.locator("#live .export").get_by_role("link", name=name).click()
        files[name] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[name])
    assert [file.name for file in files.values()] == [
        f"footnote-what-will-the-new-bridge-cost.{form}" for form in ("md", "html", "docx", "json")
    ]
    quotes = (COST.quote, TRACK.quote)
    assert all(quote in files["Markdown"].read_text(encoding="utf-8") for quote in quotes)
    whole = json.loads(files["JSON"].read_text(encoding="utf-8"))
    assert [one["quote"] for one in whole["entries"][0]["references"]] == list(quotes)
    words = "\n".join(p.text for p in Document(io.BytesIO(files["Word"].read_bytes())).paragraphs)
    assert all(quote in words for quote in quotes)
    alone = context.new_page()
    alone.route("file://**", lambda route: route.continue_())
    alone.set_content(files["HTML"].read_text(encoding="utf-8"))
    expect(alone.locator("h1")).to_have_text(EXAMPLES[1])
    assert all(quote in alone.locator("main").inner_text() for quote in quotes)
    alone.close()

    with context.expect_page() as popup:
        page.locator("#live .export").get_by_text("Page to link to").click()
    kept = popup.value
    expect(kept.locator("#turn-0 .q")).to_have_text(EXAMPLES[1])
    kept.get_by_role("link", name="In the article").first.click()
    expect(kept.locator("mark").first).to_have_text(COST.quote)


def test_a_thumb_down_with_a_reason_is_kept(context: BrowserContext, site: Site) -> None:
    page = opened(context, site.url)
    ask(page, EXAMPLES[0], 1)
    chat = chat_of(page)
    page.locator("#live .thumbs summary").click()
    page.get_by_label("Wrong source").check()
    page.get_by_label("In your words").fill("The minutes say twelve.")
    page.get_by_role("button", name="Keep this").click()
    expect(page.locator("#live .thumbs")).to_contain_text("Kept: not good, wrong source.")
    assert site.chats().thumbs(chat) == {0: Thumb(False, "source", "The minutes say twelve.")}
    ask(page, EXAMPLES[1], 2)
    expect(page.locator("#past .thumbs")).to_contain_text("Kept: not good, wrong source.")
    page.locator("#live .thumbs").get_by_role("button", name="Good answer").click()
    expect(page.locator("#live .thumbs")).to_contain_text("Kept: a good answer.")


def test_what_is_opened_under_an_answer_comes_into_view(context: BrowserContext, site: Site) -> None:
    page = opened(context, site.url)
    page.set_viewport_size({"width": 1400, "height": 620})
    ask(page, EXAMPLES[1], 1)
    page.locator("#live .thumbs summary").click()
    expect(page.locator("#live .thumbs").get_by_role("button", name="Keep this")).to_be_in_viewport(ratio=1)


def test_the_turns_before_an_edited_question_can_be_exported_at_once(context: BrowserContext, site: Site) -> None:
    page = opened(context, site.url)
    for place, question in enumerate((EXAMPLES[1], DISPUTED, EXAMPLES[0]), 1):
        ask(page, question, place)
    first = chat_of(page)
    page.locator(".turn .edit").nth(1).click()
    ask(page, EXAMPLES[0], 2)
    page.wait_for_function("was => !location.search.includes(was)", arg=first)
    page.locator("#past .export summary").first.click()
    expect(page.locator("#past .export a").first).to_have_attribute("href", re.compile(chat_of(page)))


def test_a_chat_prints_with_its_sources_and_without_the_controls(context: BrowserContext, site: Site) -> None:
    page = opened(context, site.url)
    ask(page, EXAMPLES[0], 1)
    chat = chat_of(page)
    page.emulate_media(media="print")
    for hidden in ("#bar", "#panel", "#ask", "#live .acts", "#live .thumbs"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("#live .q")).to_be_visible()
    expect(page.locator("#live .tie").first).to_have_css("display", "inline")
    expect(page.locator("#live [id^=card-]").first).to_be_hidden()
    page.goto(f"{site.url}/chats/{chat}")
    expect(page.locator(".keepacts")).to_be_hidden()
    expect(page.locator(".refs li").first).to_contain_text(VOTE.quote)
