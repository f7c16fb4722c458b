"""Evidence -> answer: a growing Answer, composed from what the model finds and from the articles' own sentences.

Knows retrieval's result and a language model's Protocol; knows no library, no weights and no window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from rag.answering import composing, decision, disputing, extractive, prompts, reply
from rag.answering.choosing import choose
from rag.answering.desk import Desk
from rag.answering.grounding import adds_nothing, strangers
from rag.answering.missing import missing
from rag.answering.refusal import looked_for, refuse
from rag.domain import Answer, AnswerSentence, Citation, Dispute, Likely, Outcome, Timings, Trace, Turn
from rag.errors import ModelError
from rag.models.base import Chunk, LanguageModel, Usage
from rag.retrieval import Index, Retrieval

__all__ = ["MAX_ANSWER_TOKENS", "PARTS", "Decide", "Parts", "answer", "likeliest"]

MAX_ANSWER_TOKENS = 140
"""About a hundred words: more than an answer may have, and a bound on a reply that runs away."""

MOST_SENTENCES = 12
"""Of a reply: more than ``MAX_ANSWER_TOKENS`` hold. Each is compared with all evidence, whatever a model sends."""

STANDS_IN = "This answer was made without it, from the articles' own sentences."
"""What is told besides, when a model has failed."""

LIKELIEST = 6
"""Sentences that are told to have been read for an answer."""

Said = tuple[AnswerSentence, ...]
Compose = Callable[[Sequence[reply.ReplySentence], Desk], Said]
Decide = Callable[[Mapping[str, float], str | None, str | None], tuple[float, float]]
Disagree = Callable[[Said, Desk], tuple[Dispute, ...]]


def _disputed(said: Said, desk: Desk) -> tuple[Dispute, ...]:
    """Where the evidence disagrees about something that the answer says. A heading takes no side."""
    running = [source for source in desk.candidates if source.sentence.id not in desk.index.headings]
    known = disputing.statements(running, desk.speaker)
    found = disputing.find(known, desk.found.query.text, desk.index.lexical.idf)
    cited = [citation for sentence in said for citation in sentence.citations]
    return tuple(d for d in found if any(_meet(c, d.first) or _meet(c, d.second) for c in cited))


@dataclass(frozen=True, slots=True)
class Parts:
    """What an answer is made with; the evaluation puts others in their place to see what each brings.

    ``local`` and ``hosted`` compose what a model's reply comes to; ``decide`` gives confidence and threshold as
    ``rag.answering.decision.confidence`` does; ``disputed`` finds what of the evidence disagrees with the answer.
    """

    local: Compose = composing.verbatim
    hosted: Compose = composing.phrased
    decide: Decide = decision.confidence
    disputed: Disagree = _disputed


PARTS = Parts()


@dataclass
class _Draft:
    """What is known while an answer is being made."""

    started: float
    base: Answer
    parts: Parts = PARTS
    signals: Mapping[str, float] = field(default_factory=dict)
    """What question and evidence tell of whether the articles answer; worked out once."""
    prompt: str | None = None
    """What the model was sent of this question; None: nothing."""
    fenced: bool = False
    text: str = ""
    first: Mapping[str, float] | None = None
    """How likely the model's first words were."""
    read: tuple[str, Said] = ("", ())
    """The finished sentences of the reply that were composed last, and what came of them."""
    looked: tuple[tuple[int, bool], Said] = ((0, False), ())
    """How far the reply was when it was last taken apart (see ``reply.stage``), and what was said then."""
    cut: bool = False
    """Whether the reply did not come to its end. A local model's reply only chooses, so nothing of it is missed."""
    usage: Usage | None = None
    first_token_ms: float | None = None
    problem: str | None = None

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000


@dataclass(frozen=True, slots=True)
class _Belief:
    """How likely the articles answer (0 to 1), whether that is too little, and what it was made from."""

    confidence: float
    refuses: bool
    signals: Mapping[str, float]


_NOTHING = _Belief(0.0, True, {})


