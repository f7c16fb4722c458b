"""What kind of thing a question asks for, and whether words of the articles give one. Pure patterns, no model.

"How many" wants a figure and "when" a time: evidence about the right people and event that has none does not answer,
which is the commonest way of an article to be close and yet silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.retrieval.terms import fold, is_stop_word, stem, words

Kind = Literal["number", "money", "share", "duration", "age", "year", "date", "time", "name", "reason"]
"""``time`` is any word of time, ``date`` a day of the week or the calendar, ``name`` somebody or something by name."""

_ONES = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
_TENS = (
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?"
)
_FIGURE = rf"\d+(?:[.,]\d+)*|\b(?:{_ONES}|{_TENS}|dozens?|half|twice|couple|several|both|trillions?|double|none|zero)\b"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend"
_UNITS = "seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|century|centuries|semesters?|seasons?"
_RELATIVE = (
    "yesterday|today|tonight|tomorrow|now|recently|currently|soon|earlier|later|ago|last|next|this|previous|since|until"
    "|before|after|during|when|while|at the time|on the day|spring|summer|autumn|fall|winter|morning|evening|noon"
)


def _either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_GIVES: dict[Kind, re.Pattern[str]] = {
    "number": _either(_FIGURE),
    "money": _either(r"[$€£¥₹]", r"\b(?:dollars?|euros?|pounds?|rupees?|yuan|crores?|cents?|usd)\b", _FIGURE),
    "share": _either("%", r"\bper ?cents?\b|\bpercentage\b", r"\b(?:half|third|quarter|fifths?|tenths?)\b"),
    "duration": _either(
        rf"(?:{_FIGURE}|\b(?:a|an|few|some|many)\b)[\w\s-]{{0,14}}\b(?:{_UNITS})\b", rf"\b\w+-(?:{_UNITS})\b"
    ),
    "age": _either(r"\b\d{1,3}[- ]years?[- ]old\b", r"\baged? \d", r", \d{1,3},", r"\bborn\b", r"\bage\b"),
    "year": _either(
        r"\b(?:1[5-9]|20)\d\d\b",
        r"\b\d0s\b|\bnoughties\b",
        r"\b(?:this|last|next|previous|coming) year\b",
        r"\byears? ago\b",
    ),
    "date": _either(
        rf"\b(?:{_DAYS}|{_MONTHS})\b",
        r"\b\d{1,2}/\d",
        r"\b(?:1[5-9]|20)\d\d\b",
        r"\b(?:today|yesterday|tomorrow)\b",
        r"\bon the day\b",
    ),
    "time": _either(
        rf"\b(?:{_DAYS}|{_MONTHS}|{_UNITS}|{_RELATIVE})\b", r"\b\d{1,2}(?::\d\d| ?[ap]\.?m)", r"\b\d{4}\b|\b\d0s\b"
    ),
    "reason": _either(
        r"\b(?:because|since|due to|owing|thanks to|as a result|so that|in order|therefore|thus|given that)\b",
        r"\b(?:reasons?|caus\w+|led to|why|explain\w*|for fear|aim\w*|goal|purpose|considering|in response)\b",
        r"\b(?:after|means?|allow\w*|to \w+)\b",
    ),
}
_PEOPLE = (
    r"person|people|man|woman|company|companies|countr\w+|cit(?:y|ies)|town|hotel|university|team|club|player|minister"
    r"|official|expert|analyst|spokes\w+|newspaper|agency|outlet|colleagues?|institute|organi[sz]ations?|place|airport"
    r"|hospital|bank|street|state"
)
_COSTS = r"cost|pay|earn|charge|spend|worth|raise|invest"
_DEGREES = "earlier|later|longer|sooner|closer|better|worse|stronger|weaker"
"""How much earlier may be told without a figure."""
_CLAUSE = r"(?! (?:he|she|it|they|the|a|an|its|his|her|their|[A-Z]\w+ (?:was|is|were|had|has|will|\w+ed))\b)"
"""What follows a "when" that joins clauses rather than asks."""
_WHAT_IS = r"\bwhat(?:['\u2019]s| is| was| are| were)? the (?:(?!of\b|for\b|in\b|on\b|at\b)[\w-]+ ){0,2}"
_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("share", _either(r"\b(?:what|which) (?:percentage|percent|share|proportion|fraction)\b")),
    (
        "money",
        _either(
            r"\bhow (?:many|much) (?:\w+ )?(?:money|dollars?|euros?|pounds?|yuan)\b",
            r"\b(?:what|which) (?:price|cost|salary|fee|sum|fine)\b",
            rf"\bhow (?:expensive|much (?:does|did|do|is|was|will|would) .{{1,60}}\b(?:{_COSTS}))\b",
            rf"{_WHAT_IS}(?:price|cost(?! of living)|salary|fee)\b",
        ),
    ),
    ("duration", _either(rf"\bhow long\b|\bhow many (?:{_UNITS})\b|\bfor how many\b|\bwhat (?:length|duration)\b")),
    ("age", _either(rf"\bhow old\b|\b(?:what|which) age\b|{_WHAT_IS}age (?:of|at)\b")),
    ("year", _either(r"\b(?:what|which) year\b|\byear of birth\b")),
    ("date", _either(r"\b(?:what|which|exact) (?:date|day)\b")),
    (
        "time",
        _either(
            rf"\bwhen\b{_CLAUSE}",
            r"\b(?:what|which) (?:time|month|week|season|period)\b|\bsince when\b|\bhow (?:soon|recently|often)\b",
            r"\bhow much (?:earlier|later|longer|sooner)\b",
        ),
    ),
    (
        "number",
        _either(
            rf"\bhow (?:many|much(?! (?:{_DEGREES})\b)|large|big|tall|high|fast|heavy|deep|wide|strong)\b",
            rf"{_WHAT_IS}number of\b|{_WHAT_IS}number\W*$|\bhow far (?:is|was|are|were|away|from|apart)\b",
            r"\b(?:what|which|exact) (?:number|figure|amount|score|size|total|weight|speed|distance)\b",
        ),
    ),
    (
        "name",
        _either(
            r"\bwhos?e?\b(?! (?:is|was) [A-Z])|\bwhom\b|\bwhere\b|\bnames?\b", rf"\bwhich (?:\w+ )?(?:{_PEOPLE})\b"
        ),
    ),
    (
        "reason",
        _either(
            r"\bwhy\b|\bwhat (?:made|caused|led)\b|\bhow come\b",
            r"\b(?:what|which) (?:was |is |are |were )?(?:the )?reasons?\b",
        ),
    ),
    ("money", _either(r"\bprice\b|\bcosts?\b(?=\W*$)")),
    ("age", _either(r"\bage of\b")),
    ("number", _either(r"\bnumber of\b")),
)
"""In order: who sets a price is a name, though a price is mentioned."""
_ASKS_FOR_WORDS = _either(
    r"\b(?:say|says|said|tell|tells|told|think|thinks|thought|believes?|believed|claims?|claimed|views?|opinions?"
    r"|comments?|commented|statements?|according|calls?|called|describes?|described|warns?|warned|explains?|explained"
    r"|argues?|argued|words|quotes?|quoted|reactions?|react(?:s|ed)?|attitudes?|asserts?|asserted|den(?:y|ies|ied))\b"
)
"""What somebody says or thinks is asked for, or who does."""
DEFINITE: frozenset[Kind] = frozenset({"number", "money", "share", "duration", "age", "year", "date"})
"""Kinds that can be told by their form: where evidence has none, it does not answer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The kind of thing that a question asks for; None where its wording does not tell."""

    kind: Kind | None
    words: bool
    """It asks for what somebody says or thinks."""
    asked: frozenset[str]
    """Stems and folded forms of the question's words, so that what it says itself is no answer."""

    def given_by(self, text: str) -> bool:
        """Whether ``text`` holds such a thing that the question does not hold itself; True when the kind is unknown."""
        if self.kind is None:
            return True
        if self.kind == "name":
            return bool(self._new_names(text))
        found = (match.group(0) for match in _GIVES[self.kind].finditer(text))
        return any(fold(word) not in self.asked for word in found)

    def _new_names(self, text: str) -> list[str]:
        return [
            word
            for word in words(text)
            if word[0].isupper() and len(word) > 1 and not is_stop_word(word)
            and stem(word) not in self.asked and fold(word) not in self.asked
        ]  # fmt: skip


def wanted(question: str) -> Wanted:
    """What ``question`` asks for: the first kind whose wording it has, the most definite ones first."""
    kind = next((kind for kind, pattern in _ASKS if pattern.search(question)), None)
    said = _ASKS_FOR_WORDS.search(question) is not None
    return Wanted(kind, said, frozenset(key for word in words(question) for key in (stem(word), fold(word))))
