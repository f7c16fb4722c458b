"""From a question to evidence: the lanes, the reader and what it is shown, over a library held in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from rag.domain import Article, Mark, Sentence, Statement, Turn
from rag.models import HashEmbedder, NoEmbedder, WordReader
from rag.models.base import Page, Reading
from rag.passages import split
from rag.records import Contents
from rag.retrieval import NOTHING, READ, Retriever
from rag.retrieval.pages import ASIDE
from rag.store import Library

TEXT = (
    "Pier talks\n"
    "By Ida Lunde\n"
    "Harbour master Elin Vasskog met the ferry owners in Tromso on Tuesday. "
    "She said the new pier would cost 40 million kroner.\n"
    "Photo: Vasskog at the pier. Kari Moe / Fjord Press\n"
    "The talks lasted seven hours."
)
KINDS = {
    "Pier talks": "heading",
    "By Ida Lunde": "byline",
    "Photo: Vasskog at the pier. Kari Moe / Fjord Press": "credit",
}


def _marked(text: str, id: str = "a.txt") -> Article:
    marks = [Mark(text.index(line), text.index(line) + len(line), kind) for line, kind in KINDS.items() if line in text]  # type: ignore[arg-type]
    return Article(id, text, "d", "Pier talks", marks=tuple(sorted(marks)))


ARTICLE = _marked(TEXT)


class _Shelf:
    """As much of a library as a search needs."""

    def __init__(self, *articles: Article, near: Sequence[str] = ()) -> None:
        self.articles = articles
        self.near = near
        self.revision = "1"
        self.read = 0

    def contents(self) -> Contents:
        self.read += 1
        return Contents(self.revision, self.articles, tuple(p for a in self.articles for p in split(a)))

    def nearest(self, vector: Sequence[float], k: int) -> list[tuple[str, float]]:
        return [(p.id, 0.5) for text in self.near for p in self.contents().passages if text in p.text]


class _Told:
    """A reader that says of each sentence what it was told, else -9; of a page as much as of its best sentence."""

    def __init__(self, scores: dict[str, float] | None = None) -> None:
        self.scores = scores or {}
        self.shown: list[Sequence[Page]] = []

    def read(self, question: str, turn: Turn | None, pages: Sequence[Page]) -> list[Reading]:
        self.shown.append(pages)
        found = [tuple(self.scores.get(text, -9.0) for text in page.sentences) for page in pages]
        return [Reading(scores, max(scores)) for scores in found]


def _retriever(
    shelf: _Shelf, reader: _Told | WordReader, embedder: HashEmbedder | NoEmbedder | None = None
) -> Retriever:
    return Retriever(cast(Library, shelf), embedder or NoEmbedder(), reader)


# -- the lanes ---------------------------------------------------------------------------------------------------------


def test_without_vectors_words_alone_find() -> None:
    shelf = _Shelf(ARTICLE, near=["seven hours"])
    hits = _retriever(shelf, _Told()).retrieve("Who met the ferry owners?").hits
    assert [hit.passage.text.splitlines()[0] for hit in hits] == [TEXT.splitlines()[2]]
    assert set(hits[0].scores) == {"lexical", "fused", "reader"}


def test_what_is_near_in_meaning_is_found_without_a_common_word() -> None:
    shelf = _Shelf(ARTICLE, near=["seven hours"])
    hits = _retriever(shelf, _Told(), HashEmbedder()).retrieve("Who met the ferry owners?").hits
    assert {hit.passage.text: "dense" in hit.scores for hit in hits} == {
        "\n".join(TEXT.splitlines()[2:3]): False,
        "The talks lasted seven hours.": True,
    }


def test_indexes_are_built_anew_only_when_the_library_has_changed() -> None:
    shelf = _Shelf(ARTICLE)
    retriever = _retriever(shelf, _Told())
    retriever.retrieve("Who met the ferry owners?")
    retriever.retrieve("How long did the talks last?")
    assert shelf.read == 1
    shelf.revision = "2"
    assert retriever.index().revision == "2" and shelf.read == 2


@pytest.mark.parametrize(
    ("question", "kinds", "names"),
    [
        ("What about Vasskog and the pier?", {"body"}, set()),
        ("Who took the photo of Vasskog at the pier?", {"body", "credit"}, {"Kari Moe"}),
        ("Who wrote the article about Vasskog and the pier?", {"body", "byline"}, {"Ida Lunde"}),
    ],
)
def test_credits_and_bylines_are_found_only_when_asked_for(question: str, kinds: set[str], names: set[str]) -> None:
    found = _retriever(_Shelf(ARTICLE), WordReader()).retrieve(question)
    assert {hit.passage.kind for hit in found.hits} == kinds
    shown = " ".join(e.quote for e in found.evidence)
    assert all(name in shown for name in names)
    assert kinds != {"body"} or not any(name in shown for name in ("Kari Moe", "Ida Lunde"))


# -- the reader --------------------------------------------------------------------------------------------------------

DAYS = [f"The tram stopped on day {number} of the long strike." for number in range(READ + 3)]


def _days() -> _Shelf:
    return _Shelf(*(Article(f"{number:02}.txt", text, "d", "") for number, text in enumerate(DAYS)))


def test_only_the_best_passages_are_read_and_the_unread_ones_keep_their_places_behind_them() -> None:
    reader = _Told({DAYS[5]: 3.0, DAYS[2]: 1.0})
    retriever = _retriever(_days(), reader)
    before = [hit.passage for hit in retriever.rank("Why did the tram stop?")]
    assert reader.shown == [] and len(before) == READ + 3
    found = retriever.retrieve("Why did the tram stop?")
    assert len(reader.shown[0]) == READ
    assert [page.sentences[0] for page in reader.shown[0]] == [p.text for p in before[:READ]]
    likely = [p for p in before[:READ] if p.text in reader.scores]
    assert [hit.passage.text for hit in found.hits[:2]] == [DAYS[5], DAYS[2]]
    assert [hit.passage for hit in found.hits[2:READ]] == [p for p in before[:READ] if p not in likely]
    assert [hit.passage for hit in found.hits[READ:]] == before[READ:]
    assert [hit.scores.get("reader") for hit in found.hits] == [3.0, 1.0, *[-9.0] * (READ - 2), None, None, None]
    assert len(found.scored) == READ and found.scored[0].sentence.text == DAYS[5]


def test_the_log_odds_that_the_articles_answer_are_those_of_the_summed_odds_of_the_sentences() -> None:
    shelf = _Shelf(Article("a.txt", "The tram stopped. The tram was old. The tram was red.", "d", ""))
    odds = {"The tram stopped.": 2.0, "The tram was old.": 0.5, "The tram was red.": 0.25}
    told = _Told({text: math.log(odd) for text, odd in odds.items()})
    assert _retriever(shelf, told).retrieve("Why the tram?").answers == pytest.approx(math.log(2.75))


def test_where_nothing_is_found_nothing_is_read() -> None:
    reader = _Told()
    found = _retriever(_Shelf(ARTICLE), reader).retrieve("Zebras in Kenya?")
    assert (found.hits, found.scored, found.evidence, found.answers) == ((), (), (), NOTHING)
    assert reader.shown == []
    assert _retriever(_Shelf(), reader).retrieve("Who met the ferry owners?").evidence == ()


def test_a_follow_up_is_read_with_the_turn_before_and_any_other_question_without() -> None:
    reader = WordReader()
    retriever = _retriever(_Shelf(ARTICLE), reader)
    first, last = Turn("Who met the mayor?", "Nobody."), Turn("Who met the ferry owners?", "Elin Vasskog did.")
    retriever.retrieve("And how long did it last?", [first, last])
    retriever.retrieve("How long did the talks in Tromso last?", [first, last])
    retriever.retrieve("And how long did the talks last?")
    assert [turn for _, turn in reader.asked] == [last, None, None]


def test_the_question_is_read_in_the_articles_spelling() -> None:
    reader = WordReader()
    _retriever(_Shelf(ARTICLE), reader).retrieve("What did Vaskog say the pier would cost?")
    assert reader.asked == [("What did Vasskog say the pier would cost?", None)]


# -- evidence ----------------------------------------------------------------------------------------------------------


def test_evidence_is_in_the_articles_words_with_the_sentence_that_a_pronoun_needs() -> None:
    found = _retriever(_Shelf(ARTICLE), WordReader()).retrieve("What would the new pier cost?", budget=40)
    assert [e.n for e in found.evidence] == list(range(1, len(found.evidence) + 1))
    assert all(TEXT[e.start : e.end] == e.quote for e in found.evidence)
    assert found.evidence[0].quote == TEXT.splitlines()[2]


def test_evidence_tells_who_says_it_unless_that_is_not_sure() -> None:
    talks = TEXT.index("The talks")
    said = Statement("a.txt", talks, len(TEXT), "reported", "Ole Berg", confidence=0.5)
    for confidence, speaker in ((0.5, "Ole Berg"), (0.4, None)):
        article = replace(ARTICLE, statements=(replace(said, confidence=confidence),))
        found = _retriever(_Shelf(article), WordReader()).retrieve("How long did the talks last?")
        assert [e.speaker for e in found.evidence if "seven hours" in e.quote] == [speaker]


def test_the_lines_of_a_credit_are_raised_and_come_as_one() -> None:
    caption, press = "Photo: Vasskog at the pier.", "Kari Moe / Fjord Press"
    retriever = _retriever(_Shelf(_marked(TEXT.replace("By Ida Lunde\n", ""))), _Told({caption: -2.0}))
    found = retriever.retrieve("Who took the photo of Vasskog at the pier?")
    aside = [item for item in found.scored if item.aside]
    assert [item.sentence.text for item in aside] == [caption, press]
    assert aside[0].score >= ASIDE - 2 and ASIDE - 9 <= aside[1].score < ASIDE - 2  # and what its words add
    assert [(e.quote, retriever.index().aside(e)) for e in found.evidence] == [(f"{caption} {press}", "credit")]


def test_neighbours_are_running_text_with_running_text_and_asides_with_asides() -> None:
    index = _retriever(_Shelf(ARTICLE), _Told()).index()

    def around(text: str) -> tuple[str | None, str | None]:
        start = TEXT.index(text)
        before, after = index.neighbours(Sentence("a.txt", start, start + len(text), text))
        return before.text if before else None, after.text if after else None

    met, cost = TEXT.splitlines()[2].split(". ")
    assert around(f"{met}.") == (None, cost)
    assert around(cost) == (f"{met}.", "The talks lasted seven hours.")
    assert around("Kari Moe / Fjord Press") == ("Photo: Vasskog at the pier.", None)
