"""One question on its way from the page to the assistant and back, and the conversation that it becomes part of."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from rag.domain import Answer, Turn, Within
from rag.errors import ModelError
from rag.ui import render
from rag.ui.asking import BROKEN, Asking
from rag.ui.conversation import MAX_TURNS, MEMORY, Conversation
from tests.fake_assistant import BY_ID, EXAMPLES, SCRIPT, FakeAssistant


class Scripted(FakeAssistant):
    """Yields what it is given; an exception in the list is raised at its place."""

    def __init__(self, *steps: Answer | Exception | float) -> None:
        super().__init__()
        self.steps = steps
        self.ended = threading.Event()

    def ask(self, question: str, history: Sequence[Turn], within: Within) -> Iterator[Answer]:
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    time.sleep(step)
                else:
                    yield step
        finally:
            self.ended.set()


def collected(asking: Asking) -> list[Answer]:
    async def collect() -> list[Answer]:
        return [answer async for answer in asking]

    return asyncio.run(collect())


def test_answers_grow_and_the_last_is_done() -> None:
    growing = collected(Asking(FakeAssistant(), EXAMPLES[0]))
    assert growing[0].text == ""
    assert growing[-1] == SCRIPT[EXAMPLES[0]]
    texts = [answer.text for answer in growing]
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))


def test_a_slow_page_skips_values_but_never_the_last() -> None:
    assistant = Scripted(*(Answer("q", text="x" * i) for i in range(500)), Answer("q", text="end", done=True))
    seen = collected(Asking(assistant, "q"))
    assert len(seen) < 20
    assert seen[-1].text == "end"


def test_stop_keeps_what_is_there_and_closes_the_assistants_iterator() -> None:
    assistant = Scripted(Answer("q", text="Half", status="x"), *([0.05, Answer("q", text="Half")] * 200))
    asking = Asking(assistant, "q")

    async def stopped() -> Answer:
        async for answer in asking:
            if answer.text == "Half":
                asking.stop()
        return answer

    last = asyncio.run(stopped())
    assert (last.text, last.stopped, last.done, last.status) == ("Half", True, True, None)
    assert assistant.ended.wait(1)


def test_stop_is_prompt_even_while_the_assistant_is_silent() -> None:
    asking = Asking(Scripted(5.0, Answer("q", done=True)), "q")
    threading.Timer(0.1, asking.stop).start()
    begun = time.monotonic()
    assert collected(asking)[-1].stopped
    assert time.monotonic() - begun < 1


def test_a_dropped_question_hands_out_nothing_more_and_leaving_closes_it() -> None:
    assistant = Scripted(*([Answer("q", text="a"), 0.05] * 100))
    asking = Asking(assistant, "q")

    async def rest() -> list[Answer]:
        answers = aiter(asking)
        await anext(answers)
        asking.drop()
        return [answer async for answer in answers]

    assert asyncio.run(rest()) == []
    assert assistant.ended.wait(1)
    left = Scripted(*([Answer("q", text="a"), 0.05] * 100))

    async def leave() -> None:
        answers = aiter(Asking(left, "q"))
        await anext(answers)
        await answers.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    assert left.ended.wait(1)


def test_errors_become_answers_in_words_for_the_reader(caplog: pytest.LogCaptureFixture) -> None:
    half = Answer("q", text="Half")
    last = collected(Asking(Scripted(half, ModelError("The model is gone.")), "q"))[-1]
    assert (last.text, last.error, last.done) == ("Half", "The model is gone.", True)
    last = collected(Asking(Scripted(half, RuntimeError("secret")), "q"))[-1]
    assert last.error == BROKEN
    assert "secret" in caplog.text
    assert collected(Asking(FakeAssistant(), "x" * 2000))[-1].error == (
        "The question has 2000 characters; at most 1000 are answered."
    )


def test_a_conversation_keeps_its_numbers_and_forgets_what_is_old() -> None:
    talk = Conversation()
    for i in range(MAX_TURNS + 5):
        last = i == MAX_TURNS + 4
        talk = talk.plus(Answer(f"q{i}", text="" if last else f"a{i}", error="no" if last else None))
    assert talk.next_number == MAX_TURNS + 5
    assert len(talk.answers) == MAX_TURNS
    assert f'id="turn-{talk.dropped}"' in render.turns_html(talk, BY_ID.get)
    assert talk.without_last().next_number == MAX_TURNS + 4
    assert talk.history() == [Turn(f"q{i}", f"a{i}") for i in range(MAX_TURNS + 5 - MEMORY, MAX_TURNS + 4)]
    assert [number for number, _, _ in talk.finished()] == list(range(5, MAX_TURNS + 5))
    _, _, before = list(talk.finished())[-1]
    assert before[-1] == Turn(f"q{MAX_TURNS + 3}", f"a{MAX_TURNS + 3}")


def test_a_turn_that_was_answered_in_spite_of_an_error_is_remembered() -> None:
    talk = Conversation().plus(Answer("q", text="The articles' own words.", error="The model is gone."))
    assert talk.history() == [Turn("q", "The articles' own words.")]
