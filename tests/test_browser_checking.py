"""Checking, asking and form in a real Chromium, over a scripted assistant; and axe-core on every kind of page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from rag.domain import Within
from rag.ui.addresses import article_address
from rag.ui.render import login_html
from tests.fake_assistant import BEHIND, COST, DISPUTED, DOUBT, EXAMPLES, FOLLOWUPS, SPEAKERS, TRACK, VOTE
from tests.test_browser import (
    PHONE,
    SLOW,
    Site,
    answered,
    ask,
    chat,
    chromium,
    context,
    expect_marked,
    served,
    site,
)

__all__ = ["chat", "chromium", "context", "served", "site"]

pytestmark = pytest.mark.browser

Chat = Callable[..., Page]


def number(page: Page, n: int) -> Locator:
    """The number ``n`` in the newest answer's text."""
    return page.locator("#live .a > p .c", has_text=str(n)).first


def card(page: Page) -> Locator:
    return page.locator("#card:popover-open")


# -- checking ------------------------------------------------------------------------------------------------------


def test_a_number_tells_what_it_stands_for_and_keeps_its_line_in_view(chat: Chat) -> None:
    page = chat()
    ask(page, DISPUTED)
    answered(page)
    number(page, 4).hover()
    expect(card(page)).to_have_attribute("role", "tooltip")
    told = card(page).inner_text()
    assert [line for line in told.split("\n") if line] == [
        "Old harbour bridge to be replaced",
        "The Inlet Courier · 14 March 2023",
        SPEAKERS[DOUBT.article, 4],
        f"“{DOUBT.quote}”",
    ]
    box, line = card(page).bounding_box(), number(page, 4).bounding_box()
    assert box and line and (box["y"] + box["height"] <= line["y"] - 6 or box["y"] >= line["y"] + line["height"])
    card(page).hover()  # It can be read and copied from.
    page.wait_for_timeout(400)
    expect(card(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page)).to_have_count(0)
    described = number(page, 4).get_attribute("aria-describedby")
    assert DOUBT.quote in (page.locator(f"#{described}").text_content() or "")


def test_a_card_comes_by_key_and_goes_alone_before_the_panel(chat: Chat) -> None:
    page = chat()
    ask(page, EXAMPLES[1])
    answered(page)
    page.keyboard.press("Shift+Tab")
    number(page, 2).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(card(page)).to_contain_text(COST.quote)
    page.keyboard.press("Enter")
    expect_marked(page, COST)
    number(page, 3).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(card(page)).to_contain_text(TRACK.quote)
    page.keyboard.press("Escape")
    expect(card(page)).to_have_count(0)
    expect(page.locator("#mark")).to_be_visible()


def test_a_long_press_shows_the_card_and_opens_nothing_and_a_tap_opens(chat: Chat) -> None:
    page = chat(viewport=PHONE, has_touch=True, is_mobile=True)
    ask(page, EXAMPLES[1])
    answered(page)
    touch = {"pointerType": "touch", "bubbles": True}
    number(page, 2).dispatch_event("pointerdown", touch)
    expect(card(page)).to_contain_text(COST.quote)
    number(page, 2).dispatch_event("pointerup", touch)
    number(page, 2).dispatch_event("click", {"bubbles": True, "cancelable": True})
    expect(page.locator("#source")).to_be_hidden()
    expect(card(page)).to_be_visible()
    number(page, 2).tap()
    expect_marked(page, COST)
    expect(card(page)).to_have_count(0)


def test_one_source_leads_to_the_next_and_what_else_was_found_there_is_marked(chat: Chat) -> None:
    page = chat()
    ask(page, DISPUTED)
    answered(page)
    page.locator("#log").click(position={"x": 5, "y": 5})
    page.keyboard.press("n")
    expect_marked(page, COST)
    also = page.locator(".also").all_inner_texts()
    assert also == [VOTE.quote, DOUBT.quote]
    page.keyboard.press("n")
    expect_marked(page, DOUBT)
    page.keyboard.press("p")
    expect_marked(page, COST)
    page.get_by_role("button", name="Previous source").click()
    expect_marked(page, TRACK)  # Round to the last one.
    expect(page.get_by_role("button", name="Previous source")).to_be_focused()
    page.get_by_role("button", name="Next source").click()
    expect_marked(page, COST)


