"""Where a sentence says that somebody says something: the verb and the phrase that speaks. Knows no article, no names.

``find`` looks at one sentence with its quotations masked. Three forms cover news English: subject before verb ("the
expert believes"), verb before subject ("said Kirby"), and prepositions ("according to him", "as noted by").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.quotes import lexicon as lex
from rag.quotes.subjects import (
    VERBS,
    across_apposition,
    any_source,
    behind_idea,
    clause_before,
    last_conjunct,
    name_after_comma,
    phrase_after,
)
from rag.quotes.words import Phrase, Word, phrase, singular


@dataclass(frozen=True, slots=True)
class Cue:
    """One sign of speech. ``subject`` None: the sentence's main subject ("..., adding that").

    ``strong``: a verb that always reports. ``ends``: it stands behind what was said ("..., Grant adds").
    ``before``: what it reports is the sentence before ("This was stated by ...").
    """

    subject: Phrase | None
    verb: str
    start: int
    end: int
    strong: bool
    ends: bool = False
    before: bool = False
    verb_at: int = 0


def find(words: Sequence[Word], source: str) -> list[Cue]:
    """All cues of one sentence, in order of their verbs."""
    found = [*_prepositional(words, source)]
    taken = {cue.verb_at for cue in found}
    for i, word in enumerate(words):
        if i in taken or not word.is_word or (word.text[0].isupper() and i > 0):
            continue
        cue = _verbal(words, i, source)
        if cue:
            found.append(cue)
    found.sort(key=lambda cue: cue.verb_at)
    return [cue for n, cue in enumerate(found) if not (n and _embedded(words, found[n - 1], cue))]


def _embedded(words: Sequence[Word], outer: Cue, cue: Cue) -> bool:
    """A claim within a claim: "an official said Washington believed ..."; the outer speaker answers for it."""
    if outer.ends or outer.subject is None or cue.subject is None or cue.start < words[outer.verb_at].end:
        return False
    between = [w for w in words[outer.verb_at + 1 :] if w.end <= cue.start]
    return len(between) <= 3 and all(w.is_word for w in between) and cue.ends is False


def _verbal(words: Sequence[Word], i: int, source: str) -> Cue | None:
    low = words[i].low
    if low in lex.PASSIVE and i + 1 < len(words) and words[i + 1].low in lex.SURE:
        return _before(words, i, source, strong=True)
    if low in lex.PARTICIPLE:
        return _participle(words, i, source)
    if low in lex.BASE and low not in VERBS:
        return _base(words, i, source)
    if low in {"points", "pointed"} and i + 1 < len(words) and words[i + 1].low in {"out", "to"}:
        return _before(words, i, source, strong=True)
    if low in {"expressed", "expresses", "voiced", "signaled", "signalled"}:
        return _expressed(words, i, source)
    if low not in VERBS or _is_negated_or_passive(words, i):
        return None
    return _after(words, i, source) or _before(words, i, source, strong=low in lex.SAY)


def _is_negated_or_passive(words: Sequence[Word], i: int) -> bool:
    j = i - 1
    while j >= 0 and words[j].low in lex.ADVERBS - {"did", "does", "do"}:
        j -= 1
    return j >= 0 and (words[j].low in lex.PASSIVE | lex.NOT_ASSERTED) and words[j].low != "did"


_FINITE = lex.words("is are was were will would had has have could can should might did does")


_MADE_KNOWN = lex.words("announced confirmed reported revealed proposed promised declared disclosed pledged")


def _reports(words: Sequence[Word], i: int) -> bool:
    """Whether what follows the verb is something said; asked for verbs that have other uses as well."""
    if i + 1 >= len(words) or words[i + 1].text in ".,":
        return i > 0
    nearby = words[i + 1 : i + 7]
    if (
        any(w.is_quote for w in nearby)
        or words[i + 1].text in ":"
        or words[i + 1].low in {"that", "how", "why", "whether"}
    ):
        return True
    if any(w.low == "that" or (w.low in _FINITE and w.start > words[i + 1].start) for w in words[i + 1 : i + 9]):
        return True
    if words[i].low in _MADE_KNOWN and words[i + 1].low in {
        "on",
        "in",
        "at",
        "by",
        "during",
    }:  # "the 9,000 jobs announced in March"
        return False
    return words[i].low not in lex.NEEDS_MORE | lex.QUOTE_ONLY


def _complement_fits(words: Sequence[Word], i: int) -> bool:
    low = words[i].low
    following = words[i + 1] if i + 1 < len(words) else None
    if low in {"asked", "asks"} and any(w.low in {"whether", "if", "why", "how", "what"} for w in words[i + 1 : i + 5]):
        return True
    if low in lex.QUOTE_ONLY and low not in lex.STANCE:
        return following is None or following.text in ":,." or any(w.is_quote for w in words[i + 1 : i + 8])
    if low in lex.STANCE:
        return (
            following is not None
            and (following.is_word or following.is_quote)
            and following.low not in ({"at"} if low.startswith("call") else {"for", "on", "at"})
        )
    if low in lex.MENTAL and following is not None and following.low in {"about", "of", "like", "himself", "up"}:
        return False
    return _reports(words, i)


def _before(words: Sequence[Word], i: int, source: str, *, strong: bool) -> Cue | None:
    """Subject before the verb."""
    if not (words[i].low in lex.PASSIVE | {"points", "pointed"} or _complement_fits(words, i)):
        return None
    clause = clause_before(words, i)
    last = len(clause) and clause[-1].low == "and"
    subject = phrase(last_conjunct(clause), source) if clause and not last else None
    left = words.index(clause[0]) - 1 if clause else i - 1
    if not clause:
        while left >= 0 and words[left].low in lex.ADVERBS:
            left -= 1
    if subject is None and not clause and left >= 0:
        subject = across_apposition(words, left, source)
    elided = subject is None and (last or (not clause and left >= 0 and words[left].low in {"and", "but"}))
    if subject is None and not elided:
        return None
    start = subject.start if subject else words[i].start
    ends = i + 1 >= len(words) or words[i + 1].text in {".", ",", "–", "—", ";"}
    return Cue(subject, words[i].low, start, words[i].end, strong, ends=ends, verb_at=i)


def _after(words: Sequence[Word], i: int, source: str) -> Cue | None:
    """Verb before subject: only behind a quotation, a comma, a dash, or at "as"."""
    if words[i].low in lex.STANCE or i + 1 >= len(words):
        return None
    before = words[i - 1] if i else None
    if before is not None and not (before.is_quote or before.text in ",–—-?!" or before.low in {"as", "so"}):
        return None
    if words[i].low in lex.DOUBLE_OBJECT:
        return None
    subject = phrase_after(words, i + 1, source)
    if subject is None or (subject.kind == "pronoun" and subject.text.lower() == "it"):
        return None
    if before is None and words[i].low not in {"says", "said", "adds"}:
        return None
    return Cue(subject, words[i].low, words[i].start, subject.end, True, ends=True, verb_at=i)


_LINKS = lex.words("and when while by in before after message email video interview tweet")


def _participle(words: Sequence[Word], i: int, source: str) -> Cue | None:
    """ ", adding that": the speaker is the main subject. "With some users pointing out" is left alone."""
    left = i - 1
    while left >= 0 and words[left].low in lex.ADVERBS:
        left -= 1
    if left >= 0 and words[left].low == "been":
        return _before(words, i, source, strong=True)
    linked = left >= 0 and (words[left].low in _LINKS or singular(words[left].low) in lex.DOCUMENT_NOUNS)
    if left < 0 or not (words[left].text == "," or words[left].is_quote or linked):
        return None
    if not _reports(words, i) and words[i].low not in {"saying", "claiming", "insisting"}:
        return None
    return Cue(None, words[i].low, words[i].start, words[i].end, False, verb_at=i)


def _base(words: Sequence[Word], i: int, source: str) -> Cue | None:
    """ "Experts say": a plural subject right before a verb without an ending."""
    if _is_negated_or_passive(words, i) or not _complement_fits(words, i):
        return None
    clause = clause_before(words, i)
    subject = phrase(last_conjunct(clause), source) if clause else None
    if subject is None or words[i].low in {"feel", "understand"}:
        return None
    joined = subject.kind == "name" and any(w.low == "and" for w in clause)
    last = subject.text.split()[-1].lower()
    plural = (
        joined
        or last in {"they", "people", "many", "some", "others", "most", "police", "women", "men"}
        or (subject.kind == "noun" and last.endswith("s") and not last.endswith("ss"))
    )
    return Cue(subject, words[i].low, subject.start, words[i].end, True, verb_at=i,
               ends=i + 1 >= len(words) or words[i + 1].text in ".,") if plural else None  # fmt: skip


def _expressed(words: Sequence[Word], i: int, source: str) -> Cue | None:
    if _is_negated_or_passive(words, i) or not any(w.low in lex.HOPE_NOUNS for w in words[i + 1 : i + 6]):
        return None
    clause = clause_before(words, i)
    subject = phrase(last_conjunct(clause), source) if clause else None
    return Cue(subject, words[i].low, subject.start, words[i].end, True, verb_at=i) if subject else None


def _prepositional(words: Sequence[Word], source: str) -> Iterator[Cue]:
    for i, word in enumerate(words):
        following = words[i + 1].low if i + 1 < len(words) else ""
        if (word.low, following) in {("according", "to"), ("words", "of")}:
            yield from _object_cue(words, i, i + 2, source)
        elif word.low in lex.SAY | {"shared", "voiced"} and following in {"by", "in"} and i and _by_passive(words, i):
            yield from _object_cue(words, i, i + 2, source, passive=True)


def _by_passive(words: Sequence[Word], i: int) -> bool:
    before = [w.low for w in words[max(0, i - 6) : i]]
    if words[i + 1].low == "in":
        return "as" in before
    return before[-1] in lex.PASSIVE | {"as", "been"} or ("as" in before)


def _object_cue(words: Sequence[Word], i: int, at: int, source: str, *, passive: bool = False) -> Iterator[Cue]:
    if at >= len(words):
        return
    if words[at].low in lex.OBJECT_PRONOUNS and words[at].low in {"him", "her", "them"}:
        word = words[at]
        yield Cue(Phrase("pronoun", lex.OBJECT_PRONOUNS[word.low], word.start, word.end), words[i].low, words[i].start,
                  word.end, True, verb_at=i)  # fmt: skip
        return
    end = at
    while end < len(words) and (words[end].is_word or words[end].text in "’'") and words[end].low not in lex.STOPS:
        end += 1
    name_after = name_after_comma(words, end, source)
    subject = name_after or phrase(words[at:end], source) or behind_idea(words[at:end], source)
    subject = subject or (any_source(words[at:end], source) if words[i].low == "according" else None)
    if subject is None:
        return
    before = passive and words[0].low in {"this", "that", "it"} and i <= 3
    yield Cue(subject, words[i].low, words[i].start, subject.end, True, before=before, verb_at=i)
