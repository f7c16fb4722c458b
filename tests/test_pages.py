"""Passages as pages for the reader, and its readings as scored sentences."""

from dataclasses import replace

import pytest

from rag.domain import Passage, Sentence, Statement
from rag.models.base import Reading
from rag.retrieval.pages import ASIDE, page, scored
from tests.pier import SENTENCES, TEXT, make_article, make_passage, spans

ARTICLE = make_article()
TALKS = spans(TEXT)[2]
BERG = Statement("a.txt", TALKS.start, TALKS.end, "reported", "Ole Berg")


def test_a_page_has_the_articles_header_and_the_passages_sentences_in_order() -> None:
    shown = page(make_passage(ARTICLE), ARTICLE)
    assert (shown.header, shown.sentences) == ("Pier talks · Harbour Post · 2024-02-01", SENTENCES)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (BERG, f"Ole Berg: {SENTENCES[2]}"),
        (replace(BERG, speaker="Elin Vasskog"), SENTENCES[2]),  # whom the first sentence names
        (replace(BERG, confidence=0.49), SENTENCES[2]),
    ],
)
def test_a_name_stands_before_words_whose_speaker_the_passage_does_not_name(said: Statement, shown: str) -> None:
    article = replace(ARTICLE, statements=(said,))
    assert page(make_passage(article), article).sentences == (*SENTENCES[:2], shown, SENTENCES[3])


def _sentence(place: int) -> Sentence:
    span = spans(TEXT)[place]
    return Sentence("a.txt", span.start, span.end, SENTENCES[place])


def test_sentences_stand_by_what_reader_and_words_give_them_and_equal_ones_in_the_order_of_reading() -> None:
    found = scored(
        [make_passage(ARTICLE)], [Reading((-1.0, 1.5, -1.0, 0.5), 2.0)], [(0.0, 0.5, 0.0, 0.0)], lambda _: None
    )
    assert [(item.sentence, item.score) for item in found] == [
        (_sentence(1), 2.0),
        (_sentence(3), 0.5),
        (_sentence(0), -1.0),
        (_sentence(2), -1.0),
    ]


def test_a_scored_sentence_has_its_own_words_and_its_speaker_beside_them() -> None:
    by_start = {TALKS.start: BERG}
    found = scored([make_passage(ARTICLE)], [Reading((0.0,) * 4, 0.0)], [(0.0,) * 4], lambda s: by_start.get(s.start))
    assert [(item.sentence.text, item.speaker) for item in found] == [
        (SENTENCES[0], None),
        (SENTENCES[1], None),
        (SENTENCES[2], BERG),
        (SENTENCES[3], None),
    ]


def test_the_lines_of_a_credit_are_raised_above_what_the_reader_makes_of_them() -> None:
    body, line = spans(TEXT)[0], spans(TEXT)[3]
    credit = Passage("a.txt", line.start, line.end, SENTENCES[3], "credit", (line,))
    passages = [Passage("a.txt", body.start, body.end, SENTENCES[0], sentences=(body,)), credit]
    found = scored(passages, [Reading((1.0,), 1.0), Reading((-4.0,), -4.0)], [(0.0,), (0.0,)], lambda _: None)
    assert [(item.sentence.text, item.score, item.aside) for item in found] == [
        (SENTENCES[3], -4.0 + ASIDE, True),
        (SENTENCES[0], 1.0, False),
    ]
