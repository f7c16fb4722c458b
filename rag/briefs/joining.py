"""What several articles tell together: one entry a person, one a thing, from what is kept of each article.

Knows briefs; knows no sentence's words, so that it costs next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from rag.briefs.values import Appearance, Brief, Introduction, Named, Person, Thing
from rag.domain import Article, Sentence, Span, Statement

SentenceAt = Callable[[str, Span], Sentence]
"""The sentence of an article that a span is."""

_SAME_WORD = 80.0
_LONG = 5
"""Letters from which on two words that are spelt differently may be one."""
_ENOUGH = 2
"""Signs that make a word the name of an organisation."""
_BEST: tuple[Introduction, ...] = ("role", "name", "part", "said")


def things(named: Mapping[str, Sequence[Named]], sentence: SentenceAt) -> tuple[Thing, ...]:
    """Each thing once, the most mentioned first, by the spelling that most sentences have. ``named``: by article."""
    names: dict[str, Counter[str]] = {}
    found: dict[str, list[Sentence]] = {}
    for id, own in named.items():
        for one in own:
            names.setdefault(one.key, Counter())[one.name] += len(one.spans)
            found.setdefault(one.key, []).extend(sentence(id, span) for span in one.spans)
    made = [
        Thing(max(spelt, key=lambda name, spelt=spelt: (spelt[name], len(name))), tuple(found[key]))  # type: ignore[misc]
        for key, spelt in names.items()
    ]
    return tuple(sorted(made, key=lambda thing: -len(thing.sentences)))


def organisations_of(briefs: Mapping[str, Brief], known: Iterable[str] = ()) -> dict[str, list[Named]]:
    """The organisations of each article, with those that only all articles together speak for.

    A word that one article calls an organisation, or that is ``known`` to be one, is one in the others too, unless it
    is somebody's name.
    """
    sure = {*known} | {one.key for brief in briefs.values() for one in brief.organisations}
    signs: Counter[str] = Counter()
    for brief in briefs.values():
        signs.update({one.name: one.signs for one in brief.candidates if one.signs})
    sure |= {name for name, points in signs.items() if points >= _ENOUGH}
    sure -= _surnames(briefs.values())
    return {
        id: [*brief.organisations, *(Named(c.name, c.name, c.spans) for c in brief.candidates if c.name in sure)]
        for id, brief in briefs.items()
    }


def _surnames(briefs: Iterable[Brief]) -> Set[str]:
    return {word for brief in briefs for one in brief.people if one.named for word in one.name.split()}


@dataclass(slots=True)
class _Joined:
    """All entries of one person, the fullest name first."""

    entries: list[tuple[str, Appearance]]
    words: tuple[str, ...]
    place: int
    count: int = 0
    articles: dict[str, None] = field(default_factory=dict)

    @property
    def first(self) -> Appearance:
        return self.entries[0][1]

    @property
    def said(self) -> int:
        return sum(len(entry.said) for _, entry in self.entries)

    def add(self, article: str, entry: Appearance) -> None:
        self.entries.append((article, entry))
        self.count += entry.count
        self.articles[article] = None


def people_of(
    entries: Mapping[str, Sequence[Appearance]], articles: Mapping[str, Article], sentence: SentenceAt
) -> tuple[Person, ...]:
    """Everybody once, by how much they say and how often they are named.

    Speakers without a name come last; institutions are given only where there is nobody else. ``entries``: by article.
    """
    every = [(id, entry) for id, own in entries.items() for entry in own]
    named = sorted(_one_each([pair for pair in every if pair[1].named]), key=lambda one: -(2 * one.said + one.count))
    unnamed = sorted((_alone(*pair) for pair in every if not pair[1].named), key=lambda one: -one.said)
    chosen = [*named, *(one for one in unnamed if one.first.is_somebody)] or unnamed
    return tuple(made for one in chosen if (made := _person(one, articles, sentence)) is not None)


def _alone(article: str, entry: Appearance) -> _Joined:
    one = _Joined([], (), 0)
    one.add(article, entry)
    return one


def _person(one: _Joined, articles: Mapping[str, Article], sentence: SentenceAt) -> Person | None:
    """None where no sentence of the running text introduces them."""
    role = next((entry.role for _, entry in one.entries if entry.role), None)
    at = min(
        (pair for pair in one.entries if pair[1].introduced is not None),
        key=lambda pair: _rank(pair[1], role),
        default=None,
    )
    if at is None or at[1].introduced is None:
        return None
    said = [_statement(articles[id], place) for id, entry in one.entries for place in entry.said]
    said.sort(key=lambda statement: -statement.confidence)
    return Person(one.first.name, role, sentence(at[0], at[1].introduced), tuple(said), tuple(one.articles))


def _rank(entry: Appearance, role: str | None) -> int:
    return _BEST.index("name" if entry.how == "role" and entry.role != role else entry.how)


def _statement(article: Article, place: int) -> Statement:
    return article.statements[place]


def _one_each(entries: Iterable[tuple[str, Appearance]]) -> Iterator[_Joined]:
    """One a person: fullest names first, shorter and differently spelt ones added to them."""
    ranked = sorted(entries, key=lambda pair: (-len(pair[1].name.split()), -pair[1].count))
    known = _Known({_words(entry.name)[-1] for _, entry in ranked})
    for article, entry in ranked:
        words = _words(entry.name)
        same = known.same(words)
        shared = [one for one in same if article in one.articles]
        if same and (len(words) > 1 or len(shared or same) == 1):
            (shared or same)[0].add(article, entry)
        else:
            known.new(words).add(article, entry)
    letters = {word[0]: None for one in known.all for word in one.words[-1:]}
    yield from (one for letter in letters for one in known.all if one.words[-1][0] == letter)


class _Known:
    """Who is known so far, found by the last word of their names or the first."""

    def __init__(self, lasts: Set[str]) -> None:
        self.all: list[_Joined] = []
        self._by_last: dict[str, list[_Joined]] = {}
        self._by_first: dict[str, list[_Joined]] = {}
        self._long: dict[str, list[str]] = {}
        self._near: dict[str, list[str]] = {}
        for word in sorted(lasts):
            if len(word) >= _LONG:
                self._long.setdefault(word[0], []).append(word)

    def new(self, words: tuple[str, ...]) -> _Joined:
        one = _Joined([], words, len(self.all))
        self.all.append(one)
        self._by_last.setdefault(words[-1], []).append(one)
        self._by_first.setdefault(words[0], []).append(one)
        return one

    def same(self, words: tuple[str, ...]) -> list[_Joined]:
        """Those that a name may stand for, in the order in which they became known."""
        near = [one for last in self._alike(words[-1]) for one in self._by_last.get(last, ())]
        if len(words) == 1:
            near += [one for one in self._by_first.get(words[0], ()) if one.words[-1][0] == words[0][0]]
        found = {one.place: one for one in near if _same_person(one.words, words)}
        return [found[place] for place in sorted(found)]

    def _alike(self, word: str) -> list[str]:
        """The last words that are a word or a spelling of it."""
        if word not in self._near:
            others = self._long.get(word[0], []) if len(word) >= _LONG else []
            near = process.extract(word, others, scorer=fuzz.ratio, score_cutoff=_SAME_WORD, limit=None)
            self._near[word] = list(dict.fromkeys([word, *(choice for choice, _, _ in near)]))
        return self._near[word]


def _words(name: str) -> tuple[str, ...]:
    return tuple(name.lower().replace(".", "").split()) or (name.lower(),)


def _same_person(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether a fuller name and another one are one person's."""
    if len(b) == 1:
        return _alike(a[-1], b[0]) or (len(a) > 1 and a[0] == b[0] and len(a[-1]) > 2)
    if a == b or " ".join(a).endswith(" " + " ".join(b)):
        return True
    inner = [word for word in a[1:-1] + b[1:-1] if len(word) > 1]
    return _alike(a[0], b[0]) and _alike(a[-1], b[-1]) and (len(a) != len(b) or not inner or a[1:-1] == b[1:-1])


def _alike(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) >= _LONG and fuzz.ratio(a, b) >= _SAME_WORD)
