"""The window in a real Chromium, over a scripted assistant. No page may ask anything of another host."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from eval import browser
from rag.domain import Citation, Turn
from rag.ui.addresses import article_address
from rag.ui.serve import create_app, take_port
from rag.ui.turns import WORDED
from tests.fake_app import LOADING
from tests.fake_assistant import (
    ACROSS,
    BITE,
    BY_ID,
    COST,
    DISPUTED,
    DOUBT,
    EXAMPLES,
    SCRIPT,
    TRACK,
    VOTE,
    FakeAssistant,
    marked,
)

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
SLOW = f"{EXAMPLES[0]} slowly"


@dataclass
class Site:
    """A running window, its assistant, and the requests that went elsewhere."""

    url: str
    assistant: FakeAssistant
    strangers: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    assistant = FakeAssistant()
    listener = take_port("127.0.0.1", 0)
    config = uvicorn.Config(create_app(assistant), log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", assistant)
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not browser.chromium():
        if os.environ.get("CI"):
            pytest.fail("No Chromium on the path, and CI is set.")
        pytest.skip("No Chromium on the path.")
    with sync_playwright() as playwright:
        launched = browser.launch(playwright)
        yield launched
        launched.close()


@pytest.fixture
def site(served: Site) -> Iterator[Site]:
    """The window with a fresh memory; afterwards no page may have asked anything of another host."""
    served.assistant.calls.clear()
    served.assistant.closed.clear()
    served.strangers.clear()
    yield served
    served.assistant.hold_at = None
    assert served.strangers == []


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made = chromium.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        made.set_default_timeout(15_000)
        made.on("request", lambda request: _note(site, request.url))
        opened.append(made)
        return made

    yield make
    for made in opened:
        made.close()


def _note(site: Site, url: str) -> None:
    if not url.startswith((site.url, "data:", "blob:")):
        site.strangers.append(url)


@pytest.fixture
def chat(context: Callable[..., BrowserContext], site: Site) -> Callable[..., Page]:
    def open_chat(**options: Any) -> Page:
        page = context(**options).new_page()
        page.goto(site.url)
        page.wait_for_selector("#welcome .chip")
        return page

    return open_chat


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")


def answered(page: Page, turns: int = 1) -> Locator:
    """The newest turn once it is done, as the given number of them."""
    expect(page.locator(".turn")).to_have_count(turns)
    done = page.locator("#live .turn[aria-busy=false]")
    expect(done).to_be_visible()
    expect(page.locator("#send")).to_be_visible()
    return done


def marked_text(page: Page) -> str:
    return "".join("".join(page.locator("mark").all_inner_texts()).split())


def expect_marked(page: Page, citation: Citation) -> None:
    page.wait_for_selector("#mark")
    assert marked_text(page) == marked(BY_ID[citation.article], citation.span)


def test_a_question_streams_evidence_first_then_words_then_sources(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    site.assistant.hold_at = 0
    ask(page, SLOW)
    turn = page.locator("#live .turn")
    expect(turn.locator(".q")).to_have_text(SLOW)
    expect(turn.locator(".sources .c")).to_have_count(3)
    expect(turn.locator(".wait")).to_contain_text("second in line")
    assert turn.locator(".a > p:not(.wait)").count() == 0, "the first word must come after the evidence"
    expect(page.locator("#question textarea")).to_have_value("")
    expect(page.locator("#stop")).to_be_visible()
    expect(page.locator("#send")).to_be_hidden()
    site.assistant.hold_at = 3
    expect(turn.locator(".a > p:not(.wait)")).to_have_text("The council voted")
    site.assistant.hold_at = None
    done = answered(page)
    expect(done.locator(".a > p .c")).to_have_text(["1", "2"])
    expect(done.locator(".note")).to_contain_text("first word 2.3 s")
    expect(done.locator(".note .quiet")).to_have_text(WORDED)
    expect(done.locator(".more .loaded")).to_be_hidden()
    done.locator(".more[data-load] > summary").click()
    expect(done.locator(".more .loaded")).to_contain_text("first word 2.3 s")
    expect(page.locator("#log")).to_have_attribute("role", "log")


def test_stop_keeps_the_part_that_is_there_and_frees_the_assistant(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    site.assistant.hold_at = 3
    ask(page, SLOW)
    page.wait_for_selector("text=The council voted")
    page.click("#stop")
    done = answered(page)
    expect(done.locator(".cut")).to_have_text("— cut off")
    said = done.locator(".a > p").first.inner_text()
    assert SCRIPT[EXAMPLES[0]].text.startswith(said)
    assert said != SCRIPT[EXAMPLES[0]].text
    deadline = time.monotonic() + 3
    while SLOW not in site.assistant.closed and time.monotonic() < deadline:
        time.sleep(0.02)
    assert site.assistant.closed == [SLOW]
    site.assistant.hold_at = None
    ask(page, "And then?")
    answered(page, 2)
    assert site.assistant.calls[-1] == ("And then?", (Turn(SLOW, said),))
    expect(page.locator("#past .cut")).to_be_visible()


def test_a_stopped_answer_keeps_the_citations_of_its_finished_sentences(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    site.assistant.hold_at = len(SCRIPT[EXAMPLES[0]].sentences[0].text.split()) + 2
    ask(page, SLOW)
    page.locator("#live .turn[aria-busy=true] .a > p .c").click()
    expect_marked(page, VOTE)
    page.click("#stop")
    done = answered(page)
    expect(done.locator(".cut")).to_have_text("— cut off")
    expect(done.locator(".a > p .c")).to_have_text(["1"])
    expect(done.locator(".a > p .c.on")).to_have_count(1)
    expect(page.locator("#source .tab")).to_have_text(["1"])
    expect(done.locator(".sources .c")).to_have_text(["1"])
    expect_marked(page, VOTE)
    expect(page.locator("#source .for")).to_have_text(f"for: {SLOW}")


def test_a_number_never_stands_alone_on_a_line(chat: Callable[..., Page]) -> None:
    page = chat(viewport=PHONE)
    ask(page, EXAMPLES[0])
    answered(page)
    lonely = """() => [...document.querySelectorAll('.a > p .c')].filter(pill => {
        const range = document.createRange();
        range.selectNodeContents(pill.previousSibling);
        const words = [...range.getClientRects()].at(-1);
        const number = pill.getBoundingClientRect();
        return number.top >= words.bottom || number.left < words.left;
    }).length"""
    for width in range(300, 480, 6):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(lonely) == 0, width


def test_a_citation_opens_the_source_at_exactly_the_quoted_words(chat: Callable[..., Page]) -> None:
    page = chat()
    ask(page, EXAMPLES[0])
    pills = answered(page).locator(".a > p .c")
    pills.nth(1).click()
    expect_marked(page, ACROSS)
    expect(page.locator("#source .headline")).to_be_focused()
    expect(page.locator("#source p.meta")).to_contain_text("The Inlet Courier · 14 March 2023")
    expect(page.locator("#mark")).to_be_in_viewport()
    assert "on" in (pills.nth(1).get_attribute("class") or "")
    assert "on" not in (pills.nth(0).get_attribute("class") or "")
    expect(page.locator("#source .tab")).to_have_text(["1", "2"])
    page.locator("#source .tab").first.click()
    expect(page.locator("#source .tab").first).to_have_attribute("aria-current", "true")
    expect_marked(page, VOTE)
    assert "on" in (pills.nth(0).get_attribute("class") or "")
    assert page.evaluate("location.pathname") == "/", "the chat page stays where it is"


def test_the_open_source_stays_and_names_its_question_while_the_next_answer_streams(chat: Callable[..., Page]) -> None:
    page = chat()
    ask(page, EXAMPLES[0])
    answered(page).locator(".a > p .c").first.click()
    expect_marked(page, VOTE)
    ask(page, EXAMPLES[1])
    answered(page, 2)
    expect(page.locator("#source .for")).to_have_text(f"for: {EXAMPLES[0]}")
    expect(page.locator("#past .c.on")).to_have_count(2)  # in the text and in the list of sources
    expect(page.locator("#live .c.on")).to_have_count(0)
    expect_marked(page, VOTE)
    page.locator("#live .a > p .c").first.click()
    expect(page.locator("#source .for")).to_have_text(f"for: {EXAMPLES[1]}")
    page.locator("#source .tab").nth(1).click()
    expect_marked(page, TRACK)
    expect(page.locator("#source .for")).to_have_text(f"for: {EXAMPLES[1]}")


def test_keyboard_alone_asks_opens_closes_and_comes_back(chat: Callable[..., Page]) -> None:
    page = chat()
    page.focus("#question textarea")
    page.keyboard.type("How did the")
    page.keyboard.press("Shift+Enter")
    assert page.input_value("#question textarea") == "How did the\n"
    page.keyboard.press("Backspace")
    page.keyboard.type(" council vote?")
    page.keyboard.press("Enter")
    answered(page)
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.a > p .c') && document.activeElement.textContent === '2'"):
            break
    assert page.evaluate("document.activeElement.textContent") == "2"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect_marked(page, ACROSS)
    expect(page.locator("#source .headline")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#live .a > p .c").nth(1)).to_be_focused()
    expect(page.locator("#source mark")).to_have_count(0)
    expect(page.locator("#source .shelf li")).to_have_count(len(BY_ID))


def test_an_article_has_a_page_of_its_own(context: Callable[..., BrowserContext], site: Site) -> None:
    page = context(java_script_enabled=False).new_page()
    for citation in (COST, ACROSS, BITE):
        reply = page.goto(site.url + article_address(citation.article, citation.span))
        assert reply
        assert reply.ok
        expect_marked(page, citation)
        expect(page.locator("#mark")).to_be_in_viewport()
    assert page.goto(f"{site.url}/articles/none.txt").status == 404  # type: ignore[union-attr]
    page.click("text=All articles >> nth=0")
    expect(page.locator(".shelf li")).to_have_count(len(BY_ID))


def test_a_middle_click_leads_to_the_page(chat: Callable[..., Page]) -> None:
    page = chat()
    ask(page, EXAMPLES[0])
    pill = answered(page).locator(".a > p .c").first
    with page.context.expect_page() as opened:
        pill.click(button="middle")
    expect_marked(opened.value, VOTE)


def test_on_a_phone_the_source_is_a_drawer_and_nothing_is_wider_than_the_screen(
    chat: Callable[..., Page], site: Site
) -> None:
    page = chat(viewport=PHONE, has_touch=True, is_mobile=True)
    for i, question in enumerate(EXAMPLES, 1):
        ask(page, question)
        answered(page, i)
    expect(page.locator("#question textarea")).to_be_in_viewport()
    expect(page.locator("#source")).to_be_hidden()
    page.locator(".turn").first.locator(".a > p .c").nth(1).tap()
    expect_marked(page, ACROSS)
    expect(page.locator("#source")).to_be_in_viewport()
    expect(page.locator("#mark")).to_be_in_viewport()
    assert top(page, "#source") > 300
    expect(page.locator(".turn").first.locator(".a > p .c").nth(1)).to_be_in_viewport(ratio=1)
    sheet = page.locator("#source").bounding_box()
    assert sheet
    assert sheet["y"] + sheet["height"] <= top(page, "#ask"), "the question box stays in reach"
    expect(page.locator("#send")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.locator("#source .shut").tap()
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator(".turn").first.locator(".a > p .c").nth(1)).to_be_focused()
    page.goto(site.url + article_address(BITE.article, BITE.span))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def top(page: Page, selector: str) -> float:
    """How far below the window's upper edge an element begins, in pixels."""
    box = page.locator(selector).bounding_box()
    assert box
    return box["y"]


