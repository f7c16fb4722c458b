"""Promise 6: nothing in an article ever runs or is fetched: on the page, in the terminal, in copies and reports."""

from __future__ import annotations

import ast
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval import report as reports
from eval import results
from eval.gold import ArticleTexts
from rag.assistant import Assistant, complete
from rag.domain import Answer, Article, Holdings, Span
from rag.status import Status
from rag.ui import render
from rag.ui.shelf.catalogue import Catalogue, Choice
from rag.ui.shelf.views import list_html
from rag.ui.turns import copy_text
from rag.unseen import escaped, unseen, visible
from tests.conftest import ROOT, Assemble
from tests.eval_cases import ROWS, hand_made_run, piece, record
from tests.promises import hostile
from tests.promises.conftest import Effort, Report
from tests.promises.hostile import PAYLOADS, TERMINAL, TURNED, controls, question, traces
from tests.promises.scripted_rag import DONE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, effort: Effort) -> Path:
    """The hostile folder, and beside it the library that the first test makes of it."""
    place = tmp_path_factory.mktemp("hostile")
    hostile.write(place / "articles", PAYLOADS[:: effort(2, 1)])
    return place


@pytest.fixture
def library(assemble: Assemble, place: Path) -> Assistant:
    """An assistant over the hostile folder, extractive."""
    return assemble(articles=place / "articles", data=place / "data", model="none")


def answers(assistant: Assistant, step: int = 1) -> Iterator[Answer]:
    """An answer about each payload, and one in which everything that is not the articles' is hostile too."""
    for n in range(0, len(PAYLOADS), step):
        yield complete(assistant.ask(question(n)))
    answer = complete(assistant.ask(question(0)))
    for payload in PAYLOADS[:: step or 1]:
        said = tuple(replace(s, text=f"{s.text} {payload}", label=payload) for s in answer.sentences)
        yield replace(
            answer, question=payload, text=f"{answer.text} {payload}", sentences=said, missing=(payload,),
            error=payload, searched=(payload,), model=payload, outcome="partly", changed=(payload, "a01.txt"),
            evidence=tuple(replace(e, speaker=payload) for e in answer.evidence),
        )  # fmt: skip


def test_the_corpus_is_read_and_cited(library: Assistant) -> None:
    """The attack is one: payloads reach titles, outlets and cited words."""
    articles = library.articles()
    assert len(articles) > len(PAYLOADS)
    held = [p for p in PAYLOADS[::2] if any(" ".join(p.split()) in a.title for a in articles)]
    assert len(held) > len(PAYLOADS[::2]) // 2
    assert any("<script>" in c.quote for c in complete(library.ask(question(0))).citations)


def test_no_payload_survives_on_the_page(library: Assistant, effort: Effort, report: Report) -> None:
    shown = 0
    for answer in answers(library, effort(6, 1)):
        html = render.turn_html(answer, 0, library.article, (), last=True)
        assert traces(html) == [], answer.question
        assert controls(html) == [], answer.question
        shown += 1
    for article in library.articles():
        cited = Span(0, min(40, len(article.text)))
        for html in (render.article_html(article), render.article_html(article, cited)):
            assert traces(html) == [], article.id
            assert controls(html) == [], article.id
        whole = render.page_html(article.title, render.article_html(article))
        assert traces(whole, page=True) == [], article.id
        shown += 3
    shelf = list_html(Catalogue(Holdings(tuple(library.articles()))), Choice())
    assert traces(shelf) == [] and controls(shelf) == []
    for payload in PAYLOADS:
        status = Status(ready=True, model=payload, phase=payload, problem=payload, news=payload, articles=1)
        for html in (
            render.bar_html(status),
            render.bar_html(replace(status, problem=None, phase="")),
            render.welcome_html(status, [payload]),
            render.missing_html(payload, payload),
        ):
            assert traces(html) == [] and controls(html) == []
            shown += 1
    report(pages=shown, payloads=len(PAYLOADS))


def test_links_lead_to_our_articles_or_to_the_web(library: Assistant) -> None:
    import lxml.html

    for article in library.articles():
        page = lxml.html.fromstring(f"<div>{render.article_html(article)}</div>")
        for link in page.iter("a"):
            leads = link.attrib["href"]
            assert leads.startswith(("http://", "https://", "/articles", "/?only=", "/details?")), article.id
            assert leads.startswith("/") or "noopener" in link.attrib.get("rel", "")


def test_what_is_copied_shows_what_is_hidden(library: Assistant, effort: Effort) -> None:
    """The clipboard's text travels in an attribute, with the hidden made visible; nothing in it ends the attribute."""
    import lxml.html

    for answer in answers(library, effort(6, 1)):
        page = lxml.html.fromstring(f"<div>{render.turn_html(answer, 0, library.article, (), last=True)}</div>")
        (copied,) = page.xpath("//@data-copy")
        assert copied.replace("\r", "") == visible(copy_text(answer, library.article)).replace("\r", "")


