"""How fast the page is, as its reader sees it: evidence, first word and whole answer on the screen.

    python -m eval.page_speed http://127.0.0.1:7860 [--questions FILE] [--repeat N]

Drives the running page in the system's Chromium (wants ``requirements-dev.txt``). Times count from the press of Enter
to the moment when the words are in the page; the first question is not counted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from eval.browser import launch
from eval.speed import MAX_EVIDENCE_MS, QUESTIONS, figure, read_questions
from rag.errors import FootnoteError

PATIENCE_MS = 300_000

# Notes when the newest turn first shows evidence (a source), words (a paragraph), and its end (the note line).
_WATCH = """
(before) => {
  window.seen = {};
  const started = performance.now();
  const look = () => {
    const turns = document.querySelectorAll('.turn');
    if (turns.length > before) {
      const turn = turns[turns.length - 1];
      const now = performance.now() - started;
      if (!window.seen.evidence && turn.querySelector('.sources, .closest')) window.seen.evidence = now;
      if (!window.seen.word && turn.querySelector('.a p:not(.wait)')) window.seen.word = now;
      if (turn.querySelector('.note')) { window.seen.whole = now; return; }
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds from Enter until the page showed it."""

    evidence: float
    word: float
    whole: float


def watch(url: str, questions: Sequence[str]) -> list[Seen]:
    """Ask each question in the page at ``url`` and tell what was seen when."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(url)
        box = page.get_by_placeholder("Ask the articles")
        found = []
        for number, question in enumerate(tqdm(questions, unit="question")):
            box.fill(question)
            page.evaluate(_WATCH, number)
            box.press("Enter")
            page.wait_for_function("window.seen.whole", timeout=PATIENCE_MS)
            seen = page.evaluate("window.seen")
            page.wait_for_selector("#send", timeout=PATIENCE_MS)  # before that the page takes no question
            found.append(Seen(seen.get("evidence", seen["whole"]), seen.get("word", seen["whole"]), seen["whole"]))
        browser.close()
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print. Exit 0: evidence is there in time. 1: not, or an error."""
    parser = argparse.ArgumentParser(prog="python -m eval.page_speed", description="Measure the page of a running app.")
    parser.add_argument("url", help="where the app runs, such as http://127.0.0.1:7860")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="a file with one question a line")
    parser.add_argument("--repeat", type=int, default=1, help="how often each question is asked")
    given = parser.parse_args(argv)
    try:
        questions = [question for question in read_questions(given.questions) for _ in range(given.repeat)]
        seen = watch(given.url, [questions[-1], *questions])[1:]
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1
    for name in ("evidence", "word", "whole"):
        found = figure([getattr(one, name) for one in seen])
        assert found is not None
        print(f"{name:10} p50 {found.p50:8.0f} ms   p95 {found.p95:8.0f} ms   n {found.n}")
    evidence = figure([one.evidence for one in seen])
    return 0 if evidence is not None and evidence.p95 <= MAX_EVIDENCE_MS else 1


if __name__ == "__main__":
    sys.exit(main())
