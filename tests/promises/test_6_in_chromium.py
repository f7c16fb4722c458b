"""Promise 6 in a real browser: hostile articles, asked about and opened; nothing runs, nothing is fetched."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect, sync_playwright

from eval import browser
from rag.assistant import Assistant
from rag.ui.serve import create_app, take_port
from tests.conftest import Assemble
from tests.promises import hostile
from tests.promises.conftest import Effort, Report
from tests.promises.hostile import MARK, PAYLOADS, question

pytestmark = pytest.mark.browser


@pytest.fixture
def url(assemble: Assemble, tmp_path: Path, effort: Effort) -> Iterator[tuple[str, Assistant]]:
    hostile.write(tmp_path / "articles", PAYLOADS[:: effort(12, 1)])
    assistant = assemble(articles=tmp_path / "articles", model="none")
    assistant.start = lambda: None  # type: ignore[method-assign]  # it is loaded already
    listener = take_port("127.0.0.1", 0)
    config = uvicorn.Config(create_app(assistant), log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", assistant
    server.should_exit = True
    thread.join(5)


def ran(page: Page) -> object:
    """What a script has left, in the page or in a frame of it."""
    return [frame.evaluate(f"window.{MARK}") for frame in page.frames]


def test_nothing_runs_and_nothing_is_fetched(url: tuple[str, Assistant], effort: Effort, report: Report) -> None:
    if not browser.chromium():
        if os.environ.get("CI"):
            pytest.fail("No Chromium on the path, and CI is set.")
        pytest.skip("No Chromium on the path.")
    address, assistant = url
    strangers: list[str] = []
    dialogs: list[str] = []
    asked = range(0, len(PAYLOADS), effort(12, 1))
    with sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(20_000)
        context.on(
            "request", lambda r: strangers.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None
        )
        context.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("#question textarea")
        for turn, n in enumerate(asked):
            page.fill("#question textarea", f"{question(n)} {PAYLOADS[n]}"[:400].replace("\n", " "))
            page.press("#question textarea", "Enter")
            expect(page.locator(f"#live #turn-{turn}[aria-busy=false]")).to_be_visible()
            expect(page.locator("#send")).to_be_visible()
            links = page.locator("#live a.c")
            if links.count():
                links.first.click()
                page.wait_for_selector("#source .headline")
                links.first.hover()
            assert ran(page) == [None] * len(page.frames), PAYLOADS[n]
        assert context.pages == [page], "no window was opened"
        opened = 0
        for article in assistant.articles()[:: effort(3, 1)]:
            from rag.ui.addresses import article_address

            alone = context.new_page()
            reply = alone.goto(address + article_address(article.id))
            assert reply and reply.ok, article.id
            assert alone.evaluate(f"window.{MARK}") is None, article.id
            assert len(alone.frames) == 1
            assert alone.url.startswith(address)
            alone.close()
            opened += 1
        chromium.close()
    assert strangers == []
    assert dialogs == []
    report(questions=len(asked), articles_opened=opened)