def answer(
    question: str,
    history: Sequence[Turn],
    found: Retrieval,
    index: Index,
    model: LanguageModel | None,
    started: float,
    parts: Parts = PARTS,
) -> Iterator[Answer]:
    """Answers to ``question``, each fuller than the last; the first shows the evidence, the last is ``done``.

    Args:
        question: as typed.
        history: the turns before, oldest first.
        found: what retrieval found.
        index: the index that it was found in.
        model: None answers in the articles' own sentences.
        started: ``time.perf_counter()`` at the question's arrival; timings count from there.
        parts: what the answer is made with.
    """
    base = Answer(
        question=question,
        evidence=found.evidence,
        retrieved=found.hits[:10],
        likeliest=likeliest(found),
        searched=found.query.searched,
        model=model.name if model else "none",
        timings=Timings(retrieval_ms=(time.perf_counter() - started) * 1000),
    )
    desk = Desk(question, history, found, index)
    yield base
    draft = _Draft(started, base, parts, decision.signals(desk))
    draft.base = replace(base, missing=missing(found.query.text, desk.unknown, index))
    belief = _belief(draft)
    if not found.evidence:
        yield _refused(draft, desk, _NOTHING)
    elif desk.unknown and not draft.base.missing and belief.refuses:
        yield _refused(draft, desk, belief)
    elif model is None:
        yield _extract(draft, desk)
    else:
        yield from _generate(draft, desk, model)


def likeliest(found: Retrieval) -> tuple[Likely, ...]:
    """The sentences that answer most likely, with their scores."""
    best = ((item.sentence, round(item.score, 3)) for item in found.scored[:LIKELIEST])
    return tuple(Likely(s.article, s.start, s.end, s.text, score) for s, score in best)


def _extract(draft: _Draft, desk: Desk) -> Answer:
    belief = _belief(draft)
    said = extractive.compose(desk)
    if not said or belief.refuses:
        return _refused(draft, desk, belief)
    return _finish(draft, said, _answered(draft), belief, desk, extractive.STYLE.most)


def _answered(draft: _Draft) -> Outcome:
    return "partly" if draft.base.missing else "answered"


def _generate(draft: _Draft, desk: Desk, model: LanguageModel) -> Iterator[Answer]:
    fenced = not model.local
    request = prompts.ask(desk.found.query.text, desk.found.evidence, desk.turn_before, desk.index.aside, fenced=fenced)
    draft.prompt, draft.fenced = request.content, fenced
    try:
        with closing(model.stream([*prompts.prefix(fenced=fenced), request], max_tokens=MAX_ANSWER_TOKENS)) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                yield _take(draft, desk, chunk, model)
    except ModelError as error:
        yield _instead(draft, desk, str(error))
        return
    yield _conclude(draft, desk, model)


def _instead(draft: _Draft, desk: Desk, problem: str) -> Answer:
    """The answer without the model, which has failed: that is no reason to say that the articles do not tell."""
    draft.problem, draft.cut = f"{problem} {STANDS_IN}", False
    return _extract(draft, desk)


def _take(draft: _Draft, desk: Desk, chunk: Chunk, model: LanguageModel) -> Answer:
    """The answer after one more chunk; also for a heartbeat, so that the window can stop us in between.

    Only what is finished and checked is shown: nobody reads a sentence that is taken back.
    """
    draft.usage = chunk.usage or draft.usage
    draft.text += chunk.text
    draft.first = draft.first or chunk.first
    draft.cut = draft.cut or (chunk.cut and not model.local)
    stage = reply.stage(draft.text)
    if stage != draft.looked[0]:  # Else no sentence has ended or begun: a long reply is not read anew at each letter.
        draft.looked = (stage, _so_far(draft, desk, model))
    said = draft.looked[1]
    if said and draft.first_token_ms is None:
        draft.first_token_ms = draft.elapsed_ms()
    status = f"Waiting for the model: {_ordinal(chunk.place)} in line." if chunk.place else None
    return replace(draft.base, text=_joined(said), sentences=said, status=status)


def _so_far(draft: _Draft, desk: Desk, model: LanguageModel) -> Said:
    """What the finished sentences of a reply that still streams come to; () while it may turn into a refusal."""
    if not reply.said(draft.text) or reply.is_refusal(draft.text) or _belief(draft, model).refuses:
        return ()
    finished = _telling(reply.sentences(draft.text)[:-1][:MOST_SENTENCES])
    key = " ".join(part.text for part in finished)
    if key != draft.read[0]:
        draft.read = (key, _compose(draft, finished, desk, model))
    return draft.read[1]


def _conclude(draft: _Draft, desk: Desk, model: LanguageModel) -> Answer:
    belief = _belief(draft, model)
    untold: tuple[str, ...] = ()
    if belief.refuses:
        said: Said = ()
    else:
        parts = [] if reply.is_refusal(draft.text) else _parts(draft)
        said = _compose(draft, _telling(parts), desk, model)
        if not model.local:
            untold = tuple(what for what in reply.unanswered(parts) if not strangers(what, desk.context))
        if not said and "verdict" in belief.signals:
            said = _likeliest(desk)
        if not said and _is_useless(draft.text, parts):
            return _instead(draft, desk, f"The language model {model.name} said nothing that can be used.")
    if not said or adds_nothing([part.text for part in said], desk.found.query.text):
        return _refused(draft, desk, belief)
    draft.base = replace(draft.base, missing=(*draft.base.missing, *untold))
    return _finish(draft, said, _answered(draft), belief, desk)


