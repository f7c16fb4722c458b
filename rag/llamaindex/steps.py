"""A generator that works in threads, heard from an event loop. Knows no answer and no framework."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

T = TypeVar("T")
_END = object()


async def steps(values: Iterator[T]) -> AsyncIterator[T]:
    """The values, each made in a thread. Whoever stops listening, or is cancelled, closes the generator.

    A step that is under way ends first: a generator cannot be closed while it works.
    """
    step: asyncio.Future[T | object] | None = None
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, values, _END))
            value = await asyncio.shield(step)
            if value is _END:
                return
            yield value  # type: ignore[misc]  # all but _END are values
    finally:
        if step is not None and not step.done():
            await asyncio.wait([step])
        close = getattr(values, "close", None)
        if close is not None:
            await asyncio.to_thread(close)
