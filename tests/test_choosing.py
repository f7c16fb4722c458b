"""Which sentences become the answer, on hand-worked scores."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

from rag.answering.choosing import Style, choose
from rag.answering.desk import Desk
from rag.domain import Sentence, Statement
from rag.retrieval import Scored


def _item(text: str, score: float, own: dict[str, float], speaker: str | None = None, start: int = 0) -> Scored:
    said = Statement("a.txt", start, start + len(text), "reported", speaker) if speaker else None
    return Scored(Sentence("a.txt", start, start + len(text), text), score, own, speaker=said)


PIER = _item("Vasskog likes the pier.", 9.0, {"vasskog": 0.3, "pier": 0.3}, "Elin Vasskog")
AGAIN = _item("Vasskog likes it very much.", 8.0, {"vasskog": 0.3}, "Elin Vasskog", 100)
BERG = _item("Berg does not.", 6.5, {"berg": 0.3}, "Ole Berg", 200)


def _desk(*scored: Scored, several: bool = False, claims: frozenset[str] = frozenset()) -> Desk:
    places = {item.sentence.id: 1 for item in scored}
    found = SimpleNamespace(scored=sorted(scored, key=lambda s: -s.score), several=several, claims=claims)
    ordered = sorted(scored, key=lambda s: s.sentence.start)
    before = {after.sentence.id: one.sentence.id for one, after in pairwise(ordered)}
    index = SimpleNamespace(before=lambda sentence: before.get(sentence.id))
    return cast(Desk, SimpleNamespace(places=places, found=found, index=index))


def _texts(desk: Any, style: Style, cited: frozenset[str] = frozenset()) -> list[str]:
    return [item.sentence.text for item in choose(desk, style, cited)]


def test_one_thing_asked_for_is_answered_by_the_best_and_what_is_nearly_as_likely() -> None:
    desk = _desk(PIER, AGAIN, BERG)
    assert _texts(desk, Style(4, 0.5)) == [PIER.sentence.text]
    assert _texts(desk, Style(4, 1.0)) == [PIER.sentence.text, AGAIN.sentence.text]
    assert _texts(desk, Style(1, 9.0)) == [PIER.sentence.text]


def test_several_things_asked_for_are_answered_where_each_is_said() -> None:
    desk = _desk(PIER, AGAIN, BERG, several=True, claims=frozenset({BERG.sentence.id}))
    # Berg: 6.5 + 4 * 0.3 for his name + 6 for being the best for a sub-question + 0.5 for another voice = 14.2
    assert _texts(desk, Style(2, 1.0)) == [PIER.sentence.text, BERG.sentence.text]
    # Without the sub-question 8.2, and the second of the first speaker 8.0
    unclaimed = _desk(PIER, AGAIN, BERG, several=True)
    assert _texts(unclaimed, Style(2, 0.8)) == [PIER.sentence.text, BERG.sentence.text]
    assert _texts(unclaimed, Style(2, 0.7)) == [PIER.sentence.text]


def test_what_only_repeats_the_question_is_followed_by_what_comes_after_it() -> None:
    # AGAIN follows the pier in the article, BERG does not: 3.0 + 6 against the pier's 9.0, and 6.5
    echo, after = replace(PIER, echoes=True), replace(AGAIN, score=3.0)
    assert _texts(_desk(echo, after, BERG), Style(4, 1.0)) == [PIER.sentence.text, AGAIN.sentence.text]
    assert _texts(_desk(PIER, after, BERG), Style(4, 1.0)) == [PIER.sentence.text]
    assert _texts(_desk(echo, after, BERG), Style(1, 1.0)) == [PIER.sentence.text]


def test_what_the_reply_rests_on_goes_before_what_the_search_prefers() -> None:
    desk = _desk(PIER, AGAIN, BERG)
    assert _texts(desk, Style(1, 1.0, cited=3.0), frozenset({BERG.sentence.id})) == [BERG.sentence.text]


def test_an_answer_ends_before_it_is_a_heap() -> None:
    long = replace(PIER, sentence=Sentence("a.txt", 300, 700, "word " * 74 + "end."), score=8.9)
    assert _texts(_desk(PIER, long), Style(4, 1.0)) == [PIER.sentence.text]
    assert _texts(_desk(PIER, long, AGAIN), Style(4, 1.0)) == [PIER.sentence.text, AGAIN.sentence.text]
    assert _texts(_desk(PIER, long), Style(4, 1.0, words=90)) == [PIER.sentence.text, long.sentence.text]


def test_no_evidence_gives_no_answer() -> None:
    assert choose(_desk(), Style(4, 1.0)) == []
