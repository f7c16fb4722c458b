"""The rules of scoring, on examples by hand."""

import pytest

from eval.matching import covers_half, has, holds, is_verbatim, meets_half, norm, occurrences, quotations
from rag.domain import Span


@pytest.mark.parametrize(
    ("text", "normed"),
    [
        ("“It’s”  «here»", '"it\'s" "here"'),
        ("2010 – 2020, well—known", "2010-2020, well-known"),
        ("$ 200 and € 5", "$200 and €5"),
        ("ＡＢＣ ½\u00a0x", "abc 1⁄2 x"),
        ("  Straße\n\tZwei ", "strasse zwei"),
        ("$ x", "$ x"),
    ],
)
def test_norm(text: str, normed: str) -> None:
    assert norm(text) == normed


@pytest.mark.parametrize(
    ("variant", "answer", "there"),
    [
        ("mediate", "They act immediately.", False),
        ("mediate", "They mediated.", True),
        ("7", "It took 70 hours.", False),
        ("7", "It took 7 hours.", True),
        ("two", "a twofold rise", False),
        ("two", "It was two.", True),
        ("twof", "a twofold rise", True),
        ("$200", "It cost $ 200 million.", True),
        ("200", "It cost $200.", True),
        ("Xi", "Maxi said so; Xi did not.", True),
        ("seven-hour", "a seven – hour meeting", True),
        ("", "anything", False),
        ("don't", "They don’t sell.", True),
    ],
)
def test_has(variant: str, answer: str, there: bool) -> None:
    assert has(variant, answer) is there


def test_every_group_wants_one_of_its_variants() -> None:
    assert holds([["cancel", "revoke"], ["tariff"]], "He will revoke it.") == (True, False)
    assert holds([], "anything") == ()


def test_a_piece_finds_a_quote_that_it_covers_by_half() -> None:
    quote = [Span(100, 200)]
    assert covers_half(Span(0, 150), quote)
    assert not covers_half(Span(0, 149), quote)
    assert covers_half(Span(0, 600), quote)
    assert not covers_half(Span(0, 601), quote)
    assert covers_half(Span(0, 10), [Span(50, 60), Span(5, 12)])
    assert not covers_half(Span(0, 10), [])


def test_a_citation_is_right_by_half_of_the_shorter() -> None:
    assert meets_half(Span(190, 210), [Span(100, 200)])
    assert not meets_half(Span(191, 211), [Span(100, 200)])
    assert meets_half(Span(0, 1000), [Span(500, 510)])
    assert not meets_half(Span(0, 10), [Span(20, 30)])
    assert not meets_half(Span(5, 5), [Span(0, 10)])


def test_every_occurrence_is_found() -> None:
    assert occurrences("aa", "aaa b aa") == (Span(0, 2), Span(1, 3), Span(6, 8))
    assert occurrences("", "abc") == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He said “we will go,” and left.", ("we will go",)),
        ('He said "we will go". She said "no".', ("we will go", "no")),
        ("«Non», dit-il.", ("Non",)),
        ('It is 5" wide and 6" long.', ()),
        ('An "open quotation that never ends.', ()),
        ('"We go. He said "no" and left.', ("no",)),
    ],
)
def test_quotations(text: str, found: tuple[str, ...]) -> None:
    assert quotations(text) == found


def test_a_quotation_is_verbatim_but_for_forms_of_marks_and_spaces() -> None:
    assert is_verbatim("we won't\ngo".replace("\n", " "), ["He said we won’t  go."])
    assert not is_verbatim("We won't go", ["He said we won’t go."])
    assert not is_verbatim("anything", [])
