"""Behind an answer and beside the box: what is chosen, what is marked beside, why an answer is what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from rag.domain import EVERYTHING, Answer, Article, Span, Statement, Trace, Turn, Within
from rag.ui import render
from rag.ui.addresses import MOST_MARKS, parse_marks
from rag.ui.blocks import blocks
from rag.ui.choices import Choice, chips, choices
from rag.ui.conversation import Conversation
from rag.ui.draft import MOST_CHOICES, Draft
from rag.ui.serve import create_app
from rag.ui.why import KEPT, Kept, why, why_address
from tests.fake_assistant import ARTICLES, BEHIND, BY_ID, DISPUTED, SCRIPT, VOTE, FakeAssistant

EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>\u202e'


# -- what the next question is asked with --------------------------------------------------------------------------


def test_choices_are_added_once_and_taken_back() -> None:
    draft = Draft().plus("outlet:Courier").plus("year:2023").plus("outlet:Courier").plus("outlet:A: B")
    assert draft.within == Within(outlets=("Courier", "A: B"), years=("2023",))
    assert draft.minus("outlet:Courier").within == Within(outlets=("A: B",), years=("2023",))
    assert draft.minus("").within == EVERYTHING
    assert Draft(Within(people=("P",)), 2).choices() == [("person", "P")]


@pytest.mark.parametrize("choice", ["", "outlet:", "outlet", "planet:Mars", "__class__:x", "articles:a.txt"])
def test_what_is_no_choice_changes_nothing(choice: str) -> None:
    assert Draft().plus(choice) == Draft()
    kept = Draft(Within(outlets=("Courier",)))
    assert choice == "" or kept.minus(choice) == kept


def test_choices_are_bounded() -> None:
    draft = Draft()
    for n in range(MOST_CHOICES + 5):
        draft = draft.plus(f"outlet:{n}{'x' * 9000}")
    assert len(draft.within.outlets) == MOST_CHOICES and max(map(len, draft.within.outlets)) <= 500


def test_what_tells_articles_apart_is_offered_with_how_many_there_are() -> None:
    said = tuple(Statement("a", 0, 1, "direct", name) for name in ("Rita Olsen", "Rita Olsen", "a spokeswoman", "Li"))
    articles = [
        Article("b", "t", "d", "beta", outlet="Post", date="2024-01-02", statements=said),
        Article("a", "t", "d", "Alpha", outlet="Courier", date="2023"),
        Article("c", "t", "d", "Gamma", outlet="Post", date="2023-05", statements=said[:1]),
    ]
    found = {each.heading: [(c.value, c.note) for c in each.choices] for each in choices(articles)}
    assert found == {
        "Outlets": [("outlet:Courier", "1 article"), ("outlet:Post", "2 articles")],
        "Years": [("year:2024", "1 article"), ("year:2023", "2 articles")],
        "Articles": [("article:a", ""), ("article:b", ""), ("article:c", "")],
    }, "there is only one person by name"
    assert choices(articles[:1]) == []
    assert chips(Within(("b",), ("Post",)), {"b": "beta"}) == [
        Choice("article:b", "beta"),
        Choice("outlet:Post", "Post"),
    ]


def test_a_conversation_is_taken_up_before_a_turn_whatever_its_number() -> None:
    talk = Conversation(tuple(Answer(str(n)) for n in range(3)), dropped=5, chat="c")
    assert [answer.question for answer in talk.before(6).answers] == ["0"]
    assert talk.before(5).answers == ()
    assert talk.before(6).chat == "", "what came after it stays in its own chat"
    assert (talk.before(7).chat, talk.before(7).next_number) == ("c", 7), "the last one is replaced where it is"
    assert talk.before(99) == talk


# -- beside the cited words ----------------------------------------------------------------------------------------


def test_other_words_are_marked_lightly_and_no_text_is_lost() -> None:
    article = Article("a", "One two three four.\n\nFive six.", "d", "A")
    found = blocks(article, Span(4, 7), [Span(4, 7), Span(8, 13), Span(16, 25)])
    runs = [(run.text, run.cited, run.also) for block in found for run in block.runs]
    assert runs == [
        ("One ", False, False),
        ("two", True, False),
        (" ", False, False),
        ("three", False, True),
        (" fo", False, False),
        ("ur.", False, True),
        ("Five", False, True),
        (" six.", False, False),
    ]


def test_marks_of_an_address_are_taken_as_far_as_they_are_some() -> None:
    assert parse_marks("1-2,x,5-4,7-9") == (Span(1, 2), Span(7, 9))
    assert parse_marks("") == ()
    assert len(parse_marks(",".join(["1-2"] * 5000))) == MOST_MARKS


# -- why -----------------------------------------------------------------------------------------------------------


def test_what_was_searched_found_read_and_sent_is_told_in_words() -> None:
    view = why(SCRIPT[BEHIND], (), BY_ID.get)
    assert (view.spellings, view.follows, view.sure, view.chance) == ("Halvorsen", "", "likely", 83)
    assert [seen.note for seen in view.found] == [
        "by its words and by its meaning; read: 90 % likely",  # 1 / (1 + e ** -2.2)
        "by its meaning",
    ]
    assert [(seen.words, seen.note) for seen in view.read] == [(VOTE.quote, "90 % likely")]
    assert view.times == "evidence 0.1 s · first word 2.3 s · whole 4.8 s"
    assert view.trace == f"{why_address(SCRIPT[BEHIND])}/model"
    follow = why(replace(SCRIPT[BEHIND], searched=("Olsen", "Who is it?")), [Turn("Who is it?", "x")], BY_ID.get)
    assert (follow.spellings, follow.follows) == ("Olsen", "Who is it?")


def test_no_model_is_no_model_and_has_no_prompt() -> None:
    html = str(render.why_html(why(replace(SCRIPT[BEHIND], model="none", trace=None), (), BY_ID.get)))
    assert "No language model took part" in html and "/model" not in html
    assert "very unlikely (3 %)" in str(render.why_html(why(replace(SCRIPT[BEHIND], confidence=0.03), (), BY_ID.get)))


def test_only_the_last_answers_are_kept_and_by_an_address_of_their_own() -> None:
    kept, answers = Kept(), [Answer(f"q{n}", done=True) for n in range(KEPT + 1)]
    for answer in answers:
        kept.keep(answer, ())
    keys = [why_address(answer).rpartition("/")[2] for answer in answers]
    assert len(set(keys)) == KEPT + 1 and all(len(key) == 32 for key in keys)
    assert kept.get(keys[0]) is None and kept.get(keys[-1]) == (answers[-1], ())


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(FakeAssistant()), base_url="http://127.0.0.1")


@pytest.mark.parametrize("path", [f"/why/{'0' * 32}", f"/why/{'0' * 32}/model"])
def test_an_answer_that_is_not_kept_is_said_to_be_so(client: TestClient, path: str) -> None:
    reply = client.get(path, params={"fragment": 1})
    assert reply.status_code == 404 and "not kept any more" in reply.text


@pytest.mark.parametrize("path", ["/why/x", f"/why/{'0' * 32}/../x", "/why/", "/why", "/alive/", "/choices/x"])
def test_no_other_address_leads_in(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_person_gets_a_page_at_an_unknown_address_and_a_program_a_sentence(client: TestClient) -> None:
    page = client.get("/nowhere<script>", headers={"accept": "text/html"})
    assert page.status_code == 404 and "Back to the chat" in page.text and "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client.get("/nowhere").text == "There is nothing here.\n"


def test_the_skeleton_comes_with_the_page(client: TestClient) -> None:
    page = client.get("/")
    assert page.text.index('id="skeleton"') < page.text.index("<gradio-app")
    assert int(page.headers["content-length"]) == len(page.content)
    assert client.head("/").status_code == 200


def test_nothing_that_articles_models_or_readers_say_becomes_markup() -> None:
    """Promise 6, for what stands behind an answer and beside the box."""
    hostile = replace(
        SCRIPT[BEHIND],
        question=EVIL,
        searched=(EVIL,),
        model=EVIL,
        trace=Trace(EVIL, EVIL),
        evidence=tuple(replace(e, quote=EVIL, speaker=EVIL) for e in SCRIPT[BEHIND].evidence),
        likeliest=tuple(replace(one, quote=EVIL) for one in SCRIPT[BEHIND].likeliest),
    )
    article = replace(ARTICLES[0], title=EVIL, outlet=EVIL)
    view = why(hostile, [], {ARTICLES[0].id: article}.get)
    assert hostile.trace is not None
    pages = [
        render.why_html(view),
        render.trace_html([("Example", EVIL)], hostile.trace),
        render.above_html(Draft(Within(("x",), (EVIL,), (EVIL,), (EVIL,))), {"x": EVIL}),
        render.choices_html(choices([article, replace(article, id=EVIL, outlet="b")])),
        render.followups_html([EVIL]),
        render.turn_html(replace(SCRIPT[DISPUTED], question=EVIL), 0, {ARTICLES[0].id: article}.get, last=True),
    ]
    for page in map(str, pages):
        assert "pwned" in page and "<img" not in page and "<script" not in page and "\u202e" not in page
