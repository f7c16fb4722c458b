"""Does one sentence deny what another claims? Told by cues of English and shared words. Knows no article's subject.

A denial is one of three things: it names what it denies ("had not asked for aid"), it says that nobody knows of it
("never heard of the request"), or it only points back ("denied the report") and then means what stands just before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.disputing.claims import Idf, Said, elsewhere, meanings, names, share

ENOUGH = 0.6
"""Share of the denied words, by weight, that the claim must hold."""
NEAR = 100
"""Characters between the end of a claim and a denial that only points back to it: the sentence before, hardly more."""
FAR = 800
"""Likewise where the denial repeats the claim's verb: "the report" after "reports", "accusations" after "accusing"."""

_BE = r"(?:am|is|are|was|were|be|been|being|get|gets|got)"
_POINTING = (
    r"(?:reports?|claims?|allegations?|accusations?|charges?|suggestions?|statements?|rumou?rs?|stor(?:y|ies)|"
    r"assertions?|contentions?|arguments?|notions?|any wrongdoing|wrongdoing|involvement)"
)
_VERB = re.compile(
    r"(?<!not )(?<!or )\b(?P<verb>den(?:y|ies|ied|ying)|refut(?:es?|ed|ing)|reject(?:s|ed|ing|ion of)?|"
    r"disput(?:es|ed|ing)|dismiss(?:es|ed|ing)?|contradict(?:s|ed|ing)?)\b(?P<object>[^;,:“\"]*)",
    re.I,
)
_PASSIVE = re.compile(rf"\b{_BE}\s+(?:\w+ly\s+)?$", re.I)
_INFINITIVE = re.compile(r"\bto\s+$", re.I)
_POINTS = re.compile(
    rf"^\W*(?:(?:this|it|that|them|these|those)\b\W*(?:$|[,.]|\w+ing\b|\w+ (?:ha[ds]|ever|took)\b)|"
    rf"(?:\w+\W+){{0,4}}?{_POINTING}\b)",
    re.I,
)
_WEAK = ("reject", "disput", "dismiss", "contradict")
"""Verbs that deny only where their object is a claim; otherwise a penalty is disputed, a coach dismissed."""
_UNTRUE = re.compile(
    rf"\b(?:{_BE}|as|(?:calls?|called)\s[^.;“”]{{0,50}})\s+[“‘\"]?(?:\w+ly\s+)?(?:\w+ and )?"
    r"(?:not true|false|untrue|groundless|baseless|unfounded|fabricated|fake news|nonsense)\b"
    r"(?!\s+[a-z]*(?:start|alarm))",
    re.I,
)
_UNKNOWN = re.compile(
    r"\b(?:never heard of|(?:not|n[’']t) (?:been )?aware of|unaware of|no knowledge of|knew nothing (?:of|about)|"
    r"(?:not|n[’']t) know (?:of|about))\b(?P<object>[^;]*)",
    re.I,
)
_NOT = re.compile(
    r"(?<!that )(?<!who )(?<!which )\b(?:ha[ds]|have|did|does|do|was|were|"
    r"is|are|will|would)\s?(?:not|n[’']t)\s+(?!(?:have|be|has)\b)(?P<object>[^,;.”\"]*)|"
    r"\bthere\s+(?:is|was|were|are|ha[sd] been)\s+no\s+(?P<none>[^,;.”\"]*)",
    re.I,
)
_IDLE = "respond reply comment immediately know want think mean say answer just only simply clear sure"
"""What is negated every day without contradicting anybody."""
_GOING = "going planning intending preparing"
"""What only leads up to the action."""
_ANY = re.compile(r"\b(?:any|anybody|anyone|anything)\b.*", re.I | re.S)


@dataclass(frozen=True, slots=True)
class _Denied:
    """What a sentence denies.

    ``words`` are those of the denied thing, ``least`` of which the claim must hold; ``action`` must be among them.
    ``points``: the stems of the nouns by which it points back ("report"), none for "this"; None when it does not.
    """

    words: frozenset[str] = frozenset()
    action: str = ""
    least: int = 3
    points: frozenset[str] | None = None


def denies(denial: Said, claim: Said, idf: Idf) -> float:
    """How surely ``denial`` denies ``claim``, 0 (not at all) to 1."""
    if not elsewhere(denial, claim) or not (claim.asserts and denial.asserts) or _denied(claim.text):
        return 0.0
    return max((_fit(denied, denial, claim, idf) for denied in _denied(denial.text)), default=0.0)


@lru_cache(maxsize=4096)
def _denied(text: str) -> tuple[_Denied, ...]:
    return (*_by_verb(text), *_by_ignorance(text), *_by_negation(text), *_by_falsehood(text))


def _by_verb(text: str) -> list[_Denied]:
    found = []
    for match in _VERB.finditer(text):
        before, pointed = text[: match.start()], _POINTS.search(match["object"])
        unsure = match["verb"].casefold().startswith(_WEAK) or _INFINITIVE.search(before)
        if not _PASSIVE.search(before) and (pointed or not unsure):
            found.append(_Denied(frozenset(meanings(match["object"])), points=_nouns(pointed[0]) if pointed else None))
    return found


@lru_cache(maxsize=2)
def _set(text: str) -> frozenset[str]:
    return frozenset(meanings(text))


def _nouns(pointing: str) -> frozenset[str]:
    return frozenset(meanings(" ".join(re.findall(_POINTING, pointing, re.I))))


def _by_ignorance(text: str) -> list[_Denied]:
    found = [frozenset(meanings(_clause(match["object"].lstrip('”"’ ')))) for match in _UNKNOWN.finditer(text)]
    return [_Denied(denied, least=2, points=None if denied else frozenset()) for denied in found]


def _clause(text: str) -> str:
    return re.split(r"[,.:”\"]\s|\bin (?:an?|the)\b", text)[0]


def _by_negation(text: str) -> list[_Denied]:
    found, idle, going = [], _set(_IDLE), _set(_GOING)
    for match in _NOT.finditer(text):
        said = match["object"] or match["none"]
        denied = [word for word in meanings(_ANY.sub("", said))[:7] if word not in going]
        if denied and denied[0] not in idle and not _UNKNOWN.search(text):
            wide = _ANY.search(said) is not None
            found.append(_Denied(frozenset(denied), denied[0], least=1 if wide else 3))
    return found


def _by_falsehood(text: str) -> list[_Denied]:
    """Falsehood is said of something: what a claim word in the same sentence, or the sentence before, stands for."""
    return [_Denied(points=_nouns(text)) for _ in _UNTRUE.finditer(text)]


def _fit(denied: _Denied, denial: Said, claim: Said, idf: Idf) -> float:
    if not claim.reported and not denial.reported:
        return 0.0
    if denied.points is not None and claim.reported and _points_at(denied.points, denial, claim):
        return ENOUGH
    held, common = share(claim.meanings, denied.words, idf), denied.words & claim.meanings
    if not common or held < ENOUGH or (denied.action and denied.action not in common):
        return 0.0
    # Enough words of one action, or fewer and a name, are one matter; a common verb and its object alone are not.
    named = bool(names(denial.text) & names(claim.text))
    return (
        held if len(common) >= denied.least + (denied.least == 1 and not named) - (denied.least > 2 and named) else 0.0
    )


def _points_at(nouns: frozenset[str], denial: Said, claim: Said) -> bool:
    one, other = claim.sentence, denial.sentence
    gap = other.start - one.end
    if one.article != other.article or gap < 0:
        return False
    return gap <= NEAR or (gap <= FAR and bool(nouns & claim.meanings))
