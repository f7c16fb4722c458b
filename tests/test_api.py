"""The API under /api/v1 and OpenAI's protocol under /v1, over real HTTP, with a scripted assistant."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from rag.domain import Answer, AnswerSentence, Citation, Turn
from rag.errors import LibraryDamaged, ModelError, QuestionError, TooMany
from rag.ui.addresses import parse_mark
from rag.ui.api import models
from rag.ui.api.chat import MessageIn, _continued, conversation
from rag.ui.api.errors import status_of
from rag.ui.api.replies import as_json
from rag.ui.api.service import article_json
from tests.conftest import SEEDS, Assemble
from tests.fake_assistant import ARTICLES, BY_ID, DISPUTED, EXAMPLES, NOWHERE, PARTLY, SCRIPT, VOTE, FakeAssistant
from tests.promises.page import Served, served


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    return FakeAssistant(pause=0.002)


@pytest.fixture(scope="module")
def site(assistant: FakeAssistant) -> Iterator[Served]:
    with served(assistant) as page:
        yield page


@pytest.fixture
def api(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{site.url}/api/v1", trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def chat(site: Served) -> Iterator[openai.OpenAI]:
    with (
        httpx.Client(trust_env=False) as line,
        openai.OpenAI(base_url=f"{site.url}/v1", api_key="any", http_client=line, max_retries=0) as client,
    ):
        yield client


# Our own API.


def test_a_question_gets_the_answer_json(api: httpx.Client, assistant: FakeAssistant) -> None:
    history = [{"question": "q", "answer": "a"}]
    asked = {"question": EXAMPLES[0], "history": history, "articles": ["trams.txt"]}
    reply = api.post("/ask", json=asked)
    told = reply.json()
    assert reply.status_code == 200 and told.pop("scope")["articles"] == ["trams.txt"]
    assert told | {"scope": None} == SCRIPT[EXAMPLES[0]].to_json()
    assert assistant.calls[-1] == (EXAMPLES[0], (Turn("q", "a"),))
    assert assistant.within.articles == ("trams.txt",)


def test_a_streamed_answer_grows_line_by_line(api: httpx.Client) -> None:
    asked = {"question": f"{EXAMPLES[0]} slowly", "stream": True}
    lines = [json.loads(line) for line in api.post("/ask", json=asked).iter_lines()]
    assert lines[0]["status"] == "second in line" and lines[0]["evidence"]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True] and len(lines) > 2
    texts = [line["text"] for line in lines]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    last = {name: value for name, value in lines[-1].items() if name not in ("done", "status")}
    assert last == {**SCRIPT[EXAMPLES[0]].to_json(), "question": asked["question"]}


@pytest.mark.parametrize("question", SCRIPT)
def test_every_answer_has_the_shape_that_is_described(question: str) -> None:
    models.AnswerOut.model_validate_json(as_json(SCRIPT[question].to_json()))


def test_the_real_articles_and_replies_have_theirs(api: httpx.Client) -> None:
    shapes: dict[str, type[models.Shape]] = {
        "/search?q=vote": models.SearchOut,
        "/articles": models.ArticlesOut,
        "/status": models.StatusOut,
        "/timeline": models.AnswerOut,
        "/people?about=Olsen": models.AnswerOut,
    }
    for path, shape in shapes.items():
        shape.model_validate_json(api.get(path).text)
    models.SyncOut.model_validate_json(api.post("/sync").text)
    for article in ARTICLES:
        models.ArticleOut.model_validate_json(as_json(article_json(article)))


def test_hits_are_exact_spans_with_links(api: httpx.Client) -> None:
    found = api.get("/search", params={"q": "vote", "k": 1}).json()
    (hit,) = found["hits"]
    assert BY_ID[hit["article"]].text[hit["start"] : hit["end"]] == hit["text"] == VOTE.quote
    assert found["searched"] == ["vote"] and hit["scores"] == {"lexical": 2.5, "reader": -0.5}
    mark = httpx.URL(hit["href"]).params["mark"]
    assert parse_mark(mark) == VOTE.span
    assert api.get("/search", params={"q": "nothing"}).json()["hits"] == []


def test_articles_are_listed_and_given_whole(api: httpx.Client) -> None:
    listed = api.get("/articles").json()["articles"]
    assert [one["article"] for one in listed] == [article.id for article in ARTICLES]
    assert "text" not in listed[0]
    whole = api.get(listed[0]["href"].replace("/articles", "/articles", 1)).json()
    article = ARTICLES[0]
    assert whole["text"] == article.text and whole["outlet"] == "The Inlet Courier"
    heading = next(mark for mark in whole["marks"] if mark["kind"] == "heading")
    assert article.text[heading["start"] : heading["end"]] == "What it will cost"


def test_what_is_told_by_name_and_reading_again(api: httpx.Client, assistant: FakeAssistant) -> None:
    kinds = [api.get(path).json()["kind"] for path in ("/brief", "/brief?about=x", "/timeline", "/people")]
    assert kinds == ["overview", "summary", "timeline", "people"]
    before = assistant.syncs
    report = api.post("/sync").json()
    assert report["added"] == ["new.txt"] and report["unreadable"] == [{"article": "bad.md", "reason": "it is no text"}]
    assert assistant.syncs == before + 1


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/search", 400, "The field q cannot be used: field required."),
        ("GET", "/search?q=x&k=0", 400, "The field k cannot be used: input should be greater than or equal to 1."),
        ("GET", "/search?q=x&k=many", 400, "The field k cannot be used: input should be a valid integer"),
        ("GET", "/articles/nowhere.txt", 404, "The library holds no such article: /api/v1/articles lists them."),
        ("GET", "/articles/%2e%2e/%2e%2e/etc/passwd", 404, "no such article"),
        ("GET", "/brief?about=nobody", 400, "No article tells about 'nobody'."),
        ("GET", "/brief?about=crash", 500, "Something went wrong while answering."),
        ("GET", "/search?q=crash", 500, "Something went wrong while answering."),
        ("GET", "/nothing", 404, "There is nothing here."),
        ("GET", "", 404, "There is nothing here."),
        ("GET", "/ask", 404, "There is nothing here."),
    ],
)
def test_an_error_is_one_sentence(method: str, path: str, status: int, said: str, api: httpx.Client) -> None:
    reply = api.request(method, path)
    assert reply.status_code == status and list(reply.json()) == ["error"]
    assert said in reply.json()["error"] and "secret detail" not in reply.text


WRONG: dict[str, tuple[Any, str]] = {
    "no question": ({}, "The field question cannot be used: field required."),
    "a number": ({"question": 7}, "The field question cannot be used"),
    "null": ({"question": None}, "The field question cannot be used"),
    "an unknown field": ({"question": "q", "temperature": 1}, "The field temperature cannot be used"),
    "a list": ([1, 2], "cannot be used"),
    "a history of texts": ({"question": "q", "history": ["a"]}, "The field history.0 cannot be used"),
    "half a turn": ({"question": "q", "history": [{"question": "a"}]}, "The field history.0.answer cannot be used"),
    "a long history": ({"question": "q", "history": [{"question": "q", "answer": "a" * 25_000}]}, "25,001 characters"),
    "articles of a number": ({"question": "q", "articles": [1]}, "The field articles.0 cannot be used"),
    "too long for the assistant": ({"question": "q" * 1001}, "has 1001 characters"),
    "too long": ({"question": "q" * 10_001}, "The field question cannot be used"),
    "too many articles": ({"question": "q", "articles": ["a"] * 1001}, "The field articles cannot be used"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_asked_is_told(wrong: str, api: httpx.Client) -> None:
    body, said = WRONG[wrong]
    for streaming in ({}, {"stream": True}):
        reply = api.post("/ask", json={**body, **streaming} if isinstance(body, dict) else body)
        assert reply.status_code == 400 and said in reply.json()["error"], reply.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b'{"a":' * 20_000, b"\xff\xfe", b"NaN", b'{"question": "\\ud800"', b"null"]
)
def test_what_is_no_json_is_told(body: bytes, api: httpx.Client, site: Served) -> None:
    reply = api.post("/ask", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400 and list(reply.json()) == ["error"]
    other = httpx.post(
        f"{site.url}/v1/chat/completions", content=body, headers={"Content-Type": "application/json"}, trust_env=False
    )
    assert other.status_code == 400 and other.json()["error"]["type"] == "invalid_request_error"


def test_an_error_that_nobody_foresaw_says_no_more_than_that(api: httpx.Client) -> None:
    for streaming in (False, True):
        reply = api.post("/ask", json={"question": "crash", "stream": streaming})
        assert (reply.status_code, "secret detail" in reply.text) == (500, False)


def test_characters_that_act_come_as_escapes(api: httpx.Client) -> None:
    asked = json.dumps({"question": "turn \u202e and \x1b[2J"})
    reply = api.post("/ask", content=asked, headers={"Content-Type": "application/json"})
    assert reply.status_code == 200 and reply.content.isascii() and b"\x1b" not in reply.content
    assert "\u202e" in reply.json()["text"]
    half = api.post("/ask", content=b'{"question": "half \\ud800"}', headers={"Content-Type": "application/json"})
    assert (half.status_code, list(half.json())) == (400, ["error"])


def test_each_error_has_its_status() -> None:
    errors = [TooMany("x"), QuestionError("x"), ModelError("x"), LibraryDamaged("x"), ValueError("x"), None]
    assert list(map(status_of, errors)) == [429, 400, 502, 503, 500, 500]


# The description.


def test_the_description_is_of_what_is_there(api: httpx.Client, site: Served) -> None:
    schema = api.get("/openapi.json").json()
    described = {(m.upper(), f"/api/v1{path}") for path, told in schema["paths"].items() for m in told}
    there = {(m, p.replace("trams.txt", "{article_id}")) for m, p in site.routes() if p.startswith("/api/v1/")}
    assert described == there - {("GET", "/api/v1/openapi.json"), ("HEAD", "/api/v1/openapi.json")}
    assert "422" not in json.dumps(schema) and "ValidationError" not in json.dumps(schema)
    assert "retrieval_ms" in json.dumps(schema["components"]["schemas"]["Timings"])


def test_the_page_of_the_description_asks_nothing_of_anybody(site: Served) -> None:
    reply = httpx.get(f"{site.url}/api", trust_env=False)
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "<script" not in reply.text and "http://" not in reply.text and "https://" not in reply.text
    for words in ("POST /api/v1/ask", "GET /api/v1/search", "POST /v1/chat/completions", "article_id", "(needed)"):
        assert words in reply.text
    assert httpx.get(f"{site.url}/api?fragment=1", trust_env=False).text.startswith("<section")


# OpenAI's protocol, with its own client.


def test_the_openai_client_gets_an_answer_with_citations(chat: openai.OpenAI, assistant: FakeAssistant) -> None:
    reply = chat.chat.completions.create(
        model="whatever",
        temperature=0.2,
        messages=[
            {"role": "system", "content": "Answer like a pirate."},
            {"role": "user", "content": "Earlier?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": [{"type": "text", "text": EXAMPLES[0]}]},
        ],
    )
    assert assistant.calls[-1] == (EXAMPLES[0], (Turn("Earlier?", "Yes."),))
    (choice,) = reply.choices
    assert (choice.finish_reason, choice.message.role, reply.model) == ("stop", "assistant", "footnote")
    assert choice.message.content == (
        "The council voted eleven to four for replacing the harbour bridge. [1] "
        "Work begins in the spring and will last about three years, the mayor said. [2]"
    )
    first = choice.message.citations[0]  # type: ignore[attr-defined]
    assert (first["n"], first["start"], first["quote"], first["outlet"]) == (
        1,
        VOTE.start,
        VOTE.quote,
        "The Inlet Courier",
    )
    assert first["href"].startswith("/articles/harbour/old%20bridge%20%231.txt?mark=")
    assert choice.message.footnote["outcome"] == "answered"  # type: ignore[attr-defined]
    assert reply.usage is not None and reply.usage.total_tokens == 0


@pytest.mark.parametrize("question", [EXAMPLES[0], EXAMPLES[1], DISPUTED, PARTLY, "hostile"])
def test_what_is_streamed_is_what_comes_whole(question: str, chat: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": question}]
    whole = chat.chat.completions.create(model="footnote", messages=messages).choices[0]
    chunks = list(
        chat.chat.completions.create(
            model="footnote", messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == whole.message.content
    assert deltas[-1].citations == whole.message.citations  # type: ignore[attr-defined]
    assert deltas[-1].footnote["outcome"] == whole.message.footnote["outcome"]  # type: ignore[attr-defined]
    finishes = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    assert finishes == [None] * (len(finishes) - 1) + ["stop"] and whole.finish_reason == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_refusal_is_text(chat: openai.OpenAI) -> None:
    reply = chat.chat.completions.create(model="footnote", messages=[{"role": "user", "content": NOWHERE}]).choices[0]
    assert reply.message.content is not None and reply.message.content.startswith("Not in the articles.")
    assert (reply.finish_reason, reply.message.refusal) == ("stop", None)


def test_the_openai_client_lists_the_model(chat: openai.OpenAI) -> None:
    assert [model.id for model in chat.models.list()] == ["footnote"]
    assert chat.models.retrieve("footnote").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError, match="There is one model here"):
        chat.models.retrieve("gpt-4")


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "The field messages cannot be used"),
        ([{"role": "user", "content": ""}], "You asked: "),
        ([{"role": "system", "content": "x"}], "The last message is not the user"),
        ([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], "The last message is not the user"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}], "only parts of text"),
        ([{"role": "pirate", "content": "x"}], "The field messages.0.role cannot be used"),
        ([{"role": "user", "content": 7}], "The field messages.0.content"),
        ([{"role": "user", "content": "x" * 1001}], "has 1001 characters"),
    ],
)
def test_the_openai_client_gets_our_errors(messages: Any, said: str, chat: openai.OpenAI) -> None:
    for streaming in (False, True):
        if said.startswith("You asked"):
            continue
        with pytest.raises(openai.BadRequestError, match=said) as refused:
            chat.chat.completions.create(model="footnote", messages=messages, stream=streaming)
        assert refused.value.type == "invalid_request_error"
    with pytest.raises(openai.InternalServerError):
        chat.chat.completions.create(model="footnote", messages=[{"role": "user", "content": "crash"}])


def test_two_answers_are_not_given(chat: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="The field n cannot be used"):
        chat.chat.completions.create(model="footnote", n=2, messages=[{"role": "user", "content": "x"}])


def test_of_a_long_conversation_the_newest_turns_count() -> None:
    said = [(r, f"{r}{n} " + "x" * 3000) for n in range(40) for r in ("user", "assistant")]
    messages = [MessageIn(role=role, content=text) for role, text in [*said, ("user", "and now?")]]
    question, turns = conversation(messages)
    assert question == "and now?" and len(turns) == 3
    assert turns[-1].question.startswith("user39 ") and turns[0].answer.startswith("assistant37 ")


def test_what_is_said_before_an_answer_belongs_to_one_question() -> None:
    roles = ["assistant", "user", "user", "assistant", "tool", "user", "user"]
    messages = [MessageIn(role=role, content=f"{n}") for n, role in enumerate(roles)]  # type: ignore[arg-type]
    assert conversation(messages) == ("5\n6", [Turn("1\n2", "3")])


def test_text_that_was_sent_is_never_taken_back() -> None:
    assert _continued("", "One.", False) == "One."
    assert _continued("One.", "One. Two.", False) == " Two."
    assert _continued("One. Two.", "One.", False) == ""
    assert _continued("One. Two.", "Three.", True) == "\n\nCorrected: Three."


class Failing(FakeAssistant):
    """Its model fails, and the articles' own sentences stand in, as the real assistant's do."""

    def ask(self, question: str, history: Any, within: Any = ()) -> Iterator[Answer]:
        said = AnswerSentence("The vote was eleven to four.", (Citation(1, *VOTE_PLACE),), True)
        yield Answer(question, status="Waiting")
        if question.startswith("gone"):
            time.sleep(0.3 if question == "gone later" else 0)
            raise ModelError("The model is gone: start it again.")
        yield Answer(
            question, text=said.text, sentences=(said,), model="m", error="The model failed. STAND-IN.", done=True
        )


VOTE_PLACE = (VOTE.article, VOTE.start, VOTE.end, VOTE.quote)


def test_a_failing_model_is_told_over_every_protocol() -> None:
    with served(Failing()) as site, site.client() as client:
        told = client.post("/api/v1/ask", json={"question": "q"})
        assert told.status_code == 200 and told.json()["error"] == "The model failed. STAND-IN."
        messages = [{"role": "user", "content": "q"}]
        reply = client.post("/v1/chat/completions", json={"messages": messages}).json()
        assert reply["choices"][0]["message"]["content"].endswith("four. [1]\n\n(The model failed. STAND-IN.)")
        streamed = client.post("/v1/chat/completions", json={"messages": messages, "stream": True}).text
        assert "(The model failed. STAND-IN.)" in streamed
        gone = client.post("/api/v1/ask", json={"question": "gone"})
        assert (gone.status_code, gone.json()) == (502, {"error": "The model is gone: start it again."})
        lines = client.post("/api/v1/ask", json={"question": "gone later", "stream": True}).text.splitlines()
        assert json.loads(lines[-1])["error"] == "The model is gone: start it again." and json.loads(lines[-1])["done"]
        events = client.post(
            "/v1/chat/completions", json={"messages": [{"role": "user", "content": "gone later"}], "stream": True}
        ).text
        assert '"message":"The model is gone: start it again."' in events and events.endswith("data: [DONE]\n\n")


# The real assistant, without a language model.


def test_the_real_assistant_over_the_api(assemble: Assemble, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    shutil.copytree(SEEDS, folder)
    assistant = assemble(articles=folder, model="none")
    with served(assistant) as site, httpx.Client(base_url=f"{site.url}/api/v1", trust_env=False, timeout=120) as api:
        ids = [one.article for one in models.ArticlesOut.model_validate_json(api.get("/articles").text).articles]
        whole = {id: models.ArticleOut.model_validate_json(api.get(f"/articles/{id}").text) for id in ids}
        for hit in models.SearchOut.model_validate_json(api.get("/search?q=seven-hour+meeting&k=60").text).hits:
            assert whole[hit.article].text[hit.start : hit.end] == hit.text
        for path in ("/brief", "/timeline", "/people", f"/brief?about={whole[ids[0]].title}"):
            models.AnswerOut.model_validate_json(api.get(path).text)
        question = "Who had a seven-hour meeting with Yang Jiechi in Rome?"
        free = models.AnswerOut.model_validate_json(api.post("/ask", json={"question": question}).text)
        assert free.citations and all(whole[c.article].text[c.start : c.end] == c.quote for c in free.citations)
        other = next(id for id in ids if id != free.citations[0].article)
        kept = models.AnswerOut.model_validate_json(
            api.post("/ask", json={"question": question, "articles": [other]}).text
        )
        assert {place.article for place in (*kept.citations, *kept.evidence, *kept.retrieved)} <= {other}
        refused = api.post("/ask", json={"question": question, "articles": [other, "nowhere.txt"]})
        assert refused.status_code == 400 and "nowhere.txt" in refused.json()["error"]
        (folder / "new.txt").write_text("The ferry to Tromso sails at noon. " * 5, encoding="utf-8")
        assert models.SyncOut.model_validate_json(api.post("/sync").text).added == ["new.txt"]
        assert api.get("/articles/new.txt").status_code == 200
        shutil.rmtree(folder)
        failed = api.post("/sync")
        assert failed.status_code == 503 and str(folder) in failed.json()["error"]