def test_why_this_answer_tells_what_was_done_and_the_prompt_comes_on_demand(chat: Chat) -> None:
    page = chat()
    ask(page, BEHIND)
    done = answered(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    done.get_by_text("Why this answer").click()
    why = done.locator("dl.why")
    expect(why).to_contain_text("likely (83 %)")
    for words in (
        "in all articles",
        "Halvorsen",
        "2 passages, best first",
        "512 tokens in all, 400 of them read",
    ):
        expect(why).to_contain_text(words)
    why.get_by_text("2 passages, best first").click()
    expect(why.locator("ol").first).to_contain_text("by its words and by its meaning; read: 90 % likely")
    assert not any("/model" in url for url in asked)
    why.get_by_role("link", name="word for word").click()
    panel = page.locator("#source .trace")
    expect(panel).to_contain_text("Question: <b>who</b>")
    expect(panel).to_contain_text("YES. <i>Eleven</i> to four [1].")
    expect(panel.locator("details")).not_to_have_attribute("open", "")


# -- asking --------------------------------------------------------------------------------------------------------


def test_questions_are_kept_to_what_is_chosen_until_it_is_taken_back(chat: Chat, site: Site) -> None:
    page = chat()
    page.get_by_text("All articles ▾").click()
    page.locator("#scope input").press("Escape")
    expect(page.locator("#scope input")).to_be_hidden()
    page.get_by_text("All articles ▾").click()
    page.locator("#scope input").fill("inlet")
    expect(page.locator("#scope .popup .chip:visible")).to_have_count(1)
    page.locator("#scope .popup .chip:visible").click()
    chip = page.locator("#scope .kept")
    expect(chip).to_have_text("The Inlet Courier ×")
    expect(page.locator("#question textarea")).to_be_focused()
    ask(page, EXAMPLES[0])
    expect(answered(page).locator(".note")).to_contain_text("kept to “The Inlet Courier”")
    assert site.assistant.within == Within(outlets=("The Inlet Courier",))
    page.get_by_role("button", name="Ask all articles").click()
    answered(page, 2)
    expect(chip).to_have_count(0)
    assert site.assistant.within == Within()
    assert [question for question, _ in site.assistant.calls] == [EXAMPLES[0], EXAMPLES[0]]


def test_an_address_and_a_link_keep_questions_to_an_article(chat: Chat, site: Site) -> None:
    page = chat()
    page.goto(f"{site.url}/?only=trams.txt")
    chip = page.locator("#scope .kept")
    expect(chip).to_contain_text("Tram drivers fear")
    chip.click()
    expect(chip).to_have_count(0)
    page.evaluate(
        """() => document.querySelector('#source .shown').insertAdjacentHTML('beforeend',
        '<a id="only" href="/?only=trams.txt" data-scope="trams.txt">Ask only this one</a>')"""
    )
    page.locator("#only").click()
    expect(chip).to_contain_text("Tram drivers fear")
    ask(page, EXAMPLES[0])
    answered(page)
    assert site.assistant.within == Within(articles=("trams.txt",))
    page.goto(f"{site.url}/?only=/etc/passwd")
    expect(page.locator("#scope summary")).to_be_visible()
    page.wait_for_timeout(300)
    expect(chip).to_have_count(0)


def test_an_edited_question_takes_the_place_of_what_followed(chat: Chat, site: Site) -> None:
    page = chat()
    for i, question in enumerate((EXAMPLES[0], EXAMPLES[1], DISPUTED), 1):
        ask(page, question)
        answered(page, i)
    page.locator("#turn-1 .edit").click()
    expect(page.locator("#question textarea")).to_have_value(EXAMPLES[1])
    expect(page.locator("#question textarea")).to_be_focused()
    expect(page.locator("#scope")).to_contain_text("Asking replaces this question")
    page.get_by_role("button", name="Leave it as it is").click()
    expect(page.locator("#question textarea")).to_have_value("")
    page.locator("#turn-1 .edit").click()
    expect(page.locator("#question textarea")).to_have_value(EXAMPLES[1])
    ask(page, EXAMPLES[2])
    answered(page, 2)
    expect(page.locator(".turn .q")).to_have_text([EXAMPLES[0], EXAMPLES[2]])
    assert [turn.question for turn in site.assistant.calls[-1][1]] == [EXAMPLES[0]]
    expect(page.locator("#scope")).not_to_contain_text("Asking replaces")


def test_follow_ups_stand_under_the_newest_answer_only(chat: Chat, site: Site) -> None:
    page = chat()
    ask(page, EXAMPLES[0])
    answered(page)
    offered = page.locator("#more .chip")
    expect(offered).to_have_text(FOLLOWUPS)
    site.assistant.hold_at = 2
    offered.first.click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(offered).to_have_count(0)
    site.assistant.hold_at = None
    expect(answered(page, 2).locator(".q")).to_have_text(FOLLOWUPS[0])


def test_keys_do_what_the_sheet_says_and_nothing_while_typing(chat: Chat) -> None:
    page = chat()
    box = page.locator("#question textarea")
    ask(page, EXAMPLES[0])
    answered(page)
    ask(page, EXAMPLES[1])
    answered(page, 2)
    box.press("ArrowUp")
    expect(box).to_have_value(EXAMPLES[1])
    box.press("ArrowUp")
    expect(box).to_have_value(EXAMPLES[0])
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_value("")
    box.press_sequentially("n/p?")
    expect(box).to_have_value("n/p?")
    box.press("ArrowUp")
    expect(box).to_have_value("n/p?")
    expect(page.locator("#mark")).to_have_count(0)
    box.fill("")
    page.locator("#log").focus()
    page.keyboard.press("?")
    expect(page.locator("#source .keys")).to_contain_text("The next and the previous source")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")


def test_tab_goes_from_the_box_to_the_answer_before_header_and_list(chat: Chat) -> None:
    page = chat()
    ask(page, EXAMPLES[0])
    answered(page)
    page.locator("#question textarea").focus()
    passed = []
    for _ in range(8):
        page.keyboard.press("Tab")
        passed.append(page.evaluate("document.activeElement.className + '|' + document.activeElement.textContent"))
        if passed[-1].startswith("c|") or passed[-1].startswith("c on|"):
            break
    assert passed[-1].endswith("|1"), passed
    assert page.evaluate("!document.activeElement.closest('#bar, #panel')")
    page.locator("#skip .skip").focus()
    expect(page.locator("#skip .skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('#live')")


# -- form ----------------------------------------------------------------------------------------------------------

SHIFTS = """() => { window.shifts = []; new PerformanceObserver((list) => { for (const each of list.getEntries())
    window.shifts.push(each.value); }).observe({type: 'layout-shift', buffered: false}); }"""


def test_nothing_jumps_while_an_answer_streams(chat: Chat) -> None:
    page = chat()
    page.evaluate(SHIFTS)
    ask(page, SLOW)
    answered(page)
    page.wait_for_timeout(300)
    assert sum(page.evaluate("window.shifts")) < 0.1


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1920])
def test_nothing_is_cut_or_wider_than_the_window(chat: Chat, width: int) -> None:
    page = chat(viewport={"width": width, "height": 800})
    ask(page, DISPUTED)
    answered(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in page.locator("#bar :is(.brand, a, button):visible").all():
        box = part.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert part.evaluate("e => e.scrollWidth <= e.clientWidth + 1 || getComputedStyle(e).display === 'inline'")
    expect(page.locator("h1")).to_have_count(1)
    for pill in page.locator(".sources .c").all():
        box = pill.bounding_box()
        assert box and box["width"] >= 24 and box["height"] >= 24


def test_twice_the_size_forced_colours_and_paper(chat: Chat) -> None:
    page = chat(viewport={"width": 720, "height": 450}, device_scale_factor=2, forced_colors="active")
    ask(page, EXAMPLES[1])
    answered(page)
    expect(page.locator("#question textarea")).to_be_in_viewport()
    number(page, 2).click()
    expect(page.locator("#mark")).to_be_in_viewport()
    page.locator("#source .shut").click()
    page.emulate_media(media="print")
    expect(page.locator("#ask")).to_be_hidden()
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator("#live .sources")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('#log')).overflowY") == "visible"


