"""Who is meant by "he", "the expert", "Kirby": phrases to speakers, with what has been said so far. Knows no marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rag.quotes import lexicon as lex
from rag.quotes.cast import Cast, Person
from rag.quotes.words import Phrase, head_noun, singular, tokens

NAMED, DESCRIBED, PRONOUN, GUESSED = 0.95, 0.75, 0.7, 0.45
"""Confidence by what resolves a speaker; checked against the labelled articles (docs/speakers.md)."""

_MIN_MATCH = 1.5
_MEMORY = 200  # voices that are remembered
_ANONYMOUS = re.compile(r",? (?:who|speaking|on)\b[^.]{0,40}\b(?:anonym|not to be (?:named|identified)|not be named)")


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker as resolved. ``kind``: person, body (an institution, a document) or unnamed."""

    name: str
    kind: str
    role: str | None = None
    gender: str | None = None
    plural: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """A speaker with how sure it is, from 0 to 1."""

    voice: Voice
    confidence: float


@dataclass(slots=True)
class Scene:
    """The state of an article while it is read from top to bottom."""

    cast: Cast
    text: str
    spoke: list[Voice] = field(default_factory=list)  # last one last
    seen: list[Voice] = field(default_factory=list)  # who spoke or was a sentence's topic, last one last
    topic: Voice | None = None  # the person whom the sentence before is about
    here: Voice | None = None  # the person named first in this sentence
    body: Voice | None = None  # the institution mentioned last as a subject
    outlet: Voice | None = None

    @property
    def last(self) -> Voice | None:
        return self.spoke[-1] if self.spoke else None

    def note(self, voice: Voice) -> None:
        """Somebody has spoken."""
        self.spoke.append(voice)
        self.notice(voice)
        del self.spoke[:-_MEMORY]
        if voice.kind == "body":
            self.body = voice
            if is_outlet(voice.name):
                self.outlet = voice

    def notice(self, voice: Voice) -> None:
        """Somebody has spoken or is what a sentence is about."""
        self.seen.append(voice)
        del self.seen[:-_MEMORY]

    def resolve(self, phrase: Phrase) -> Resolved | None:
        """The speaker that a phrase stands for; None for "it" and "they" with nobody before."""
        if phrase.kind == "pronoun":
            return self._pronoun(phrase.text.lower())
        return self._named(phrase) if phrase.kind == "name" else self._described(phrase)

    def person(self, person: Person) -> Voice:
        return Voice(person.name, "person", person.role, person.gender)

    def _named(self, phrase: Phrase) -> Resolved:
        person = self.cast.find(phrase.name)
        if person and not is_body(phrase.name):
            return Resolved(self.person(person), NAMED)
        if is_body(phrase.name) or phrase.name.lower().startswith("the "):
            return Resolved(Voice(phrase.name, "body"), NAMED - 0.05)
        return Resolved(Voice(phrase.name, "person", _plain_role(phrase.role)), NAMED - 0.05)

    def _pronoun(self, word: str) -> Resolved | None:
        if word == "it":
            found = self.body or next((v for v in reversed(self.spoke) if v.kind != "person"), None)
            return Resolved(found, GUESSED + 0.1) if found else None
        if word == "they":
            found = next((v for v in reversed(self.spoke[-3:]) if v.plural or v.kind == "unnamed"), None)
            found = found or self.body or self.last
            return Resolved(found, GUESSED) if found else None
        for candidate, confidence in ((self.here, PRONOUN), (self._recent(), PRONOUN), (self.topic, PRONOUN - 0.1)):
            if candidate and candidate.kind != "body" and candidate.gender in (None, word) and not candidate.plural:
                return Resolved(candidate, confidence)
        main = self.cast.main()
        fits = next((v for v in reversed(self.seen) if v.kind != "body" and v.gender in (None, word)), None)
        fits = fits or (self.person(main) if main and main.gender in (None, word) else None)
        return Resolved(fits, GUESSED) if fits else None

    def _recent(self) -> Voice | None:
        """The topic of the sentence before if it is a person, else who spoke last."""
        if self.topic and self.topic.kind == "person":
            return self.topic
        return self.last

    def _described(self, phrase: Phrase) -> Resolved | None:
        words = [w for w in tokens(self.text, phrase.start, phrase.end) if w.is_word]
        head = singular(head_noun(words))
        if not self._points_back(phrase):
            return Resolved(_unnamed(phrase.text, head), DESCRIBED)
        if head in {"author", "writer"} and self.last and self.last == self.outlet:
            return Resolved(self.outlet, DESCRIBED)
        if re.search(r"\bhead of (?:the )?state\b", phrase.text, re.I):
            head = "president"
            words = [w for w in words if w.low not in {"head", "state"}]
        if head in lex.OUTLET_NOUNS and self.outlet and len(words) == 2:
            return Resolved(self.outlet, DESCRIBED)
        if head in lex.DOCUMENT_NOUNS | lex.OUTLET_NOUNS:
            return Resolved(Voice(phrase.text, "body"), DESCRIBED)
        if head in lex.GROUP_NOUNS:
            narrow = len(words) == 2 and self.body
            return Resolved(self.body if narrow and self.body else Voice(phrase.text, "body"), DESCRIBED - 0.1)
        return self._matching(phrase, {w.low.rstrip(".") for w in words}, head)

    def _points_back(self, phrase: Phrase) -> bool:
        if _ANONYMOUS.match(self.text, phrase.end):
            return False
        first = phrase.text.split()[0].lower()
        owned = re.search(r"\w(?:[’']s|s[’'])\s", phrase.text) and first not in lex.INDEFINITE
        return (first in {"the", "this"} or bool(owned)) and not _is_plural(phrase.text)

    def _matching(self, phrase: Phrase, words: set[str], head: str) -> Resolved:
        scored = [(self._score(voice, words, head), voice) for voice in self._candidates()]
        score, best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
        if best and score >= _MIN_MATCH:
            return Resolved(best, DESCRIBED)
        if head in lex.GENERIC or len(words) <= 3:
            recent = self.last if self.last and self.last.kind != "body" else self.topic
            if recent:
                return Resolved(recent, DESCRIBED if head in lex.GENERIC else GUESSED)
        main = self.cast.main()
        if main and ("year-old" in phrase.text) and main.count > 3:
            return Resolved(self.person(main), GUESSED)
        return Resolved(_unnamed(phrase.text, head), GUESSED)

    def _candidates(self) -> list[Voice]:
        people = [self.person(p) for p in self.cast.people.values() if p.role]
        spoken = [v for v in dict.fromkeys(self.spoke) if v.kind == "unnamed"]
        return people + spoken

    def _score(self, voice: Voice, words: set[str], head: str) -> float:
        own = {
            w.strip(",.()").removesuffix("'s").removesuffix("’s") for w in (voice.role or voice.name).lower().split()
        }
        asked, has = (
            {lex.DEMONYMS[w] for w in words & lex.DEMONYMS.keys()},
            {lex.DEMONYMS[w] for w in own & lex.DEMONYMS.keys()},
        )
        asked, has = _nations(words), _nations(own)
        score = 2.0 * bool(asked & has) - 3.0 * bool(asked and has and not asked & has)
        heads = {singular(w) for w in own}
        if head in heads:
            score += 2.0
        elif any(head in kind and kind & heads for kind in lex.KINDS):
            score += 1.5
        else:
            score -= 2.0
        score += 0.5 * len((words & own) - lex.ARTICLES - lex.PREPOSITIONS - {head})
        return score + self._nearness(voice)

    def _nearness(self, voice: Voice) -> float:
        recent = [v.name for v in self.spoke[-4:]]
        if recent and voice.name == recent[-1]:
            return 1.2
        if self.topic and voice.name == self.topic.name:
            return 0.5
        return 0.6 if voice.name in recent else 0.0


