"""Who occurs in an article: full names, roles where they first stand, "he" or "she". Knows no quotation and no verb.

Names are runs of capitalised words without titles, countries and institutions; a surname leads to the full name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rag.quotes import lexicon as lex
from rag.quotes.words import PARTICLES, Word, can_speak, head_noun, person_part

_FIRST_NAME = 20  # votes that a common first name has
_ROLE_MAX = 220  # characters; what is longer is a clause, not a role
MAX_PEOPLE = 1000
"""Names in one article. What holds more is a register, and whoever comes later in it is not looked for."""
_LEAD = re.compile(r"^(?:(?:the|a|an|his|her|its|their|by|and|but|with|also|earlier|meanwhile)\s+)+", re.I)


@dataclass(slots=True)
class Person:
    """A name in full with its first role. ``at``: where it first stands; ``votes``: he against she."""

    name: str
    at: int
    role: str | None = None
    count: int = 0
    votes: Counter[str] = field(default_factory=Counter)

    @property
    def gender(self) -> str | None:
        he, she = self.votes["he"], self.votes["she"]
        return None if he == she else ("he" if he > she else "she")


@dataclass(slots=True)
class Cast:
    """The people of one article, by full name."""

    people: dict[str, Person] = field(default_factory=dict)
    by_word: dict[str, list[Person]] = field(default_factory=dict)

    def beginning(self, line: str) -> list[Person]:
        """Those with whose first name a line may begin."""
        first = re.split(r"[ ,–—|-]", line, maxsplit=1)[0]
        return self.by_word.get(first, [])

    def find(self, name: str) -> Person | None:
        """The person that a name, a surname or a first name stands for; the one named most often if several."""
        words = [w for w in name.split() if w.lower().rstrip(".") not in lex.TITLES] or name.split()
        exact = self.people.get(" ".join(words))
        if exact:
            return exact
        behind = [p for p in self.by_word.get(words[-1], []) if p.name.lower().endswith(" " + " ".join(words).lower())]
        if len(words) > 1 and behind:  # "von der Leyen"
            return max(behind, key=lambda p: p.count)
        while len(words) > 1 and words[0].lower() in PARTICLES:
            words = words[1:]
        if len(words) > 1:
            both = [p for p in self.by_word.get(words[-1], []) if p.name.split()[0] == words[0]]
            return both[0] if both else self._loose(words)
        known = self.by_word.get(words[0], [])
        last = [p for p in known if p.name.split()[-1] == words[0]]
        first = [p for p in known if p.role or p.gender]  # "Uber" is not short for "Uber Freight"
        return max(last or first, key=lambda p: p.count, default=None)

    def _loose(self, words: Sequence[str]) -> Person | None:
        """The same surname with another form of the first name (Nick, Nicholas)."""
        same = [p for p in self.by_word.get(words[-1], []) if p.name.split()[0][:3] == words[0][:3]]
        return same[0] if same else None

    def main(self) -> Person | None:
        """Who is named most often, if anyone stands out."""
        first = max(self.people.values(), key=lambda p: p.count, default=None)
        return first if first and first.count > 1 else None

    def in_words(self, words: Sequence[Word]) -> list[Person]:
        """The people named in a sentence, in order."""
        found: list[Person] = []
        for run in name_runs(words):
            name = " ".join(w.text for w in _name_of(words, run))
            person = self.find(name) if name and not _attributive(words, run) else None
            if person and person not in found:
                found.append(person)
        return found


def name_runs(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Runs of capitalised words as half-open ranges; a genitive ends one."""
    runs: list[tuple[int, int]] = []
    i = 0
    while i < len(words):
        if not words[i].is_name or not words[i].is_word:
            i += 1
            continue
        j = i
        while j < len(words) and words[j].is_word and (words[j].is_name or _is_particle(words, j)):
            j += 1
            if words[j - 1].owns:
                break
        runs.append((i, j))
        i = j
    return runs


def _attributive(words: Sequence[Word], run: tuple[int, int]) -> bool:
    """ "the Pat McAfee show": a name that belongs to a thing."""
    article = run[0] > 0 and words[run[0] - 1].low in {"the", "a", "an"}
    if not article or run[1] >= len(words) or len(person_part(words[run[0] : run[1]])) < run[1] - run[0]:
        return False
    behind = words[run[1]]
    return behind.is_word and behind.text[0].islower() and behind.low not in lex.ADVERBS | lex.PASSIVE | lex.SAY


