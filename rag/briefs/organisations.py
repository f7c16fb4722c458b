"""Which organisations are named. Knows words that organisations are called by, and what they do in a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache

from rag.briefs.gazetteer import lands, spots
from rag.briefs.joining import organisations_of
from rag.briefs.naming import ORG_HEADS, collected, phrase_at, shouted, told, words_of
from rag.briefs.people import entries
from rag.briefs.values import Appearance, Brief, Candidate, Named, Sentences, Thing
from rag.domain import Article, Sentence
from rag.quotes import lexicon as lex
from rag.quotes.words import Word

_KNOWN = lex.words(
    "NATO UN EU WHO IMF WTO OECD OPEC BRICS ASEAN UNESCO UNICEF IAEA FBI CIA NSA NASA FDA FTC SEC CFTC FCC FIFA UEFA"
    " NBA NFL MLB NHL WWE UFC NCAA IOC BBC CNN"
    " RT TASS AFP NBC CBS ABC ESPN NPR Reuters Bloomberg Kremlin Pentagon Congress"
    " Senate Interpol Europol Hamas Hezbollah Taliban Google Amazon Microsoft Apple Meta Facebook Twitter Netflix Tesla"
    " OpenAI Huawei ZTE Samsung Boeing Airbus Toyota Nvidia Intel IBM Disney Spotify TikTok YouTube Instagram Uber"
) | {"White House", "State Department", "European Union", "United Nations", "Wagner Group", "Security Council"}
"""Organisations that go by one word or by a house."""
_PAIRED = lex.words("Securities Food Health Science Trade Education Culture Energy Arts Business Competition")
_LINKS = frozenset({"of", "for", "&"})
_NOT_ALONE = lex.words("house games school force service")
_KINDS = lex.words(
    "company firm startup start-up giant maker exchange bank agency outlet newspaper retailer airline publisher studio"
    " platform group network broadcaster manufacturer developer carmaker automaker chipmaker conglomerate operator"
)
_NOT_ACRONYM = lex.words(
    "CEO CTO CFO COO AI TV VR AR PC US USA UK UAE PRC GDP PR HR IT DM ID USD EUR GBP AUD CAD JPY CNY RUB COVID PDF URL"
    " FAQ DVD LED SUV VP GM MVP DJ RSVP ET PT EST PST GMT UTC AM PM OK II III IV VI HDMI USB API SDK LGBTQ DIY"
    " BNPL NFT IPO ETF ESG AGI LLM GPU CPU FTT BUSD RVC RVCs SIGN UP PST EDT NSW QLD DNA RPG FPS NPC DLC VIP"
)  # fmt: skip
_POSTS = lex.words(
    "ceo cfo cto coo vp co-founder cofounder founder co-ceo spokesperson spokesman spokeswoman whistleblower"
)
"""Posts that only organisations have."""
_ACTS = (
    lex.SAY | lex.words("has plans wants announced launched acquired reported agreed filed sued raised bought")
) - {"state"}


def organisations(articles: Mapping[str, Article], sentences: Sentences) -> tuple[Thing, ...]:
    """The organisations that articles name, most mentioned first; a shortened name joins the full one.

    Named by an organisation's word (Ministry, Bank, Inc), by a name that acts like one ("the company iRobot", "Meta's
    head of safety"), or well known (NATO). Right rather than complete; people, countries and places are none.
    """
    made: dict[str, Brief] = {}
    for id, own in sentences.items():
        known = entries(articles[id], own)
        sure, unsure = organisations_in(articles[id], own, known)
        made[id] = Brief(organisations=sure, candidates=unsure, people=known)
    if len(made) == 1:
        return told({id: brief.organisations for id, brief in made.items()}, sentences)
    return told(organisations_of(made, outlets(articles.values())), sentences)


def outlets(articles: Iterable[Article]) -> Iterator[str]:
    """Where articles were published, where that is one word: an organisation wherever it stands."""
    return (a.outlet for a in articles if a.outlet and " " not in a.outlet)


def organisations_in(
    article: Article, sentences: Sequence[Sentence], people: Sequence[Appearance]
) -> tuple[tuple[Named, ...], tuple[Candidate, ...]]:
    """The organisations of one article, and the words that may be names of some if other articles say so.

    ``people``: who appears in it, so that their names are none.
    """
    heard = [s for s in sentences if not shouted(s.text)]
    persons = {word for p in people if p.named and p.introduced and _is_name(p.name) for word in p.name.split()}
    signs = _signs_of(sentences, persons)
    acting = {name for name, points in signs.items() if points >= 2} | {*outlets([article])}
    may_act = _by_first(acting | signs.keys() | _KNOWN)
    found: list[tuple[str, Sentence]] = []
    open_: list[tuple[str, str, Sentence]] = []
    for sentence in heard:
        singles = list(_singles(sentence.text, may_act))
        sure = [name for name in singles if name in acting or name in _KNOWN]
        found += [(name, sentence) for name in dict.fromkeys([*_phrases(sentence.text, persons), *sure])]
        open_ += [(name, name, sentence) for name in dict.fromkeys(singles) if name not in sure]
    full = _fullest({name for name, _ in found})
    maybe = (Candidate(one.name, signs[one.name], one.spans) for one in collected(open_))
    return collected((full[name], full[name], sentence) for name, sentence in found), tuple(maybe)


def _is_name(speaker: str) -> bool:
    return all(word[0].isupper() for word in speaker.split())


def _may_act(name: str, persons: set[str]) -> bool:
    words = name.split()
    if not words or not all(word[0].isupper() or re.match(r"i[A-Z]", word) for word in words) or len(words) > 3:
        return False
    first = words[0].lower() in lex.MALE_NAMES | lex.FEMALE_NAMES
    return not (first or _is_elsewhere(name) or name in _NOT_ACRONYM or any(word in persons for word in words))


@lru_cache(maxsize=20000)
def _is_elsewhere(name: str) -> bool:
    """A country, a place, a nation's adjective or a common word."""
    low = name.lower()
    return (
        name in lands()
        or name in spots()
        or low in lex.DEMONYMS
        or low in lex.COUNTRIES | lex.TITLES | lex.PERSON_NOUNS
    )


