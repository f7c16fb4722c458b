"""What a request is about: which article it names, which person, which words. Knows the index, no kind of request."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rag.briefs import Person
from rag.briefs.gazetteer import lands
from rag.domain import Article, Hit, Sentence, Turn
from rag.requests.picking import Picked, picked
from rag.retrieval import Index
from rag.retrieval.spelling import frequency
from rag.retrieval.terms import content_words, fold, is_stop_word, stem, terms, words

TITLE, TEXT, FOUND = 3.0, 1.0, 2.0
"""What counts for an article: the request's words in its title, outlet or byline; in its text; the search."""
ENOUGH = 1.0
"""Of that sum, in units of the rarest word: from here on the article is the one that is meant."""
RARE = 3e-6
"""Share below which a word in small letters is as telling as a name (ketamine, springboks)."""
EVERYDAY = 2.5e-4
"""Share of all words of English from which a word in small letters tells nothing (here, go, never)."""

_SHAPING = """
summarise summarize summary summaries sum short shorter shortest long longer longest length gist brief briefing
briefly tldr overview outline recap sentence sentences word words line lines paragraph bullet bullets point points
key main topic topics theme themes subject subjects thread timeline chronology chronological order date dates dated
event events happen happened list lists all every each everything everyone everybody name names named mention
mentions mentioning occur appear appears come comes people person persons who quote quotes quoted speak speaks
speaker speakers cite cited author authors write writes wrote written writer byline publish published publication
title titled headline headlines call called new newest latest recent old oldest earliest first last many much count
number folder library collection file files document documents text texts piece pieces story stories article
articles news report reports one ones outlet outlets source sources paper papers newspaper give show tell make put
draw find want need like know got get came out anything else site sites website websites newspapers minute year
about read look see please pls thanks thank hey hello quick quickly thing things stuff whole full side sides both
position positions view views opinion opinions argument arguments pro pros con cons n against advantage advantages
disadvantage disadvantages benefit benefits drawback drawbacks upside upsides downside downsides strength strengths
weakness weaknesses reasons case disagree disagreement contradict dispute disputed debate think thinks say says said
talk talks talked country countries organisation organisations organization organizations company companies
institution institutions place places city cities figure figures statistic statistics amount amounts money expert
experts official officials politician politicians role roles agency agencies ministry ministries bank banks team
teams club clubs brand brands firm firms business businesses group groups party parties nation nations state states
town towns region regions media player players analyst analysts morning evening today u ur wht abt whats ok okay
idea good bad right wrong really involved contain contains include includes available kind kinds type types actually
just maybe wondering curious test testing works working sorry oh
"""

_ORDINALS = {
    word: place
    for place, names in enumerate(
        (
            ("first", "1st", "one", "1"),
            ("second", "2nd", "two", "2"),
            ("third", "3rd", "three", "3"),
            ("fourth", "4th", "four", "4"),
            ("fifth", "5th", "five", "5"),
            ("sixth", "6th", "six", "6"),
            ("seventh", "7th", "seven", "7"),
            ("eighth", "8th", "eight", "8"),
            ("ninth", "9th", "nine", "9"),
            ("tenth", "10th", "ten", "10"),
        )
    )
    for word in names
}
_NOUNS = "article|text|piece|story|document|file|report|source|one|item"
_THING = f"(?:{_NOUNS})"
_NUMBERED = re.compile(
    rf"(?:#\s*|\b(?:no|nr|num|number)\b\.?\s*|\b{_THING}\s+(?:no\.?\s*|number\s+|#\s*)?)(\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b(?!\s*(?:of|percent|%))"
    rf"|\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))\s+{_THING}\b"
    rf"|\bthe\s+(first|second|third|fourth|fifth)\s*$",
    re.IGNORECASE,
)
_LAST = re.compile(rf"\blast\s+{_THING}\b", re.IGNORECASE)
_ALL = re.compile(rf"\b(?:these|all|every|whole|the) (?:the )?{_THING}s\b|\bfolder\b|\blibrary\b", re.I)
"""That all articles are meant, whatever was spoken of last."""
_THIS = re.compile(rf"\b(?:this|that|same)\s+{_THING}\b|\bthis\b|\bit\b|\bthe (?:article|text|piece|story)\W*$", re.I)


