"""Settings and check-up in a real Chromium, over a real assistant with one article and an endpoint of ours."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from eval import browser
from rag import loading as loading_room
from rag.models import load_model
from rag.preferences import FILE
from tests.conftest import Assemble
from tests.pier import TEXT
from tests.promises.endpoint import Endpoint, reply
from tests.promises.page import Served, served

pytestmark = pytest.mark.browser

KEY = "sk-Canary-kestrel"
QUESTION = "What would the new pier cost?"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    made.behave = lambda _: reply("YES. She said the new pier would cost $ 40 million [1].")
    yield made
    made.close()


@pytest.fixture
def site(assemble: Assemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "pier.txt").write_text(f"Pier talks\n\n{TEXT}\n", encoding="utf-8")
    monkeypatch.setattr(loading_room, "load_model", load_model)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FILE).write_text('{"version": 1, "settings": {"model": "none"}}')
    assistant = assemble(articles=tmp_path / "articles", model=None, weights=tmp_path / "weights")
    with served(assistant) as page:
        yield page


@pytest.fixture
def page(site: Served) -> Iterator[Page]:
    if not browser.chromium():
        if os.environ.get("CI"):
            pytest.fail("No Chromium on the path, and CI is set.")
        pytest.skip("No Chromium on the path.")
    with sync_playwright() as playwright:
        launched = browser.launch(playwright)
        context = launched.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(30_000)
        strangers: list[str] = []
        context.on("request", lambda r: r.url.startswith((site.url, "data:", "blob:")) or strangers.append(r.url))
        made = context.new_page()
        yield made
        launched.close()
        assert strangers == []


def opened(page: Page, site: Served, path: str = "/") -> Page:
    page.goto(site.url + path)
    page.wait_for_selector("#bar .bar")
    page.wait_for_selector("#source .view")
    return page


def settings(page: Page) -> None:
    page.click("#bar a[href='/settings']")
    expect(page.locator("#source .settings .headline")).to_have_text("Settings")


def picture(page: Page, name: str) -> None:
    """For who wants to look: FOOTNOTE_PICTURES names a folder (no setting of Footnote's)."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_reader_chooses_an_endpoint_asks_it_and_finds_the_key_nowhere(
    page: Page, site: Served, endpoint: Endpoint
) -> None:
    opened(page, site)
    expect(page.locator("#bar .words")).to_contain_text("no language model")
    settings(page)
    form = page.locator("#source form[action='/settings']")
    assert form.locator("input[value=none]").evaluate("e => getComputedStyle(e).appearance") == "auto"
    expect(form.locator("input[value=none]")).to_be_checked()
    picture(page, "settings")
    form.locator("input[value=hosted]").check()
    form.get_by_label("Address").fill(endpoint.url)
    form.get_by_label("Name of the model there").fill("theirs")
    form.get_by_label("Key", exact=True).fill(KEY)
    form.locator("[name=keep_key]").check()
    form.get_by_role("button", name="Save").click()
    told = page.locator("#source .told")
    expect(told).to_contain_text(f"Questions and excerpts are sent to {endpoint.url}")
    expect(page.locator("#bar .words")).to_have_text(f"theirs, hosted at {endpoint.url}", timeout=60_000)
    expect(page.locator("#bar .strip")).to_contain_text(f"Questions and excerpts are sent to {endpoint.url}")
    picture(page, "saved")
    assert endpoint.asked == [], "nothing is sent before a question is asked"
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    done = page.locator("#live .turn[aria-busy=false]")
    expect(done).to_contain_text("$ 40 million", timeout=30_000)
    expect(done.locator(".note")).to_contain_text("theirs")
    assert [request.headers["Authorization"] for request in endpoint.asked] == [f"Bearer {KEY}"]
    page.reload()
    settings(page)
    key = page.get_by_label("Key", exact=True)
    expect(key).to_have_value("")
    expect(key).to_have_attribute("type", "password")
    expect(page.locator("#source")).to_contain_text("A key is set, from: this page, kept in the data folder.")
    expect(page.locator("#source .model", has_text="Hosted")).to_contain_text("Seen here: first word after")
    assert KEY not in page.content()
    page.locator("#source summary").click()
    row = page.locator("#source tbody tr", has_text="llm_api_key")
    expect(row).to_contain_text("set (not shown)")


def test_dark_stays_dark_after_a_reload_and_on_every_page(page: Page, site: Served) -> None:
    def scheme() -> str:
        return str(page.evaluate("getComputedStyle(document.documentElement).colorScheme"))

    opened(page, site)
    assert scheme() == "light"
    settings(page)
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    assert scheme() == "dark"
    picture(page, "settings-dark")
    opened(page, site, "/?chat=1")
    expect(page.locator("body.dark")).to_have_count(1)
    assert scheme() == "dark" and page.url == f"{site.url}/?chat=1"
    for path in ("/articles/pier.txt", "/settings", "/doctor"):
        page.goto(site.url + path)
        assert scheme() == "dark", path
    page.goto(f"{site.url}/settings")
    page.get_by_role("button", name="Light").click()  # without any script
    page.wait_for_selector("[aria-pressed=true]:has-text('Light')")
    assert scheme() == "light"
    opened(page, site)
    expect(page.locator("body.dark")).to_have_count(0)
    assert scheme() == "light"


def test_the_check_up_shows_findings_and_makes_the_library_anew(
    page: Page, site: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag import doctor
    from rag.models import HashEmbedder

    monkeypatch.setattr(doctor, "_embedder", lambda *_: HashEmbedder())
    opened(page, site)
    settings(page)
    page.get_by_role("link", name="Check-up").click()
    findings = page.locator("#source .findings li")
    expect(findings.filter(has_text="articles 1 in")).to_contain_text("ok")
    expect(findings.filter(has_text="not fetched yet")).to_have_count(1)
    expect(findings.filter(has_text="library")).to_contain_text("is as it was written")
    page.locator("#source summary").click()
    expect(page.locator("#source pre")).to_contain_text("ok: articles: 1 in ")
    page.locator("#source .copy").click()
    expect(page.locator("#source .copy")).to_have_text("Copied")
    picture(page, "doctor")
    page.get_by_role("button", name="Make the library anew…").click()
    page.get_by_role("button", name="Make it anew").click()
    expect(page.locator("#source .told")).to_contain_text(
        "The library has been made anew from 1 article.", timeout=30_000
    )
    assert (tmp_path / "data" / "library-damaged-1").is_dir()
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    expect(page.locator("#live .turn[aria-busy=false]")).to_contain_text("$ 40 million", timeout=30_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off(page: Page, site: Served, theme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for path, name in (("/settings", "settings"), ("/doctor", "doctor")):
        page.goto(site.url + path)
        deadline = time.monotonic() + 30
        while page.locator("[data-poll='/doctor?fragment=1']").count() and time.monotonic() < deadline:
            page.wait_for_timeout(300)
        picture(page, f"phone-{name}-{theme}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, path
    for target in page.locator("main :is(input, button):visible").all():
        box = target.bounding_box()
        assert box is not None and min(box["height"], box["width"]) >= 18
