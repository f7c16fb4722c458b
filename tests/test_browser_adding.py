"""Adding articles in a real Chromium, over the real assistant with an empty folder: drop, read, ask, remove, undo."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Page, Route, expect, sync_playwright

from eval import browser
from rag.assistant import Assistant
from rag.config import load_config
from rag.models import ScriptedModel
from rag.ui.serve import create_app, take_port

pytestmark = pytest.mark.browser

FERRY = "The night ferry leaves at eleven. It is never full, said the harbour master Elin Vasskog."
TRAMS = "The tram drivers fear three winters without a crossing."
DROP = """([target, files]) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  for (const type of ['dragover', 'drop']) {
    document.querySelector(target).dispatchEvent(
      new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
    if (type === 'dragover') window.highlighted = document.body.classList.contains('dropping');
  }
}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ferries").mkdir()
    return tmp_path / "ferries"


@pytest.fixture
def page(scripted: ScriptedModel, folder: Path, tmp_path: Path) -> Iterator[Page]:
    if not browser.chromium():
        if os.environ.get("CI"):
            pytest.fail("No Chromium on the path, and CI is set.")
        pytest.skip("No Chromium on the path.")
    assistant = Assistant(load_config(articles=folder, data=tmp_path / "data", model="none"))
    assistant.start()
    listener = take_port("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(create_app(assistant), log_level="critical", timeout_graceful_shutdown=1, ws="none")
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    strangers: list[str] = []
    with sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        context.on(
            "request", lambda r: strangers.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None
        )
        opened = context.new_page()
        opened.goto(address)
        yield opened
        chromium.close()
    server.should_exit = True
    thread.join(5)
    assistant.close()
    assert strangers == []


def shot(page: Page, name: str) -> None:
    """A picture where one is wanted, to be looked at."""
    if where := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(where) / f"{name}.png"))


def drop(page: Page, target: str, *files: tuple[str, str]) -> None:
    arguments: Any = [target, [list(file) for file in files]]
    page.evaluate(DROP, arguments)
    assert page.evaluate("window.highlighted"), "the page shows that files may be dropped"
    assert not page.evaluate("document.body.classList.contains('dropping')")


def test_from_an_empty_library_to_a_checked_answer(page: Page, folder: Path) -> None:
    invitation = page.locator(".invitation")
    expect(invitation).to_contain_text("The library “ferries” is empty.")
    shot(page, "empty")
    drop(page, ".invitation .drop", ("ferry.txt", FERRY), ("trams.md", TRAMS), ("table.xlsx", "x"), ("zero.txt", "\0"))
    rows = page.locator("#source .progress .files li")
    expect(rows).to_have_count(4)
    expect(page.locator("#source .progress .read")).to_have_count(2)
    expect(page.locator("#source .progress [role=status]")).to_have_text("Done: 2 of 4 can be asked about.")
    expect(rows.nth(0)).to_contain_text("read, 1 passage")
    expect(rows.nth(2)).to_contain_text("table.xlsx was not added: data, no article: save its text as .txt")
    expect(rows.nth(3)).to_contain_text("a zero byte")
    expect(page.locator("#bar a[href='/articles']").first).to_contain_text("2 articles")
    expect(invitation).to_have_count(0)
    shot(page, "added")

    page.fill("#question textarea", "When does the night ferry leave?")
    page.press("#question textarea", "Enter")
    page.locator("#live a.c").first.click()
    expect(page.locator("#source mark")).to_contain_text("The night ferry leaves at eleven.")

    page.locator("#source .meta.row button").click()
    expect(page.locator("#source .done")).to_contain_text("Removed ferry.txt.")
    expect(page.locator("#bar a[href='/articles']").first).to_contain_text("1 article")
    assert not (folder / "ferry.txt").exists()
    shot(page, "removed")
    page.locator("#source .done button").click()
    expect(page.locator("#source .progress .read")).to_have_count(1)
    expect(page.locator("#bar a[href='/articles']").first).to_contain_text("2 articles")
    assert (folder / "ferry.txt").read_text() == FERRY

    page.fill("#source textarea", "The bakery sells buns from six in the morning.")
    page.fill("#source input[name=title]", "Buns at six")
    page.locator("#source form[action='/add/text'] button").click()
    expect(page.locator("#bar a[href='/articles']").first).to_contain_text("3 articles")
    page.locator("#source .progress a.file").click()
    expect(page.locator("#source .headline")).to_have_text("Buns at six")

    page.locator("#bar a[href='/add']").click()
    expect(page.locator("#source .refused")).to_contain_text("zero.txt")
    page.locator("#source .refused button").click()
    expect(page.locator("#source .done")).to_contain_text("Removed zero.txt.")
    page.fill("#source input[type=url]", "http://127.0.0.1:80/admin")
    page.locator("#source form[action='/add/link'] button").click()
    expect(page.locator("#source .fail")).to_contain_text("not of the web")
    shot(page, "refused")
    page.emulate_media(color_scheme="dark")
    shot(page, "refused-dark")