def _signs_of(sentences: Sequence[Sentence], persons: set[str]) -> Counter[str]:
    """Words that may be an organisation's name, with the signs that they are one: a kind or a post beside them, an
    acronym in brackets, deeds."""
    signs: Counter[str] = Counter()
    single: dict[str, bool] = {}
    for sentence in sentences:
        words = words_of(sentence.text)
        for at, word in enumerate(words):
            if word.text not in single:
                single[word.text] = _is_single(word, persons)
            if single[word.text]:
                signs[word.text] += _signs(words, at)
    return signs


def _by_first(names: Set[str]) -> Mapping[str, Set[str]]:
    """Names by their first word."""
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(name.split()[0], set()).add(name)
    return found


def _is_single(word: Word, persons: set[str]) -> bool:
    named = word.is_name or re.match(r"i[A-Z]\w", word.text) is not None
    return named and word.is_word and len(word.text) > 1 and not word.text[0].isdigit() and _may_act(word.text, persons)


def _signs(words: Sequence[Word], at: int) -> int:
    word = words[at]
    before = words[at - 1] if at else None
    behind = words[at + 1] if at + 1 < len(words) else None
    if before is not None and before.is_name and before.is_word and not before.owns and at > 1:
        return 0
    if behind is not None and behind.is_name and behind.is_word and not word.owns and behind.low not in _POSTS:
        return 0
    kind = before is not None and (before.low in _KINDS or (before.text == "," and words[at - 2].low in _KINDS))
    bracketed = before is not None and before.text == "(" and behind is not None and behind.text == ")"
    acronym = word.text.isupper() and 2 <= len(word.text) <= 6 and word.text.isalpha()
    if kind or _has_post(words, at) or (bracketed and acronym and at > 1 and words[at - 2].is_name):
        return 2
    return int(acronym and at > 0 and behind is not None and behind.low in _ACTS and behind.text[0].islower())


def _has_post(words: Sequence[Word], at: int) -> bool:
    """ "FTX co-founder", "Meta's global head", "CEO of Reddit"."""
    ahead = [word.low for word in words[at + 1 : at + (4 if words[at].owns else 2)]]
    behind = [word.low for word in words[max(0, at - 2) : at]]
    return any(low in _POSTS for low in ahead) or (len(behind) == 2 and behind[1] == "of" and behind[0] in _POSTS)