def _is_particle(words: Sequence[Word], j: int) -> bool:
    """A small word, or the first of several, that leads to a name: "Ursula von der Leyen"."""
    behind = next((word for word in words[j:] if word.low not in PARTICLES), None)
    return words[j].low in PARTICLES and behind is not None and behind.is_name


def _name_of(words: Sequence[Word], run: tuple[int, int]) -> Sequence[Word]:
    capitals = words[run[0] : run[1]]
    first = next((k for k, w in enumerate(capitals) if _is_title(w)), None)
    if first is not None and first in (2, 3) and len(person_part(capitals[:first])) == first:
        return capitals[:first]  # "Daniel Kritenbrink Assistant Secretary": a line beside a quotation
    name = person_part(capitals)
    after_of = run[0] > 1 and words[run[0] - 1].low == "of" and _is_title(words[run[0] - 2])
    return name[1:] if after_of and len(name) > 2 else name


def _is_title(word: Word) -> bool:
    return word.low.rstrip(".") in lex.TITLES


def build(sentences: Iterable[Sequence[Word]], text: str) -> Cast:
    """The cast of an article from its sentences' words, quotations included."""
    cast = Cast()
    rows = list(sentences)
    for words in rows:
        for run in name_runs(words):
            _note(cast, words, run, text)
    _drop_glued(cast)
    _drop_shortened(cast)
    for words in rows:
        for run in name_runs(words):
            name = _name_of(words, run)
            person = cast.find(" ".join(w.text for w in name)) if name else None
            if person:
                person.count += 1
    _vote(cast, rows)
    return cast


def _drop_shortened(cast: Cast) -> None:
    """ "Van Dijk" at the beginning of a sentence is Virgil van Dijk without his first name."""
    for person in list(cast.people.values()):
        words, low = person.name.split(), f" {person.name.lower()}"
        whole = any(other.name.lower().endswith(low) for other in cast.by_word[words[-1]])
        if words[0].lower() in PARTICLES and whole:
            _drop(cast, person)


def _drop(cast: Cast, person: Person) -> None:
    del cast.people[person.name]
    for word in set(person.name.split()):
        cast.by_word[word].remove(person)


def _drop_glued(cast: Cast) -> None:
    """Names with another capitalised word behind them ("Anna Berg Harbour minister") are the name without it."""
    for person in list(cast.people.values()):
        words = person.name.split()
        short = cast.people.get(" ".join(words[:-1])) if len(words) > 2 else None
        if short and len(cast.by_word[words[-1]]) == 1:
            _drop(cast, person)


def _note(cast: Cast, words: Sequence[Word], run: tuple[int, int], text: str) -> None:
    name = _name_of(words, run)
    if not 2 <= len(name) <= 4 or any(c.isdigit() for w in name for c in w.text) or all(w.text.isupper() for w in name):
        return
    if name[0].low in _PLACE_FIRST:
        return
    full = " ".join(w.text for w in name)
    person = cast.people.get(full)
    if person is None and len(cast.people) >= MAX_PEOPLE:
        return
    if person is None:
        person = cast.people[full] = Person(full, name[0].start)
        for word in {w.text for w in name}:
            cast.by_word.setdefault(word, []).append(person)
    if person.role is None:
        at = words.index(name[0])
        person.role = _role_after(words, at + len(name), text) or _role_before(words, at, text)


_PLACE_FIRST = lex.words(
    "north south east west new national public great saint san los las old upper lower central grand"
)


def _role_before(words: Sequence[Word], at: int, text: str) -> str | None:
    begin = at
    while begin > 0 and words[begin - 1].is_word and words[begin - 1].low not in lex.STOPS | {"and", "but"}:
        if words[begin - 1].low in _NO_ROLE or (words[begin - 1].text[0].islower() and words[begin - 1].low in lex.SAY):
            break
        begin -= 1
    if begin == at and at > 1 and words[at - 1].text == ",":  # "the coordinator ... at the White House, John Kirby,"
        return _role_before_comma(words, at - 1, text)
    lead = _trimmed(words[begin:at], after_verb=begin > 0 and words[begin - 1].low in _NO_ROLE)
    if not lead or lead[-1].low in lex.PREPOSITIONS or not _is_role(lead):
        return None
    before = _role_before_comma(words, begin - 1, text) if begin > 1 and words[begin - 1].text == "," else None
    own = _clean(text[lead[0].start : lead[-1].end])
    return f"{before}, {own}" if before and own else own


