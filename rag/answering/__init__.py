"""Evidence -> answer: a growing Answer, streamed from the model or composed from the articles' own sentences.

Knows retrieval's result and a language model's Protocol; knows no library, no weights and no window.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from rag.answering import extractive, prompts, reply
from rag.answering.grounding import adds_nothing, is_foreign, strangers
from rag.answering.refusal import refuse
from rag.answering.support import Source, cite, sources
from rag.domain import Answer, AnswerSentence, Outcome, Timings, Turn
from rag.errors import ModelError
from rag.models.base import Chunk, LanguageModel, Usage
from rag.retrieval import Index, Retrieval

__all__ = ["MAX_ANSWER_TOKENS", "answer"]

MAX_ANSWER_TOKENS = 140
"""About a hundred words: more than an answer may have, and a bound on a reply that runs away."""


@dataclass
class _Draft:
    """What is known while an answer is being made."""

    started: float
    base: Answer
    text: str = ""
    cited: dict[reply.ReplySentence, AnswerSentence] = field(default_factory=dict)
    usage: Usage | None = None
    first_token_ms: float | None = None
    problem: str | None = None

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def snapshot(self, **changes: object) -> Answer:
        return replace(self.base, **changes)  # type: ignore[arg-type]  # every change names a field of Answer


@dataclass(frozen=True)
class _Desk:
    """The question with everything that has been found for it."""

    question: str
    history: Sequence[Turn]
    found: Retrieval
    index: Index
    candidates: list[Source] = field(default_factory=list)


def answer(
    question: str, history: Sequence[Turn], found: Retrieval, index: Index, model: LanguageModel | None, started: float
) -> Iterator[Answer]:
    """Answers to ``question``, each fuller than the last; the first shows the evidence, the last is ``done``.

    Args:
        question: as typed.
        history: the turns before, oldest first.
        found: what retrieval found.
        index: the index that it was found in.
        model: None answers in the articles' own sentences.
        started: ``time.perf_counter()`` at the question's arrival; timings count from there.
    """
    base = Answer(
        question=question,
        evidence=found.evidence,
        retrieved=found.hits[:10],
        searched=found.query.searched,
        model=model.name if model else "none",
        timings=Timings(retrieval_ms=(time.perf_counter() - started) * 1000),
    )
    draft = _Draft(started, base)
    desk = _Desk(question, history, found, index, sources(found.evidence, index.within))
    yield base
    unknown = index.speller.unknown_names(found.query.text)
    if unknown or not found.evidence:
        yield _finish(draft, refuse(unknown, found=bool(found.evidence)), "refused")
    elif model is None:
        yield _extract(draft, desk)
    else:
        yield from _generate(draft, desk, model)


def _extract(draft: _Draft, desk: _Desk) -> Answer:
    said = extractive.compose(desk.found.scored, desk.found.evidence)
    if not said:
        return _finish(draft, refuse((), found=bool(desk.candidates)), "refused")
    return _finish(draft, said, "answered")


def _generate(draft: _Draft, desk: _Desk, model: LanguageModel) -> Iterator[Answer]:
    leaning = desk.history[-1:] if desk.found.query.leans else ()
    request = prompts.ask(desk.found.query.text, desk.found.evidence, leaning, desk.index.aside)
    try:
        with closing(model.stream([*prompts.prefix(), request], max_tokens=MAX_ANSWER_TOKENS)) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                yield _take(draft, desk, chunk)
    except ModelError as error:
        draft.problem = str(error)
        yield _extract(draft, desk)
        return
    yield _conclude(draft, desk)


def _take(draft: _Draft, desk: _Desk, chunk: Chunk) -> Answer:
    """The answer after one more chunk; also for a heartbeat, so that the window can stop us in between.

    Sentences that are finished have their citations already, so that a stopped answer keeps them.
    """
    draft.usage = chunk.usage or draft.usage
    draft.text += chunk.text
    shown = "" if reply.may_become_refusal(draft.text) else reply.plain(draft.text)
    if shown and draft.first_token_ms is None:
        draft.first_token_ms = draft.elapsed_ms()
    status = f"Waiting for the model: {_ordinal(chunk.place)} in line." if chunk.place else None
    said = _so_far(draft, desk) if shown else ()
    return draft.snapshot(text=" ".join(s.text for s in said), sentences=said, status=status)


def _so_far(draft: _Draft, desk: _Desk) -> tuple[AnswerSentence, ...]:
    """The sentences of a reply that still streams; the last one, which may go on, without citations."""
    *finished, last = reply.sentences(draft.text) or [reply.ReplySentence("")]
    return (*(_cite(draft, desk, part) for part in finished), AnswerSentence(last.text))


def _conclude(draft: _Draft, desk: _Desk) -> Answer:
    parts = [] if reply.is_refusal(draft.text) else _grounded(reply.sentences(draft.text), desk)
    if not parts or adds_nothing([part.text for part in parts], desk.found.query.text):
        return _finish(draft, refuse((), found=bool(desk.candidates)), "refused")
    return _finish(draft, tuple(_cite(draft, desk, part) for part in parts), "answered")


def _grounded(parts: Sequence[reply.ReplySentence], desk: _Desk) -> list[reply.ReplySentence]:
    """The sentences that rest on what the model was shown."""
    evidence = [item.quote for item in desk.found.evidence]
    shown = [desk.found.query.text, *evidence, *_turns(desk)]
    return [part for part in parts if not strangers(part.text, shown) and not is_foreign(part.text, shown)]


def _cite(draft: _Draft, desk: _Desk, part: reply.ReplySentence) -> AnswerSentence:
    """The sentence with its citations; found once, since every chunk asks again while the answer streams."""
    if part not in draft.cited:
        index, asked = desk.index, desk.found.query.text
        draft.cited[part] = cite(part.text, part.marked, asked, desk.candidates, index.lexical.idf, index.articles)
    return draft.cited[part]


def _turns(desk: _Desk) -> list[str]:
    """What the model was shown of the conversation."""
    return [text for turn in desk.history[-1:] if desk.found.query.leans for text in (turn.question, turn.answer)]


def _finish(draft: _Draft, said: tuple[AnswerSentence, ...], outcome: Outcome) -> Answer:
    total = draft.elapsed_ms()
    usage = draft.usage or Usage()
    first = draft.first_token_ms if draft.first_token_ms is not None else total
    return draft.snapshot(
        text=" ".join(sentence.text for sentence in said),
        outcome=outcome,
        sentences=said,
        timings=replace(draft.base.timings, first_token_ms=first, total_ms=total),
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        answer_tokens=usage.answer_tokens,
        error=draft.problem,
        status=None,
        done=True,
    )


def _ordinal(place: int) -> str:
    words = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
    return words.get(place, f"number {place}")