def test_the_list_of_articles_on_a_phone_begins_at_its_top_and_gives_the_focus_back(chat: Callable[..., Page]) -> None:
    page = chat(viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator("#bar a[href='/articles']").tap()
    expect(page.locator("#source .headline")).to_be_focused()
    expect(page.locator("#source .shelf li")).to_have_count(len(BY_ID))
    assert top(page, "#source .headline") - top(page, "#source") < 10
    assert abs(top(page, "#source .shut") - top(page, "#source .headline")) < 20, "in one line with the heading"
    expect(page.locator("#question textarea")).to_be_in_viewport(ratio=1)
    page.locator("#source .shut").tap()
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator("#bar a[href='/articles']")).to_be_focused()
    page.locator("#bar a[href='/articles']").tap()
    page.locator("[data-event=new_chat]").tap()
    expect(page.locator("#source")).to_be_hidden()


def lightness(page: Page, selector: str, what: str = "backgroundColor") -> int:
    """Sum of red, green and blue of a colour on the page."""
    colour = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{what}")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_dark_and_light_follow_the_system_and_gradio(chat: Callable[..., Page], site: Site) -> None:
    page = chat(color_scheme="dark")
    for selector in ("body", "#source", "#ask"):
        assert lightness(page, selector) < 150, selector
    assert lightness(page, ".welcome h2", "color") > 600
    assert lightness(page, "#question textarea", "color") > 600
    page.goto(f"{site.url}/articles/trams.txt")
    assert lightness(page, "body") < 150
    page.goto(f"{site.url}/?__theme=light")
    page.wait_for_selector("#welcome .chip")
    assert lightness(page, "body") > 700
    assert lightness(page, ".welcome h2", "color") < 150
    assert lightness(page, "#question textarea", "color") < 150


