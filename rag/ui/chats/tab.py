"""Keeps what a tab asks, beside the answer and never in its way; brings a kept chat back into a tab. Knows no Gradio.

All writing is done by one thread of its own, in order. Whoever waits for it waits a little and no longer; what cannot
be kept is said once, and the chat goes on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from rag.chats import Chats, ChatsError, Place, Thumb
from rag.chats.forms import cited_articles, without_text
from rag.chats.rows import as_cut_off
from rag.domain import Answer, Article
from rag.ui.chats.values import Keep
from rag.ui.conversation import MAX_TURNS, Conversation, Kept
from rag.ui.sources import Lookup

EVERY = 1.0
"""Seconds between two writings of a growing answer: so much of it may a killed process lose."""
PATIENCE = 2.0
"""Seconds that an answer waits for the disk."""
LAST = "last"
"""In place of a chat's id: the one that was changed last."""
SLOW = "The disk is slow: this turn may not be kept."
BROKEN = "This turn could not be kept: the terminal shows why; answers go on."
GONE = "This chat is not here: it may have been deleted, or belong to another library."

R = TypeVar("R")
_log = logging.getLogger(__name__)


class Keeping:
    """The chats as the page uses them. One for all tabs."""

    def __init__(self, chats: Chats, lookup: Lookup) -> None:
        self.chats = chats
        self._lookup = lookup
        self._pool = ThreadPoolExecutor(1, "footnote-chats")

    async def begin(self, talk: Conversation, question: str) -> Writing:
        """A place for a question that a tab asks now; without one where nothing can be written."""
        number, over = talk.next_number, talk.over is not None
        place = None
        try:
            place = await self._soon(lambda: self.chats.begin(self._chat_of(talk), question, number, over=over))
            problem, self.chats.news = self.chats.news, ""
        except Exception as error:
            problem = why_not(error)
        return Writing(self, place or Place("", number), problem)

    def _chat_of(self, talk: Conversation) -> str:
        """Where a conversation is kept. One that branches off another takes the turns before along."""
        chat = talk.chat
        if not chat:
            for place, answer in enumerate(talk.answers):
                kept = talk.of(place)
                copied = self.chats.begin(chat, answer.question, kept.number)
                self.chats.write(copied, answer, kept.articles)
                chat = copied.chat
        return chat

    async def resume(self, id: str) -> tuple[Conversation, dict[int, Thumb], str]:
        """A kept chat as a tab's conversation, with its thumbs; or an empty one, and why."""
        try:
            return await self._soon(lambda: self._resumed(id))
        except Exception as error:
            return Conversation(), {}, why_not(error)

    async def thumbs(self, chat: str) -> dict[int, Thumb]:
        """What was thought of the answers of a chat; nothing where that cannot be read."""
        with suppress(ChatsError, TimeoutError):
            return await self._soon(lambda: self.chats.thumbs(chat)) if chat else {}
        return {}

    def write(self, place: Place, answer: Answer) -> Future[None]:
        """Write an answer as far as it has come, after all that was to be written before."""
        return self._pool.submit(lambda: self.chats.write(place, answer, self.articles(answer)))

    async def wait(self, writing: Future[None]) -> None:
        """Wait for it a little.

        Raises:
            ChatsError: it could not be written.
            TimeoutError: it is not written yet.
        """
        await _for_a_while(asyncio.shield(asyncio.wrap_future(writing)))

    def articles(self, answer: Answer) -> tuple[Article, ...]:
        """The articles that an answer shows words of, all but their texts."""
        found = ((self._lookup(id), spans) for id, spans in cited_articles(answer).items())
        return tuple(without_text(article, spans) for article, spans in found if article)

    def _resumed(self, id: str) -> tuple[Conversation, dict[int, Thumb], str]:
        if id == LAST:
            id = self.chats.latest()
            if not id:
                return Conversation(), {}, ""
        chat = self.chats.chat(id)
        if chat is None:
            return Conversation(), {}, GONE
        turns = chat.turns[-MAX_TURNS:]
        answers = tuple(self.with_changes(turn.answer, turn.articles) for turn in turns)
        kept = tuple(Kept(turn.number, turn.articles) for turn in turns)
        return Conversation(answers, len(chat.turns) - len(turns), id, kept), self.chats.thumbs(id), ""

    def with_changes(self, answer: Answer, articles: tuple[Article, ...]) -> Answer:
        """The answer, saying which of its articles have another content now."""
        now = ((article, self._lookup(article.id)) for article in articles)
        changed = (was.id for was, found in now if found and found.digest != was.digest)
        return replace(answer, changed=tuple(dict.fromkeys((*answer.changed, *changed))))

    async def _soon(self, work: Callable[[], R]) -> R:
        return await _for_a_while(asyncio.get_running_loop().run_in_executor(self._pool, work))


class Writing:
    """One turn that is being written. ``problem``: what is to be said about keeping it, "" for nothing."""

    def __init__(self, keeping: Keeping, place: Place, problem: str) -> None:
        self._keeping = keeping
        self.place = place
        self.problem = problem
        self._at = time.monotonic()
        self._pending: Future[None] | None = None
        self._latest: Answer | None = None

    @property
    def keep(self) -> Keep:
        """Where the turn is kept."""
        return Keep(self.place.chat, self.place.number, problem=self.problem)

    def grow(self, answer: Answer) -> None:
        """The answer as far as it has come: written now and then."""
        self._latest = answer
        idle = self._pending is None or self._pending.done()
        if self.place.chat and idle and time.monotonic() - self._at >= EVERY:
            self._at = time.monotonic()
            self._pending = self._keeping.write(self.place, answer)

    async def finish(self, answer: Answer) -> Kept:
        """The whole answer; what goes with it in the tab's conversation."""
        self._latest = None
        if self.place.chat:
            try:
                await self._keeping.wait(self._keeping.write(self.place, answer))
            except Exception as error:
                self.problem = why_not(error)
        return Kept(self.place.number, self._keeping.articles(answer))

    def end(self) -> None:
        """Nobody waits for the rest: what has come is kept, marked as cut off. Does nothing when it is finished."""
        if self._latest is not None and self.place.chat:
            self._keeping.write(self.place, as_cut_off(self._latest))
            self._latest = None


def why_not(error: Exception) -> str:
    """Why something was not kept, in a sentence for the reader: whatever goes wrong here, an answer goes on."""
    if isinstance(error, ChatsError):
        return str(error)
    if isinstance(error, TimeoutError):
        return SLOW
    _log.error("Keeping a chat failed.", exc_info=error)
    return BROKEN


async def _for_a_while(work: Awaitable[R]) -> R:
    async with asyncio.timeout(PATIENCE):
        return await work
