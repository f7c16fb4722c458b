"""A sentence as words with places, and what stands before or after a verb read as a noun phrase. Knows no article.

There is no tagger here: news English puts its speakers beside the verb, and lists of kinds do the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.quotes import lexicon as lex

QUOTE = "\0"
_TOKEN = re.compile(
    r"\0+|(?:[^\W\d_]\.){2,}(?:-\w+)?|\b(?:Dr|Mr|Mrs|Ms|Sen|Rep|Gov|Gen|Prof|Lt|Col|Sgt|St|Jr|Sr)\.|\b[A-Z]\.(?=\s[A-Z])"
    r"|@?\w+(?:[’'&.-]\w+)*[’']?|[^\w\s]"
)
_POSSESSIVE = re.compile(r"[’']s$|(?<=s)[’']$")
PARTICLES = lex.words("de da di del der van von al el bin ibn la le du dos den ter ten")
"""Small words inside or before a surname."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a punctuation mark, or a whole quotation (``QUOTE``) with its place in the article."""

    text: str
    start: int
    end: int
    owns: bool = False  # it has the genitive's 's, which is not in ``text``

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def is_quote(self) -> bool:
        return self.text == QUOTE

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum() or self.text[0] == "@"

    @property
    def is_name(self) -> bool:
        """Capitalised, and not by a sentence's beginning alone (function words are known)."""
        return self.text[0].isupper() and self.low not in _FUNCTION


