"""The shelf in a real Chromium, over a real library without weights: search, filter, correct, switch."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from rag.assistant import Assistant
from rag.ui.serve import create_app, take_port
from tests.conftest import Assemble
from tests.test_browser import DESKTOP, PHONE, chromium

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

FERRY = """---
title: Night ferry
date: 2021-02-03
outlet: Harbour Post
author: Ada Ek
---
The night ferry to Oslo carried 412 people in March.

“We shall not sail again,” said captain Rita Olsen.
"""
TRAM = (
    "---\ntitle: Market tram\noutlet: The Courier\ndate: 2023-10-14\n---\nThe tram to the market was late on Monday.\n"
)
BUS = "The bus to the hospital carried 77 people on Sunday.\n"
QUESTION = "How many people did the night ferry carry?"


@pytest.fixture
def assistant(assemble: Assemble, tmp_path: Path) -> Assistant:
    folder, other = tmp_path / "ferries", tmp_path / "buses"
    for made in (folder, other):
        made.mkdir()
    (folder / "ferry.md").write_text(FERRY)
    (folder / "tram.md").write_text(TRAM)
    (folder / "broken.txt").write_bytes(b"a\0b")
    (other / "bus.txt").write_text(BUS)
    return assemble(articles=folder, model="none")


@pytest.fixture
def url(assistant: Assistant) -> Iterator[str]:
    listener = take_port("127.0.0.1", 0)
    config = uvicorn.Config(create_app(assistant), log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def page(chromium: Browser, url: str) -> Iterator[Page]:
    context = chromium.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.goto(url)
    expect(opened.locator("#source .shelf li")).to_have_count(2, timeout=30_000)
    yield opened
    context.close()


def test_look_through_correct_and_switch(page: Page, tmp_path: Path) -> None:
    panel = page.locator("#source .shown")
    expect(page.locator("#bar a[href='/articles']").first).to_have_text("ferries 2 articles")
    expect(panel.locator(".unread")).to_contain_text("broken.txt")

    panel.get_by_role("searchbox").fill("oslo")
    panel.get_by_role("searchbox").press("Enter")
    expect(panel.locator(".headline")).to_have_text("1 of 2 articles")
    expect(panel.locator(".entry")).to_have_text("Night ferry")
    panel.get_by_text("Filter", exact=True).click()
    panel.get_by_label("Outlet").select_option("The Courier")
    panel.get_by_role("button", name="Show").click()
    expect(panel).to_contain_text("No article is like that")
    panel.get_by_role("link", name="Show all articles").click()
    panel.get_by_role("link", name="Date", exact=True).click()
    expect(panel.locator(".entry")).to_have_text(["Market tram", "Night ferry"])

    panel.locator("li", has_text="Night ferry").locator("summary").click()
    panel.get_by_role("link", name="Correct details").last.click()
    panel.get_by_label("Date", exact=True).fill("the 3rd")
    panel.get_by_role("button", name="Keep").click()
    expect(panel.get_by_role("alert")).to_contain_text("is no date")
    panel.get_by_label("Date", exact=True).fill("14 mars 2022")
    panel.get_by_role("button", name="Keep").click()
    expect(panel.locator(".meta").first).to_contain_text("14 March 2022")
    expect(panel.locator(".byhand")).to_have_text("date corrected by hand")

    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".turn .sources").first).to_contain_text("14 March 2022")

    page.locator("#bar a[href='/articles']").first.click()
    panel.get_by_role("link", name="Libraries").click()
    panel.get_by_label("Name", exact=True).fill("Buses & trams")
    panel.get_by_label("A folder of this machine").fill(str(tmp_path / "buses"))
    panel.get_by_role("button", name="Make it").click()
    panel.get_by_role("button", name="Open Buses & trams").click()
    expect(page.locator("#bar a[href='/articles']").first).to_have_text("Buses & trams 1 article")
    page.locator("#bar a[href='/articles']").first.click()
    expect(panel.locator(".entry")).to_have_text(["The bus to the hospital carried 77 people on Sunday."])


def test_another_tab_sees_the_switch(page: Page, assistant: Assistant, tmp_path: Path) -> None:
    assistant.libraries.make("Buses", str(tmp_path / "buses"))
    assistant.open_library("Buses")
    expect(page.locator("#bar a[href='/articles']").first).to_have_text("Buses 1 article", timeout=30_000)
    expect(page.locator("#source .entry")).to_have_count(1)


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 640}], ids=["phone", "narrow"])
def test_nothing_is_wider_than_a_phone(size: dict[str, int], page: Page, url: str, assistant: Assistant) -> None:
    assistant.libraries.make("A library with quite a long name for so small a screen, so")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    for address in ("/articles", "/details?article=ferry.md", "/libraries", "/articles/ferry.md"):
        page.goto(url + address)
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