def test_the_first_paint_waits_for_no_script(context: Callable[..., BrowserContext], site: Site) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto(site.url)
    expect(page.locator("#skeleton h1")).to_have_text("Footnote")
    expect(page.locator("#skeleton textarea")).to_be_disabled()
    expect(page.locator("#skeleton")).to_contain_text("Ask the articles.")


def test_a_lost_server_is_told_and_what_is_typed_outlives_its_return(chat: Chat) -> None:
    page = chat()
    page.wait_for_function("performance.getEntriesByType('resource').some((each) => each.name.endsWith('/alive'))")
    state = {"up": False}

    def answer(route: Route) -> None:
        if state["up"]:
            route.fulfill(body="another run")
        else:
            route.abort()

    page.fill("#question textarea", "half a question")
    page.route("**/alive", answer)
    expect(page.locator("#lost")).to_be_visible()
    expect(page.locator("#question textarea")).to_have_value("half a question")
    state["up"] = True
    with page.expect_navigation():
        pass
    page.unroute("**/alive")
    expect(page.locator("#question textarea")).to_have_value("half a question")
    expect(page.locator("#lost")).to_be_hidden()


def test_an_unknown_address_is_a_page_with_a_way_back(context: Callable[..., BrowserContext], site: Site) -> None:
    page = context().new_page()
    reply = page.goto(f"{site.url}/no/such/place")
    assert reply and reply.status == 404 and "text/html" in reply.headers["content-type"]
    page.get_by_role("link", name="Back to the chat").first.click()
    expect(page.locator("#question textarea")).to_be_visible()
    program = page.request.get(f"{site.url}/no/such/place", headers={"Accept": "*/*"})
    assert program.status == 404 and program.text() == "There is nothing here.\n"


