"""Example questions: what is asked of a small library, and which answers are good enough to be offered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.domain import Answer, AnswerSentence, Citation, Kind, Section
from rag.examples import Candidate, examples, is_good
from rag.retrieval import Index
from tests.small import retriever_over

BRIDGE = """---
title: Leeds is to replace its harbour bridge
---
Harbour minister Anna Berg said on 4 March 2024 that Zolvo will build the bridge in Leeds.

“We know that Zolvo is the best firm in Leeds,” Berg said.

Zolvo was founded in 1999 by two sisters. Opposition leader Tom Grey denied that Zolvo had been asked in May 2023.

The old bridge was closed on 5 June 2023.
"""
FERRY = "The night ferry to Sund stops on Monday, for hardly anybody takes it. The council has not said why."


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return retriever_over({"bridge.md": BRIDGE, "ferry.txt": FERRY}, tmp_path).index()


def cited(index: Index, kind: Kind, *holding: str, heading: str = "") -> Answer:
    """An answer, sure, of the sentences that hold these words."""
    chosen = [next(s for own in index.body.values() for s in own if words in s.text) for words in holding]
    lines = tuple(
        AnswerSentence(s.text, (Citation(n, s.article, s.start, s.end, s.text),), True, f"label {n}")
        for n, s in enumerate(chosen, 1)
    )
    said, sections = " ".join(line.text for line in lines), (Section(heading, lines),)
    return Answer("?", said, kind, "answered", 0.95, lines, sections, signals={"reader": 3.0}, done=True)


def test_several_kinds_are_asked_and_what_is_badly_answered_is_not_offered(index: Index) -> None:
    tried: list[str] = []
    told = {
        "What are these articles about?": cited(index, "overview", "said on 4 March", "night ferry"),
        "Summarise “Leeds is to replace its harbour bridge”": cited(index, "summary", "said on 4 March"),
        "What does Anna Berg say about Zolvo?": cited(index, "says", "said on 4 March", "best firm"),
        "Who is Anna Berg?": cited(index, "people", "said on 4 March", heading="Anna Berg, Harbour minister"),
        "Draw up a timeline of the events": cited(index, "timeline", "4 March", "in 1999", "5 June"),
        "What do the articles disagree on?": cited(index, "positions", "said on 4", "denied", heading="Disputed"),
        "When was Zolvo founded?": cited(index, "question", "founded in 1999"),
    }

    def ask(question: str) -> Answer:
        tried.append(question)
        return told.get(question, Answer(question, outcome="refused", done=True))

    assert examples(index, ask, lambda: True, most=9) == list(told)
    assert "Who is Tom Grey?" in tried
    assert len(examples(index, ask, lambda: True)) == 6
    assert examples(index, lambda q: Answer(q, outcome="refused", done=True), lambda: True) == []


def test_it_ends_when_there_is_no_going_on(index: Index) -> None:
    left = iter([True, False])
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return cited(index, "overview", "night ferry")

    assert examples(index, ask, lambda: next(left)) == ["What are these articles about?"] and len(asked) == 1


def test_only_an_answer_that_is_one_and_sure_is_good(index: Index) -> None:
    any_ = Candidate("Why?", lambda _: True)
    good = cited(index, "question", "founded in 1999")
    assert is_good(any_, good)
    for bad in (
        replace(good, confidence=0.5),
        replace(good, signals={"reader": -1.0}),
        replace(good, outcome="partly"),
        replace(good, error="The disk is full."),
        replace(good, sentences=()),
    ):
        assert not is_good(any_, bad)
    assert not is_good(Candidate("Why?", lambda _: False), good)


@pytest.mark.parametrize(
    ("question", "bad"),
    [
        ("What does Anna Berg say about Zolvo?", ("says", ("best firm", "denied that"), "")),
        ("Who is Anna Berg?", ("people", ("denied that",), "Anna Berg, Harbour minister")),
        ("Who is Anna Berg?", ("people", ("said on 4 March",), "")),
        ("Draw up a timeline of the events", ("timeline", ("5 June",), "")),
        ("Summarise “Leeds is to replace its harbour bridge”", ("summary", ("said on 4 March", "night ferry"), "")),
        ("When was Zolvo founded?", ("question", ("denied that",), "")),
        ("What do the articles disagree on?", ("positions", ("said on 4", "best firm"), "Disputed")),
    ],
)
def test_an_answer_that_is_another_than_what_was_meant_is_not_good(
    index: Index, question: str, bad: tuple[Kind, tuple[str, ...], str]
) -> None:
    kind, holding, heading = bad
    wrong = cited(index, kind, *holding, heading=heading)
    assert question not in examples(index, lambda _: wrong, lambda: True, most=9)