def _singles(text: str, names: Mapping[str, Set[str]]) -> Iterator[str]:
    """Which of some names, of up to three words, stand in a sentence. ``names``: by first word."""
    words, at = words_of(text), 0
    while at < len(words):
        some = names.get(words[at].text, ())
        for end in range(min(len(words), at + 3), at, -1) if some else ():
            name = phrase_at(words, at, end)
            if name in some:
                person = end < len(words) and words[end].is_name and words[end].is_word and not words[end - 1].owns
                if not person or name in _KNOWN:
                    yield name
                at = end - 1
                break
        at += 1


def _phrases(text: str, persons: set[str]) -> Iterator[str]:
    """Runs of capitalised words with an organisation's word, "of ..." joined behind it, titles and people cut off."""
    words, at = words_of(text), 0
    while at < len(words):
        end = _run_end(words, at, persons)
        if end == at:
            at += 1
            continue
        start = _start(words, at, end)
        while end > start + 1 and words[end - 1].low in _LINKS | {"the", "and"}:
            end -= 1
        heads = [k for k in range(start, end) if words[k].low in ORG_HEADS]
        if heads and _is_whole(words, start, end, heads):
            yield phrase_at(words, start, end)
        at = end


def _run_end(words: Sequence[Word], at: int, persons: set[str]) -> int:
    end, headed = at, False
    while end < len(words):
        word = words[end]
        if word.is_word and word.is_name and not (headed and word.text in persons and word.low not in ORG_HEADS):
            headed = headed or word.low in ORG_HEADS
            end += 1
            if word.owns:
                break
            if headed and _closes(words, end):
                break
            continue
        link = end > at and ((headed and word.low in _LINKS) or _joins(words, at, end, persons))
        ahead = end + 2 if end + 1 < len(words) and words[end + 1].low == "the" else end + 1
        if not (link and ahead < len(words) and words[ahead].is_name and words[ahead].is_word):
            break
        end = ahead
    return end


def _joins(words: Sequence[Word], at: int, end: int, persons: set[str]) -> bool:
    """An "and" within a name: "Securities and Exchange Commission", "Institute of Asian and African Countries"."""
    if words[end].low != "and" or end + 1 >= len(words):
        return False
    last, ahead = words[end - 1].text, words[end + 1]
    linked = any(word.low in {"of", "for"} for word in words[at:end])
    if last in _PAIRED or not (linked and last.endswith(("n", "s", "e"))):
        return last in _PAIRED
    known: tuple[Container[str], ...] = (persons, lands(), spots(), _KNOWN)
    return ahead.low not in ORG_HEADS and not any(word in names for word in (last, ahead.text) for names in known)


def _closes(words: Sequence[Word], end: int) -> bool:
    """Whether a headed name is over: what follows is a country's end or a title ("... of China Wang Yi")."""
    if end >= len(words):
        return True
    last, behind = words[end - 1], words[end]
    return last.text in lands() and behind.is_name and behind.low not in ORG_HEADS and not behind.low.startswith("'")


def _start(words: Sequence[Word], at: int, end: int) -> int:
    """Without titles ("Secretary of the Security Council") and words that only begin the sentence."""
    start = at
    for k in range(at, end - 1):
        title = words[k].low.rstrip(".") in lex.TITLES and words[k].low not in ORG_HEADS
        if title and not any(words[j].low in ORG_HEADS for j in range(at, k)):
            start = k + 1
    while start < end and (words[start].low in _LINKS | {"the"}):
        start += 1
    return start


def _is_whole(words: Sequence[Word], start: int, end: int, heads: Sequence[int]) -> bool:
    name = phrase_at(words, start, end)
    if end - start < 2 or name in lands() or name in spots() or len(name) > 90:
        return False
    last = words[end - 1].low
    linked = any(words[k].low in _LINKS for k in range(start, end))
    if last not in ORG_HEADS and not linked:
        return False
    loose = last in _NOT_ALONE and not linked
    return not (loose and name not in _KNOWN) and not all(words[k].low in ORG_HEADS for k in range(start, end))


def _fullest(names: set[str]) -> dict[str, str]:
    """Each name with the one longer name that ends with it, or itself."""
    longer: dict[str, str] = {}
    for name in names:
        ends = [other for other in names if other != name and other.endswith(" " + name) and len(name.split()) > 1]
        longer[name] = ends[0] if len(ends) == 1 and name not in _KNOWN else name
    return longer
