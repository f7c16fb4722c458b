"""The phrase that speaks: before a verb or behind it, across an apposition, after "according to". Knows no cue."""

from __future__ import annotations

from collections.abc import Sequence

from rag.quotes import lexicon as lex
from rag.quotes.words import Phrase, Word, can_speak, phrase

_SOURCE_MAX = 12  # words of a source after "according to"


_REACH = 30  # words that a subject with its appositions may hold


VERBS = lex.SAY | lex.QUOTE_ONLY | lex.MENTAL | lex.STANCE


_AFTER_PHRASE = lex.STOPS | lex.words("and best known called named born based")


_AFTER_SPEAKER = lex.words(
    "in on at during after before when while to with about as via through from by of tuesday monday wednesday thursday"
    " friday saturday sunday last this earlier following"
)


def clause_before(words: Sequence[Word], i: int) -> Sequence[Word]:
    """The words before the verb at ``i`` that can hold its subject, without helping verbs and adverbs."""
    end = i
    while end > 0 and words[end - 1].low in lex.ADVERBS:
        end -= 1
    begin = end
    while begin > 0 and end - begin < _REACH and not _stops(words, begin - 1):
        begin -= 1
    return words[begin:end]


def _stops(words: Sequence[Word], i: int) -> bool:
    word = words[i]
    if word.is_quote:
        return True
    if not word.is_word:
        return word.text not in {"’", "'", "$", "%", "/", "(", ")"}
    return word.low in lex.STOPS or (word.low in VERBS and not word.is_name and i > 0)


def last_conjunct(clause: Sequence[Word]) -> Sequence[Word]:
    """Words after the last "and" that joins clauses; one that joins two names or nouns stays within."""
    for j in range(len(clause) - 1, 0, -1):
        if clause[j].low in {"and", "but"}:
            joined = clause[j - 1].is_name and j + 1 < len(clause) and clause[j + 1].is_name
            rest = clause[j + 1 :]
            if clause[j - 1].is_name and rest and rest[-1].low in {"others", "colleagues"}:
                return clause[:j]
            return clause if joined else rest
    return clause


def across_apposition(words: Sequence[Word], left: int, source: str) -> Phrase | None:
    """The subject before an apposition or a relative clause that ends just before the verb."""
    if words[left].low in {"who", "which"}:
        return _head_before(words, left, source)
    if words[left].text not in {",", "—", "–", ")"}:
        return None
    best: Phrase | None = None
    right = left
    for _ in range(4):
        begin = right
        while begin > 0 and words[begin - 1].text not in {",", "—", "–", "("} and not words[begin - 1].is_quote:
            begin -= 1
        segment = words[begin:right]
        leads = int(begin == 0 and bool(segment) and segment[0].low == "that")  # "That same day"
        inner = next((k for k, w in enumerate(segment[leads:]) if w.low in lex.STOPS - {"as", "than"}), None)
        if inner not in (None, 0):
            segment = segment[:0] if segment[inner].low not in {"who", "which"} else segment[:inner]
        found = phrase(segment, source) if segment and inner != 0 else None
        if found and found.kind == "name" and (begin == 0 or not _apposition(segment)):
            return found
        best = found or best
        if begin == 0 or words[begin - 1].is_quote:
            break
        right = begin - 1
    return best


def _apposition(segment: Sequence[Word]) -> bool:
    return segment[0].low in {"a", "an", "the"} and not segment[-1].is_name


def _head_before(words: Sequence[Word], i: int, source: str) -> Phrase | None:
    """What a relative pronoun at ``i`` stands for."""
    j = i - 1
    while j >= 0 and words[j].text == ",":
        j -= 1
    begin = j + 1
    while begin > 0 and not _stops(words, begin - 1):
        begin -= 1
    return phrase(words[begin : j + 1], source) if begin <= j else None


def phrase_after(words: Sequence[Word], i: int, source: str) -> Phrase | None:
    """The longest noun phrase that begins at ``i`` and ends before the next stop or adverbial."""
    end = i
    while end < len(words) and words[end].is_word and words[end].low not in _AFTER_PHRASE:
        named = end > i and (words[end - 1].is_name or words[end - 1].low in lex.PRONOUNS)
        if named and words[end].low in _AFTER_SPEAKER:
            break
        if end > i and words[end].low in lex.ADVERBS | VERBS | lex.PASSIVE:
            break
        adverbial = end > i + 1 and words[end].low in {"during", "told", "in", "on", "after", "before"}
        if adverbial and (words[end].low != "in" or any(w.is_name for w in words[i:end])):
            break
        end += 1
    return phrase(words[i:end], source) if end > i and words[i].low not in lex.PREPOSITIONS else None


def name_after_comma(words: Sequence[Word], end: int, source: str) -> Phrase | None:
    """ "the coordinator ... at the White House, John Kirby": the name behind the description."""
    if end >= len(words) or words[end].text != ",":
        return None
    run = end + 1
    while run < len(words) and words[run].is_word and not words[run].owns and words[run].low not in VERBS | lex.PASSIVE:
        run += 1
    if not 2 <= run - end - 1 <= 9 or (run < len(words) and words[run].text not in {",", "."}):
        return None
    found = phrase(words[end + 1 : run], source)
    whole = found and found.kind == "name" and len(found.name.split()) in (2, 3) and found.end == words[run - 1].end
    titled = found and (not found.role or any(w.low in lex.TITLES for w in words[end + 1 : run]))
    return found if whole and titled else None


def behind_idea(words: Sequence[Word], source: str) -> Phrase | None:
    """ "the idea of the politician", "the initiative proposed by the Republican": the one behind it."""
    for j in range(len(words) - 2, 0, -1):
        if words[j].low in {"of", "by", "from"}:
            return phrase(words[j + 1 :], source) or _bare_role(words[j + 1 :], source)
    return None


def any_source(words: Sequence[Word], source: str) -> Phrase | None:
    """ "According to layoffs.example", "to data from two firms": whatever stands there is a source; a plan is none."""
    if not 1 <= len(words) <= _SOURCE_MAX or words[-1].low in {"plan", "plans", "schedule", "need", "needs", "taste"}:
        return None
    return Phrase("noun", source[words[0].start : words[-1].end], words[0].start, words[-1].end)


def _bare_role(words: Sequence[Word], source: str) -> Phrase | None:
    if len(words) == 2 and words[0].low == "the" and can_speak(words[1].low):
        return Phrase("noun", source[words[0].start : words[-1].end], words[0].start, words[-1].end)
    return None
