"""Extractive mode: the articles' own sentences as the answer. Knows no language model and never leaves the articles."""

from __future__ import annotations

from rag.answering.choosing import Style, choose
from rag.answering.desk import Desk
from rag.domain import AnswerSentence

STYLE = Style(most=4, within=2.0, words=110)


def compose(desk: Desk) -> tuple[AnswerSentence, ...]:
    """At most four sentences, verbatim with their speakers, each citing itself, in the order of the evidence.

    A credit or byline is given whole: its lines mean nothing one by one.
    """
    said = [desk.verbatim(item.sentence) for item in choose(desk, STYLE)]
    return tuple({sentence.text: sentence for sentence in said}.values())
