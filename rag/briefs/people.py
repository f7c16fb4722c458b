"""Who is who: the people that articles name with a role or quote, one entry each. Knows casts and statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from rag.briefs.roles import cleaned, is_open
from rag.briefs.somebody import first_name_known, is_called, is_person_name, without_opener
from rag.briefs.values import Person, Sentences
from rag.domain import Article, Sentence, Statement
from rag.quotes import is_named
from rag.quotes import lexicon as lex
from rag.quotes.cast import Cast, build
from rag.quotes.words import can_speak, head_noun, tokens

_SAME_WORD = 80.0
_SURE_QUOTE = 0.5
_AGENT = 7
"""Letters from which on a word that ends like a calling is one: sociologist, but no Krist."""


@dataclass(slots=True)
class _Entry:
    """A name in one article, later all that is one person's."""

    name: str
    role: str | None
    count: int
    named: bool = True
    statements: list[Statement] = field(default_factory=list)
    articles: dict[str, None] = field(default_factory=dict)


def people(articles: Mapping[str, Article], sentences: Sentences) -> tuple[Person, ...]:
    """The people of articles: those quoted and those named with a role, spellings of one name joined.

    Ordered by how much they say and how often they are named; speakers without a name ("a White House representative")
    come last. Outlets and institutions are given only where there is nobody else; () where no one is named or speaks.
    """
    entries = [entry for id, article in articles.items() for entry in _entries(article, sentences.get(id, ()))]
    joined = _joined([e for e in entries if e.named])
    ranked = sorted(joined, key=lambda e: -(2 * len(e.statements) + e.count))
    described = sorted(_described([e for e in entries if not e.named]), key=lambda e: -len(e.statements))
    chosen = [*ranked, *(e for e in described if _is_somebody(e.name))] or [
        e for e in described if _is_institution(e.name)
    ]
    return tuple(person for e in chosen if (person := _person(e, sentences)) is not None)


def cast_of(article: Article, sentences: Sequence[Sentence]) -> Cast:
    """Who occurs in the sentences of an article, by full name."""
    return build([tokens(article.text, s.start, s.end) for s in sentences], article.text)


def _entries(article: Article, sentences: Sequence[Sentence]) -> Iterator[_Entry]:
    cast = cast_of(article, sentences)
    found: dict[str, _Entry] = {}
    for person in cast.people.values():
        name, role = _plain(person.name), cleaned(person.role)
        known = role or (first_name_known(name) and (person.count > 1 or is_called(name, article.text)))
        if known and not is_open(person.role) and is_person_name(name, article, role):
            found.setdefault(name, _Entry(name, role, person.count))
    for said in article.statements:
        name = _plain(said.speaker.strip())
        near = None if name in found else cast.find(name)
        full = _plain(near.name) if near is not None and is_person_name(_plain(near.name), article) else name
        entry = found.get(full)
        if entry is None:
            somebody = is_person_name(full, article, said.role) and _acts(full, said, article)
            entry = found[full] = _Entry(full, cleaned(said.role), near.count if near else 0, somebody)
        entry.role = entry.role or cleaned(said.role)
        entry.statements.append(said)
    for entry in found.values():
        entry.articles[article.id] = None
        yield entry


def _plain(name: str) -> str:
    """A name without titles in front: "Partner Marc Andreessen", "US Assistant Secretary of State Kritenbrink"."""
    words = name.split()
    titles = [k for k, w in enumerate(words[:-1]) if _is_title(w)]
    if not titles or not words[-1][0].isupper() or words[0].lower() in lex.ARTICLES:
        return without_opener(name)
    tail = words[titles[-1] + 1 :]
    return " ".join(tail[2:] if tail[0].lower() == "of" and len(tail) > 2 else tail)


def _is_title(word: str) -> bool:
    low = word.lower().strip(".")
    return low in lex.TITLES | lex.PERSON_NOUNS or (len(low) > _AGENT and low.endswith(lex.AGENT_ENDINGS))


