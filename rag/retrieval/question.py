"""A question made to stand alone, with its conversation and in the articles' spelling. Knows no index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.domain import Turn
from rag.retrieval.spelling import Speller
from rag.retrieval.terms import is_stop_word, question_terms, stem, words

HISTORY_WEIGHT = 0.5
"""How much a word of the turn before counts beside a word of the question itself, when the question leans on it."""

BODY_ONLY = frozenset({"body"})

_NO = r"no\b(?!-|\s+(?:one|longer|comment|fly|more|matter|doubt|confidence|deal|\d+)\b)"
""" "No, ..." that answers, unlike "no comment", "no-fly zone", "No 10"."""
_OPENERS = re.compile(
    rf"^\s*((?:and|but|so|or|also|then|what about|how about|not|how come)\b|{_NO}"
    r"|(why|when|where|who|how long|how many)\b\W*$|really|in what way)",
    re.IGNORECASE,
)
_REFERRING = re.compile(
    r"(he|she|him|her|his|hers|they|them|their|theirs|it|its|that|this|those|these|then|one|other)$", re.IGNORECASE
)
_THAT = re.compile(r"\bthat\b(?!\s*([?.!,;]|$|(happen|mean|change|succeed|last|cost|work|help|take|come)\w*\b))", re.I)
"""A "that" which joins clauses or points at a noun behind it; only the others stand for something said before."""
_EXPLETIVE = re.compile(
    r"\b(is|was|are|were) (it|there)\b|\b(that|which) (the|a|an|is|was|he|she|they|it|has|have|had|will|would)\b", re.I
)
_CORRECTS = re.compile(
    rf"^\W*(?:{_NO}|nope\b|wrong\b|not (?:her|him|he|she|them|this|that|the|what)\b)"
    r"|\bi meant?\b|^\W*(?:(?:and|but|what about|how about)\s+)*the other\b",
    re.IGNORECASE,
)
"""Says that the answer before was not what was asked for."""
_TEXT = r"(?:article|story|text|piece|report|column)s?"
_ASKS_FOR_CREDIT = re.compile(
    r"\b(photo(graph)?s?|photographer|captions?|(picture|image) credits?)\b"
    r"|\bwho (took|made|shot) .*\b(picture|image)s?\b"
    rf"|\b(the|whose|this|that|any) (\w+ )?(picture|image)s?\b|\b(picture|image)s? .*\b{_TEXT}\b",
    re.IGNORECASE,
)
_ASKS_FOR_BYLINE = re.compile(
    rf"\bbylines?\b|\bauthors?\b(?! of (?:the|a|an|this|his|her) (?!{_TEXT}\b))"
    r"|\bwho (?:also |else )?(?:wrote|writes|contributed)\b|\bwho (?:is|was) the (?:writer|journalist|reporter)\W*$"
    rf"|\b(?:wrote|written|writer)\b.*\b{_TEXT}\b|\b{_TEXT}\b.*\b(?:writer|written|wrote|source|journalist|reporter)s?\b"
    rf"|\b(?:writer|journalist|reporter|source)s? (?:of|for|behind|on) (?:the|this|that|these)\b.*\b{_TEXT}\b"
    rf"|\bwh(?:at|ich) (?:journalist|reporter|writer)s? (?:covered|filed|reported|wrote)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    ``text`` is the question in the articles' spelling, shown to the model. ``dense`` is the text to embed.
    ``weights`` maps each stemmed term to its weight. ``own`` are the terms of the question itself.
    ``searched`` tells the reader what was searched besides the question as typed.
    """

    text: str
    dense: str
    weights: dict[str, float]
    own: tuple[str, ...]
    leans: bool = False
    kinds: frozenset[str] = BODY_ONLY
    searched: tuple[str, ...] = ()


def leans_on_history(question: str) -> bool:
    """Whether a question needs the turn before it: it opens like a continuation, refers back, or names nothing."""
    if _OPENERS.match(question) or _CORRECTS.search(question):
        return True
    text = _EXPLETIVE.sub(" ", _THAT.sub(" ", question))
    asked = words(text)
    names = [w for w in asked[1:] if w[:1].isupper()]
    if any(_REFERRING.match(w) for w in asked):
        return not names or _refers_before_name(asked)
    return not names and len(question_terms(question)) <= 2


def _refers_before_name(asked: Sequence[str]) -> bool:
    """Whether a referring word comes before any name that it could stand for."""
    for place, word in enumerate(asked):
        if _REFERRING.match(word):
            return True
        if place > 0 and word[:1].isupper():
            return False
    return False


def understand(question: str, history: Sequence[Turn], speller: Speller) -> Query:
    """The query for ``question`` after the turns of ``history`` (oldest first)."""
    text, replaced = speller.correct(question)
    own = question_terms(text)
    searched = [r.found for r in replaced]
    weights = dict.fromkeys(own, 1.0)
    dense = text
    leans = bool(history) and leans_on_history(text)
    corrects = leans and _CORRECTS.search(text) is not None
    if leans:
        before = _context(history, speller, names=not corrects)
        for term in question_terms(" ".join(before)):
            weights.setdefault(term, 1.0 if corrects else HISTORY_WEIGHT)
        dense = " ".join([*before, text])
        searched += before
    return Query(text, dense, weights, tuple(own), leans, _kinds(text), tuple(searched))


def _context(history: Sequence[Turn], speller: Speller, names: bool) -> list[str]:
    """The last question that stood alone, then, with ``names``, those of the answer just given."""
    asked = [turn.question for turn in history[-4:]]
    start = next((i for i in range(len(asked) - 1, -1, -1) if not leans_on_history(asked[i])), 0)
    question = " ".join(speller.correct(q)[0] for q in asked[start:])
    known = {stem(w) for w in words(question)}
    answer = words(history[-1].answer) if names else []
    added = dict.fromkeys(w for w in answer[1:] if w[:1].isupper() and not is_stop_word(w) and stem(w) not in known)
    return [question, *list(added)[:6]]


def _kinds(question: str) -> frozenset[str]:
    asides = {"credit": _ASKS_FOR_CREDIT, "byline": _ASKS_FOR_BYLINE}
    return BODY_ONLY | {kind for kind, pattern in asides.items() if pattern.search(question)}
