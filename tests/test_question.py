"""A question made to stand alone: its words, what it leans on, what it corrects, which kinds of lines it asks for."""

import pytest

from rag.domain import Turn
from rag.retrieval.question import HISTORY_WEIGHT, leans_on_history, understand
from rag.retrieval.terms import question_terms, terms, words
from tests.pier import make_speller


def test_terms_fold_stem_and_drop_stop_words() -> None:
    assert terms("The Ministers' talks, in Tromsö!") == ["minist", "talk", "tromso"]
    assert words("Kirby's 2.5 million") == ["Kirby", "2.5", "million"]


def test_question_words_carry_no_content_unless_nothing_else_is_left() -> None:
    assert question_terms("According to the article, who said the pier is late?") == ["pier", "late"]
    assert question_terms("who said that") != []


@pytest.mark.parametrize(
    "question",
    [
        "And how long did it last?",
        "What about the pier?",
        "why?",
        "Did she say more?",
        "no, the other one",
        "How long was that?",
    ],
)
def test_questions_that_lean_on_the_turn_before(question: str) -> None:
    assert leans_on_history(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who met Elin Vasskog in Tromso?",
        "How long did the talks in Tromso last?",
        "Did Vasskog say that she is glad?",
        "South Korea: who is president there?",
        "Orban said what of Vasskog and the pier?",
    ],
)
def test_questions_that_stand_alone(question: str) -> None:
    assert not leans_on_history(question)


OWNERS = [Turn("Who met the ferry owners in Tromso?", "Harbour master Elin Vasskog did.")]


def test_a_follow_up_is_searched_with_the_question_before_it() -> None:
    query = understand("And how long did it last?", OWNERS, make_speller())
    assert query.leans
    assert {"ferri", "tromso", "vasskog"} <= set(query.weights)
    assert query.weights["tromso"] < query.weights.get("last", 1.0)
    assert query.searched == ("Who met the ferry owners in Tromso?", "Elin", "Vasskog")


@pytest.mark.parametrize(
    "question",
    [
        "No, the other one.",
        "no but what did the baker say in Oslo",
        "no, in Bergen",
        "Not her, the baker",
        "I meant the baker from Oslo, the fat one",
        "And the other baker?",
        "wrong one",
    ],
)
def test_a_correction_asks_the_question_before_anew_without_the_names_of_its_answer(question: str) -> None:
    query = understand(question, OWNERS, make_speller())
    assert query.leans
    assert query.weights["tromso"] == 1.0 and "vasskog" not in query.weights
    assert query.dense == f"{OWNERS[0].question} {query.text}"


@pytest.mark.parametrize(
    "question", ["And why?", "What did no one there say about it?", "Does the other owner agree with her?"]
)
def test_any_other_follow_up_asks_about_the_answer_before(question: str) -> None:
    query = understand(question, OWNERS, make_speller())
    assert query.leans
    assert query.weights["tromso"] == query.weights["vasskog"] == HISTORY_WEIGHT


def test_no_turn_before_means_nothing_to_lean_on() -> None:
    query = understand("No, the other one.", [], make_speller())
    assert not query.leans and query.dense == query.text


def test_a_change_of_topic_leaves_the_turn_before_behind() -> None:
    query = understand("What did Liu Pengui sell?", OWNERS, make_speller())
    assert not query.leans
    assert "tromso" not in query.weights


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Who met Vasskog?", {"body"}),
        ("Who took the photo of the pier?", {"body", "credit"}),
        ("Who took a picture of the pier?", {"body", "credit"}),
        ("Who deserves credit for the pier?", {"body"}),
        ("Who wrote about the pier?", {"body", "byline"}),
        ("Who are the authors?", {"body", "byline"}),
        ("Who is the author of the bill?", {"body"}),
        ("Which source told the paper of the pier?", {"body"}),
    ],
)
def test_bylines_and_credits_are_searched_only_when_asked_for(question: str, kinds: set[str]) -> None:
    assert understand(question, [], make_speller()).kinds == kinds
