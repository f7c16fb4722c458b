"""How much of a question's words a sentence and what is around it hold, on hand-worked shares."""

import pytest

from rag.domain import Statement
from rag.retrieval.coverage import AROUND, OWN, Coverage
from rag.retrieval.question import Query
from tests.pier import SENTENCES, make_article, make_passage

ARTICLE = make_article()
PASSAGE = make_passage(ARTICLE)


def _query(**weights: float) -> Query:
    return Query("", "", weights, tuple(weights))


def test_the_shares_of_a_question_are_those_of_its_idf_mass_as_the_query_weighs_it() -> None:
    found = Coverage.of(_query(pier=1.0, tram=0.5), {"pier": 2.0, "tram": 4.0}.__getitem__)
    assert found.shares == {"pier": 0.5, "tram": 0.5}
    assert Coverage.of(_query(), lambda _: 1.0).shares == {}


def test_a_words_share_counts_in_the_sentence_that_holds_it_and_less_in_those_around_it() -> None:
    # "hour" stands in the third sentence: the second has it behind, the fourth before itself, the first too far behind.
    odds = Coverage({"hour": 0.5, "zebra": 0.5}).odds(PASSAGE, ARTICLE, lambda _: None)
    assert odds == pytest.approx([0.0, AROUND * 0.5, OWN * 0.5, AROUND * 0.5])


def test_what_the_header_holds_is_around_every_sentence_and_a_speakers_name_is_his_sentences_own() -> None:
    assert Coverage({"post": 1.0}).odds(PASSAGE, ARTICLE, lambda _: None) == [AROUND] * 4
    third = SENTENCES[2]

    def speaker(sentence: object) -> Statement | None:
        return Statement("a.txt", 0, 1, "reported", "Ole Berg") if getattr(sentence, "text", "") == third else None

    odds = Coverage({"berg": 1.0}).odds(PASSAGE, ARTICLE, speaker)
    assert odds == [0.0, AROUND, OWN, AROUND]
