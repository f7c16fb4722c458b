"""Pages of print and Markdown in a real Chromium: a page opens where it begins; cited words are marked, signs gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Page, expect, sync_playwright

from eval import browser
from rag.articles import read_article
from rag.domain import Article, Span
from rag.ui.addresses import article_address
from rag.ui.articles import article_routes
from rag.ui.render import STATIC, STATIC_ADDRESS
from rag.ui.serve import take_port
from tests import papers
from tests.fake_assistant import FakeAssistant

pytestmark = pytest.mark.browser

SIGNS = """---
title: Ferries
---
# Night ferry

The ferry has **low demand**, the *company* says; see [the plan](https://far.example/plan) and `fares.txt`.

- It sails at ten.
- It is **old**.
  1. From 1974.

> Nobody takes it in winter.

---

![a map](https://far.example/map.png)
"""
LONG = "The night ferry to Nordvik will not sail after the end of March, the company has said to the towns. "


class Shelf(FakeAssistant):
    """An assistant with these articles."""

    def __init__(self, articles: dict[str, Article]) -> None:
        super().__init__()
        self.own = articles

    def article(self, article_id: str) -> Article | None:
        return self.own.get(article_id)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Article]:
    folder = tmp_path_factory.mktemp("papers")
    pages = [
        [LONG * 3] * 4,
        [f"The second page is about fares. {LONG}"] * 3,
        [f"The third page is about crews. {LONG}"] * 4,
    ]
    papers.write(folder, "paper.pdf", papers.pdf(pages, title="The night ferry", author="Ada Berg", running=True))
    papers.write(folder, "signs.md", SIGNS.encode())
    return {name: read_article(folder, name) for name in ("paper.pdf", "signs.md")}


@pytest.fixture(scope="module")
def site(articles: dict[str, Article]) -> Iterator[str]:
    app = FastAPI()
    app.include_router(article_routes(Shelf(articles)))
    app.mount(STATIC_ADDRESS, StaticFiles(directory=Path(STATIC)))
    listener = take_port("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="module")
def page(site: str) -> Iterator[Page]:
    if not browser.chromium():
        pytest.skip("No Chromium on the path.")
    with sync_playwright() as playwright:
        launched = browser.launch(playwright)
        page = launched.new_page(viewport={"width": 390, "height": 600}, reduced_motion="reduce")
        strangers: list[str] = []
        page.on("request", lambda request: None if request.url.startswith(site) else strangers.append(request.url))
        yield page
        launched.close()
        assert strangers == []


def test_an_article_opens_at_the_page_asked_for(page: Page, site: str, articles: dict[str, Article]) -> None:
    for address in ("/articles/paper.pdf?page=3", "/articles/paper.pdf?page=3#mark"):
        page.goto(site + address)
        expect(page.locator(".pageno", has_text="page 3")).to_be_in_viewport()
        expect(page.get_by_text("The third page is about crews.").first).to_be_in_viewport()
        expect(page.locator(".pageno", has_text="page 1")).not_to_be_in_viewport()
    assert page.goto(f"{site}/articles/paper.pdf?page=9").status == 400  # type: ignore[union-attr]
    at = articles["paper.pdf"].text.index("about fares")
    page.goto(site + article_address("paper.pdf", Span(at, at + 11)))
    expect(page.locator("mark")).to_have_text("about fares")
    expect(page.locator("mark")).to_be_in_viewport()


def test_markdown_is_set_and_its_cited_words_are_marked(page: Page, site: str, articles: dict[str, Article]) -> None:
    text = articles["signs.md"].text
    at = text.index("has **low")
    page.goto(site + article_address("signs.md", Span(at, text.index(", the *company*"))))
    assert "".join(page.locator("mark").all_text_contents()) == "has low demand"
    assert page.locator("mark strong").inner_text() == "low demand"
    assert page.locator("h3").inner_text() == "Night ferry"
    shown = page.locator("article").inner_text()
    assert not any(sign in shown for sign in ("**", "# ", "](", "`", "> ", "- ", "---"))
    assert "a map" in shown and page.locator("img").count() == 0
    link = page.get_by_role("link", name="the plan")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