def _acts(name: str, said: Statement, article: Article) -> bool:
    """Whether a speaker whom the article does not introduce is somebody rather than something."""
    if is_open(said.role):
        return False
    if len(name.split()) == 1:
        return cleaned(said.role) is not None
    named = first_name_known(name) or cleaned(said.role) is not None
    return is_called(name, article.text) or (named and said.confidence >= _SURE_QUOTE)


def _is_somebody(description: str) -> bool:
    """ "a White House representative": a kind of person, not of group, outlet or document."""
    words = tokens(description, 0, len(description))
    head = head_noun(words) if words else ""
    groups = lex.GROUP_NOUNS | lex.OUTLET_NOUNS | lex.DOCUMENT_NOUNS | {"authorities", "data", "media", "press", "site"}
    one = bool(words) and words[0].low in lex.ARTICLES and words[-1].low not in lex.ARTICLES | lex.PREPOSITIONS
    return one and len(words) > 1 and can_speak(head) and head not in groups and not words[-1].is_name


def _is_institution(speaker: str) -> bool:
    """Something with a name of its own that speaks: "The EU", but no "recent post"."""
    return any(word[0].isupper() and word.lower() not in lex.ARTICLES for word in speaker.split())


def _joined(entries: Sequence[_Entry]) -> list[_Entry]:
    """One entry a person: fullest names first, shorter and differently spelt ones added to them."""
    people: dict[str, list[_Entry]] = {}
    for entry in sorted(entries, key=lambda e: (-len(e.name.split()), -e.count)):
        last = entry.name.split()[-1].lower()
        same = [known for known in people.get(last[0], []) if _same_person(known.name, entry.name)]
        shared = [known for known in same if known.articles.keys() & entry.articles.keys()]
        whole = len(entry.name.split()) > 1
        if (shared or same) and (whole or len(shared or same) == 1):
            _add((shared or same)[0], entry)
        else:
            people.setdefault(last[0], []).append(entry)
    return [entry for own in people.values() for entry in own]


def _same_person(full: str, other: str) -> bool:
    a, b = full.lower().replace(".", "").split(), other.lower().replace(".", "").split()
    if len(b) == 1:
        return _alike(a[-1], b[0]) or (len(a) > 1 and a[0] == b[0] and len(a[-1]) > 2)
    if full == other or " ".join(a).endswith(" " + " ".join(b)):
        return True
    inner = [word for word in a[1:-1] + b[1:-1] if len(word) > 1]
    return _alike(a[0], b[0]) and _alike(a[-1], b[-1]) and (len(a) != len(b) or not inner or a[1:-1] == b[1:-1])


def _alike(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) >= 5 and fuzz.ratio(a, b) >= _SAME_WORD)


def _add(known: _Entry, entry: _Entry) -> None:
    known.count += entry.count
    known.role = known.role or entry.role
    known.statements += entry.statements
    known.articles.update(entry.articles)


def _described(entries: Sequence[_Entry]) -> list[_Entry]:
    known: dict[tuple[str, tuple[str, ...]], _Entry] = {}
    for entry in entries:
        key = (entry.name.lower(), tuple(entry.articles))
        if key in known:
            _add(known[key], entry)
        else:
            known[key] = entry
    return list(known.values())


def _person(entry: _Entry, sentences: Sentences) -> Person | None:
    """The entry with the sentence that introduces it; None where no sentence of the body does."""
    own = [s for id in entry.articles for s in sentences.get(id, ())]
    role = " ".join((entry.role or "").split()).lower()
    naming = [s for s in own if (is_named(entry.name, s.text) if entry.named else entry.name in s.text)]
    spoken = [s for said in entry.statements for s in own if s.article == said.article and said.span.overlap(s.span)]
    with_role = [s for s in naming if role and role in " ".join(s.text.split()).lower()]
    full = [s for s in naming if entry.name in " ".join(s.text.split())]
    first = next(iter([*with_role, *full, *naming, *spoken]), None)
    if first is None:
        return None
    said = sorted(entry.statements, key=lambda s: -s.confidence)
    return Person(entry.name, entry.role, first, tuple(said), tuple(entry.articles))