# -- axe -----------------------------------------------------------------------------------------------------------


def findings(page: Page) -> list[str]:
    """What axe-core finds that is moderate or worse."""
    found = Axe().run(page).response["violations"]
    told = [f"{one['impact']} {one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]
    return [one for one in told if not re.match("minor|None", one)]


@pytest.mark.parametrize("question", ["", EXAMPLES[1], EXAMPLES[2], DISPUTED])
def test_axe_finds_nothing_in_the_chat(chat: Chat, question: str) -> None:
    page = chat()
    if question:
        ask(page, question)
        answered(page).locator(".more[data-load] > summary").click()
        page.wait_for_selector("dl.why")
        page.locator("#scope summary").click()
        page.wait_for_selector("#scope input")
    assert findings(page) == []


def test_axe_finds_nothing_in_the_sheet_of_a_phone_in_the_dark(chat: Chat) -> None:
    page = chat(viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark")
    ask(page, DISPUTED)
    answered(page)
    number(page, 4).tap()
    page.wait_for_selector("#mark")
    assert findings(page) == []


ROOMS = ("articles", "details?article=trams.txt", "libraries", "add", "chats", "settings", "doctor", "api", "keys")
PAGES = [f"/{room}" for room in ROOMS]


@pytest.mark.parametrize("path", [*PAGES, article_address(COST.article, COST.span), "/no/such/place"])
def test_axe_finds_nothing_on_pages_of_their_own(context: Callable[..., BrowserContext], site: Site, path: str) -> None:
    page = context().new_page()
    page.goto(f"{site.url}{path}")
    assert findings(page) == []


def test_axe_finds_nothing_at_the_door(context: Callable[..., BrowserContext]) -> None:
    page: Any = context().new_page()
    page.set_content(str(login_html("That is not the password.", "/")))
    assert findings(page) == []
