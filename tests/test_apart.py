"""Whether what is asked stands apart from whom it is asked about: hand-made sentences, every word weighing the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.apart import apart, asked_of, only_others, unsaid
from rag.domain import Sentence, Statement
from rag.retrieval import Query, Retrieval, Scored
from rag.retrieval.terms import question_terms, terms

PEOPLE = {"dahl", "berg", "state", "xi", "jinp"}


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("What does Elin Berg say about the tram?", "berg"),
        ("what does berg think of the tram", "berg"),
        ("Why was the tram stopped, according to the mayor Ida Lunde?", "lund"),
        ("Is the tram safe in Ida Lunde's opinion?", "lund"),
        ("Is the tram safe in Lunde's opinion?", None),
        ("Is the tram safe in Berg's opinion?", "berg"),
        ("What did Berg's two lawyers say?", None),
        ("What did people in those states say?", None),
        ("What did the States say?", "state"),
        ("How long has Berg, who called it a joke, been mayor?", None),
        ("Which report told Berg of the tram?", None),
        ("What is it that Berg himself calls a joke?", "berg"),
        ("What was Berg's reaction?", "berg"),
        ("is it safe according to berg", "berg"),
        ("What does Xi say about the tram?", "xi"),
        ("What does Xi Jinping say about the tram?", "jinp"),
        ("What do Xi Jinping's aides say about the tram?", None),
        ("Is the tram safe, according to the Harbour Office?", None),
        ("What did Ida Lunde herself tell the paper?", "lund"),
        ("What were Ida Lunde's own comments?", "lund"),
        ("What was Ida Lunde's reaction to her own statement?", None),
        ("What did Berg and Dahl say about the tram?", None),
        ("Is the tram safe, according to Sky News?", None),  # nobody in person
        ("What did Human Rights Watch say about the tram?", None),
        ("What did Barack Obama say about the tram?", "obama"),
        ("Is the tram safe, according to Crown Prince Ole bin Saleh?", "saleh"),
        ("When did Elin Berg leave?", None),
        ("What do people say about the tram?", None),
    ],
)
def test_whose_words_a_question_asks_for(question: str, last: str | None) -> None:
    found = asked_of(question, PEOPLE)
    assert (found.last if found else None) == last


def test_a_name_is_all_of_its_words() -> None:
    found = asked_of("What does Elin Berg say about the Old Tram?", PEOPLE)
    assert found is not None
    assert found.name == {"elin", "berg"}


def _retrieval(question: str, *said: tuple[str, str | None], several: bool = False) -> Retrieval:
    own = tuple(question_terms(question))
    scored = []
    for place, (text, speaker) in enumerate(said):
        who = Statement("a.txt", 0, len(text), "direct", speaker, None) if speaker else None
        held = {*terms(text), *(terms(speaker) if speaker else ())}
        sentence = Sentence("a.txt", place * 100, place * 100 + len(text), text)
        scored.append(Scored(sentence, -place, {term: 1 / len(own) for term in own if term in held}, speaker=who))
    return Retrieval(Query(question, question, dict.fromkeys(own, 1.0), own), scored=tuple(scored), several=several)


def _only_others(found: Retrieval) -> bool:
    return only_others(found, PEOPLE, lambda term: 2.0)


ASKED = "What does Elin Berg say about the slow tram?"
BY_DAHL = ("The slow tram is a disgrace.", "Ola Dahl")


def test_what_another_says_on_it_is_not_what_was_asked() -> None:
    assert _only_others(_retrieval(ASKED, BY_DAHL, ("The bridge is fine.", "Elin Berg")))
    assert _only_others(_retrieval(ASKED, BY_DAHL)), "who never speaks says nothing of it either"


@pytest.mark.parametrize(
    ("text", "speaker", "only"),
    [
        ("It is a slow tram.", "Elin Berg", False),
        ("Berg called the slow tram a joke.", None, False),
        ("The tram is red.", "Elin Berg", True),  # one of the two words of the subject: 1/2 is missing, more than 0.4
    ],
)
def test_their_own_words_on_it_or_words_about_them_are(text: str, speaker: str | None, only: bool) -> None:
    assert _only_others(_retrieval(ASKED, BY_DAHL, (text, speaker))) is only


def test_a_sentence_near_the_name_may_be_theirs() -> None:
    found = _retrieval(ASKED, BY_DAHL, ("It is a slow tram.", None))
    assert _only_others(found)
    near = replace(found.scored[1], near=frozenset({"berg", "slow", "tram"}))
    assert not _only_others(replace(found, scored=(found.scored[0], near)))


def test_either_part_of_a_name_may_be_the_surname() -> None:
    found = _retrieval("What does Li Berg say about the slow tram?", BY_DAHL, ("Li: it is a slow tram.", None))
    assert not _only_others(found)


def test_other_words_for_the_same_count_as_well_as_they_meet_it() -> None:
    """ "Lazy" meets "slow" by 0.3 and "trolley" meets "tram" by 0.9: (0.3 + 0.9) / 2 is 0.4 less than all of it."""
    found = _retrieval(ASKED, BY_DAHL, ("A lazy trolley.", "Elin Berg"))
    for met, only in ((0.3, True), (0.31, False)):
        theirs = replace(found.scored[1], met={"slow": met, "tram": 0.9})
        assert _only_others(replace(found, scored=(found.scored[0], theirs))) is only


def test_one_of_several_things_may_be_asked_of_others() -> None:
    assert not _only_others(_retrieval(ASKED, BY_DAHL, several=True))
    assert not _only_others(_retrieval("How slow is the tram?", BY_DAHL))


@pytest.mark.parametrize(
    ("question", "speakers", "is_unsaid"),
    [
        (ASKED, ("Elin Berg", "Ola Dahl"), False),
        (ASKED, ("Ola Dahl", None, "Ola Dahl", "Elin Berg"), False),
        (ASKED, ("Ola Dahl", None), True),
        ("What did Ida Lunde say about the tram?", ("Ola Dahl",), True),  # who never speaks at all
        ("Who drove Elin Berg to the tram?", ("Ola Dahl",), False),
    ],
)
def test_words_that_are_asked_for_of_somebody_who_says_nothing(
    question: str, speakers: tuple[str | None, ...], is_unsaid: bool
) -> None:
    said = [("The tram is slow.", speaker) for speaker in speakers]
    assert unsaid(_retrieval(question, *said), PEOPLE) is is_unsaid
    assert not unsaid(_retrieval(question, *said, several=True), PEOPLE)


def _apart(found: Retrieval, idf: float = 2.0) -> float:
    return apart(found, PEOPLE, lambda term: idf)


def test_a_subject_that_stands_apart_from_the_names() -> None:
    """The subject is "long talk": beside both names nothing of it stands, elsewhere all of it or half."""
    asked = "How long was the talk of Berg with Dahl?"
    together = ("Berg met Dahl on Monday.", None)
    assert _apart(_retrieval(asked, together, ("The long talk with Lunde went well.", "Elin Berg"))) == 1
    assert _apart(_retrieval(asked, together, ("The talk went well.", "Elin Berg"))) == pytest.approx(1 / 2)
    assert _apart(_retrieval(asked, ("Berg had a long talk with Dahl.", None), ("The long talk!", None))) == 0


def test_a_subject_near_the_names_or_names_that_stand_everywhere_are_not_apart() -> None:
    asked = "How long was the talk of Berg with Dahl?"
    found = _retrieval(asked, ("Berg met Dahl on Monday.", None), ("The long talk went well.", None))
    assert _apart(found) == 1
    assert _apart(found, idf=1.0) == 0
    near = replace(found.scored[1], near=frozenset({"berg", "dahl", "met"}))
    assert _apart(replace(found, scored=(found.scored[0], near))) == 0


def test_nothing_stands_apart_without_names_or_among_several_things() -> None:
    assert _apart(_retrieval("How long was the talk?", ("The long talk with Lunde went well.", "Elin Berg"))) == 0
    assert _apart(_retrieval("How long was the talk of Berg?", ("A long talk.", None), several=True)) == 0
