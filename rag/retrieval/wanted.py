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
_FIGURE = rf"\d|\b(?:{_ONES}|{_TENS}|dozens?|half|twice|couple|several|both|trillions?|double|none|zero)\b"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend"
_UNITS = "seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|century|centuries|semesters?|seasons?"
_RELATIVE = (
    "yesterday|today|tonight|tomorrow|now|recently|currently|soon|earlier|later|ago|last|next|this|previous|since|until|"
    "before|after|during|when|while|at the time|on the day|spring|summer|autumn|fall|winter|morning|evening|midnight|noon"
)
_GIVES: dict[Kind, re.Pattern[str]] = {
    "number": re.compile(_FIGURE, re.I),
    "money": re.compile(rf"[$€£¥₹]|\b(?:dollars?|euros?|pounds?|rupees?|yuan|crores?|cents?|usd)\b|{_FIGURE}", re.I),
    "share": re.compile(r"%|\bper ?cents?\b|\bpercentage\b|\b(?:half|third|quarter|fifths?|tenths?)\b", re.I),
    "duration": re.compile(
        rf"(?:{_FIGURE}|\b(?:a|an|few|some|many)\b)[\w\s-]{{0,14}}\b(?:{_UNITS})\b|\b\w+-(?:{_UNITS})\b", re.I
    ),
    "age": re.compile(r"\b\d{1,3}[- ]years?[- ]old\b|\baged? \d|, \d{1,3},|\bborn\b|\bage\b", re.I),
    "year": re.compile(
        r"\b(?:1[5-9]|20)\d\d\b|\b\d0s\b|\bnoughties\b|\b(?:this|last|next|previous|coming) year\b|\byears? ago\b", re.I
    ),
    "date": re.compile(
        rf"\b(?:{_DAYS}|{_MONTHS})\b|\b\d{{1,2}}/\d|\b(?:1[5-9]|20)\d\d\b|\b(?:today|yesterday|tomorrow)\b|\bon the day\b",
        re.I,
    ),
    "time": re.compile(
        rf"\b(?:{_DAYS}|{_MONTHS}|{_UNITS}|{_RELATIVE})\b|\b\d{{1,2}}(?::\d\d| ?[ap]\.?m)|\b\d{{4}}\b|\b\d0s\b", re.I
    ),
    "reason": re.compile(
        r"\b(?:because|since|due to|owing|thanks to|as a result|so that|in order|therefore|thus|reasons?|caus\w+|led to|"
        r"why|explain\w*|for fear|aim\w*|goal|purpose|given that|considering|in response|after|means?|allow\w*|to \w+)\b",
        re.I,
    ),
}
_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("share", re.compile(r"\b(?:what|which) (?:percentage|percent|share|proportion|fraction)\b", re.I)),
    ("money", re.compile(r"\bhow (?:many|much) (?:\w+ )?(?:money|dollars?|euros?|pounds?|yuan)\b|\b(?:what|which) (?:price|cost|salary|fee|sum|fine)\b|\bhow (?:expensive|much (?:does|did|do|is|was|will|would) .{1,60}\b(?:cost|pay|earn|charge|spend|worth|raise|invest))\b|\bprice\b|\bcosts?\b(?=\W*$)", re.I)),
    ("duration", re.compile(r"\bhow long\b|\bhow many (?:%s)\b|\bfor how (?:long|many)\b|\bwhat (?:length|duration)\b" % _UNITS, re.I)),
    ("age", re.compile(r"\bhow old\b|\b(?:what|which) age\b|\bage of\b", re.I)),
    ("year", re.compile(r"\b(?:what|which) year\b|\bsince what year\b|\byear of birth\b", re.I)),
    ("date", re.compile(r"\b(?:what|which|exact) (?:date|day)\b", re.I)),
    ("time", re.compile(r"\bwhen\b(?! (?:he|she|it|they|the|a|an|its|his|her|their|[A-Z]\w+ (?:was|is|were|had|has|will|\w+ed))\b)|\b(?:what|which) (?:time|month|week|season|period)\b|\bsince when\b|\bhow (?:soon|recently|often)\b", re.I)),
    ("number", re.compile(r"\bhow (?:many|much|large|big|tall|high|fast|far|heavy|deep|wide|strong)\b|\b(?:what|which|exact) (?:number|figure|amount|score|size|total|weight|speed|distance)\b|\bnumber of\b", re.I)),
    ("name", re.compile(r"\bwhos?e?\b(?! (?:is|was) [A-Z])|\bwhom\b|\bwhere\b|\bnames?\b|\bwhich (?:\w+ )?(?:person|people|man|woman|company|companies|countr\w+|cit(?:y|ies)|town|hotel|university|team|club|player|minister|official|expert|analyst|spokes\w+|newspaper|agency|outlet|colleagues?|institute|organi[sz]ations?|place|airport|hospital|bank|street|state)\b", re.I)),
    ("reason", re.compile(r"\bwhy\b|\bwhat (?:made|caused|led)\b|\b(?:what|which) (?:was |is |are |were )?(?:the )?reasons?\b|\bhow come\b", re.I)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """The kind of thing that a question asks for; None where its wording does not tell."""

    kind: Kind | None
    asked: frozenset[str]
    """Stems and folded forms of the question's words, so that what it says itself is no answer."""

    def given_by(self, text: str) -> bool:
        """Whether ``text`` holds such a thing that the question does not hold itself; True when the kind is unknown."""
        if self.kind is None:
            return True
        if self.kind == "name":
            return any(True for _ in self._new_names(text))
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
    return Wanted(kind, frozenset(key for word in words(question) for key in (stem(word), fold(word))))
