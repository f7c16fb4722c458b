"""Who is who: the people that articles name with a role or quote, one entry each. Knows casts and statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.briefs.joining import people_of
from rag.briefs.roles import cleaned, is_open
from rag.briefs.somebody import first_name_known, is_called, is_person_name, without_opener
from rag.briefs.values import Appearance, Introduction, Person, Sentences
from rag.domain import Article, Sentence, Span, Statement
from rag.quotes import is_named
from rag.quotes import lexicon as lex
from rag.quotes.cast import Cast, build
from rag.quotes.words import can_speak, head_noun, tokens

_SURE_QUOTE = 0.5
_AGENT = 7
"""Letters from which on a word that ends like a calling is one: sociologist, but no Krist."""


@dataclass(slots=True)
class _Entry:
    """A name in one article."""

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
    known = {id: entries(article, sentences.get(id, ())) for id, article in articles.items()}
    at = {(id, s.span): s for id, own in sentences.items() for s in own}
    return people_of(known, articles, lambda id, span: at[id, span])


def entries(article: Article, sentences: Sequence[Sentence]) -> tuple[Appearance, ...]:
    """Everybody in one article, each with the sentence that introduces them."""
    places = {id(said): place for place, said in enumerate(article.statements)}
    found: dict[tuple[str, bool], Appearance] = {}
    for one in _entries(article, sentences):
        somebody = one.named or _is_somebody(one.name)
        if not somebody and not _is_institution(one.name):
            continue
        span, how = _introduced(one, sentences)
        said = tuple(places[id(statement)] for statement in one.statements)
        key = (one.name if one.named else one.name.lower(), one.named)
        if key in found:  # another spelling of a description
            found[key] = replace(found[key], said=(*found[key].said, *said), count=found[key].count + one.count)
        else:
            found[key] = Appearance(one.name, one.role, one.count, one.named, somebody, said, span, how)
    return tuple(found.values())


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


def _introduced(entry: _Entry, sentences: Sequence[Sentence]) -> tuple[Span | None, Introduction]:
    """The sentence that introduces somebody, and how well: with name and role, else by name, else what they say."""
    naming = [s for s in sentences if (is_named(entry.name, s.text) if entry.named else entry.name in s.text)]
    role = " ".join((entry.role or "").split()).lower()
    plain = [" ".join(s.text.split()) for s in naming]
    for sentence, text in zip(naming, plain, strict=True):
        if role and role in text.lower():
            return sentence.span, "role"
    for sentence, text in zip(naming, plain, strict=True):
        if entry.name in text:
            return sentence.span, "name"
    if naming:
        return naming[0].span, "part"
    spoken = (s for said in entry.statements for s in sentences if said.span.overlap(s.span))
    first = next(spoken, None)
    return (first.span if first else None), "said"
