"""Who does what to whom, and whose word it is. Knows names and clauses by their looks, no grammar.

Both comparisons are made to be quiet rather than complete: what they say is nearly always so, and much escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.checking.names import Name, canonical, is_grouped, is_same_name, names
from rag.answering.checking.vocabulary import listed
from rag.retrieval.terms import fold, is_stop_word, stem

_REPORTING = (
    "said|says|say|saying|told|tells|noted|notes|stated|states|stressed|stresses|added|adds|claimed|claims|claim|"
    "believes|believe|believed|argues|argued|admitted|admits|warned|warns|insisted|insists|explained|explains|recalled|"
    "thinks|thought|emphasized|emphasised|remarked|commented|asserted|asserts|suggested|suggests|declared|alleged|"
    "alleges|predicts|predicted|wrote|writes|pointed out|considers"
)
_REPORT_VERB = re.compile(rf"\b(?:{_REPORTING})\b", re.IGNORECASE)
_ATTRIBUTES = re.compile(
    rf"\b(?:{_REPORTING}|call(?:s|ed)|describe[sd]?|den(?:y|ies|ied)|expects?|expected|express(?:es|ed)|urge[sd]?|"
    r"hopes|hoped|ask(?:s|ed)|promise[sd]?|propose[sd]?|threaten(?:s|ed)|vow(?:s|ed)|conclude[sd]?|confirm(?:s|ed)|"
    r"reject(?:s|ed)|wants?|wanted|demand(?:s|ed)|compare[sd]?|quoted?|mention(?:s|ed)|acknowledge[sd]?|fears?)\b",
    re.IGNORECASE,
)
"""In an answer more verbs tell that it is somebody's word than one would trust in an article."""
_STATES = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|did|does|do|not)\b"
    r"|\b[A-Z]\w+ (?:also |only |now )?[a-z]{2,}(?:ed|s)\b|^(?:The|An?|Its|Their|His|Her)\b.*\b[a-z]{2,}ed\b"
)
"""A sentence that states, unlike a bare answer ("In Vienna"): told by an auxiliary or a verb behind a name."""
_REPORT_FRAME = re.compile(
    r"\baccording to\b|\bin (?:his|her|their|the) (?:opinion|view|words)\b|\b(?:called on|opinion|statement)\b",
    re.IGNORECASE,
)
_SAYER = re.compile(
    rf"(?:according to\s+(?P<a>(?-i:[A-Z])[\w'’ .-]*))"
    rf"|(?P<b>(?-i:[A-Z])[\w’-]+(?: (?-i:[A-Z])[\w’-]+)*)\s+(?:also |has |had )?(?:{_REPORTING})\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“«][^\"”»]{20,}")
_CLAUSE = re.compile(r"[.;:!?,()\u2013\u2014\"“”«»]|\s-\s|\b(?:but|while|whereas|although|because|which|who|that)\b")
_MUTUAL = frozenset(
    stem(w)
    for w in listed(
        "meet talk discuss agree marry share border speak negotiate cooperate relation relations trade war conflict "
        "deal agreement partnership alliance contact visit between compete differ divorce play fight both together"
    )
)
"""What both sides do: their order says nothing."""
_TOKEN = re.compile(r"(?:[A-Z]\.)+[A-Z]?|[\w'\u2019]+")
_PASSIVE = frozenset(listed("is are was were been being be"))


@dataclass(frozen=True, slots=True)
class Action:
    """A word with the names before and behind it in its clause: ``doers`` do it to ``others``."""

    word: str
    doers: frozenset[str]
    others: frozenset[str]


def swapped(sentence: str, shown: Sequence[str]) -> tuple[str, str] | None:
    """Two names that do to each other the reverse of what the evidence says; None when there are none.

    Counts only where a sentence of the evidence has the very word with both names the other way round and none has
    them this way.
    """
    theirs = [action for text in shown for action in actions(text)]
    for mine in actions(sentence):
        same = [a for a in theirs if a.word == mine.word]
        if any(a.doers & mine.doers or a.others & mine.others for a in same):
            continue
        for a in same:
            first, second = a.others & mine.doers, a.doers & mine.others
            if first and second:
                return min(first), min(second)
    return None


