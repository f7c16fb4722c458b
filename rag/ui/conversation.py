"""The turns of one tab's conversation. A frozen value that a tab carries along; knows no page and no assistant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.domain import Answer, Article, Turn

MAX_TURNS = 60
"""Turns that stay on the page; older ones go, so that a tab left open for days stays light."""
MEMORY = 6
"""Earlier turns that a question is asked with."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A turn's number, and the articles that it cites as they were when it was answered."""

    number: int
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Finished turns, oldest first. ``dropped`` counts those that have gone, so that numbers stay what they were.

    ``chat``: where it is kept, "" as long as it is not. ``kept`` goes with ``answers``, and may be left out.
    ``over``: the number of a turn that the next one replaces.
    """

    answers: tuple[Answer, ...] = ()
    dropped: int = 0
    chat: str = ""
    kept: tuple[Kept, ...] = ()
    over: int | None = None

    @property
    def next_number(self) -> int:
        """The number of the turn to come, counted from 0 over the whole conversation."""
        if self.over is not None:
            return self.over
        return self.kept[-1].number + 1 if self.kept else self.dropped + len(self.answers)

    def of(self, place: int) -> Kept:
        """What goes with the answer at ``place``."""
        return self.kept[place] if self.kept else Kept(self.dropped + place)

    def plus(self, answer: Answer, kept: Kept | None = None, chat: str = "") -> Conversation:
        """The conversation with one more turn, and the oldest gone if there are too many."""
        answers = (*self.answers, answer)
        known = (*map(self.of, range(len(self.answers))), kept or Kept(self.next_number))
        gone = max(0, len(answers) - MAX_TURNS)
        return Conversation(answers[gone:], self.dropped + gone, chat or self.chat, known[gone:])

    def without_last(self) -> Conversation:
        """The conversation as it was before its last turn, which the next one replaces."""
        last = self.of(len(self.answers) - 1).number
        return replace(self, answers=self.answers[:-1], kept=self.kept[:-1], over=last)

    def history(self) -> list[Turn]:
        """What the next question is asked with. A turn that failed without a word is left out."""
        spoken = [answer for answer in self.answers[-MEMORY:] if answer.text or not answer.error]
        return [Turn(answer.question, answer.text) for answer in spoken]

    def finished(self) -> Iterator[tuple[int, Answer, list[Turn]]]:
        """Each turn's number, its answer and what it was asked with, oldest first."""
        for place, answer in enumerate(self.answers):
            yield self.of(place).number, answer, replace(self, answers=self.answers[:place]).history()
