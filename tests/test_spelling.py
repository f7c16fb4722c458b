"""Spellings: names as the articles write them, and names that no article holds."""

import pytest

from tests.pier import make_speller


@pytest.mark.parametrize(
    ("asked", "found"),
    [("Liu Pengyu", "Pengui"), ("Vaskog", "Vasskog"), ("Elin Waskog", "Elin")],
)
def test_spellings_are_matched_to_the_articles_own(asked: str, found: str) -> None:
    corrected, _ = make_speller().correct(f"What did {asked} say?")
    assert found.casefold() in corrected.casefold()


def test_known_words_and_far_words_are_left_alone() -> None:
    question = "What did Vasskog tell Macron about ferries?"
    assert make_speller().correct(question) == (question, ())
    assert make_speller().unknown_names(question) == ("Macron",)


def test_a_first_name_is_spelled_as_its_own_last_name_has_it() -> None:
    speller = make_speller("Sergei Lavrov met the press. Sergey Sanakoev, an expert, agrees.")
    assert speller.correct("Who is Sergei Sanakoev?")[0] == "Who is Sergey Sanakoev?"
    assert speller.correct("Who is Sergei Lavrov?")[0] == "Who is Sergei Lavrov?"


def test_first_and_last_name_are_told_as_one() -> None:
    asked = "What did Angela Merkel tell Vasskog and Macron?"
    assert make_speller().unknown_names(asked) == ("Angela Merkel", "Macron")


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Zebras and the NATO pier?", ()),
        ("who had covid and who owns a smartphone", ()),
        ("Who Attended The Summit?", ()),
        ("Who is Donald Trump?", ("Donald Trump",)),
        ("We spoke of Gaza. Summarize the plan.", ("Gaza",)),
        ("What does the Health Dept. say?", ("Health",)),
        ("When was it, I've been told?", ()),
        ("what does zelensky say", ("zelensky",)),
    ],
)
def test_capitals_and_words_that_are_no_names_are_not_unknown_names(question: str, unknown: tuple[str, ...]) -> None:
    assert make_speller().unknown_names(question) == unknown


def test_a_possessive_is_no_part_of_a_name() -> None:
    speller = make_speller("The harbour is Vasskog Fjord's. Vasskog Elin's pier is new, said Elin Vasskog.")
    assert speller.correct("What did Elen Vasskog say of it?")[0] == "What did Elin Vasskog say of it?"
