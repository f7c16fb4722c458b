"""The window without a browser: blocks, addresses, turns, HTML, routes, one question on its way, the door."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.domain import Answer, AnswerSentence, Article, Mark, Span, Timings, Turn
from rag.errors import ConfigError, ModelError
from rag.status import Status
from rag.ui import render
from rag.ui.addresses import article_address, parse_mark, web_link
from rag.ui.articles import article_routes
from rag.ui.asking import BROKEN, Asking
from rag.ui.blocks import blocks
from rag.ui.conversation import MAX_TURNS, MEMORY, Conversation
from rag.ui.serve import page_address, take_port
from rag.ui.turns import copy_text, turn_view
from rag.ui.words import date_in_words, seconds, times_in_words
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


def test_dates_and_times_in_words() -> None:
    given = ["2022-03-04", "2022-03", "2022", None, "2022-13-01", "in spring"]
    said = ["4 March 2022", "March 2022", "2022", "no date given", "2022-13-01", "in spring"]
    assert [date_in_words(date) for date in given] == said
    assert [seconds(time) for time in (2304.0, 95.0, 94.0, 0.2)] == ["2.3 s", "0.1 s", "94 ms", "0 ms"]
    assert times_in_words(Answer("q", timings=Timings(112.0, None, 4790.0))) == "evidence 0.1 s · whole 4.8 s"


# Turns


def test_sentences_get_their_sources_and_paragraphs_are_kept() -> None:
    first, second = (sentence.text for sentence in SCRIPT[EXAMPLES[1]].sentences)
    answer = replace(SCRIPT[EXAMPLES[1]], text=f"{first}\n\n{second} And so")
    view = turn_view(answer, 0, BY_ID.get)
    assert [[piece.text for piece in line] for line in view.paragraphs] == [[first], [second, " And so"]]
    assert [[source.n for piece in line for source in piece.sources] for line in view.paragraphs] == [[2], [3]]


def test_a_sentence_that_the_text_lacks_is_set_all_the_same() -> None:
    answer = Answer("q", text="One.", sentences=(AnswerSentence("One."), AnswerSentence("Two.", (VOTE,))), done=True)
    assert "".join(piece.text for piece in turn_view(answer, 0, BY_ID.get).paragraphs[0]) == "One. Two."


def test_evidence_is_shown_while_reading_and_sources_when_done() -> None:
    whole = SCRIPT[EXAMPLES[1]]
    reading = turn_view(Answer("q", evidence=whole.evidence), 0, BY_ID.get)
    assert [[source.n for source in group.sources] for group in reading.reading] == [[1, 2], [3]]
    assert reading.waiting == "Reading"
    assert not reading.cited
    done = turn_view(whole, 0, BY_ID.get)
    assert not done.reading
    assert not done.waiting
    assert [(group.title, [source.n for source in group.sources]) for group in done.cited] == [
        (bridge.title, [2]),
        (trams.title, [3]),
    ]


def test_a_number_that_is_cited_twice_is_listed_once_with_its_first_words() -> None:
    again = replace(VOTE, start=VOTE.start + 4, quote=VOTE.quote[4:])
    sentences = (AnswerSentence("One.", (VOTE,)), AnswerSentence("Two.", (again,)))
    view = turn_view(Answer("q", text="One. Two.", sentences=sentences, done=True), 0, BY_ID.get)
    assert [source.href for group in view.cited for source in group.sources] == [article_address(bridge.id, VOTE.span)]
    assert [source.href for piece in view.paragraphs[0] for source in piece.sources][1].endswith(
        f"mark={again.start}-{again.end}#mark"
    )


def test_status_words_are_shown_and_an_unknown_article_goes_by_its_name() -> None:
    view = turn_view(Answer("q", status="second in line", evidence=SCRIPT[EXAMPLES[0]].evidence), 0, lambda _: None)
    assert view.waiting == "second in line"
    assert view.reading[0].title == bridge.id


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ([True, True], "✓ each sentence stands in its source"),
        ([True, False], "1 of 2 sentences not found in the source"),
        ([True, None], None),
    ],
)
def test_the_check_speaks_only_when_everything_was_checked(verdicts: list[bool | None], words: str | None) -> None:
    sentences = tuple(AnswerSentence(f"S{i}.", (VOTE,), verdict) for i, verdict in enumerate(verdicts))
    check = turn_view(Answer("q", text="S0. S1.", sentences=sentences, done=True), 0, BY_ID.get).check
    assert (check.words if check else None) == words


def test_copy_holds_question_answer_numbers_and_sources() -> None:
    assert copy_text(SCRIPT[EXAMPLES[1]], BY_ID.get) == (
        "What will the new bridge cost?\n\n"
        "It is expected to cost 84 million crowns, of which the region pays a third. [2] "
        "A temporary tram track would cost nine million more. [3]\n\n"
        f"[2] Old harbour bridge to be replaced, The Inlet Courier · 14 March 2023, {bridge.id}: “{COST.quote}”\n"
        f"[3] {trams.title}, trams.txt: “{TRACK.quote}”"
    )
    refused = copy_text(SCRIPT[EXAMPLES[2]], BY_ID.get)
    assert "\n\nNot in the articles. The articles say" in refused
    assert copy_text(Answer("q", text="Half", stopped=True, done=True), BY_ID.get) == "q\n\nHalf [cut off]"


def test_a_refusal_says_so_once_and_shows_the_closest_passages() -> None:
    html = str(render.turn_html(SCRIPT[EXAMPLES[2]], 0, BY_ID.get, last=True))
    assert "<b>Not in the articles.</b>" in html
    assert html.count("<q>") == 3
    assert "The closest passages" in html
    citing = replace(SCRIPT[EXAMPLES[0]], outcome="refused")
    assert "Also close" in str(render.turn_html(citing, 0, BY_ID.get, last=True))
    said = replace(SCRIPT[EXAMPLES[2]], text="Not in the articles: nothing.", sentences=())
    assert str(render.turn_html(said, 0, BY_ID.get, last=True)).count("Not in the articles") == 1 + 1  # text and copy


# HTML


def test_a_turn_has_its_citations_as_links_and_its_notes() -> None:
    html = str(render.turn_html(SCRIPT[EXAMPLES[1]], 4, BY_ID.get, last=True))
    assert f'href="{article_address(bridge.id, COST.span)}"' in html
    assert 'aria-label="Source 2: Old harbour bridge to be replaced"' in html
    assert "evidence 0.1 s · first word 2.3 s · whole 4.8 s" in html
    assert "searched also: Halvorson → Halvorsen" in html
    assert 'data-event="retry"' in html
    assert 'id="turn-4"' in html
    assert 'data-event="retry"' not in str(render.turn_html(SCRIPT[EXAMPLES[1]], 4, BY_ID.get, last=False))


def test_a_stopped_and_a_failed_answer_say_so() -> None:
    stopped = str(render.turn_html(Answer("q", text="Half of", stopped=True, done=True), 0, BY_ID.get, last=True))
    assert "Half of" in stopped
    assert "cut off" in stopped
    failed = str(render.turn_html(Answer("q", error="The model <died>.", done=True), 0, BY_ID.get, last=True))
    assert 'role="alert">The model &lt;died&gt;.' in failed
    assert "Copy with sources" not in failed
    assert "Retry" in failed


TAGS = re.compile(r"<\s*/?\s*([a-zA-Z][a-zA-Z0-9]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
OURS = {
    "a",
    "article",
    "b",
    "button",
    "div",
    "h1",
    "h2",
    "h3",
    "header",
    "li",
    "mark",
    "nav",
    "ol",
    "p",
    "q",
    "section",
    "span",
}


def assert_harmless(html: str) -> None:
    """Only our own tags, no attribute that runs or fetches, links only to articles or the web."""
    for name, attributes in TAGS.findall(html):
        assert name in OURS, name
        bare = re.sub(r'"[^"]*"', '""', attributes)
        assert not re.search(r"\b(on\w+|src|srcset|style|action)\s*=", bare), attributes
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
    worse = replace(
        hostile, author='"><script>', outlet="<img src=x>", section="<i>", date="<b>", url='https://a.example/"><x>'
    )
    html = str(render.article_html(worse, Span(0, len(HOSTILE))))
    assert_harmless(html)
    assert squeezed(unescape(re.sub(r"<[^>]*>", "", html))).endswith(squeezed(HOSTILE))
    assert_harmless(str(render.library_html([worse])))
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
    app.include_router(article_routes(FakeAssistant()))
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


# One question on its way


class Scripted(FakeAssistant):
    """Yields what it is given; an exception in the list is raised at its place."""

    def __init__(self, *steps: Answer | Exception | float) -> None:
        super().__init__()
        self.steps = steps
        self.ended = threading.Event()

    def ask(self, question: str, history: Sequence[Turn]) -> Iterator[Answer]:
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    time.sleep(step)
                else:
                    yield step
        finally:
            self.ended.set()


def test_answers_grow_and_the_last_is_done() -> None:
    growing = list(Asking(FakeAssistant(), EXAMPLES[0]))
    assert growing[0].text == ""
    assert growing[-1] == SCRIPT[EXAMPLES[0]]
    texts = [answer.text for answer in growing]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))


def test_a_slow_page_skips_values_but_never_the_last() -> None:
    assistant = Scripted(*(Answer("q", text="x" * i) for i in range(500)), Answer("q", text="end", done=True))
    seen = list(Asking(assistant, "q"))
    assert len(seen) < 20
    assert seen[-1].text == "end"


def test_stop_keeps_what_is_there_and_closes_the_assistants_iterator() -> None:
    assistant = Scripted(Answer("q", text="Half", status="x"), *([0.05, Answer("q", text="Half")] * 200))
    asking = Asking(assistant, "q")
    answers = iter(asking)
    while next(answers).text != "Half":
        pass
    asking.stop()
    last = list(answers)[-1]
    assert (last.text, last.stopped, last.done, last.status) == ("Half", True, True, None)
    assert assistant.ended.wait(1)


def test_stop_is_prompt_even_while_the_assistant_is_silent() -> None:
    asking = Asking(Scripted(5.0, Answer("q", done=True)), "q")
    answers = iter(asking)
    next(answers)
    threading.Timer(0.1, asking.stop).start()
    begun = time.monotonic()
    assert list(answers)[-1].stopped
    assert time.monotonic() - begun < 1


def test_a_dropped_question_hands_out_nothing_more_and_leaving_closes_it() -> None:
    assistant = Scripted(*([Answer("q", text="a"), 0.05] * 100))
    asking = Asking(assistant, "q")
    answers = iter(asking)
    next(answers)
    asking.drop()
    assert list(answers) == []
    assert assistant.ended.wait(1)
    left = Scripted(*([Answer("q", text="a"), 0.05] * 100))
    answers = iter(Asking(left, "q"))
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert left.ended.wait(1)


def test_errors_become_answers_in_words_for_the_reader(caplog: pytest.LogCaptureFixture) -> None:
    half = Answer("q", text="Half")
    last = list(Asking(Scripted(half, ModelError("The model is gone.")), "q"))[-1]
    assert (last.text, last.error, last.done) == ("Half", "The model is gone.", True)
    last = list(Asking(Scripted(half, RuntimeError("secret")), "q"))[-1]
    assert last.error == BROKEN
    assert "secret" in caplog.text
    assert list(Asking(FakeAssistant(), "x" * 2000))[-1].error == (
        "The question has 2000 characters; at most 1000 are answered."
    )


def test_a_conversation_keeps_its_numbers_and_forgets_what_is_old() -> None:
    talk = Conversation()
    for i in range(MAX_TURNS + 5):
        talk = talk.plus(Answer(f"q{i}", text=f"a{i}", error="no" if i == MAX_TURNS + 4 else None))
    assert talk.next_number == MAX_TURNS + 5
    assert len(talk.answers) == MAX_TURNS
    assert f'id="turn-{talk.dropped}"' in render.turns_html(talk, BY_ID.get)
    assert talk.without_last().next_number == MAX_TURNS + 4
    assert talk.history() == [Turn(f"q{i}", f"a{i}") for i in range(MAX_TURNS + 5 - MEMORY, MAX_TURNS + 4)]


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
    with take_port("0.0.0.0", 0) as listener:
        assert page_address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