@lru_cache(maxsize=8192)
def actions(text: str) -> tuple[Action, ...]:
    """The actions between names in ``text``; those that are mutual ("met") left out.

    The word of an action is the first with content behind a name: "China buys oil from Russia" is about buying.
    """
    keys_of = {part: _key(name, part) for name in names(text) for part in name.parts}
    found = [action for clause in _CLAUSE.split(text) for action in _actions(clause, keys_of)]
    return tuple(a for a in found if a.doers and a.others and not a.doers & a.others)


def _actions(clause: str, keys_of: Mapping[str, str]) -> Iterator[Action]:
    tokens = _TOKEN.findall(clause)
    keys = [keys_of.get(_bare(token), "") for token in tokens]
    behind_name = False
    for place, token in enumerate(tokens):
        if keys[place]:
            behind_name = True
        elif behind_name and not is_stop_word(token) and not token.endswith("ly"):
            behind_name = False
            if stem(token) not in _MUTUAL:
                yield _action(place, tokens, keys)


def _key(name: Name, part: str) -> str:
    whole = canonical(name.written)
    return whole if is_grouped(name.written) else canonical(part)


def _action(place: int, tokens: Sequence[str], keys: Sequence[str]) -> Action:
    before = frozenset(key for key in keys[:place] if key)
    behind = frozenset(key for key in keys[place + 1 :] if key)
    passive = _PASSIVE & {t.casefold() for t in tokens[max(0, place - 2) : place]}
    by = "by" in {t.casefold() for t in tokens[place + 1 : place + 4]}
    return (
        Action(stem(tokens[place]), behind, before) if passive and by else Action(stem(tokens[place]), before, behind)
    )


def is_report(text: str) -> bool:
    """Whether a sentence gives somebody's word: a verb of saying, "according to", or a quotation of some length."""
    return bool(_REPORT_VERB.search(text) or _REPORT_FRAME.search(text) or _QUOTED.search(text))


def drops_speaker(sentence: str, closest: str, speakers: Sequence[str]) -> bool:
    """Whether the sentence gives as a fact what its closest evidence gives as somebody's word.

    Args:
        sentence: of the answer.
        closest: the cited sentence that is most like it.
        speakers: names and roles of the speakers of the cited sentences; naming one of them by any word will do.
    """
    if not (is_report(closest) or speakers) or not _STATES.search(sentence):
        return False
    if _ATTRIBUTES.search(sentence) or _REPORT_FRAME.search(sentence):
        return False
    return not any(names_speaker(sentence, speaker) for speaker in speakers)


def names_speaker(text: str, speaker: str) -> bool:
    """Whether ``text`` names a speaker by some word of the name or role."""
    said = {fold(word) for word in re.findall(r"[\w'\u2019]+", text)}
    wanted = [fold(word) for word in re.findall(r"[\w'\u2019]+", speaker) if not is_stop_word(word)]
    return any(word == other or is_same_name(word, other) for word in wanted for other in said if len(other) > 2)


def wrong_speaker(sentence: str, shown: Sequence[str], speakers: Sequence[str]) -> str | None:
    """Who is said to say it while the evidence gives it to others; None when it fits or nobody is known.

    Without ``speakers`` nothing is known: a pronoun in the evidence may be anybody.
    """
    if not speakers:
        return None
    for sayer in _sayers(sentence):
        if any(names_speaker(sayer, speaker) for speaker in speakers):
            continue
        if not any(names_speaker(sayer, other) for text in shown for other in _sayers(text)):
            return sayer
    return None


def _sayers(text: str) -> list[str]:
    """Names that stand beside a verb of saying or behind "according to"."""
    found = []
    for match in _SAYER.finditer(text):
        named = [part for name in names("x " + (match["a"] or match["b"])) for part in name.parts]
        if named:
            found.append(" ".join(named))
    return found


def _bare(token: str) -> str:
    return re.sub(r"['\u2019]s?$", "", token)