def test_hostile_text_shows_as_text_and_nothing_is_fetched(chat: Callable[..., Page]) -> None:
    page = chat()
    question = '<img src="https://evil.example/q.png" onerror="window.pwned=8">'
    ask(page, question)
    expect(answered(page).locator(".q")).to_have_text(question)
    ask(page, "hostile")
    done = answered(page, 2)
    expect(done.locator(".a > p")).to_contain_text("<img src=x onerror='window.pwned=7'>")
    expect(done.locator(".a > p")).to_contain_text("![pixel](https://evil.example/md.png)")
    expect(done.locator(".a > p")).to_contain_text("{{constructor.constructor('window.pwned=4')()}}")
    expect(done.locator(".note")).to_contain_text("<img src=https://evil.example/s.png>")
    done.locator(".a > p .c").click()
    expect_marked(page, BITE)
    expect(page.locator("#source .shown")).to_contain_text("<style>body{display:none}</style>")
    for forbidden in ("img", "script", "iframe", "style", "a[href^='javascript']", "a[href*='evil']"):
        assert page.locator(f"#log {forbidden}, #source {forbidden}").count() == 0, forbidden
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned") is None


def test_a_dispute_is_side_by_side_stacked_on_a_phone_and_its_source_names_who_speaks(
    chat: Callable[..., Page],
) -> None:
    page = chat()
    ask(page, DISPUTED)
    done = answered(page)
    group = done.get_by_role("group", name="Disputed: The article reports two positions:")
    left, right = (side.bounding_box() for side in group.get_by_role("figure").all())
    assert left and right and left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]
    group.locator(".c").nth(1).focus()
    page.keyboard.press("Enter")
    expect_marked(page, DOUBT)
    said = page.locator("#source .saying")
    expect(said).to_have_text("Marked words: Per Halvorsen, leader of the opposition in the council")
    assert top(page, "#source .saying") < top(page, "#mark")
    page.locator("#source .tab", has_text="3").click()
    expect(said).to_have_text("Marked words: a spokeswoman for the transport company")
    page.set_viewport_size({"width": 390, "height": 844})
    left, right = (side.bounding_box() for side in group.get_by_role("figure").all())
    assert left and right and left["x"] == right["x"] and left["y"] + left["height"] <= right["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_browser_would_refuse_a_picture_from_elsewhere(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    refused = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            new Image().src = 'https://evil.example/second-wall.png';
        })"""
    )
    assert refused == "img-src"
    site.strangers.clear()


def test_retry_answers_the_last_question_once_more_in_its_place(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    ask(page, "First?")
    answered(page)
    ask(page, "Second?")
    answered(page, 2)
    page.click("#live [data-event=retry]")
    expect(page.locator("#live .turn[aria-busy=true]")).to_be_visible()
    expect(answered(page, 2).locator(".q")).to_have_text("Second?")
    assert [question for question, _ in site.assistant.calls] == ["First?", "Second?", "Second?"]
    assert site.assistant.calls[1][1] == site.assistant.calls[2][1]
    expect(page.locator("[data-event=retry]")).to_have_count(1)


def test_new_chat_empties_the_page_and_the_memory_also_while_an_answer_streams(
    chat: Callable[..., Page], site: Site
) -> None:
    page = chat()
    ask(page, EXAMPLES[0])
    answered(page)
    site.assistant.hold_at = 3
    ask(page, SLOW)
    page.wait_for_selector("#live .turn[aria-busy=true] .a > p:not(.wait)")
    page.click("[data-event=new_chat]")
    site.assistant.hold_at = None
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#question textarea")).to_be_focused()
    expect(page.locator("#welcome .chip").first).to_be_visible()
    expect(page.locator("#send")).to_be_visible()
    page.wait_for_timeout(600)
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, "Anew?")
    answered(page)
    assert site.assistant.calls[-1] == ("Anew?", ())


def test_examples_are_questions_to_click(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    expect(page.locator("#welcome .chip")).to_have_text(EXAMPLES)
    page.fill("#question textarea", "a draft")
    page.locator("#welcome .chip").nth(2).click()
    expect(answered(page).locator(".none")).to_contain_text("Not in the articles.")
    assert page.input_value("#question textarea") == "a draft"
    assert site.assistant.calls == [(EXAMPLES[2], ())]
    expect(page.locator("#welcome")).to_be_hidden()


def test_blank_questions_and_a_second_enter_change_nothing(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    ask(page, "   ")
    page.wait_for_timeout(400)
    expect(page.locator(".turn")).to_have_count(0)
    site.assistant.hold_at = 3
    ask(page, SLOW)
    expect(page.locator("#question textarea")).to_have_value("")
    ask(page, "typed meanwhile")
    site.assistant.hold_at = None
    answered(page)
    expect(page.locator("#question textarea")).to_have_value("typed meanwhile")
    assert [question for question, _ in site.assistant.calls] == [SLOW]
    page.press("#question textarea", "Enter")
    answered(page, 2)


def test_two_tabs_are_answered_at_once_and_apart(chat: Callable[..., Page], site: Site) -> None:
    first, second = chat(), chat()
    site.assistant.hold_at = len(SCRIPT[EXAMPLES[0]].text.split())
    assert len(SCRIPT[EXAMPLES[1]].text.split()) < site.assistant.hold_at
    ask(first, SLOW)
    expect(first.locator("#live .turn[aria-busy=true]")).to_be_visible()
    ask(second, EXAMPLES[1])
    expect(answered(second).locator(".q")).to_have_text(EXAMPLES[1])
    expect(first.locator("#live .turn[aria-busy=true]")).to_be_visible()
    site.assistant.hold_at = None
    expect(answered(first).locator(".q")).to_have_text(SLOW)
    assert [history for _, history in site.assistant.calls] == [(), ()]


def test_a_closed_tab_frees_the_assistant(chat: Callable[..., Page], site: Site) -> None:
    page = chat()
    site.assistant.hold_at = 3
    ask(page, SLOW)
    expect(page.locator("#live .turn[aria-busy=true] .sources")).to_be_visible()
    page.close()
    deadline = time.monotonic() + 10
    while SLOW not in site.assistant.closed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert site.assistant.closed == [SLOW], "the answer went on although nobody was there"


def test_errors_are_said_on_the_page_without_their_secrets(chat: Callable[..., Page]) -> None:
    page = chat()
    ask(page, "crash")
    expect(answered(page).locator(".fail")).to_contain_text("Something went wrong while answering")
    expect(page.locator("body")).not_to_contain_text("secret detail")
    ask(page, "x" * 1001)
    expect(answered(page, 2).locator(".fail")).to_contain_text("at most 1000")
    ask(page, EXAMPLES[0])
    answered(page, 3)


def test_copy_puts_answer_and_sources_on_the_clipboard(chat: Callable[..., Page]) -> None:
    page = chat(permissions=["clipboard-read", "clipboard-write"])
    ask(page, EXAMPLES[1])
    button = answered(page).locator(".copy")
    button.click()
    expect(button).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "region pays a third. [2]" in copied
    assert f"“{COST.quote}”" in copied


def test_the_page_follows_new_words_but_never_pulls_a_reader_back(chat: Callable[..., Page], site: Site) -> None:
    page = chat(viewport={"width": 1000, "height": 500})
    for i, question in enumerate(EXAMPLES, 1):
        ask(page, question)
        answered(page, i)
    log = "document.querySelector('#log')"
    assert page.evaluate(f"{log}.scrollHeight - {log}.scrollTop - {log}.clientHeight") < 60
    site.assistant.hold_at = 3
    ask(page, SLOW)
    expect(page.locator("#live .turn[aria-busy=true] .sources")).to_be_visible()
    page.evaluate(f"{log}.scrollTop = 40")
    site.assistant.hold_at = None
    answered(page, 4)
    assert page.evaluate(f"{log}.scrollTop") == 40


def test_a_download_can_be_declined_and_taken_up_again(chat: Callable[..., Page], site: Site) -> None:
    before = site.assistant.status()
    site.assistant._status = LOADING
    try:
        page = chat()
        expect(page.locator(".strip")).to_contain_text("312 of 1,117 MB")
        expect(page.locator(".strip progress")).to_have_attribute("value", "0.280")
        page.click("text=Not now")
        expect(page.locator(".strip")).to_contain_text("not on this machine")
        page.click("text=Fetch the model")
        expect(page.locator("text=Not now")).to_be_visible()
        site.assistant._status = replace(before, articles=7)
        expect(page.locator(".bar .st")).to_have_text("Scripted model, on this machine")
        expect(page.locator(".bar a[href='/articles']")).to_contain_text("7 articles")
        expect(page.locator(".strip")).to_have_count(0)
    finally:
        site.assistant._status = before


def test_the_api_gives_the_answer_json(site: Site) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(site.url, verbose=False)
    reply = client.predict(EXAMPLES[1], [{"question": "Before?", "answer": "Yes."}], api_name="/ask")
    assert reply == SCRIPT[EXAMPLES[1]].to_json()
    assert site.assistant.calls == [(EXAMPLES[1], (Turn("Before?", "Yes."),))]
    assert client.predict(EXAMPLES[0], api_name="/ask")["citations"][0]["quote"] == VOTE.quote
    with pytest.raises(AppError, match="at most 1000 are answered"):
        client.predict("x" * 1001, api_name="/ask")
    with pytest.raises(AppError, match=r'history item 1 .* "question" and "answer"'):
        client.predict("q", [{"question": "no answer"}], api_name="/ask")
    with pytest.raises(AppError, match="Something went wrong"):
        client.predict("crash", api_name="/ask")
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]  # type: ignore[index]
    assert sorted(named) == ["/ask", "/brief", "/people", "/timeline"]
