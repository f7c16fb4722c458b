"""Which sentences become the answer, on hand-worked scores."""

from types import SimpleNamespace
from typing import cast

import pytest

from rag.answering.choosing import Style, choose
from rag.answering.desk import Desk
from rag.domain import Sentence, Statement
from rag.retrieval import Scored


def _item(text: str, score: float, start: int = 0, speaker: str | None = None) -> Scored:
    said = Statement("a.txt", start, start + len(text), "reported", speaker) if speaker else None
    return Scored(Sentence("a.txt", start, start + len(text), text), score, said)


PIER = _item("Vasskog likes the pier.", 3.0, 200)
AGAIN = _item("Vasskog likes it very much.", 2.0, 0)
BERG = _item("Berg does not.", 0.5, 100)
RAIN = _item("It rained.", -4.0, 300)


def _chosen(
    *scored: Scored,
    style: Style,
    cited: tuple[Scored, ...] = (),
    places: dict[str, int] | None = None,
    headings: tuple[Scored, ...] = (),
) -> str:
    """The first words of the chosen sentences; without ``places`` every sentence is evidence 1."""
    known = {item.sentence.id: 1 for item in scored} if places is None else places
    found = SimpleNamespace(scored=sorted(scored, key=lambda item: -item.score))
    index = SimpleNamespace(headings={item.sentence.id for item in headings})
    desk = cast(Desk, SimpleNamespace(places=known, found=found, index=index))
    ids = {item.sentence.id for item in cited}
    return " | ".join(item.sentence.text for item in choose(desk, style, ids))


def _texts(*items: Scored) -> str:
    return " | ".join(item.sentence.text for item in items)


@pytest.mark.parametrize(
    ("within", "said"),
    [
        (0.9, (PIER,)),
        (1.0, (AGAIN, PIER)),
        (2.4, (AGAIN, PIER)),
        (2.5, (AGAIN, BERG, PIER)),
        (9.0, (AGAIN, BERG, PIER)),
    ],
)
def test_the_likeliest_is_said_with_what_is_nearly_as_likely(within: float, said: tuple[Scored, ...]) -> None:
    """At most ``within`` below 3.0, and nothing below -1.5: never that it rained."""
    assert _chosen(PIER, AGAIN, BERG, RAIN, style=Style(4, within)) == _texts(*said)


def test_an_answer_has_as_many_sentences_as_its_style_allows_the_likeliest_of_them() -> None:
    assert _chosen(PIER, AGAIN, BERG, style=Style(2, 9.0)) == _texts(AGAIN, PIER)
    assert _chosen(PIER, AGAIN, BERG, style=Style(1, 9.0)) == _texts(PIER)


def test_the_likeliest_is_said_however_unlikely_it_is_and_nothing_unlikely_beside_it() -> None:
    wind = _item("It blew.", -4.1, 400)
    assert _chosen(RAIN, wind, style=Style(4, 9.0)) == _texts(RAIN)
    assert _chosen(RAIN, wind, style=Style(4, 9.0, least=-5.0)) == _texts(RAIN, wind)


def test_what_the_reply_rests_on_goes_before_what_the_search_prefers() -> None:
    # Berg: 0.5 + 3 = 3.5, more than the pier's 3.0; with 2 it is 2.5, the second
    assert _chosen(PIER, AGAIN, BERG, style=Style(1, 9.0, cited=3.0), cited=(BERG,)) == _texts(BERG)
    assert _chosen(PIER, AGAIN, BERG, style=Style(2, 9.0, cited=2.0), cited=(BERG,)) == _texts(BERG, PIER)
    assert _chosen(PIER, AGAIN, BERG, style=Style(3, 1.0, cited=3.0), cited=(BERG,)) == _texts(BERG, PIER)
    assert _chosen(PIER, AGAIN, BERG, style=Style(1, 9.0), cited=(BERG,)) == _texts(PIER)


def test_an_answer_ends_before_it_is_a_heap_and_what_is_too_long_is_passed_over() -> None:
    long = _item("word " * 74 + "end.", 2.9, 400)  # 75 words, and the pier's 4
    assert _chosen(PIER, long, style=Style(4, 1.0)) == _texts(PIER, long)
    assert _chosen(PIER, long, style=Style(4, 1.0, words=78)) == _texts(PIER)
    assert _chosen(PIER, long, AGAIN, style=Style(4, 1.0, words=78)) == _texts(AGAIN, PIER)
    assert _chosen(long, style=Style(4, 1.0, words=10)) == _texts(long)


def test_the_name_of_whoever_speaks_counts_among_the_words() -> None:
    by_berg = _item("It is far too dear.", 2.9, 400, "Ole Berg")  # 5 words, and 2 for "(Ole Berg)"
    assert _chosen(PIER, by_berg, style=Style(4, 1.0, words=11)) == _texts(PIER, by_berg)
    assert _chosen(PIER, by_berg, style=Style(4, 1.0, words=10)) == _texts(PIER)


def test_sentences_are_said_in_the_order_of_the_evidence_and_only_what_is_evidence() -> None:
    places = {PIER.sentence.id: 1, AGAIN.sentence.id: 2}
    assert _chosen(PIER, AGAIN, BERG, style=Style(4, 9.0), places=places) == _texts(PIER, AGAIN)


def test_a_heading_is_said_only_where_nothing_else_is() -> None:
    style = Style(most=3, within=2.0)
    assert _chosen(PIER, AGAIN, style=style, headings=(PIER,)) == _texts(AGAIN)
    assert _chosen(PIER, RAIN, style=style, headings=(PIER,)) == _texts(PIER)


def test_no_evidence_gives_no_answer() -> None:
    assert _chosen(style=Style(4, 1.0)) == ""
    assert _chosen(PIER, style=Style(4, 1.0), places={}) == ""