def _nations(words: set[str]) -> set[str]:
    known = {lex.DEMONYMS[w] for w in words if w in lex.DEMONYMS}
    return known | (words & frozenset(lex.DEMONYMS.values())) | ({"america"} if {"white", "house"} <= words else set())


def is_outlet(name: str) -> bool:
    """Whether a name is known, or looks like, that of a newspaper, agency or broadcaster."""
    words = {w.lower().strip(".") for w in name.split()}
    press = {"times", "post", "news", "journal", "daily", "telegraph", "guardian", "magazine", "herald", "tribune"}
    return bool(words & (lex.OUTLETS | press)) or any(w in lex.OUTLET_NOUNS for w in words)


def is_body(name: str) -> bool:
    """Whether a name is that of an institution, an outlet, a country or a people, as far as its words tell."""
    words = [w.lower().strip(".,") for w in name.split() if w.lower() != "the"]
    return any(w in lex.ORG_WORDS or w in lex.COUNTRIES or w in lex.DEMONYMS or w in lex.OUTLETS for w in words) or (
        len(words) == 1 and name.isupper()
    )


def _is_plural(text: str) -> bool:
    words = text.split()
    head = head_noun([w for w in tokens(text, 0, len(text)) if w.is_word])
    return len(words) > 1 and head.endswith("s") and not head.endswith("ss") and head not in {"states", "boss"}


def _unnamed(text: str, head: str) -> Voice:
    return Voice(text, "unnamed", None, None, plural=_is_plural(text) or head in {"many", "some", "others", "people"})


def _plain_role(role: str) -> str | None:
    words = role.split()
    while words and words[0].lower() in lex.ARTICLES:
        words = words[1:]
    return " ".join(words) or None
