"""Answers from one open library: what kind of request it is, what is found for it, and the words. Knows no thread."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from rag.answering import Parts, answer
from rag.answering.numbering import in_order
from rag.answering.translating import in_english
from rag.current import Current
from rag.domain import EVERYTHING, Answer, Kind, Turn, Within
from rag.errors import FootnoteError, LibraryError, QuestionError
from rag.loading import Loader
from rag.models.base import LanguageModel
from rag.opened import NOT_YET, Opened
from rag.requests import Desk, respond, tell
from rag.requests.choosing import both, chosen
from rag.requests.scope import scope_of
from rag.retrieval import Retrieval, Retriever

SWITCHED = "Another library has been opened meanwhile: ask again."


class Responder:
    """Makes answers. Each call keeps to the library and the model that it is given, whatever is opened meanwhile."""

    def __init__(self, current: Current, loader: Loader, parts: Parts) -> None:
        """Answer with ``parts``, under the settings in force."""
        self._current, self._loader, self._parts = current, loader, parts

    def answers(
        self,
        opened: Opened,
        question: str,
        history: Sequence[Turn],
        model: LanguageModel | None,
        started: float,
        within: Within = EVERYTHING,
    ) -> Iterator[Answer]:
        """Answers, each fuller than the last. Closing the iterator stops the model.

        Raises:
            QuestionError: no article is within what is to be kept to.
            FootnoteError: the library cannot be used.
        """
        retriever = opened.ready()
        choice = chosen(within, retriever.index().articles.values(), question)
        if choice is not None:
            retriever = opened.kept_to(choice.articles)
        desk = self._desk(opened, retriever, question, history, model)
        other = respond(desk, started)
        if other is not None:
            told = replace(other, model="none", scope=both(choice, other.scope))
            yield replace(told, changed=opened.changed(told, retriever))
            return
        asked = desk.scope.without if desk.scope else question
        answers = answer(asked, history, desk.found, retriever.index(), model, started, self._parts)
        with closing(answers):  # type: ignore[type-var]  # a generator, which frees the model when it is closed
            for each in answers:
                told = replace(in_order(each), question=question, scope=both(choice, desk.scope))
                yield replace(told, changed=opened.changed(told, retriever)) if each.done else told

    def search(self, opened: Opened, question: str, history: Sequence[Turn], model: LanguageModel | None) -> Retrieval:
        """What retrieval finds, with the scores of every stage."""
        return self._retrieve(opened.ready(), question, history, model)

    def tell(self, opened: Opened, kind: Kind, about: str, model: LanguageModel | None) -> Answer:
        """What the articles tell in one form.

        Raises:
            QuestionError: nothing in the articles is about that.
        """
        started = time.perf_counter()
        answer = tell(self._desk(opened, opened.ready(), about, (), model), kind, started)
        if answer is None or answer.refused:
            raise QuestionError(f"No article tells about {about!r}: try other words, or none for all articles.")
        return answer

    def _desk(
        self,
        opened: Opened,
        retriever: Retriever,
        question: str,
        history: Sequence[Turn],
        model: LanguageModel | None,
    ) -> Desk:
        def search(text: str) -> Retrieval:
            return self._retrieve(retriever, text, history, model)

        networks = self._loader.networks
        if networks is None:
            raise FootnoteError(NOT_YET)
        translate = partial(in_english, model) if model is not None else None
        return Desk(
            question,
            history,
            retriever,
            networks.own,
            networks.classifier,
            search,
            lambda: list(opened.examples or ()),
            translate,
        )

    def _retrieve(
        self, retriever: Retriever, question: str, history: Sequence[Turn], model: LanguageModel | None
    ) -> Retrieval:
        config = self._current.config
        hosted = model is not None and not model.local
        budget = config.hosted_evidence_tokens if hosted else config.evidence_tokens
        scope = scope_of(question, retriever.index())
        asked, among = (scope.without, scope.articles) if scope else (question, ())
        count = model.count_tokens if model else None
        return retriever.retrieve(asked, history, budget=budget, count=count, among=among)


def unless_empty(opened: Opened, answers: Iterator[Answer]) -> Iterator[Answer]:
    """The answers, if there is an article to ask.

    Raises:
        QuestionError: there is none.
    """
    with closing(answers):  # type: ignore[type-var]  # a generator, which frees the model when it is closed
        if not opened.ready().index().articles:
            raise QuestionError("There is no article to ask yet: add some, then ask again.")
        yield from answers


def of_one_library(opened: Opened, answers: Iterator[Answer]) -> Iterator[Answer]:
    """The answers, as long as the library that they come from is open: nothing else could show what they cite.

    Raises:
        QuestionError: another one has been opened.
    """
    try:
        with closing(answers):  # type: ignore[type-var]  # a generator, which frees the model when it is closed
            for each in answers:
                if opened.left.is_set():
                    raise QuestionError(SWITCHED)
                yield each
    except LibraryError:
        if not opened.left.is_set():
            raise
        raise QuestionError(SWITCHED) from None


def complete(answers: Iterator[Answer]) -> Answer:
    """The last and fullest of a question's answers."""
    return deque(answers, maxlen=1).pop()
