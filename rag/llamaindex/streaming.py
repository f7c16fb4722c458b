"""A growing answer as pieces of text, beside the sources and the Answer JSON that grow with it. Knows no engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, closing
from typing import Any

from llama_index.core.schema import NodeWithScore

from rag.answering.numbering import in_order
from rag.assistant import Assistant
from rag.domain import Answer, Turn
from rag.llamaindex import nodes
from rag.llamaindex.steps import steps
from rag.llamaindex.wording import grown


def answers(assistant: Assistant, question: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
    """Each answer with its numbers in the order of its text, without a gap. Closing it stops the model."""
    with closing(assistant.ask(question, history)) as each:  # type: ignore[type-var]  # a generator
        for answer in each:
            yield in_order(answer)


async def last(values: Iterator[Answer]) -> Answer:
    """The last answer; whoever is cancelled meanwhile stops the model."""
    async with aclosing(steps(values)) as each:  # type: ignore[type-var]  # a generator
        return [answer async for answer in each][-1]


class Streamed:
    """One answer on its way. ``sources`` and ``told`` belong to whoever holds the response, and are filled in place:

    with what may be cited once that is found, with what is cited once it is done.
    """

    def __init__(self, values: Iterator[Answer], assistant: Assistant) -> None:
        """Wait until evidence is found; from an event loop, do so in a thread."""
        self.sources: list[NodeWithScore] = []
        self.told: dict[str, Any] = {}
        self._find = assistant.article
        self._pieces = grown(values)
        self._first = self._tell(next(self._pieces))

    def texts(self) -> Iterator[str]:
        """The pieces of its text."""
        with closing(self._pieces):  # type: ignore[type-var]  # a generator
            if self._first:
                yield self._first
            yield from filter(None, map(self._tell, self._pieces))

    async def atexts(self) -> AsyncIterator[str]:
        """The same for an event loop."""
        async with aclosing(steps(self.texts())) as values:  # type: ignore[type-var]  # a generator
            async for text in values:
                yield text

    def _tell(self, piece: tuple[str, Answer]) -> str:
        text, answer = piece
        if answer.done or not self.told:
            make = nodes.cited if answer.done else nodes.shown
            self.sources[:] = make(answer, self._find)
            self.told.update(answer.to_json())
        return text


async def streamed(values: Iterator[Answer], assistant: Assistant) -> Streamed:
    """``Streamed``, made beside the event loop."""
    return await asyncio.to_thread(Streamed, values, assistant)