def _parts(draft: _Draft) -> list[reply.ReplySentence]:
    """The sentences of the reply; without the last one where that was cut off and would be said as it is."""
    parts = reply.sentences(draft.text)[:MOST_SENTENCES]
    return parts[:-1] if draft.cut and not reply.is_ended(draft.text) else parts


def _is_useless(said: str, parts: Sequence[reply.ReplySentence]) -> bool:
    """Whether a reply of which nothing is left says neither that the articles answer nor that they do not."""
    if reply.is_refusal(said) or any(map(reply.is_silent, parts)):
        return False
    return not parts or reply.is_machine_made(said)


def _telling(parts: Sequence[reply.ReplySentence]) -> list[reply.ReplySentence]:
    return [part for part in parts if not reply.is_silent(part)]


def _compose(draft: _Draft, finished: Sequence[reply.ReplySentence], desk: Desk, model: LanguageModel) -> Said:
    compose = draft.parts.local if model.local else draft.parts.hosted
    return compose(finished, desk)


def _likeliest(desk: Desk) -> Said:
    """What the reader takes for the answer: the model found no words of its own, but is not sure enough to refuse."""
    return tuple(desk.verbatim(item.sentence) for item in choose(desk, composing.STYLE))


def _belief(draft: _Draft, model: LanguageModel | None = None) -> _Belief:
    """What is believed after the reply so far; without a model, after the evidence."""
    signals = {**draft.signals, **decision.verdict(draft.first)} if model else draft.signals
    said, name = (draft.text, model.name) if model else (None, None)
    confidence, threshold = draft.parts.decide(signals, said, name)
    return _Belief(confidence, confidence < threshold, signals)


def _refused(draft: _Draft, desk: Desk, belief: _Belief) -> Answer:
    """A refusal; where no article holds a name of the question, that is all that is told."""
    draft.base = replace(draft.base, missing=() if desk.unknown else looked_for(desk))
    return _finish(draft, refuse(desk, desk.unknown), "refused", belief)


def _finish(
    draft: _Draft, said: Said, outcome: Outcome, belief: _Belief, desk: Desk | None = None, most: int | None = None
) -> Answer:
    """The last answer. ``desk``: where to look for passages that disagree, None for a refusal; ``most``: sentences."""
    found = draft.parts.disputed(said, desk) if desk is not None else ()
    said = _both_sides(said, found, desk, most) if desk is not None else said
    total = draft.elapsed_ms()
    usage = draft.usage or Usage()
    first = draft.first_token_ms if draft.first_token_ms is not None else total
    return replace(
        draft.base,
        text=_joined(said),
        outcome=outcome,
        confidence=round(belief.confidence, 4),
        signals=belief.signals,
        sentences=said,
        disputes=found,
        timings=replace(draft.base.timings, first_token_ms=first, total_ms=total),
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        answer_tokens=usage.answer_tokens,
        trace=Trace(draft.prompt, draft.text, draft.fenced) if draft.prompt is not None else None,
        error=draft.problem,
        status=None,
        stopped=draft.cut and outcome != "refused",
        done=True,
    )


def _both_sides(said: Said, found: Sequence[Dispute], desk: Desk, most: int | None) -> Said:
    """The answer with the other side of what it says, where there is one; what is beyond ``most`` sentences goes."""
    sides = [side for d in found for side in (d.first, d.second)]
    others = tuple(desk.verbatim(s) for s in desk.cited([side for side in sides if not _holds(said, side)]))
    beside = [sentence for sentence in said if not any(_holds([sentence], side) for side in sides)]
    spare = max(0, len(said) + len(others) - most) if most is not None and others else 0
    dropped = beside[max(0, len(beside) - spare) :] if spare else []
    return (*(sentence for sentence in said if sentence not in dropped), *others)


def _holds(said: Sequence[AnswerSentence], side: Citation) -> bool:
    return any(_meet(citation, side) for sentence in said for citation in sentence.citations)


def _meet(one: Citation, other: Citation) -> bool:
    return one.article == other.article and one.span.overlap(other.span) > 0


def _joined(said: Said) -> str:
    return " ".join(sentence.text for sentence in said)


def _ordinal(place: int) -> str:
    words = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
    return words.get(place, f"number {place}")
