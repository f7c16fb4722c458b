"""Capitalised names in sentences: where they stand and what stands around them. Knows no list of places or people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.briefs.joining import things
from rag.briefs.values import Named, Sentences, Thing
from rag.domain import Sentence, Span
from rag.quotes import lexicon as lex
from rag.quotes.words import Word, tokens

ORG_HEADS = lex.words(
    "ministry council bank university union company inc corp corporation ltd llc plc party court agency"
    " institute association federation committee commission department organization organisation parliament congress"
    " senate foundation league college school hospital police force forces army navy bureau administration"
    " embassy museum news post herald journal guardian telegraph tribune gazette network studios pictures"
    " entertainment technologies systems labs laboratory airlines airways motors holdings partners ventures"
    " fund society alliance forum authority times group club service academy kremlin nations treasury orchestra"
    " software airport church chamber tribunal registry secretariat assembly exchange broadcasting media games"
    " daily analytics industries pharmaceuticals research consulting advisors capital house"
)
"""Words that end, or stand before the "of" of, an organisation's name."""
WHERE = lex.words("in at to from near into across around outside throughout via inside visit visiting left leave")
"""Words that a place stands behind."""


@dataclass(frozen=True, slots=True)
class Run:
    """Capitalised words in a row: ``words[start:end]`` of the sentence's words."""

    words: Sequence[Word]
    start: int
    end: int

    @property
    def own(self) -> Sequence[Word]:
        return self.words[self.start : self.end]

    def before(self, n: int = 1) -> str:
        """The ``n``-th word before the run in lower case, "the" passed over; "" at the beginning."""
        at = self.start - 1
        while at >= 0 and self.words[at].low in {"the", "south", "north", "east", "west", "central", "downtown"}:
            at -= 1
        return self.words[at - n + 1].low if at - n + 1 >= 0 else ""

    def after(self) -> str:
        """The word behind the run, as written; "" at the end."""
        return self.words[self.end].text if self.end < len(self.words) else ""


@lru_cache(maxsize=20000)
def words_of(text: str) -> tuple[Word, ...]:
    """The words of a sentence, places counted from its beginning."""
    return tuple(tokens(text, 0, len(text)))


def phrase_at(words: Sequence[Word], start: int, end: int) -> str:
    """The words from ``start`` to ``end``, one space between them, without a genitive's ending."""
    return " ".join(word.text for word in words[start:end])


def known_names(text: str, known: Mapping[str, object], longest: int = 5) -> Iterator[tuple[str, Run]]:
    """Where names of a list stand in a text, longest first, each with its place; none inside another."""
    words, at = words_of(text), 0
    while at < len(words):
        capital = words[at].text[0].isupper()
        for end in range(min(len(words), at + longest), at, -1) if capital else ():
            name = phrase_at(words, at, end)
            if name in known:
                yield name, Run(words, at, end)
                at = end - 1
                break
        at += 1


def standing(
    sentences: Sequence[Sentence], known: Mapping[str, object], inside: Callable[[Run], bool], longest: int = 5
) -> list[tuple[str, Run, Sentence]]:
    """Where names of a list stand by themselves in sentences. ``inside``: whether a place belongs to another name."""
    return [
        (name, run, sentence)
        for sentence in sentences
        if not shouted(sentence.text)
        for name, run in known_names(sentence.text, known, longest)
        if not inside(run)
    ]


def inside_name(run: Run) -> bool:
    """Whether the run is a part of a longer capitalised name, a role or "the ... of" not counted."""
    before = run.words[run.start - 1] if run.start else None
    behind = run.words[run.end] if run.end < len(run.words) else None
    if behind is not None and not run.own[-1].owns and behind.is_name and behind.is_word:
        return True
    return before is not None and before.is_name and before.is_word and not before.owns and run.start > 1


def collected(found: Iterable[tuple[str, str, Sentence]]) -> tuple[Named, ...]:
    """Names in one article from (key, spelling, sentence) triples, by first mention; under the commonest spelling."""
    names: dict[str, dict[str, int]] = {}
    spans: dict[str, dict[Span, None]] = {}
    for key, spelling, sentence in found:
        spellings = names.setdefault(key, {})
        spellings[spelling] = spellings.get(spelling, 0) + 1
        spans.setdefault(key, {})[sentence.span] = None
    return tuple(
        Named(key, max(spellings, key=lambda s: (spellings[s], len(s))), tuple(spans[key]))
        for key, spellings in names.items()
    )


def told(named: Mapping[str, Sequence[Named]], sentences: Sentences) -> tuple[Thing, ...]:
    """The things that names in several articles stand for, with the sentences."""
    at = {(id, s.span): s for id, own in sentences.items() for s in own}
    return things(named, lambda id, span: at[id, span])


def shouted(text: str) -> bool:
    """Whether a line is in capitals throughout, so that they tell no names."""
    letters = re.findall(r"[^\W\d_]", text)
    return len([c for c in letters if c.isupper()]) > 0.6 * len(letters)