def test_progress_is_told_in_its_place_until_all_is_read(page: Page) -> None:
    asked: list[str] = []

    def tell(route: Route) -> None:
        asked.append(route.request.url)
        going = ' data-poll="/add/progress?batch=slow"' if len(asked) < 4 else ""
        route.fulfill(body=f'<div class="progress"{going}>Look {len(asked)}</div>', content_type="text/html")

    page.route("**/add/progress*", tell)
    page.locator("#bar a[href='/add']").click()
    page.locator("#source .drop").evaluate(
        """drop => {
          drop.insertAdjacentHTML('beforebegin', '<div class="progress" data-poll="/add/progress?batch=slow"></div>');
          document.dispatchEvent(new CustomEvent('footnote:view', {detail: null}));
        }"""
    )
    expect(page.locator("#source .progress")).to_have_text("Look 4")
    expect(page.locator("#source .headline")).to_have_text("Add articles")
    assert asked and all("fragment=1" in address for address in asked), "never a whole page in the place of a part"


def test_the_page_opens_without_an_error_in_the_console(page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.reload()
    expect(page.locator(".invitation h1")).to_have_css("font-size", "32px")
    assert errors == []


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_an_answer_takes_the_place_of_the_forms(page: Page, folder: Path, width: int) -> None:
    (folder / "ferry.txt").write_text(FERRY)
    page.set_viewport_size({"width": width, "height": 700})
    page.locator("#bar a[href='/add']").click()
    expect(page.locator("#source .shut")).to_be_visible()
    expect(page.locator("#source .step").first).to_be_hidden()
    page.locator("#source form[action='/reread'] button").click()
    expect(page.locator("#bar .lib").first).to_contain_text("1 article")
    tops = page.locator("#bar .bar > :is(a, button:not([hidden]), .st)").evaluate_all(
        "all => all.map(one => Math.round(one.getBoundingClientRect().bottom / 12))"
    )
    assert len(set(tops[1:])) == 1, "below the name everything is in one line"
    page.fill("#question textarea", "When does the night ferry leave?")
    page.press("#question textarea", "Enter")
    expect(page.locator("#live a.c").first).to_be_in_viewport()
    expect(page.locator("#panel")).to_be_hidden()


def test_a_folder_is_added_with_its_folders_and_all_removed_invites_again(
    page: Page, folder: Path, tmp_path: Path
) -> None:
    for name in ("news/2024/ferry.txt", "news/.hidden.txt"):
        file = tmp_path / "mine" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FERRY)
    page.locator(".invitation input[webkitdirectory]").set_input_files(str(tmp_path / "mine"))
    expect(page.locator("#source .progress .read")).to_have_count(1)
    assert [p.relative_to(folder).as_posix() for p in folder.rglob("*.txt")] == ["mine/news/2024/ferry.txt"]
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "phone")
    page.locator("#source .progress a.file").click()
    page.locator("#source .meta.row button").click()
    expect(page.locator("#source .done")).to_be_visible()
    page.locator("#source .shut").click()
    expect(page.locator(".invitation")).to_contain_text("is empty")
    page.emulate_media(color_scheme="dark")
    shot(page, "phone-dark")


def test_without_script_files_are_added_by_the_form(page: Page, folder: Path) -> None:
    browser_ = page.context.browser
    assert browser_
    bare = browser_.new_context(java_script_enabled=False).new_page()
    bare.goto(f"{page.url}add")
    bare.locator("input[type=file]").first.set_input_files(
        [{"name": "ferry.txt", "mimeType": "text/plain", "buffer": FERRY.encode()}]
    )
    bare.get_by_role("button", name="Add them").click()
    expect(bare.locator(".files .read")).to_contain_text("read, 1 passage")
    shot(bare, "bare")
    assert (folder / "ferry.txt").read_text() == FERRY
