"""Which things a question asks, told from its wording."""

import pytest

from rag.retrieval.subquestions import SubQuestion, subquestions

PEOPLE = frozenset({"vasskog", "berg", "dahl", "xi", "jinp", "state"})


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (
            "Who designed the pier in Tromso, and when did the ferry owners pay for it?",
            ["Who designed the pier in Tromso", "when did the ferry owners pay for it?"],
        ),
        (
            "before which council did the mayor speak and which farmer wants new buses",
            ["before which council did the mayor speak", "which farmer wants new buses"],
        ),
        (
            "who paid for the pier and was berg against buses",  # typed without capitals
            ["who paid for the pier", "was berg against buses"],
        ),
        (
            "Who paid for the pier and did farmers agree to buses?",
            ["Who paid for the pier", "did farmers agree to buses?"],
        ),
        (
            "The pier: who paid for it; how long did the work last?",
            ["The pier: who paid for it", "The pier: how long did the work last?"],
        ),
        (
            "Which papers are cited for the price and for the opening?",
            ["Which papers are cited for the price?", "Which papers are cited for the opening?"],
        ),
    ],
)
def test_clauses_that_ask_something_are_asked_by_themselves(question: str, found: list[str]) -> None:
    assert [sub.text for sub in subquestions(question, PEOPLE)] == found


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (
            "What do Elin Vasskog and Ole Berg each think of the pier?",
            ["What do Elin Vasskog think of the pier?", "What do Ole Berg think of the pier?"],
        ),
        (
            "What do Xi Jinping and Ole Berg each think of the pier?",  # either end of a name may be the surname
            ["What do Xi Jinping think of the pier?", "What do Ole Berg think of the pier?"],
        ),
        (
            "What do Berg and Xi say about the pier?",
            ["What do Berg say about the pier?", "What do Xi say about the pier?"],
        ),
        (
            "What do Dahl and Berg state about the pier?",  # where the articles quote the United States
            ["What do Dahl state about the pier?", "What do Berg state about the pier?"],
        ),
        ("Is the pier too dear? Compare Berg with Dahl.", None),  # "with" joins no two people by itself
        (
            "Is the pier too dear? Berg versus Dahl.",
            ["Is the pier too dear? Berg.", "Is the pier too dear? Dahl."],
        ),
        (
            "Vasskog and Berg judge the pier differently. What does each say?",
            ["Vasskog judge the pier differently. What does say?", "Berg judge the pier differently. What does say?"],
        ),
        (
            "What will the pier cost, according to Vasskog and according to Berg?",
            ["What will the pier cost according to Vasskog?", "What will the pier cost according to Berg?"],
        ),
    ],
)
def test_views_of_two_people_are_asked_of_each(question: str, found: list[str] | None) -> None:
    subs = subquestions(question, PEOPLE)
    assert [sub.text for sub in subs] == (found or [])
    assert found is None or [sub.person for sub in subs] == [
        next(name for name in ("vasskog", "berg", "dahl", "jinp", "xi") if name in sub.text.lower()) for sub in subs
    ]


@pytest.mark.parametrize(
    "question",
    [
        "Who met Elin Vasskog in Tromso?",
        "What did Vasskog and Berg discuss in Tromso?",  # together: it cannot be asked of each
        "What did Vasskog hear from Berg?",
        "Which pier was built in 1990 and is still used by ferries?",  # the same pier
        "What does J. Vasskog think of the pier and the ferry?",
        "How much did Dr. Vasskog pay for the pier?",  # the stop ends no sentence
        "When was the St. Olav bridge opened?",
        "How many cars did Berg Inc. sell in Tromso?",
        "When and where?",
        "Who met Elin Vasskog in Tromso, and for how long?",  # one sentence will tell both
        "?",
    ],
)
def test_a_question_that_asks_one_thing_stays_whole(question: str) -> None:
    assert subquestions(question, PEOPLE) == ()


def test_what_is_said_before_a_question_is_what_its_pronouns_may_mean() -> None:
    question = "The mayor is fond of ferries. What did she promise, and what did the farmers answer her?"
    assert subquestions(question, PEOPLE) == (
        SubQuestion("What did she promise", "The mayor is fond of ferries."),
        SubQuestion("what did the farmers answer her?", "The mayor is fond of ferries. What did she promise"),
    )


def test_a_clause_that_only_asks_for_views_asks_about_what_was_said_before() -> None:
    question = "Was a second pier promised? What does the mayor's office say and what does Dahl say?"
    assert [sub.text for sub in subquestions(question, PEOPLE)] == [
        "Was a second pier promised? What does the mayor's office say",
        "Was a second pier promised? what does Dahl say?",
    ]


def test_a_clause_that_asks_of_each_of_nobody_takes_nothing_away() -> None:
    question = "Why did the mayor resign? When was the tram opened? What does each side say?"
    assert [sub.text for sub in subquestions(question, PEOPLE)] == [
        "Why did the mayor resign?",
        "When was the tram opened?",
    ]


def test_no_more_than_three() -> None:
    question = "Who paid, and who came, and who sang, and who slept?"
    assert len(subquestions(question, PEOPLE)) == 3