def test_no_payload_survives_in_the_report(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    hostile.write(folder)
    texts = ArticleTexts(folder)
    rows, records = [], []
    for n, payload in enumerate(PAYLOADS):
        quote = f"The end of the article on {hostile.place(n)} stands here"
        shown = [piece(texts, f"a{n:02}.txt", quote)]
        base: dict[str, Any] = {**ROWS[0], "evidence": [{"doc": f"a{n:02}.txt", "quote": quote}]}
        told = payload.strip() or "x"
        rows.append(
            {**base, "id": f"h{n} {payload}", "type": told, "question": f"{told}?", "note": told, "answer": told}
        )
        records.append(record(answer=payload, evidence=shown, citations=shown, retrieved=shown, searched=[payload]))
    run = hand_made_run(tmp_path / "out", folder, rows, records)
    html = reports.write(run, results.results(run)).read_text(encoding="utf-8")
    assert traces(html, page=True) == []
    assert controls(html) == []
    assert html.count("<script>") == 1


# -- the terminal ------------------------------------------------------------------------------------------------------


def in_terminal(commands: Sequence[Sequence[str]]) -> list[str]:
    """What arrives at a pseudo-terminal from each of these commands."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "tests.promises.scripted_rag", json.dumps(commands)]
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT)
    os.close(slave)
    arrived = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the child has closed its end
            break
        if not part:
            break
        arrived += part
    os.close(master)
    shown = arrived.decode("utf-8").replace("\r\n", "\n")
    assert child.wait(30) == 0, shown[-3000:]
    return shown.split(DONE)[:-1]


COMMANDS = [
    ["sync"], ["list"], ["list", "--json"], ["search", "Mayor Rita Olsen bridge"], ["search", "Rita Olsen", "--json"],
    *(["ask", question(PAYLOADS.index(payload)), "--model", "none"] for payload in (*TERMINAL[:8:3], *TURNED[::4])),
    ["ask", question(PAYLOADS.index(TERMINAL[7])), "--model", "none", "--json"], ["brief"], ["people"], ["timeline"],
    ["ask", "\x1b[2J who said that?", "--model", "none"], ["people", "\x1b[31mnobody"],
]  # fmt: skip


def test_no_command_sends_the_terminal_anything_but_text(tmp_path: Path, report: Report) -> None:
    hostile.write(tmp_path / "articles", (*TERMINAL, *TURNED))
    where = ["--articles", str(tmp_path / "articles"), "--data", str(tmp_path / "data")]
    arrived = in_terminal([[*command, *where] for command in COMMANDS])
    assert len(arrived) == len(COMMANDS)
    for command, shown in zip(COMMANDS, arrived, strict=True):
        assert len(shown) > 20, command
        # The progress bar's own carriage returns come before its text; it holds no words of an article.
        lines = [line.rsplit("\r", 1)[-1].removeprefix("\x1b[A") for line in shown.split("\n")]
        assert controls("\n".join(lines)) == [], command
        if "--json" in command:
            json.loads(shown[shown.index("{\n") :])
    assert any("[U+001B]" in shown for shown in arrived) and any("[U+202E]" in shown for shown in arrived)
    report(commands=len(COMMANDS))


def test_the_command_line_prints_only_by_say() -> None:
    """Whoever adds an output to the command line cannot forget to make it visible."""
    tree = ast.parse((ROOT / "rag" / "__main__.py").read_text(encoding="utf-8"))
    printed = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"]
    assert printed == []


# -- what cannot be seen -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("\x1b[2J", "[U+001B][2J"),
        ("\x9b31m", "[U+009B]31m"),
        ("a\r\nb\tc", "a[U+000D]\nb\tc"),
        ("ign\U000e0061ore", "ign[U+E0061]ore"),
        ("x\u200dy", "x[U+200D]y"),
        ("\udce9", "[U+DCE9]"),
        ("family \U0001f468\u200d\U0001f469\u200d\U0001f467", None),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
        ("\u0915\u094d\u200d\u0937 \u05e9\u05dc\u05d5\u05dd é ﬁ", None),
    ],
)
def test_what_cannot_be_seen_is_shown_and_nothing_else_is_touched(text: str, shown: str | None) -> None:
    assert visible(text) == (shown or text)
    assert "".join(piece for piece, _ in unseen(text)) == text
    assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text


def test_the_cited_words_keep_their_place_when_they_hold_what_cannot_be_seen() -> None:
    text = "The sum is \u202e001\u202c dollars, he said."
    article = Article("a.txt", text, "d", "A")
    html = render.article_html(article, Span(text.index("\u202e"), text.index(" dollars")))
    assert '<mark id="mark"><span class="unseen" title="right-to-left override">[U+202E]</span>001' in html
    assert html.count("[U+202C]") == 1