@dataclass(frozen=True)
class Subject:
    """``text`` in the articles' spelling; ``search``: gives what a search finds for it, if that is needed."""

    text: str
    history: Sequence[Turn]
    index: Index
    search: Callable[[], Sequence[Hit]] = tuple

    @cached_property
    def hits(self) -> Sequence[Hit]:
        """What a search finds for it."""
        return self.search()

    @cached_property
    def _telling(self) -> tuple[str, ...]:
        """The words that say what it is about, as written."""
        plain = [w for w in content_words(self.text) if stem(w) not in shaping()]
        return tuple(w for w in plain if not (w.islower() and frequency(w) >= EVERYDAY) and not w.isdigit())

    @property
    def topic(self) -> str:
        """What it is about, in the request's words."""
        return " ".join(self._telling)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The stems of what it is about, as far as the articles hold them."""
        return tuple(dict.fromkeys(t for t in map(stem, self._telling) if t in self.index.lexical))

    @cached_property
    def strange(self) -> tuple[str, ...]:
        """Words of a request that is about nothing which the articles hold; () where they hold some."""
        return () if self.terms else tuple(w for w in self._telling if len(w) > 2)

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """Names that no article holds."""
        known = shaping().union(*self.index.header_terms.values())
        names = [*self.index.speller.unknown_names(self.text), *self._unknown_lands()]
        return tuple(dict.fromkeys(n for n in names if not all(stem(word) in known for word in words(n))))

    def _unknown_lands(self) -> list[str]:
        """Countries in small letters that no article holds: a name whichever way it is written."""
        named = [word for word in words(self.text) if word.islower() and word.capitalize() in lands()]
        return [word for word in named if stem(word) not in self.index.lexical]

    @cached_property
    def numbered(self) -> str | None:
        """The article that is named by its place in the list."""
        ids = list(self.index.articles)
        found = _NUMBERED.search(self.text)
        if found:
            said = next(group for group in found.groups() if group).casefold()
            place = int(digits[0]) - 1 if (digits := re.findall(r"\d+", said)) else _ORDINALS[said]
            return ids[place] if 0 <= place < len(ids) else None
        return ids[-1] if ids and _LAST.search(self.text) else None

    @cached_property
    def current(self) -> str | None:
        """The article that the last answer was about, where the request points back at it."""
        if not self.history or _ALL.search(self.text) or not (_THIS.search(self.text) or not self.terms):
            return None
        said = fold(" ".join(self.history[-1].answer.split()))
        asked = f"{self.history[-1].question} {self.history[-1].answer}"
        heard = {id: _heard(article, self.index, said) for id, article in self.index.articles.items()}
        best = max(heard, key=lambda id: heard[id], default=None)
        if best is not None and heard[best]:
            return best
        before = Subject(asked, self.history[:-1], self.index)
        return before.numbered or before.by_words

    @cached_property
    def article(self) -> str | None:
        """The one article that is meant; None where none is."""
        if len(self.index.articles) == 1:
            return next(iter(self.index.articles))
        return self.numbered or self.current or self.by_words

    @cached_property
    def picked(self) -> Picked | None:
        """The articles that the request picks out by outlet, author, section or date."""
        return picked(self.text, self.index)

    @cached_property
    def sought(self) -> tuple[str, ...]:
        """The terms without those that pick articles out."""
        return tuple(t for t in self.terms if self.picked is None or t not in self.picked.used)

    @property
    def names_something(self) -> bool:
        """Whether it has a name, or a word that is no everyday English, which the articles hold."""
        rare = (w for w in self._telling if w[:1].isupper() or frequency(w) < RARE)
        return self.picked is not None or any(stem(w) in self.index.lexical for w in rare)

    @cached_property
    def narrowed(self) -> tuple[str, ...]:
        """The terms that are left when those which say what article is meant are taken away."""
        if self.within is None:
            return self.sought
        named = self.index.header_terms[self.within]
        return tuple(t for t in self.terms if t not in named)

    @property
    def within(self) -> str | None:
        """The article that a request keeps to; None where it says nothing of one."""
        return self.article if self.terms or self.numbered or self.current else None

    @cached_property
    def by_words(self) -> str | None:
        """The article that fits the words best, if any does well enough; among those that are picked out."""
        among = self.picked.ids if self.picked and self.picked.ids else tuple(self.index.articles)
        if len(among) == 1 and self.picked:
            return among[0]
        if not self.terms:
            return None
        scores = {id: self._fit(self.index.articles[id]) for id in among}
        best = max(scores, key=lambda id: scores[id], default=None)
        rarest = max(self.index.lexical.idf(term) for term in self.terms)
        return best if best is not None and scores[best] >= ENOUGH * rarest else None

    def _fit(self, article: Article) -> float:
        idf = self.index.lexical.idf
        header, held = self.index.header_terms[article.id], self.index.terms_of(article.id)
        found = sum(
            (TITLE if t in header else 0.0) * idf(t) + TEXT * idf(t) * min(1.0, held.get(t, 0) / 3) for t in self.terms
        )
        votes = sum(1 / (1 + rank) for rank, hit in enumerate(self.hits[:8]) if hit.passage.article == article.id)
        return found + FOUND * votes

    def holds(self, sentence: Sentence, least: float = 0.5) -> bool:
        """Whether a sentence with its article's title holds so much of what it is about, by weight."""
        return self.share(sentence) >= least

    def may_hold(self, article: str, least: float = 0.5) -> bool:
        """Whether any sentence of an article can; cheap, to look no further where none can."""
        one = self.index.articles[article]
        own = {*self.index.terms_of(article), *terms(one.title if one.title_given else "")}
        return self._weight(self.terms, own) >= least

    def holds_itself(self, sentence: Sentence, least: float = 0.5) -> bool:
        """The same of a sentence with the section heading that it stands under."""
        if not self.terms:
            return True
        own = self.index.sentences[sentence.article]
        heading = next((s for s in reversed(own) if s.start < sentence.start and s.id in self.index.headings), None)
        return self._weight(self.terms, {*terms(sentence.text), *terms(heading.text if heading else "")}) >= least

    def share(self, sentence: Sentence) -> float:
        """That weight, 0 to 1; 1 where it is about nothing in particular."""
        if not self.terms:
            return 1.0
        article = self.index.articles[sentence.article]
        own = {*terms(sentence.text), *terms(article.title if article.title_given else "")}
        return self._weight(self.terms, own)

    def share_of_narrowed(self, sentence: Sentence) -> float:
        """The share, by weight, of what narrows the request that the sentence itself holds; 1 where nothing does."""
        held = self.index.terms_of(sentence.article)
        if not self.narrowed or not any(term in held for term in self.narrowed):
            return 0.0 if self.narrowed else 1.0
        return self._weight(self.narrowed, set(terms(sentence.text)))

    def _weight(self, wanted: Sequence[str], own: set[str]) -> float:
        idf = self.index.lexical.idf
        total = sum(map(idf, wanted))
        return sum(idf(t) for t in wanted if t in own) / total if total else 1.0

    def person(self, known: Sequence[Person]) -> Person | None:
        """The person whose surname, or whole name, stands in the request; of several the one who says most."""
        asked = {fold(word) for word in words(self.text)}
        named = [p for p in known if (own := _naming(p.name)) and asked & own]
        return max(named, key=lambda p: (len(asked & _parts(p.name)), len(p.statements)), default=None)


