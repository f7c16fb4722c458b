"""Why an answer is what it is: what was searched, found, read and sent to the model, how sure, how long. No HTML."""

from __future__ import annotations

import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from rag.domain import Answer, Hit, Turn
from rag.ui.sources import Lookup, Source, Sources
from rag.ui.turns import understood
from rag.ui.words import SURELY, cut, model_in_words, times_in_words

WHY = "/why"
KEPT = 600
"""Answers that can be looked into; of some 20 kB each."""
SHOWN_CHARS = 170
"""Of a passage: enough to know it again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Words that were found or read, with where they stand. ``note`` says how they did."""

    source: Source
    words: str
    note: str


@dataclass(frozen=True, slots=True)
class Why:
    """What there is to tell of an answer. ``sure``: in words; ``chance``: the same as a percentage, None if unknown."""

    answer: Answer
    spellings: str
    follows: str
    found: tuple[Seen, ...]
    read: tuple[Seen, ...]
    sent: tuple[Source, ...]
    sure: str
    chance: int | None
    times: str
    model: str
    trace: str


def why(answer: Answer, before: Sequence[Turn], lookup: Lookup) -> Why:
    """What is told of ``answer``, whole; ``before``: the turns that its question was asked with."""
    known = Sources(answer, lookup)
    spellings, follows = ("", "") if answer.kind == "language" else understood(answer.searched, before)
    found = [_hit(rank, hit, known) for rank, hit in enumerate(answer.retrieved[:10], 1)]
    read = [
        _seen(known.at(n, one.article, one.start, one.end, one.quote), _percent(one.score))
        for n, one in enumerate(answer.likeliest, 1)
    ]
    chance = None if answer.confidence is None else round(100 * answer.confidence)
    return Why(
        answer=answer,
        spellings=spellings,
        follows=follows,
        found=tuple(found),
        read=tuple(read),
        sent=tuple(known.of(evidence) for evidence in answer.evidence),
        sure=next(words for least, words in SURELY if (answer.confidence or 0.0) >= least),
        chance=chance,
        times=times_in_words(answer),
        model=model_in_words(answer.model),
        trace=f"{why_address(answer)}/model" if answer.trace else "",
    )


def _hit(rank: int, hit: Hit, known: Sources) -> Seen:
    passage = hit.passage
    lanes = [words for lane, words in (("lexical", "by its words"), ("dense", "by its meaning")) if lane in hit.scores]
    note = " and ".join(lanes) or "beside what was found"
    if "reader" in hit.scores:
        note += f"; read: {_percent(hit.scores['reader'])}"
    source = known.at(rank, passage.article, passage.start, passage.end, passage.text)
    return _seen(source, note)


def _seen(source: Source, note: str) -> Seen:
    return Seen(source, cut(source.quote, SHOWN_CHARS), note)


def _percent(log_odds: float) -> str:
    """Log-odds that words answer, as a probability in words."""
    chance = 100 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
    return "under 1 % likely" if chance < 1 else "over 99 % likely" if chance > 99 else f"{chance:.0f} % likely"


def why_address(answer: Answer) -> str:
    """Where it can be looked into while it is kept; nobody can guess it who does not know the answer."""
    whole = json.dumps(answer.to_json(), sort_keys=True, default=str)
    return f"{WHY}/{hashlib.sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


class Kept:
    """The answers that were shown last, with what they were asked with. May be used from any thread."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[Answer, tuple[Turn, ...]]] = OrderedDict()
        self._lock = Lock()

    def keep(self, answer: Answer, before: Sequence[Turn]) -> None:
        """Have the answer looked into from now on; the oldest goes when there are too many."""
        address = why_address(answer)
        with self._lock:
            self._answers[address] = (answer, tuple(before))
            self._answers.move_to_end(address)
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)

    def get(self, key: str) -> tuple[Answer, tuple[Turn, ...]] | None:
        """The answer of an address's last part, None when it is kept no more."""
        with self._lock:
            return self._answers.get(f"{WHY}/{key}")
