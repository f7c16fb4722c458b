"""Whether a capitalised name is a person's, by its words and by what stands around it. Knows words, no statement."""

from __future__ import annotations

import re

from rag.briefs.gazetteer import lands, spots
from rag.briefs.naming import ORG_HEADS
from rag.domain import Article
from rag.quotes import lexicon as lex
from rag.quotes.words import PARTICLES

_NO_PERSON = lex.words(
    "world cup day award awards weekend season series league champions championship championships trophy prime black"
    " friday street road avenue lake mount island islands river valley beach park square bridge tower hall stadium"
    " hotel show festival act law bill treaty war wars games game oscars movie film album song book app pro max mini"
    " plus ai management project summit sport sports year moor insights vp north south one two three four five six"
    " seven fc cf afc sc inter bayern athletic athletics rovers wanderers rangers shield glove jubilee tech"
    " technology estate revenue regulation mutual sportsbook casino tracker studio store stores brands motors"
    " records edition ultra switch series app apps web internet online programme program way sox food"
)
"""Words that stand in no person's name, or in names of clubs, things and firms so much oftener."""
_CLUBS = lex.words("real sporting dynamo olympique")
"""Words that make a club of the town behind them."""
_OPENERS = lex.words(
    "was were is are am be do does did has have had can could may might must shall should would when where why how what"
    " which who whose whom if while because although though since unless whether once until after before during for"
    " from with without by in on at to of and but or nor so yet as than like unlike despite let ask see meet watch"
    " follow read expect consider take give get make call blame thank add plus also even just only here there now then"
    " that this these those it its he she they we our your my his her their no not yes all both each every some any"
    " most many more another other such first last next using being doing hi hello dear best"
)
"""Words that open a sentence and are taken for a part of the name behind them."""
_NAMES_TOO = frozenset({"Can", "See", "May"})
"""Openers that are names where somebody is introduced: "lawyer Can Sun"."""
_ING = re.compile(r"^[A-Z][a-z]{3,}ing$")
_ING_NAMES = lex.words("sterling channing manning harding irving fielding browning golding keating")
_SHOUTED = re.compile(r"^[A-Z][A-Za-z]*[A-Z]{2,}s?$|^[A-Z]{2,}s$")
"""HSF, ChatGPT, CIOs."""
_SHORTENED = re.compile(r"(?i)n[’']t$|[a-z][’'](?:s|re|ve|ll|d)$")
"""Didn't, That's."""
_ACRONYM = 6
"""Letters below which a name in capitals is one."""
_NUMBERED = frozenset({"II", "III", "IV", "JR", "SR"})
_COMPOUND = re.compile(r"-(?:[a-z]+(?:ed|ing)|based|like|style|era)$")
"""UK-listed, Dutch-speaking."""
_LONGEST = 3
"""Words of a name without a particle or an initial; more are two names that a table puts side by side."""
_SHARE, _MOSTLY = 0.2, 0.5
"""Share of a name's places from which on it is a thing's where it is used as one there; the second if only once."""
_HOLDERS = (lex.TITLES | lex.PERSON_NOUNS) - lex.words(
    "star head fan user some many others most member report reports post study press review data state guest general"
    " senior former ex founder host"
)
"""Nouns that hold the place of somebody, before whom a firm's or a club's name stands: "the Leeds manager"."""


def is_person_name(name: str, article: Article, role: str | None = None) -> bool:
    """Capitalised words of which none is an institution's, all together no place or outlet, used as people's are.

    ``role``: theirs, as far as it is known; with one a name may be longer.
    """
    words = name.split()
    lows = {word.lower().strip(".,’'") for word in words}
    if not words or lows & (ORG_HEADS | _NO_PERSON) or name in lands() or name in spots():
        return False
    if not _looks_like_a_name(words) or (name.isupper() and len(name) < _ACRONYM) or words[0].lower() in _CLUBS:
        return False
    if (_opens(words[0]) and not (role and words[0] in _NAMES_TOO)) or (role is None and _is_long(words)):
        return False
    outlet = (article.outlet or "").lower()
    if lows <= lex.OUTLETS | lex.COUNTRIES | lex.DEMONYMS.keys() or (outlet and name.lower() in outlet):
        return False
    return first_name_known(name) or not is_used_as_a_thing(name, article.text)


def first_name_known(name: str) -> bool:
    """Whether it begins with a first name that is common in English."""
    return name.split()[0].lower() in lex.MALE_NAMES | lex.FEMALE_NAMES


def is_called(name: str, text: str) -> bool:
    """Whether the last word of a name stands for it elsewhere: the surname of somebody."""
    last = name.split()[-1]
    return len(re.findall(rf"\b{re.escape(last)}\b", text)) > len(re.findall(re.escape(name) + r"\b", text))


def without_opener(name: str) -> str:
    """A name without a word in front that only opens the sentence: "Ask Elijah Tillery"."""
    words = name.split()
    whole = len(words) > 2 and _opens(words[0]) and all(word[0].isupper() for word in words)
    return " ".join(words[1:]) if whole else name


def is_used_as_a_thing(name: str, text: str) -> bool:
    """Whether the text puts "the", "at" or "in" before the name, or a post behind it, as it does not for people."""
    places = re.findall(rf"(?:\b(\w+) )?\b{re.escape(name)}\b(?: ([a-z]+))?", text)
    as_thing = sum(before.lower() in {"the", "at", "in"} or behind in _HOLDERS for before, behind in places)
    return as_thing > 0 and as_thing >= (_SHARE if as_thing > 1 else _MOSTLY) * len(places)


def _looks_like_a_name(words: list[str]) -> bool:
    """Capitals, digits and signs as in names of people."""
    if any(not w[0].isupper() and w.lower() not in PARTICLES for w in words) or words[0].lower() in lex.ARTICLES:
        return False
    if words[-1][-1] in "’'" or any(c.isdigit() or c in "@/(" for word in words for c in word):
        return False
    if any(_SHOUTED.match(w) and w not in _NUMBERED for w in words[1:] or words):
        return False
    return not _COMPOUND.search(words[0])


def _is_long(words: list[str]) -> bool:
    """More words than a name has that holds no particle and no initial."""
    return len(words) > _LONGEST and not any(w.lower() in PARTICLES or len(w.strip(".")) == 1 for w in words)


def _opens(word: str) -> bool:
    low = word.lower()
    return low in _OPENERS or bool(_SHORTENED.search(word)) or (bool(_ING.match(word)) and low not in _ING_NAMES)
