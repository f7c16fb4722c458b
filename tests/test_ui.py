"""The window without a browser: blocks, addresses, HTML, routes, the door."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.domain import Article, Holdings, Mark, Section, Span
from rag.errors import ConfigError
from rag.status import Status
from rag.ui import render
from rag.ui.addresses import article_address, parse_mark, web_link
from rag.ui.articles import article_routes
from rag.ui.blocks import blocks
from rag.ui.serve import page_address, take_port
from rag.ui.shelf.catalogue import Catalogue, Choice
from rag.ui.shelf.routes import shelf_routes
from rag.ui.shelf.views import list_html
from tests.fake_assistant import (
    ACROSS,
    ARTICLES,
    BRIDGE,
    BY_ID,
    COST,
    EXAMPLES,
    HOSTILE,
    SCRIPT,
    TRACK,
    VOTE,
    FakeAssistant,
    marked,
)

bridge, trams, hostile = ARTICLES


def article(text: str, *marks: Mark) -> Article:
    return Article("a.txt", text, "0" * 64, "A title", marks=marks)


def squeezed(text: str) -> str:
    return "".join(text.split())


# Blocks


@pytest.mark.parametrize("one", ARTICLES, ids=lambda one: one.id)
def test_blocks_lose_nothing_but_white_space(one: Article) -> None:
    assert squeezed("".join(block.text for block in blocks(one))) == squeezed(one.text)


def test_every_line_is_a_paragraph_unless_the_text_is_hard_wrapped() -> None:
    assert [block.text for block in blocks(article("One.\nTwo.\n\n  Three. \n"))] == ["One.", "Two.", "Three."]
    line = "a line that somebody's editor broke by hand at seventy-odd characters"
    wrapped = "\n".join([line] * 6)
    assert [block.text for block in blocks(article(f"{wrapped}\n\nShort.\n"))] == [wrapped, "Short."]
    items = [f"- item {number} of a list, about as long as a line that somebody broke" for number in range(6)]
    listed = "\n".join(items)
    assert [block.text for block in blocks(article(f"Before it.\n\n{listed}\n"))] == ["Before it.", *items]


def test_marks_make_kinds_and_may_cover_part_of_a_paragraph() -> None:
    text = "Headline\n\nBody text. Read more\n\nShare this"
    marks = [("Headline", "heading"), ("Read more", "residue"), ("Share this", "residue")]
    spans = [Mark(text.index(words), text.index(words) + len(words), kind) for words, kind in marks]  # type: ignore[arg-type]
    found = blocks(article(text, *spans))
    assert [block.kind for block in found] == ["heading", "body", "residue"]
    assert [(run.text, run.kind) for run in found[1].runs] == [("Body text. ", "body"), ("Read more", "residue")]


def test_cited_words_are_marked_exactly_over_paragraphs_and_marks() -> None:
    span = Span(BRIDGE.index("sinking"), BRIDGE.index("expected to cost") + 8)
    found = blocks(bridge, span)
    cited = [run for block in found for run in block.runs if run.cited]
    assert len(cited) == 3
    assert [run.first for run in cited] == [True, False, False]
    assert squeezed("".join(run.text for run in cited)) == squeezed(bridge.quote(span))


# Addresses and words


def test_addresses_are_quoted_and_read_back() -> None:
    assert article_address(bridge.id, Span(3, 9)) == "/articles/harbour/old%20bridge%20%231.txt?mark=3-9#mark"
    assert article_address("50% ü?.txt") == "/articles/50%25%20%C3%BC%3F.txt"
    assert parse_mark("3-9") == Span(3, 9)


@pytest.mark.parametrize("value", ["", "3", "9-3", "3-3", "-3-9", "3-9-", "٣-9a", "1e3-2e3", "3-99999999999"])
def test_what_is_no_mark_is_none(value: str) -> None:
    assert parse_mark(value) is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "javascript://a.example/%0aalert(1)",
        "data:text/html,x",
        "ftp://a.example",
        "//a.example",
        "http://",
        "http://[",
        "",
        None,
    ],
)
def test_only_web_links_are_links(url: str | None) -> None:
    assert web_link(url) is None
    assert web_link("https://a.example/b") == ("https://a.example/b", "a.example")


# HTML


TAGS = re.compile(r"<\s*/?\s*([a-zA-Z][a-zA-Z0-9]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
OURS = {
    "a",
    "article",
    "b",
    "blockquote",
    "button",
    "details",
    "div",
    "figcaption",
    "figure",
    "form",
    "h1",
    "h2",
    "h3",
    "header",
    "input",
    "label",
    "li",
    "ul",
    "mark",
    "nav",
    "datalist",
    "ol",
    "option",
    "p",
    "section",
    "select",
    "span",
    "summary",
}


def assert_harmless(html: str) -> None:
    """Only our own tags, no attribute that runs or fetches, links only to articles or the web."""
    for name, attributes in TAGS.findall(html):
        assert name in OURS, name
        bare = re.sub(r'"[^"]*"', '""', attributes)
        assert not re.search(r"\b(on\w+|src|srcset|style|formaction)\s*=", bare), attributes
        assert all(re.match(r"/\w", action) for action in re.findall(r'\baction="([^"]*)"', attributes)), attributes
        for href in re.findall(r'href="([^"]*)"', attributes):
            assert unescape(href).startswith(("/", "https://", "http://")), href


def test_hostile_text_is_only_text() -> None:
    evil = SCRIPT["hostile"]
    bad = replace(
        evil,
        question="<img src=x onerror=alert(1)>",
        error='<script>alert("e")</script>',
        status="<svg onload=alert(1)>",
        done=False,
        outcome="refused",
    )
    for answer in (evil, bad, replace(bad, done=True), replace(evil, outcome="refused", sentences=())):
        assert_harmless(str(render.turn_html(answer, 0, BY_ID.get, last=True)))
    line = replace(evil.sentences[0], label="<img src=x onerror=alert(1)>")
    for lines in ((line,), (line, line), (replace(line, text=""),)):
        listed = replace(evil, sentences=lines, sections=(Section("<script>", lines),))
        assert_harmless(str(render.turn_html(listed, 0, BY_ID.get, last=True)))
    worse = replace(
        hostile, author='"><script>', outlet="<img src=x>", section="<i>", date="<b>", url='https://a.example/"><x>'
    )
    html = str(render.article_html(worse, Span(0, len(HOSTILE))))
    assert_harmless(html)
    assert squeezed(unescape(re.sub(r"<[^>]*>", "", html))).endswith(squeezed(HOSTILE))
    assert_harmless(str(list_html(Catalogue(Holdings((worse,))), Choice())))
    assert_harmless(str(render.welcome_html(Status(), ["<script>", '" onclick="x'])))
    assert_harmless(str(render.missing_html("<script>", "<img src=x>")))


def test_an_article_page_names_what_is_known_and_what_is_not() -> None:
    html = str(render.article_html(bridge))
    assert "The Inlet Courier" in html
    assert "14 March 2023" in html
    assert 'href="https://courier.example/bridge" target="_blank" rel="noopener noreferrer nofollow"' in html
    assert '<p class="residue">Leave a Reply</p>' in html
    assert '<p class="credit">Photo: Jonas Berg / Harbour Archive</p>' in html
    assert '<h3 class="heading">What it will cost</h3>' in html
    untitled = str(render.article_html(trams))
    assert "no headline; the first sentence stands in for it" in untitled
    assert "no date given" in untitled
    assert "javascript" not in untitled


def test_a_headline_is_not_said_twice_unless_it_is_cited() -> None:
    text = "Big news\n\nIt happened."
    one = replace(article(text, Mark(0, 8, "heading")), title="Big news")
    assert str(render.article_html(one)).count("Big news") == 1
    assert '<mark id="mark">Big news</mark>' in str(render.article_html(one, Span(0, 8)))


@pytest.mark.parametrize(
    ("status", "words", "absent"),
    [
        (Status(), ["Starting", "dot busy"], ["strip"]),
        (Status(phase="Reading articles 3 of 5", progress=0.6), ["Reading articles 3 of 5", 'value="0.600"'], []),
        (Status(True, "M", True, articles=1), ["1 article<", "dot ok", ">M<"], ["strip"]),
        (Status(True, "M", phase="Fetching 3 of 9 MB", progress=0.3, can_cancel=True, articles=5),
         ["5 articles", "Not now", "own sentences"], ["Fetch the model"]),
        (Status(True, "M", can_fetch=True), ["Fetch the model", "No language model yet"], ["Not now"]),
        (Status(True, "M", problem="The disk is full."), ["The disk is full.", "dot bad"], []),
    ],
)  # fmt: skip
def test_the_bar_tells_how_things_are(status: Status, words: list[str], absent: list[str]) -> None:
    html = str(render.bar_html(status))
    assert [word for word in words if word not in html] == []
    assert [word for word in absent if word in html] == []


def test_the_welcome_says_what_is_going_on_until_there_are_examples() -> None:
    waiting = str(render.welcome_html(Status(phase="Reading the articles 3 of 5"), []))
    assert "Reading the articles 3 of 5" in waiting
    assert 'data-question="How did the council vote?"' in str(render.welcome_html(Status(ready=True), EXAMPLES))


# Routes


@pytest.fixture(scope="module")
def pages() -> TestClient:
    app = FastAPI()
    assistant = FakeAssistant()
    app.include_router(article_routes(assistant))
    app.include_router(shelf_routes(assistant, local=True))
    return TestClient(app)


@pytest.mark.parametrize("citation", [VOTE, COST, TRACK, ACROSS], ids=lambda c: f"{c.article}-{c.start}")
def test_an_article_page_marks_exactly_the_quote(pages: TestClient, citation) -> None:  # type: ignore[no-untyped-def]
    reply = pages.get(article_address(citation.article, citation.span))
    assert reply.status_code == 200
    pieces = re.findall(r"<mark[^>]*>(.*?)</mark>", reply.text, re.DOTALL)
    assert squeezed(unescape("".join(pieces))) == marked(BY_ID[citation.article], citation.span)
    assert reply.text.count('id="mark"') == 1


def test_pages_may_fetch_nothing_and_a_fragment_is_the_bare_article(pages: TestClient) -> None:
    reply = pages.get("/articles/trams.txt")
    assert reply.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'none'")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in reply.text
    assert pages.get("/articles/trams.txt?fragment=1").text.startswith("<article")
    assert "Old harbour bridge" in pages.get("/articles").text
    assert pages.head("/articles/trams.txt").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/articles/none.txt", 404, "no article named “none.txt”"),
        ("/articles/..%2f..%2fetc%2fpasswd", 404, "no article named"),
        ("/articles/%3Cscript%3E", 404, "&lt;script&gt;"),
        ("/articles/trams.txt?mark=9-3", 400, "names no passage"),
        ("/articles/trams.txt?mark=", 400, "names no passage"),
        ("/articles/trams.txt?mark=0-99999", 400, "names no passage"),
    ],
)
def test_what_is_not_there_gets_a_clear_page(pages: TestClient, path: str, status: int, words: str) -> None:
    reply = pages.get(path)
    assert reply.status_code == status
    assert words in reply.text
    assert 'href="/"' in reply.text


# The door


def test_a_taken_port_and_a_wrong_host_are_said_in_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"Port {port} .* already in use.*--port"):
            take_port("127.0.0.1", port)
    with pytest.raises(ConfigError, match=r"no\.such\.host\.invalid.*--host"):
        take_port("no.such.host.invalid", 0)


def test_the_address_shown_is_one_that_a_browser_can_open() -> None:
    with take_port("0.0.0.0", 0, to_network=True) as listener:
        assert page_address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
