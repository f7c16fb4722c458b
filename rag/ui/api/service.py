"""What other programs can ask for, as plain JSON values: answers, hits, articles, briefs, reading the folder again.

Whoever asks gets a place as the page's readers do. Knows no request, no protocol and no model; raises FootnoteError.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, TypeVar

from rag.domain import Answer, Article, Citation, Evidence, Hit, Telling, Turn, Within, told_as
from rag.errors import FootnoteError, QuestionError
from rag.ui.addresses import article_address
from rag.ui.asking import Asking
from rag.ui.contract import AssistantLike
from rag.ui.places import Places

AT_ONCE = 2
"""Searches and tellings at a time: each takes a core while it lasts."""
MOST_HITS = 60
"""Of a search; the lanes find no more that is worth a look."""
HISTORY_TURNS = 12
"""Earlier turns of a question that count; older ones are left out, as they are on the page."""
HISTORY_CHARACTERS = 24_000
"""Of these turns together."""

T = TypeVar("T")
Json = dict[str, Any]


class Service:
    """One for all programs of a page. ``places`` are the page's own, so that programs and readers wait in one line."""

    def __init__(self, assistant: AssistantLike, places: Places | None = None) -> None:
        self._assistant = assistant
        self._places = places or Places()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="footnote-api")

    def asking(
        self, question: str, history: Sequence[Turn] = (), among: Sequence[str] = (), client: str = ""
    ) -> Asking:
        """A question on its way; iterate it, and ``stop`` it when nobody listens any more.

        Raises:
            QuestionError: the history is too long, or an article is not there.
        """
        strange = next((id for id in among if self._assistant.article(id) is None), None)
        if strange is not None:
            raise QuestionError(
                f"The library holds no article {strange[:200]!r}: keep the question to those that it lists."
            )
        within = Within(articles=tuple(dict.fromkeys(among)))
        return Asking(self._assistant, question, checked(history), self._places, client, within)

    async def search(self, question: str, most: int, client: str = "") -> Json:
        """The best pieces for a question, with their spans and the scores of each stage."""
        found = await self._in_turn(client, lambda: self._assistant.search(question))
        hits = [hit_json(hit) for hit in found.hits[: max(0, min(most, MOST_HITS))]]
        return {"question": question, "searched": list(found.query.searched), "hits": hits}

    async def tell(self, telling: Telling, about: str = "", client: str = "") -> Json:
        """What the articles tell by name, as Answer JSON."""
        answer = await self._in_turn(client, lambda: self._assistant.tell(told_as(telling, about), about))
        return answer.to_json()

    async def sync(self, client: str = "") -> Json:
        """Read the folder again: the SyncReport."""
        return asdict(await self._in_turn(client, self._assistant.read_again))

    def articles(self) -> list[Json]:
        """The details of every article.

        Raises:
            FootnoteError: the library is not loaded yet.
        """
        if not self._assistant.status().ready:
            raise FootnoteError("The library is not loaded yet: wait until it is, then ask again.")
        return [details_json(article) for article in self._assistant.articles()]

    def article(self, article_id: str) -> Json | None:
        """One article with its text, and the marks of what is no body text; None where there is none."""
        found = self._assistant.article(article_id)
        return article_json(found) if found is not None else None

    def lookup(self, article_id: str) -> Article | None:
        """The article of this id."""
        return self._assistant.article(article_id)

    def cited(self, citation: Citation | Evidence) -> Json:
        """Where cited words stand, with what is known of their article, and a link to them."""
        found = self._assistant.article(citation.article)
        about = details_json(found) if found is not None else {"title": citation.article}
        named = {name: about.get(name) for name in ("title", "outlet", "author", "date")}
        return {**asdict(citation), **named, "href": article_address(citation.article, citation.span)}

    def status(self) -> Json:
        """How far things are."""
        status = self._assistant.status()
        told = ("ready", "model", "model_ready", "phase", "progress", "articles", "news", "problem")
        return {name: getattr(status, name) for name in told}

    async def _in_turn(self, client: str, work: Callable[[], T]) -> T:
        """``work`` in a thread of its own kind, when it is the turn of ``client``."""
        place = self._places.enter(client)
        try:
            async for _ in place.waiting():
                pass
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            place.leave()


def checked(history: Sequence[Turn]) -> list[Turn]:
    """The turns that count.

    Raises:
        QuestionError: they are too long.
    """
    turns = list(history)[-HISTORY_TURNS:]
    size = sum(len(turn.question) + len(turn.answer) for turn in turns)
    if size > HISTORY_CHARACTERS:
        raise QuestionError(
            f"The history has {size:,} characters in its last {HISTORY_TURNS} turns; "
            f"at most {HISTORY_CHARACTERS:,} are read: shorten it."
        )
    return turns


async def last_of(asking: Asking) -> Json:
    """The whole answer as JSON.

    Raises:
        Unanswered: there is none.
    """
    last = None
    try:
        async for answer in asking:
            last = answer
    finally:
        asking.stop()
    if last is None or asking.failure:
        raise Unanswered(asking)
    return last.to_json()


async def begun(asking: Asking) -> AsyncIterator[Answer]:
    """The answers without a first empty one, so that an error at once is the first that is heard of it."""
    async for answer in asking:
        if answer.done or answer.status or answer.evidence or answer.text:
            yield answer


async def growing(asking: Asking) -> AsyncIterator[Json]:
    """Growing answers as JSON, each with ``done`` and a word on what goes on (``status``)."""
    try:
        async for answer in begun(asking):
            yield {"done": answer.done, "status": answer.status, **answer.to_json()}
    finally:
        asking.stop()


class Unanswered(Exception):
    """A question ended without an answer. ``cause``: the error behind it, None where nobody foresaw it."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking.failure or "Nobody listens any more.")
        self.cause = asking.cause


def hit_json(hit: Hit) -> Json:
    """A found piece as the command line's ``search --json`` gives it, with a link to it."""
    return {**hit.to_json(), "href": article_address(hit.passage.article, hit.passage.span)}


def details_json(article: Article) -> Json:
    """What is known of an article, without its text."""
    return {
        "article": article.id,
        "title": article.title,
        "title_given": article.title_given,
        "outlet": article.outlet,
        "author": article.author,
        "date": article.date,
        "url": article.url,
        "section": article.section,
        "digest": article.digest,
        "characters": len(article.text),
        "href": article_address(article.id),
    }


def article_json(article: Article) -> Json:
    """An article whole: offsets of marks and statements are code points of ``text``."""
    return {
        **details_json(article),
        "text": article.text,
        "marks": [asdict(mark) for mark in article.marks],
        "statements": [
            {name: value for name, value in asdict(statement).items() if name != "article"}
            for statement in article.statements
        ],
    }