def _trimmed(lead: Sequence[Word], *, after_verb: bool) -> Sequence[Word]:
    """Without what stands before the role: a preposition, a verb ("to fire Wallabies coach")."""
    if (
        after_verb
        and lead
        and lead[0].text[0].islower()
        and lead[0].low not in lex.ARTICLES
        and not can_speak(lead[0].low)
    ):
        lead = lead[1:]
    cut = max(
        (k + 1 for k, w in enumerate(lead) if w.low in {"from", "with", "like", "about", "against", "by"}), default=0
    )
    lead = lead[cut:]
    while lead and lead[0].low in lex.PREPOSITIONS | lex.ADVERBS:
        lead = lead[1:]
    return lead


_NO_ROLE = lex.PASSIVE | lex.PRONOUNS | lex.NOT_ASSERTED | lex.words("by have has had told")


def _is_role(words: Sequence[Word]) -> bool:
    nouns = [w.low.rstrip(".") for w in words]
    return any(n in lex.TITLES or can_speak(n) for n in nouns) and not (
        len(nouns) == 1 and nouns[0] in {"mr", "mrs", "ms", "miss", "dr"}
    )


def _role_before_comma(words: Sequence[Word], comma: int, text: str) -> str | None:
    begin = comma
    while begin > 0 and words[begin - 1].is_word and words[begin - 1].low not in lex.STOPS | {"by", "to"} | lex.SAY:
        begin -= 1
    lead = words[begin:comma]
    while lead and lead[0].low in lex.PREPOSITIONS | lex.ADVERBS | {"and", "but"}:
        lead = lead[1:]
    begins_well = lead and (lead[0].low in lex.ARTICLES or lead[0].owns or _is_title(lead[0]))
    if not begins_well or not can_speak(head_noun(lead)):
        return None
    return _clean(text[lead[0].start : lead[-1].end])


def _role_after(words: Sequence[Word], end: int, text: str) -> str | None:
    """An apposition: ", a former adviser to ... and now senior vice president." Also the rest of a line of names."""
    if end >= len(words):
        return None
    if _is_title(words[end]) and words[end].is_name and all(w.is_word for w in words[end:]):
        return _clean(text[words[end].start : words[-1].end])
    if words[end].text not in {",", "(", "—", "–"} or words[end - 1].owns:
        return None
    stop = end + 1
    while stop < len(words) and words[stop].is_word and not (words[stop].low in lex.SAY and stop > end + 1):
        stop += 1
    role = words[end + 1 : stop]
    if not role or not can_speak(head_noun([w for w in role if w.low not in lex.ADVERBS] or role)):
        return None
    if role[-1].low in lex.PREPOSITIONS or (len(role) > 1 and role[0].is_name and person_part(role) == role):
        return None
    return _clean(text[role[0].start : role[-1].end])


def _clean(role: str) -> str | None:
    role = _LEAD.sub("", " ".join(role.split())).strip(" ,")
    return role if 2 < len(role) <= _ROLE_MAX else None


def _vote(cast: Cast, rows: Sequence[Sequence[Word]]) -> None:
    """Pronouns in a sentence that names one person, and at the beginning of the next, tell whether it is he or she."""
    before: Person | None = None
    for words in rows:
        lows = [w.low for w in words]
        people = cast.in_words(words)
        if not people and before and lows:
            _count(before, _pronouns(lows[:8]))
        elif len(people) == 1:
            _count(people[0], _pronouns(lows))
        before = people[0] if len(people) == 1 else (before if not people else None)
    for person in cast.people.values():
        first = person.name.split()[0].lower()
        person.votes["he"] += _FIRST_NAME * (first in lex.MALE_NAMES)
        person.votes["she"] += _FIRST_NAME * (first in lex.FEMALE_NAMES)
        _count(person, (person.role or "").lower().split())


def _pronouns(words: Sequence[str]) -> list[str]:
    """Without "her son" and the like, which tell of another person."""
    return [w for w in words if w in {"he", "she", "himself", "herself", "mr", "mrs", "ms", "mr.", "mrs.", "ms."}]


def _count(person: Person, words: Sequence[str]) -> None:
    person.votes["he"] += sum(w in lex.MALE for w in words)
    person.votes["she"] += sum(w in lex.FEMALE for w in words)
