"""The sentences with the figures that matter: money, shares, quantities, scores. Knows no date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.briefs.standing import is_prose
from rag.domain import Article, Sentence

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_SCALE = r"(?:thousand|million|billion|trillion|m|bn|tn|k)"
_SPELT = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|billions?)"
)
_AMOUNTS = (
    re.compile(rf"(?:[$£€¥₹]|\b(?:US|A|C|AU|HK)\$|\bUSD|\bEUR)\s?{_NUMBER}", re.I),
    re.compile(rf"\b{_NUMBER}\s?(?:{_SCALE}\b)?\s?(?:dollars?|euros?|pounds?|rou?bles?|yuan|yen|cents?)\b", re.I),
    re.compile(rf"\b{_NUMBER}\s?(?:%|per ?cent\b|percentage points?\b|basis points?\b)", re.I),
    re.compile(rf"\b{_NUMBER}\s(?:thousand|million|billion|trillion)\b", re.I),
    re.compile(
        r"\b(?:a|one|two|three)[ -](?:thirds?|quarters?|half) of\b|\b(?:doubled(?! down)|tripled|halved)\b|\bhalf of\b",
        re.I,
    ),
)
_YEARS = r"(?:1[89]|20)\d\d"
_ANY = re.compile(r"\d|half of\b|\b(?:thirds?|quarters?|half) of\b|\b(?:doubled|tripled|halved)\b", re.I)
"""What a sentence must have one of to tell a figure."""
_UNIT = re.compile(
    rf"\b(?!{_YEARS}\s(?:and|to|in|was|as|has|is)\b)(?:{_NUMBER}|{_SPELT})(?:[ -](?:more|other|new|different|of|the))?"
    r"[ -](?!years? old|am\b|pm\b|a\.m|p\.m|things?\b|times? before|countries\b|sides\b)"
    r"(?!days? (?:ago|earlier|later|before))[a-z]{2,}s\b|\b(?:\d[\d,]*|two|three) (?:people|men|women|children|staff)\b"
)
_BIG = re.compile(r"\b\d{1,3}(?:,\d{3})+\b")
_RECORD = re.compile(r"\brecord\b|\brose\b|\bfell\b|\bgrew\b|\bup\b|\bdown\b|\bsurged\b|\bincrease|\bdecrease|\bcut\b")
_NO_QUANTITY = re.compile(r"\b(?:1[89]|20)\d\ds?\b|\b\d{1,2}:\d\d\b|\b\d+(?:st|nd|rd|th)\b")
_NAMED = re.compile(r"(?<=[a-z,’s] )[A-Z][a-z]+ \d{1,2}\b")  # "Meta Quest 3 takes"
_TIME = re.compile(
    rf"\b(?:{_NUMBER}|{_SPELT})[ -](?:minutes|seconds|hours|weeks|months|days|decades|centuries)\b", re.I
)


def figures(article: Article, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences of an article that give an amount, a share or a quantity, in order; each wording once.

    Dates, times of day and ages are no figures; () where there are none.
    """
    del article  # the sentences hold all that is needed
    found: dict[str, Sentence] = {}
    for sentence in sentences:
        if is_prose(sentence.text) and figure_weight(sentence.text) > 0:
            found.setdefault(sentence.text.casefold(), sentence)
    return tuple(found.values())


@lru_cache(maxsize=4096)
def figure_weight(text: str) -> float:
    """How much a sentence tells in figures: 0 none, 1 an amount of money or a share, more for several."""
    if not _ANY.search(text):
        return 0.0
    hard = sum(len(pattern.findall(text)) for pattern in _AMOUNTS)
    bare = _NAMED.sub(" ", _TIME.sub(" ", _NO_QUANTITY.sub(" ", text)))
    soft = len([m for m in _UNIT.finditer(bare) if m[0][0].isdigit()]) + len(_BIG.findall(bare))
    return float(hard) + 0.5 * soft + (0.25 if hard and _RECORD.search(text) else 0.0)
