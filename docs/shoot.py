"""Takes the README's pictures from a running app: python docs/shoot.py http://127.0.0.1:7860. Knows the page alone.

Asks each question, opens the first citation of the last answered one, and writes desktop.png, dark.png and phone.png.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from eval.browser import launch
from rag.errors import FootnoteError

QUESTIONS = (
    "Who met Yang Jiechi in Rome, and for how long?",
    "And where did they meet?",
    "What did Angela Merkel say about the talks?",
)
PICTURES = (
    ("desktop", "light", {"width": 1400, "height": 900}),
    ("dark", "dark", {"width": 1400, "height": 900}),
    ("phone", "light", {"width": 390, "height": 844}),
)
PATIENCE_MS = 180_000
"""For one answer; a local model on two busy cores may need most of it."""


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description="Take the README's pictures from a running app.")
    parser.add_argument("url", help="where the app runs, such as http://127.0.0.1:7860")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for the pictures")
    parser.add_argument("--question", action="append", help="ask this instead; may be given several times")
    given = parser.parse_args()
    try:
        shoot(given.url, given.question or QUESTIONS, given.out)
    except FootnoteError as error:
        raise SystemExit(str(error)) from error


def shoot(url: str, questions: Sequence[str], out: Path) -> None:
    """Ask the questions at every size and write a picture of the answers."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for name, scheme, size in PICTURES:
            page = open_chat(browser, url, scheme, size)
            for number, question in enumerate(questions, 1):
                ask(page, question, number)
            open_source(page)
            page.screenshot(path=out / f"{name}.png")
            print(out / f"{name}.png")
            page.context.close()
        browser.close()


def open_chat(browser: Browser, url: str, scheme: str, size: dict[str, int]) -> Page:
    """The page in a fresh window, once it is ready for questions."""
    page = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
    page.goto(url)
    page.wait_for_selector("#welcome .chip", timeout=PATIENCE_MS)
    return page


def ask(page: Page, question: str, number: int) -> None:
    """Ask and wait for the end of the answer, the ``number``-th of the conversation."""
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_function(f"document.querySelectorAll('.turn').length === {number}", timeout=PATIENCE_MS)
    page.wait_for_selector("#live .turn[aria-busy=false]", timeout=PATIENCE_MS)
    page.wait_for_selector("#send", timeout=PATIENCE_MS)


def open_source(page: Page) -> None:
    """The first citation of the first answer that has one, with its words in view."""
    page.locator(".a .c").first.click()
    page.wait_for_selector("#mark")
    page.locator(".turn:has(.c.on)").first.scroll_into_view_if_needed()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
