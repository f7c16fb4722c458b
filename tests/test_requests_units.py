"""Requests that are no question: their language, their lines, what they are about. Small articles, no model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.domain import Sentence
from rag.passages import prose
from rag.requests import telling
from rag.requests.gloss import FOLDER, LANGUAGES, in_english
from rag.requests.language import language_of
from rag.requests.lines import WORDS, Lines, answered
from rag.requests.scope import scope_of
from rag.requests.subject import Subject
from rag.retrieval import Index
from tests.small import retriever_over

TEXTS = {
    "ferry.md": "---\ntitle: Night ferry stops\noutlet: Harbour Post\nauthor: Ida Holm\ndate: 2024-02-01\n---\n"
    "The night ferry to Sund stops on Monday. “Nobody takes it,” said Ole Berg, head of the harbour office. "
    "The council will decide in March.",
    "mill.md": "---\ntitle: Mill sold to a baker\noutlet: Valley News\nauthor: Jon Lie\ndate: 2024-03-05\n---\n"
    "The old mill was sold for 40,000 crowns. Its new owner, the baker Mona Dahl, said that she would grind rye.",
    "tram.md": "---\ntitle: Tram delayed\noutlet: Harbour Post\n---\n"
    "The tram to the harbour is late. Nobody gave a reason.",
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return retriever_over(TEXTS, tmp_path).index()


@pytest.fixture
def about(index: Index) -> Callable[..., Subject]:
    return lambda text, history=(): Subject(text, history, index)


# -- briefs --------------------------------------------------------------------------------------------------------


def test_the_running_text_is_what_a_brief_is_made_of(index: Index) -> None:
    for id, article in index.articles.items():
        assert index.body[id] == prose(article, [p for p in index.passages.values() if p.article == id])


def test_nothing_is_worked_out_again_that_the_library_keeps(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the brief is there")

    monkeypatch.setattr("rag.retrieval.brief", never)
    for kind in (telling.overview, telling.summary, telling.timeline, telling.people, telling.everything):
        lines = Lines(index)
        assert kind(Subject("list all organisations of the ferry article", (), index), lines) is not None
    index.prepare()
    assert [p.name for p in index.people] == ["Ole Berg"]


def test_a_library_without_briefs_answers_all_the_same(index: Index) -> None:
    bare = replace(index, briefs={})
    for kind, text in ((telling.timeline, "timeline"), (telling.people, "who is who"), (telling.overview, "overview")):
        told = [Lines(each) for each in (index, bare)]
        assert all(kind(Subject(text, (), lines.index), lines) for lines in told)
        assert told[0].sections == told[1].sections


def test_countries_are_told_by_their_people_and_capitals() -> None:
    from rag.requests.telling import _nations

    assert _nations("US officials") == ["america"]
    assert _nations("tell us who they are") == []
    assert _nations("spokesman for the Chinese embassy in Washington") == ["china", "america"]


# -- scope ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "ids", "without"),
    [
        ("According to Valley News, who bought it?", ("mill.md",), "Who bought it?"),
        ("Who spoke, only in the article about the ferry?", ("ferry.md",), "Who spoke?"),
        ("What was decided in the 2024 articles?", ("ferry.md", "mill.md"), "What was decided?"),
        ("What is late in the Harbour Post pieces?", ("ferry.md", "tram.md"), "What is late?"),
    ],
)
def test_a_question_may_keep_to_some_articles(index: Index, question: str, ids: tuple[str, ...], without: str) -> None:
    scope = scope_of(question, index)
    assert scope is not None
    assert (scope.articles, scope.without) == (ids, without)


@pytest.mark.parametrize(
    "question", ["Who bought the mill?", "According to Ole Berg, why?", "What is in the news about Mars articles?"]
)
def test_a_question_that_names_no_articles_is_asked_of_all(index: Index, question: str) -> None:
    assert scope_of(question, index) is None


# -- other languages in English --------------------------------------------------------------------------------


def _known(word: str) -> bool:
    return word in {"Lavrov", "Putin", "Sund"}


@pytest.mark.parametrize(
    ("text", "code", "english"),
    [
        ("Wie lange dauert das Treffen mit Putin?", "de", "how long take meet Putin?"),
        ("Что сказал Лаврова?", "ru", "what say Lavrov?"),
        ("俄罗斯和中国", "zh", "russia and china"),
        ("hello", "xx", ""),
    ],
)
def test_a_request_is_put_into_english_by_a_glossary(text: str, code: str, english: str) -> None:
    said = in_english(text, code, _known)
    for word in english.split():
        assert word.strip("?").casefold() in said.casefold() or word in ("and", "take")


def test_every_glossary_has_entries_of_one_tab() -> None:
    for code in LANGUAGES:
        lines = (FOLDER / f"{code}.tsv").read_text(encoding="utf-8").splitlines()
        assert len(lines) > 1000
        assert all(line.count("\t") == 1 and line.split("\t")[0].strip() for line in lines)


# -- language ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wie lange dauerte das Treffen in Rom?", "de"),
        ("Что сказал министр о поездке?", "ru"),
        ("¿Con quién se reunió el ministro ayer?", "es"),
        ("俄罗斯向中国请求军事援助了吗?", "zh"),
    ],
)
def test_another_language_is_told(text: str, code: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text",
    ["best pizza in Chicago", "Much obliged, young man.", "hi", "trade target", "translate hello into french", "?!"],
)
def test_english_is_no_other_language(text: str) -> None:
    assert language_of(text) is None


def test_names_of_the_articles_say_nothing_about_a_language() -> None:
    assert language_of("Jiechi Sanakoev Tkachenko", lambda _: True) is None


# -- lines -------------------------------------------------------------------------------------------------------------


def _sentences(index: Index, article: str) -> tuple[Sentence, ...]:
    return index.body[article]


def test_citations_run_from_one_in_order_and_cite_the_very_words(index: Index) -> None:
    lines = Lines(index)
    last, first = _sentences(index, "mill.md")[-1], _sentences(index, "ferry.md")[0]
    lines.add("Told", [lines.cited(last, "Mona"), lines.cited(first), lines.cited(last)])
    answer = answered("?", "summary", lines)
    assert [c.n for s in answer.sentences for c in s.citations] == [1, 2, 1]
    for evidence in answer.evidence:
        assert index.articles[evidence.article].text[evidence.start : evidence.end] == evidence.quote
    assert answer.text.startswith("Told\nMona: Its new owner")


def test_what_finds_no_room_is_left_out_with_its_number(index: Index) -> None:
    lines = Lines(index)
    long = Sentence("ferry.md", 0, 10, "word " * WORDS)
    told = lines.add("", [lines.cited(_sentences(index, "tram.md")[0]), lines.cited(long)])
    assert told == 1
    lines.add("", [lines.cited(_sentences(index, "mill.md")[0])])
    answer = answered("?", "list", lines)
    assert [(e.n, e.article) for e in answer.evidence] == [(1, "tram.md"), (2, "mill.md")]


# -- what a request is about -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("summarise the second one", "mill.md"),
        ("what's article no. 3 called", "tram.md"),
        ("summarise #1", "ferry.md"),
        ("who wrote the one about the baker", "mill.md"),
        ("the piece on the night ferry", "ferry.md"),
        ("summarise the last article", "tram.md"),
        ("summarise the ninth article", None),
        ("summarise", None),
    ],
)
def test_an_article_is_meant_by_its_place_or_its_words(
    about: Callable[..., Subject], text: str, article: str | None
) -> None:
    assert about(text).article == article


def test_this_one_is_the_article_that_the_last_answer_cited(about: Callable[..., Subject]) -> None:
    from rag.domain import Turn

    before = [Turn("what was sold?", "The old mill was sold for 40,000 crowns.")]
    assert about("and who wrote this one?", before).article == "mill.md"


def test_names_that_no_article_holds_are_unknown(about: Callable[..., Subject]) -> None:
    assert about("summarise the article on Lindqvist").unknown == ("Lindqvist",)
    assert about("summarise the one by Ida Holm").unknown == ()