@lru_cache(maxsize=1)
def shaping() -> frozenset[str]:
    """Stems that say what is wanted rather than about what."""
    return frozenset(map(stem, _SHAPING.split()))


def with_names(text: str, index: Index) -> str:
    """``text`` with the names of people in the place of their initials (SBF), which no article writes."""
    short = [w for w in words(text) if w.isupper() and len(w) in (2, 3) and stem(w) not in index.lexical]
    for letters in short:
        bearer = next((p.name for p in index.people if _initials(p.name) == letters), None)
        text = re.sub(rf"\b{letters}\b", bearer, text) if bearer else text
    return text


def _initials(name: str) -> str:
    return "".join(part[0] for part in re.split(r"[\s-]+", name) if part).upper()


def _parts(name: str) -> set[str]:
    return {fold(word) for word in words(name) if len(word) > 1}


def _naming(name: str) -> set[str]:
    """The words of a name that point at its bearer: not the first of several ("John"), but of "Wang Yi"."""
    parts = [fold(word) for word in words(name) if len(word) > 1 and not is_stop_word(word)]
    return set(parts[1:] or parts) | ({parts[0]} if len(parts) == 2 and len(parts[1]) <= 2 else set())


def _heard(article: Article, index: Index, said: str) -> int:
    """How many of an article's sentences a text repeats."""
    texts = [fold(" ".join(s.text.split())) for s in index.body[article.id]]
    return sum(len(text) > 20 and text in said for text in texts) + (fold(article.title) in said)
