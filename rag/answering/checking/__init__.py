"""Every sentence of an answer compared with the words that it cites. Knows no model, no embedder and no library.

What is compared: numbers and dates (figures.py), names (names.py), quotations (quotations.py), denials (negation.py),
roles and speakers (claims.py), and how much of the sentence's words the evidence holds (support.py). What it is worth,
and what it can not see, is measured in docs/checking.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.answering.checking import claims
from rag.answering.checking.figures import Figure, figures
from rag.answering.checking.names import Known, names
from rag.answering.checking.negation import denied, opposed
from rag.answering.checking.quotations import is_verbatim, quotations, unquoted
from rag.answering.checking.support import Overlap, overlap

__all__ = ["THRESHOLD", "Check", "Kind", "Problem", "check", "examine", "features", "unquoted"]

Kind = Literal[
    "number", "date", "name", "quotation", "negation", "swapped roles", "wrong speaker", "dropped speaker",
    "little support",
]  # fmt: skip

THRESHOLD = 0.5
"""A lower score is too little support. Even odds, not the best cut of the fit: most sentences of an answer are
faithful, so false alarms cost more there than in claims of which half are false."""
CLOSE = 3
"""How many of the cited sentences, those most like the sentence, are compared for denials."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a sentence.

    Attributes:
        kind: what was compared.
        words: the words of the sentence that it is about.
        message: for the reader.
        elsewhere: the words stand in the evidence, the question or a title, but not in what is cited.
    """

    kind: Kind
    words: str
    message: str
    elsewhere: bool = False

    @property
    def is_flag(self) -> bool:
        """Whether it is told but does not make the sentence unsupported by itself."""
        return self.kind == "dropped speaker" or (self.kind == "name" and self.elsewhere)


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence beside its evidence. ``score``: how likely the evidence says it, 0 to 1."""

    supported: bool
    score: float
    problems: tuple[Problem, ...] = ()


def check(sentence: str, shown: Sequence[str], context: Sequence[str] = (), speakers: Sequence[str] = ()) -> Check:
    """Whether the cited sentences say what ``sentence`` says, as far as words can tell.

    Args:
        sentence: one sentence of an answer, without citation markers.
        shown: the sentences that it cites; without any it is not supported.
        context: all of the evidence, the titles and dates of its articles, the question.
        speakers: names and roles of the speakers of the cited sentences; () where nobody is known to speak.
    """
    found, problems = examine(sentence, shown, context, speakers)
    score = _score(features(found, problems))
    if score < THRESHOLD:
        problems = (*problems, Problem("little support", sentence, "The cited words hold too little of this sentence."))
    return Check(all(problem.is_flag for problem in problems), score, problems)


def examine(
    sentence: str, shown: Sequence[str], context: Sequence[str] = (), speakers: Sequence[str] = ()
) -> tuple[Overlap, tuple[Problem, ...]]:
    """The comparisons that a check is made of, before they are weighed; arguments as for ``check``."""
    unnamed = tuple(_names(sentence, (*shown, *speakers), context))
    found = overlap(sentence, shown, (*speakers, *(problem.words for problem in unnamed if problem.elsewhere)))
    wrong = _wrong(sentence, shown, context, found)
    return found, (*unnamed, *wrong, *_unclaimed(sentence, shown, speakers, found))


def _wrong(sentence: str, shown: Sequence[str], context: Sequence[str], found: Overlap) -> Iterator[Problem]:
    yield from _figures(sentence, shown, context)
    for quotation in quotations(sentence):
        if not is_verbatim(quotation.words, shown):
            yield Problem("quotation", quotation.words, f"“{quotation.words}” does not stand so in the cited words.")
    close = [shown[place] for place in found.alike[:CLOSE] if not shown[place].rstrip().endswith("?")]
    if word := denied(sentence, close):
        yield Problem("negation", word, f"Of “{word}” the cited words say the opposite.")
    elif pair := opposed(sentence, close):
        yield Problem("negation", pair[0], f"“{pair[0]}” where the cited words have “{pair[1]}”.")
    if roles := claims.swapped(sentence, shown):
        yield Problem(
            "swapped roles", " ".join(roles), "Who does it to whom is the other way round in the cited words."
        )


def _unclaimed(sentence: str, shown: Sequence[str], speakers: Sequence[str], found: Overlap) -> Iterator[Problem]:
    if sayer := claims.wrong_speaker(sentence, shown, speakers):
        yield Problem("wrong speaker", sayer, f"The cited words are not {sayer}'s but come from {speakers[0]}.")
    elif found.closest and claims.drops_speaker(sentence, shown[found.closest[0]], speakers):
        whose = f"the word of {speakers[0]}" if speakers else "somebody's word"
        yield Problem("dropped speaker", sentence, f"Given as a fact, but it is {whose}.")


def _figures(sentence: str, shown: Sequence[str], context: Sequence[str]) -> Iterator[Problem]:
    held, around = _held(tuple(shown)), _held(tuple(context))
    for figure in figures(sentence):
        if figure.vague or any(figure.stands_on(other) for other in held):
            continue
        elsewhere = any(figure.stands_on(other) for other in around)
        kind: Kind = "date" if figure.kind == "date" else "number"
        yield _missing(kind, figure.written, elsewhere)


def _names(sentence: str, shown: Sequence[str], context: Sequence[str]) -> Iterator[Problem]:
    known, around = _known(tuple(shown)), _known(tuple(context))
    for name in names(sentence):
        if not known.holds(name):
            yield _missing("name", name.written, around.holds(name))


def _missing(kind: Kind, written: str, elsewhere: bool) -> Problem:
    where = "stands in the evidence, but not in the cited words" if elsewhere else "does not stand in the evidence"
    return Problem(kind, written, f"“{written}” {where}.", elsewhere)


@lru_cache(maxsize=512)
def _held(texts: tuple[str, ...]) -> tuple[Figure, ...]:
    return tuple(figure for text in texts for figure in figures(text))


@lru_cache(maxsize=512)
def _known(texts: tuple[str, ...]) -> Known:
    return Known(texts)


FEATURES: dict[str, Callable[[Overlap, Sequence[Problem]], float]] = {
    "union": lambda found, _: found.union,
    "rarest": lambda found, _: found.rarest,
    "run": lambda found, _: math.log1p(found.run),
    "bound": lambda found, _: found.bound,
    "figures": lambda _, problems: _count(problems, "number", "date"),
    "names": lambda _, problems: _count(problems, "name"),
    "turned": lambda _, problems: _count(problems, "negation", "swapped roles", "wrong speaker"),
}
"""What the score is made of. Counts stop at 2; what stands elsewhere in the evidence counts half."""
COEFFICIENTS = {
    "union": 1.49,
    "rarest": -0.81,
    "run": -1.12,
    "bound": 1.08,
    "figures": -0.99,
    "names": -0.53,
    "turned": -3.61,
}
INTERCEPT = -0.23
"""Fitted by ``python -m eval.checker_fit`` on claims that a script made of news articles (docs/checking.md)."""


def features(found: Overlap, problems: Sequence[Problem]) -> dict[str, float]:
    """The features of a sentence by name."""
    return {name: feature(found, problems) for name, feature in FEATURES.items()}


def _count(problems: Sequence[Problem], *kinds: Kind) -> float:
    return min(2.0, sum(0.5 if p.elsewhere else 1.0 for p in problems if p.kind in kinds))


def _score(values: dict[str, float]) -> float:
    return 1 / (1 + math.exp(-INTERCEPT - sum(COEFFICIENTS[name] * value for name, value in values.items())))