_FUNCTION = (
    lex.ARTICLES | lex.PREPOSITIONS | lex.STOPS | lex.PRONOUNS | lex.ADVERBS
    | lex.words("i we you who and but not no according earlier later meanwhile however recently last on so well yes")
    | lex.words("one two three most many some such these those there here today yesterday tomorrow asked speaking")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase that can speak. ``kind``: pronoun, name (``name`` with what stands before it in ``role``), noun."""

    kind: str
    text: str
    start: int
    end: int
    name: str = ""
    role: str = ""

    @property
    def definite(self) -> bool:
        return self.text.split()[0].lower() not in lex.INDEFINITE and self.text.split()[0].lower() in lex.ARTICLES


def tokens(masked: str, start: int, end: int) -> list[Word]:
    """The words of ``masked[start:end]``; what was quoted is one word there."""
    found: list[Word] = []
    for m in _TOKEN.finditer(masked, start, end):
        text = QUOTE if m[0][0] == QUOTE else m[0]
        owner = _POSSESSIVE.search(text)
        found.append(Word(_POSSESSIVE.sub("", text) if owner else text, m.start(), m.end(), bool(owner)))
    return found


_NOBODY = lex.words("any every no anyone nobody whoever")


def phrase(words: Sequence[Word], source: str) -> Phrase | None:
    """The noun phrase that ``words`` end with, if it names somebody or something that can speak."""
    words = _without_lead(words)
    if not words or words[-1].owns or words[0].low in _NOBODY:
        return None
    last = words[-1]
    if last.low in lex.PRONOUNS:
        return Phrase("pronoun", last.text, last.start, last.end)
    run = _run_at_end(words)
    if run < len(words) and not _belongs_to_phrase(words, run):
        named = _named(words, run, source)
        if named:
            return named
    return _noun(words, source)


def _without_lead(words: Sequence[Word]) -> Sequence[Word]:
    first = 0
    while first < len(words) - 1 and (words[first].low in _LEADING or words[first].low.endswith("ally")):
        first += 1
    return words[first:]


_LEADING = lex.ADVERBS | lex.words("and but meanwhile earlier recently so as rather")


def _run_at_end(words: Sequence[Word]) -> int:
    """Where the capitalised words at the end begin; ``len(words)`` when the last one is not."""
    i = len(words)
    while i > 0 and (words[i - 1].is_name or (words[i - 1].low in PARTICLES and i < len(words))):
        if words[i - 1].owns:
            break
        i -= 1
    while i < len(words) and not words[i].is_name:
        i += 1
    return i


def _belongs_to_phrase(words: Sequence[Word], run: int) -> bool:
    """Whether the names at the end hang on a preposition after a noun: "a spokesman for the embassy in Washington"."""
    before = run - 1
    while before >= 0 and words[before].low in {"the", "its", "their", "this"}:
        before -= 1
    if before < 1 or words[before].low not in lex.PREPOSITIONS:
        return False
    return not person_part(words[run:]) or len(person_part(words[run:])) < 2


_NO_PERSON = lex.TITLES | lex.DEMONYMS.keys() | lex.COUNTRIES | lex.ORG_WORDS


def person_part(run: Sequence[Word]) -> Sequence[Word]:
    """What is left of capitalised words behind titles, countries and institutions: the person's name."""
    cut = 0
    for i, word in enumerate(run):
        plain = word.low.rstrip(".")
        hyphened = "-" in plain and plain.split("-")[-1] in lex.TITLES
        short = word.text.isupper() and 1 < len(word.text) < 5 and i == 0 and len(run) > 2
        if plain in _NO_PERSON or hyphened or short:
            cut = i + 1
    return run[cut:]


def _named(words: Sequence[Word], run: int, source: str) -> Phrase | None:
    capitals = words[run:]
    person = person_part(capitals)
    name = person or capitals
    numbered = any(c.isdigit() for c in capitals[-1].text) and words[0].low == "the"
    if numbered or (not person and _is_kind(capitals[-1])) or (len(person) == 1 and run and _is_kind(person[0])):
        return Phrase("noun", source[words[0].start : words[-1].end], words[0].start, words[-1].end)
    lead = words[: len(words) - len(name)]
    while person and lead and lead[-1].text in PARTICLES:  # "von der Leyen" by itself
        name, lead = words[len(lead) - 1 :], lead[:-1]
    if not person:
        article = run > 0 and words[run - 1].low in {"the"}
        begin = words[run - 1].start if article else name[0].start
        return Phrase("name", source[begin : name[-1].end], begin, name[-1].end, source[begin : name[-1].end])
    if person and lead and lead[-1].low == "of" and lead[-2:-1] and lead[-2].low in lex.TITLES and len(name) > 2:
        name, lead = name[1:], words[: len(words) - len(name) + 1]
    role = source[lead[0].start : lead[-1].end] if lead else ""
    begin = lead[0].start if lead else name[0].start
    return Phrase("name", source[begin : name[-1].end], begin, name[-1].end, source[name[0].start : name[-1].end], role)


def _is_kind(word: Word) -> bool:
    """A title or a kind of person written with a capital: "the Sinologist", "the Russian President"."""
    return (
        word.low in lex.TITLES or word.low in lex.PERSON_NOUNS - lex.GROUP_NOUNS or word.low.endswith(lex.AGENT_ENDINGS)
    )


def head_noun(words: Sequence[Word]) -> str:
    """The word that says what a noun phrase is: the last one before its first preposition or relative clause."""
    for i, word in enumerate(words):
        if i and (word.low in lex.PREPOSITIONS or word.low in {"who", "that", "which"} or not word.is_word):
            return words[i - 1].low
    return words[-1].low if words else ""


def singular(noun: str) -> str:
    """A noun without its plural's s, as far as spelling tells."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def can_speak(noun: str) -> bool:
    """Whether a common noun is a kind of person, group, outlet or document."""
    one = singular(noun.lower()).split("-")[-1]
    return (
        one in lex.PERSON_NOUNS or noun in lex.PERSON_NOUNS or one in lex.OUTLET_NOUNS or one in lex.TITLES
        or one.endswith(lex.AGENT_ENDINGS) or (one.endswith(("er", "or")) and len(one) > 5 and one not in _NO_AGENTS)
    )  # fmt: skip


_NO_AGENTS = lex.words(
    "number order matter never after former latter computer paper corner summer winter december october november"
    " september another whether either neither however together minor major color colour factor error behavior"
    " behaviour other server offer letter center quarter chapter gather consider remember answer border disorder"
    " weather power master monitor mirror sector vector motor tractor interior exterior prior senior junior"
    " superior higher lower better larger smaller longer earlier later greater floor harbor harbour labor labour"
    " flavor favor career newer older younger cancer danger character trailer router printer controller water"
    " under over"
)


def _noun(words: Sequence[Word], source: str) -> Phrase | None:
    start = next((i for i, w in enumerate(words) if w.low in lex.ARTICLES or w.is_word), None)
    if start is None:
        return None
    words = words[start:]
    while len(words) > 1 and words[0].low in lex.PREPOSITIONS:  # "In response the minister"
        later = next((i for i, w in enumerate(words) if i and w.low in lex.ARTICLES), None)
        if later is None:
            return None
        words = words[later:]
    if not can_speak(head_noun(words)):
        return None
    return Phrase("noun", source[words[0].start : words[-1].end], words[0].start, words[-1].end)
