"""The turns of one tab's conversation. A frozen value that a tab carries along; knows no page and no assistant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.domain import Answer, Turn

MAX_TURNS = 60
"""Turns that stay on the page; older ones go, so that a tab left open for days stays light."""
MEMORY = 6
"""Earlier turns that a question is asked with."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Finished turns, oldest first. ``dropped`` counts those that have gone, so that numbers stay what they were."""

    answers: tuple[Answer, ...] = ()
    dropped: int = 0

    @property
    def next_number(self) -> int:
        """The number of the turn to come, counted from 0 over the whole conversation."""
        return self.dropped + len(self.answers)

    def plus(self, answer: Answer) -> Conversation:
        """The conversation with one more turn, and the oldest gone if there are too many."""
        answers = (*self.answers, answer)
        gone = max(0, len(answers) - MAX_TURNS)
        return Conversation(answers[gone:], self.dropped + gone)

    def without_last(self) -> Conversation:
        """The conversation as it was before its last turn."""
        return replace(self, answers=self.answers[:-1])

    def before(self, number: int) -> Conversation:
        """The conversation as it was before the turn of this number."""
        return replace(self, answers=self.answers[: max(0, number - self.dropped)])

    def history(self) -> list[Turn]:
        """What the next question is asked with. A turn that failed without a word is left out."""
        spoken = [answer for answer in self.answers[-MEMORY:] if answer.text or not answer.error]
        return [Turn(answer.question, answer.text) for answer in spoken]

    def finished(self) -> Iterator[tuple[int, Answer, list[Turn]]]:
        """Each turn's number, its answer and what it was asked with, oldest first."""
        for place, answer in enumerate(self.answers):
            yield self.dropped + place, answer, replace(self, answers=self.answers[:place]).history()
