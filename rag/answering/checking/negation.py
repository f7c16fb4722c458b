"""Whether a sentence denies what its evidence affirms, or the reverse. Knows words and clauses, no grammar.

A cue ("not", "refused") turns the few words behind it. A difference counts only where both texts have the word that is
turned, and every sentence of the evidence that has it turns it the other way: what a synonym denies is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.answering.checking.vocabulary import listed
from rag.retrieval.terms import fold, is_stop_word, stem

SCOPE = 3
"""Content words behind a cue that it turns, within its clause; the first of them is the one that is compared."""
NEAR = 2
"""Both texts must have another word in common so many words away: then they speak of the same event."""
_VERBS = frozenset(
    listed(
        "deny denied denies denying refuse refused refuses refusing decline declined declines declining reject "
        "rejected rejects rejecting fail failed fails failing unable impossible"
    )
)
_CUES = _VERBS | frozenset(listed("not never no none nobody nothing neither nor without n't hardly lack lacks lacked"))
_HARMLESS = re.compile(
    r"\bnot only\b|\bnot just\b|\bnot merely\b|\bno doubt\b|\bnothing but\b|\bwhether or not\b|\bif not\b|\bno matter\b"
    r"|\bnot (?:least|surprisingly)\b|\bno one but\b|\bnon-\b|\bwhy not\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"n['\u2019]t\b|cannot\b|[^\W_]+(?:-[^\W_]+)*|[.;:!?,()\u2013\u2014]|\s-\s")
_BREAK = re.compile(r"[.;:!?,()\u2013\u2014]|\s-\s|^(?:but|although|because|while|whereas|since|unless|however)$")
_PREFIXES = ("un", "non", "dis", "in", "im", "ir", "il")
_NO_DENIALS = frozenset(
    stem(w)
    for w in listed(
        "imprison inform import income invest install inside input intend intense intent instance insight inflame "
        "immigrate impress impart impose improve invaluable inhabit insist incline indeed display discharge discount "
        "discover disclose dispose dispatch dispel discuss disease distress dispute distant under until unit unite "
        "union unless nonetheless"
    )
)
"""Words that only look as if a prefix turned them: an imprisoned man is in prison."""
_LIGHT = frozenset(
    listed(
        "be is are was were been being have has had do does did will would can could should may might must shall want "
        "wants wanted take takes took taken make makes made get gets got yet ever any anyone anything still able plan "
        "plans planned allow allowed give given go going say said mean means"
    )
)
"""Verbs too light to carry a denial: the next word does."""
_OPPOSITES = (
    ("increase", "decrease"), ("rise", "fall"), ("rose", "fell"), ("win", "lose"), ("won", "lost"),
    ("accept", "reject"), ("support", "oppose"), ("allow", "ban"), ("agree", "disagree"), ("true", "false"),
    ("success", "failure"), ("approve", "reject"), ("gain", "loss"), ("strengthen", "weaken"),
    ("possible", "impossible"), ("highest", "lowest"), ("maximum", "minimum"), ("confirm", "deny"),
)  # fmt: skip
"""Not "more" and "less" or "before" and "after", which say one thing in two orders."""
_OPPOSITE = {stem(a): stem(b) for a, b in _OPPOSITES} | {stem(b): stem(a) for a, b in _OPPOSITES}


@lru_cache(maxsize=8192)
def polarity(text: str) -> tuple[dict[str, bool], frozenset[str]]:
    """For each content word's stem whether it is turned, and the stems that stand first behind a cue.

    Two cues undo each other: "did not refuse to come" comes.
    """
    turned: dict[str, bool] = {}
    heads: set[str] = set()
    for clause in _clauses(text):
        left, turning, first = 0, False, False
        for token in clause:
            if token in _CUES or token in ("n't", "n\u2019t"):
                turning = not turning if left else True
                left, first = SCOPE, turning
            elif not is_stop_word(token) and token not in _LIGHT and len(token) > 1:
                word = stem(token)
                turned[word] = turned.get(word, False) or (left > 0 and turning)
                if left > 0 and first:
                    heads.add(word)
                left, first = left - 1, False
    return turned, frozenset(heads)


def denied(sentence: str, shown: Sequence[str]) -> str | None:
    """The word whose sense the sentence and its evidence have the other way round; None when there is none.

    Args:
        sentence: of the answer.
        shown: the sentences that it is compared with, those that share most of its words first.
    """
    mine, heads = polarity(sentence)
    for text in shown:
        theirs, their_heads = polarity(text)
        differing = (w for w in mine if w in theirs and mine[w] != theirs[w] and w in heads | their_heads)
        for word in (w for w in differing if len(mine) < NEAR or _near(sentence, w) & _near(text, w)):
            affirming = text if mine[word] else sentence
            others = [polarity(other)[0].get(word) for other in shown]
            if mine[word] not in others and not _VERBS & set(_words(affirming)):  # "the plan was rejected"
                return _written(word, sentence)
    found = _prefixed(mine, shown)
    return _written(found, sentence) if found else None


def opposed(sentence: str, shown: Sequence[str]) -> tuple[str, str] | None:
    """A word of the sentence whose opposite stands in the evidence while the word itself does not; None without one."""
    mine = polarity(sentence)[0]
    held = {word for text in shown for word in polarity(text)[0]} | {stem(w) for t in shown for w in _words(t)}
    for word in (*mine, *(stem(w) for w in _words(sentence))):
        other = _OPPOSITE.get(word)
        if other is not None and other in held and word not in held:
            return word, other
    return None


def _near(text: str, word: str) -> set[str]:
    """Content words that stand next or next but one to a word: "visit" to "canceled" in "his visit was canceled"."""
    row = [w for clause in _clauses(text) for w in clause if w not in _CUES and not is_stop_word(w) and len(w) > 1]
    stems = [stem(w) for w in row]
    places = [place for place, other in enumerate(stems) if other == word]
    return {stems[at] for p in places for at in range(max(0, p - NEAR), min(len(stems), p + NEAR + 1))} - {word}


def _prefixed(mine: dict[str, bool], shown: Sequence[str]) -> str | None:
    """A word such as "unhappy" against "happy", where neither is turned by another word."""
    held = {word: turned for text in shown for word, turned in polarity(text)[0].items()}
    for ours, theirs in ((mine, held), (held, mine)):
        for word, turned in ours.items():
            if word in _NO_DENIALS:
                continue
            bare = next((word[len(p) :] for p in _PREFIXES if word.startswith(p) and len(word) - len(p) >= 4), None)
            if bare in theirs and word not in theirs and bare not in ours and turned == theirs[bare]:
                return word if ours is mine else bare
    return None


def _written(stemmed: str, sentence: str) -> str:
    return next((w for w in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", sentence) if stem(w) == stemmed), stemmed)


def _clauses(text: str) -> list[list[str]]:
    text = _HARMLESS.sub(" ", text)
    text = re.sub(r"(?i)\bcannot\b", "can not", re.sub(r"(?i)(\w)n['\u2019]t\b", r"\1 n't", text))
    clauses: list[list[str]] = [[]]
    for token in (fold(m[0]) for m in _TOKEN.finditer(text)):
        if _BREAK.search(token) and token != "n't":
            clauses.append([])
        else:
            clauses[-1].append(token)
    return clauses


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", fold(text))
