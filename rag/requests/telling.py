"""Answers that tell what articles say: overview, summary, timeline, who is who, lists. Knows no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rag import briefs
from rag.briefs import Event, Named, Person, Thing
from rag.domain import AnswerSentence, Article, Sentence, Span
from rag.quotes import is_named
from rag.quotes import lexicon as lex
from rag.requests.lines import Lines
from rag.requests.subject import Subject
from rag.retrieval import Index
from rag.retrieval.terms import content_words, stem, terms, words

PERSON_LINES, PEOPLE, FEW, MENTIONS, OVERVIEW = 5, 24, 4, 8, 8
SENTENCES = {"short": 2, "usual": 5, "more": 9}
"""Of a summary at most, by how much is wanted."""
EVENT_WORDS, LONG = 215, 15
"""Words of a timeline's events together; so many more words weigh as much as a day that is told."""
HALF = 0.5
"""Share, by weight, of what narrows a request that a sentence must hold."""
HEADINGS = 4
"""Section headings from which on an article may be a list of what they name."""

_THINGS: Mapping[str, tuple[str, ...]] = {
    "countries": ("country", "nation", "state"),
    "organisations": (
        *("organisation", "organization", "company", "firm", "institution", "agency", "party", "newspaper", "outlet"),
        *("media", "business", "brand", "team", "club", "body", "group", "bank", "ministry", "corporation"),
    ),
    "people": ("person", "people", "name", "expert", "official", "politician", "analyst", "player", "speaker"),
    "places": ("place", "city", "town", "location", "region", "venue"),
    "figures": ("figure", "number", "sum", "amount", "money", "statistic", "percentage", "price", "cost", "digit"),
}
"""What is listed, by the nouns that ask for it."""
_WANTED = {stem(noun): kind for kind, nouns in _THINGS.items() for noun in nouns}


_ROLES: Mapping[str, str] = {
    "expert": "professor analyst researcher scientist fellow strategist economist lecturer scholar institute doctor "
    "analytical center centre",
    "official": "minister secretary spokesman spokeswoman spokesperson president adviser advisor ambassador director "
    "envoy representative governor senator commissioner chief coordinator",
    "politician": "minister president senator governor mayor leader congressman congresswoman chancellor",
    "player": "striker midfielder defender goalkeeper quarterback captain forward winger guard",
}
"""Roles by which those are known whom a request calls by a word that articles seldom give them."""


def overview(subject: Subject, lines: Lines) -> bool:
    """One line for each article, or for the most typical ones; of those that are picked out, if any are."""
    index, picked = subject.index, subject.picked
    if subject.terms and picked is None and subject.article is not None:
        return summary(subject, lines)
    meant = picked.ids if picked and picked.ids else tuple(index.articles)
    found = _typical(index, meant)
    if len(meant) > len(found):
        lines.say(f"{len(found)} of {len(meant)} articles, chosen to be typical and unlike each other:")
    lines.add("", [lines.cited(index.sentence(id, gist), index.articles[id].title) for id, gist in found])
    return bool(found)


def _typical(index: Index, meant: Sequence[str]) -> list[tuple[str, Span]]:
    """All of a few articles, else those that stand for the others and differ most; each with what says it best."""
    gists = {id: gist for id in meant if (gist := index.brief(id).gist) is not None}
    if len(gists) > OVERVIEW:
        places = [place for place, id in enumerate(index.articles) if id in gists]
        like = index.likeness[places][:, places]
        chosen = [places[place] for place in briefs.typical(like, OVERVIEW)]
        ids = list(index.articles)
        return [(ids[place], gists[ids[place]]) for place in chosen]
    return list(gists.items())


def summary(subject: Subject, lines: Lines) -> bool:
    """What one article says, in three to five sentences."""
    if subject.article is None:
        return False
    one = subject.index.articles[subject.article]
    told = briefs.told_in(subject.index.brief(one.id), SENTENCES[lines.size])
    lines.add(_headed(one), [lines.cited(subject.index.sentence(one.id, span)) for span in told])
    return bool(told)


def timeline(subject: Subject, lines: Lines) -> bool:
    """What happened when: what has a full date in order, then what the articles date less exactly."""
    index = subject.index
    chosen = _chosen(subject)
    found = _events(index, chosen)
    if subject.terms and len(chosen) > 1:
        found = [event for event in _events(index, _near(subject)) if subject.holds(event.sentence)] or found
    shown = _room_for(found, subject, lines.most)
    dated = sorted((e for e in shown if e.key), key=lambda e: e.key or (0, 0, 0))
    heading = _headed(index.articles[subject.within]) if subject.within is not None else ""
    lines.add(heading, [_event(event, lines) for event in dated])
    loose = [e for e in shown if not e.key]
    lines.add("Without a full date" if dated else heading, [_event(event, lines) for event in loose])
    if len(shown) < len(found):
        lines.say(f"{len(found) - len(shown)} more are left out for length.")
    return bool(found)


def _events(index: Index, articles: Iterable[str]) -> list[Event]:
    return [
        Event(index.sentence(id, dated.span), dated.when, dated.key)
        for id in articles
        for dated in index.brief(id).events
    ]


def _room_for(found: Sequence[Event], subject: Subject, most: int) -> list[Event]:
    """As many events as there is room for, in their order: those nearest to the request, most exact and shortest."""

    def worth(event: Event) -> float:
        exact = sum(part > 0 for part in event.key) if event.key else 0
        return 4 * subject.share_of_narrowed(event.sentence) + exact - len(event.sentence.text.split()) / LONG

    room, chosen = float(min(EVENT_WORDS, most)), set[str]()
    for event in sorted(found, key=worth, reverse=True):
        length = len(f"{event.when} {event.sentence.text}".split())
        if length <= room:
            room -= length
            chosen.add(event.sentence.id)
    return [event for event in found if event.sentence.id in chosen]


def people(subject: Subject, lines: Lines) -> bool:
    """Who one person is and what they say; or everybody, or everybody of the kind that is asked for."""
    known = subject.index.people
    one = subject.person(known)
    if one is not None:
        if set(subject.terms) - set(terms(f"{one.name} {one.role}")):
            return False  # something about them is asked, not who they are
        _person(one, lines)
        return True
    meant = subject.within
    there = [p for p in known if meant is None or meant in p.articles] or list(known)
    wanted = _of_role(subject, _speaking(subject, there, meant))
    if subject.terms and not _asks_for_several(subject.text) and len(wanted) == len(there):
        return False  # somebody is meant who is named in passing, if at all
    shown = [replace(p, introduced=_naming(p, meant, subject.index)) for p in wanted[:PEOPLE]]
    heading = _headed(subject.index.articles[meant]) if meant is not None else ""
    told = lines.add(heading, [_entry(p.label, p.introduced, lines, brief=len(wanted) > FEW) for p in shown])
    if told < len(wanted):
        lines.say(f"and {len(wanted) - told} more.")
    return bool(wanted)


def everything(subject: Subject, lines: Lines) -> bool:
    """All of a kind, or all mentions of a word. False where it does not say of what."""
    asked = [stem(word) for word in words(subject.text.casefold())]
    kind = next((_WANTED[s] for s in asked if s in _WANTED), None)
    if kind == "people":
        return people(subject, lines)
    if kind == "figures":
        return _sentences(subject, lines, (s for id in _near(subject) for s in _figures(subject.index, id)))
    if kind is not None:
        return _things(subject, lines, kind)
    if (named := _named_by_headings(subject)) is not None:
        lines.add("", [lines.cited(s, speaker=False) for s in named])
        return True
    asks_where = {stem(word) for word in ("mention", "occur", "appear", "refer", "come")}.intersection(asked)
    if not subject.terms or (len(subject.terms) > 1 and not asks_where):
        return False  # a question, then
    near = (id for id in subject.index.body if subject.may_hold(id, 0.99))
    mentions = (s for id in near for s in subject.index.body[id] if subject.holds(s, 0.99))
    return _sentences(subject, lines, mentions)


def _named_by_headings(subject: Subject) -> list[Sentence] | None:
    """The section headings of the article that is meant, where it is a list and nothing narrows what is asked for."""
    if subject.within is None or subject.narrowed:
        return None
    own = [s for s in subject.index.sentences[subject.within] if s.id in subject.index.headings]
    title = subject.index.articles[subject.within].title
    listed = [s for s in own if s.text != title and ":" not in s.text and not s.text.endswith("?")]
    return listed if len(listed) >= HEADINGS else None


def _person(one: Person, lines: Lines) -> None:
    rows = [lines.cited(one.introduced, speaker=False)]
    said = dict.fromkeys(s for p in one.statements if (s := lines.index.said_in(p)) is not None)
    rows += [lines.cited(s) for s in said if s.id != one.introduced.id]
    lines.add(one.label, rows[:PERSON_LINES])


def _asks_for_several(text: str) -> bool:
    """Whether more than one is asked for: by a noun such as experts, a verb such as quoted, or "who is who"."""
    asked = [stem(word) for word in words(text.casefold())]
    nouns = {
        stem(noun) for noun in (*_THINGS["people"], *_ROLES, "everybody", "everyone", "all", "quote", "speak", "name")
    }
    return asked.count("who") > 1 or bool(nouns.intersection(asked))


def _naming(one: Person, article: str | None, index: Index) -> Sentence:
    """The sentence that introduces somebody; in an article that is meant the first that names them there."""
    if article is None or one.introduced.article == article:
        return one.introduced
    return next((s for s in index.body[article] if is_named(one.name, s.text)), one.introduced)


def _entry(label: str, sentence: Sentence, lines: Lines, *, brief: bool) -> AnswerSentence:
    """Somebody or something with the sentence that names it; in ``brief`` only its number."""
    line = lines.cited(sentence, label, speaker=False)
    return replace(line, text="") if brief else line


def _speaking(subject: Subject, known: list[Person], article: str | None) -> list[Person]:
    """Those who say something, where a request asks for them."""
    asked = {stem(word) for word in words(subject.text.casefold())}
    if not asked & {stem(verb) for verb in ("quoted", "speaks", "says", "talks", "interviewed", "cited", "said")}:
        return known
    heard = [p for p in known if any(article in (None, said.article) for said in p.statements)]
    return heard or known


def _of_role(subject: Subject, known: Sequence[Person]) -> list[Person]:
    """Those whose role holds a word of the request, best first; everybody where nobody's does."""
    asked = {stem(word) for word in content_words(subject.text.casefold())}
    if subject.within is not None:
        asked -= subject.index.header_terms[subject.within]
    asked |= {stem(role) for group, roles in _ROLES.items() if stem(group) in asked for role in roles.split()}
    nations = _nations(subject.text)
    known = [p for p in known if not nations or not (own := _nations(p.role or "")) or own[0] in nations]
    fits = {p.name: len(asked & set(terms(p.role or ""))) for p in known}
    some = [p for p in known if fits[p.name]]
    return sorted(some, key=lambda p: -fits[p.name]) if some else list(known)


def _nations(text: str) -> list[str]:
    """The countries that a text names by their people, their capital or themselves, in order; "us" is no country."""
    named = (word for word in words(text) if word != "us")
    return [lex.DEMONYMS[low] for word in named if (low := word.casefold()) in lex.DEMONYMS]


def _things(subject: Subject, lines: Lines, kind: str) -> bool:
    index = subject.index
    found: Sequence[Thing] = briefs.things(_named(index, _chosen(subject), kind), index.sentence)
    if subject.narrowed:
        near = [Thing(t.name, tuple(s for s in t.sentences if subject.share_of_narrowed(s) >= HALF)) for t in found]
        found = [t for t in near if t.sentences] or found
    rows = _short([(thing, _shortest(thing.sentences)) for thing in found])
    told = lines.add(kind.capitalize(), [_entry(thing.name, s, lines, brief=len(rows) > FEW) for thing, s in rows])
    rest = [thing.name for thing, _ in rows[told:]]
    if rest:
        lines.say("Also: " + ", ".join(rest[:40]) + ".")
    return bool(rows)


def _named(index: Index, articles: Sequence[str], kind: str) -> Mapping[str, Sequence[Named]]:
    """Countries, organisations or places by article."""
    if kind == "countries":
        return {id: index.brief(id).countries for id in articles}
    if kind == "places":
        return {id: index.brief(id).places for id in articles}
    return {id: index.organisations[id] if len(articles) > 1 else index.brief(id).organisations for id in articles}


def _short(rows: list[tuple[Thing, Sentence]]) -> list[tuple[Thing, Sentence]]:
    return sorted(rows, key=lambda row: -len(row[0].sentences))


def _shortest(sentences: Sequence[Sentence]) -> Sentence:
    return min(sentences, key=lambda s: len(s.text))


def _sentences(subject: Subject, lines: Lines, found: Iterable[Sentence]) -> bool:
    chosen = list(dict.fromkeys(found))
    close = [s for s in chosen if subject.holds_itself(s)] or [s for s in chosen if subject.holds(s)] or chosen
    told = lines.add("", [lines.cited(s) for s in close[:MENTIONS]])
    if told < len(close):
        lines.say(f"and {len(close) - told} more.")
    return bool(told)


def _figures(index: Index, id: str) -> list[Sentence]:
    return [index.sentence(id, span) for span in index.brief(id).figures]


def _chosen(subject: Subject) -> list[str]:
    """The article that is meant, or all of them."""
    meant = subject.within
    return [meant] if meant is not None else list(subject.index.articles)


def _event(event: Event, lines: Lines) -> AnswerSentence:
    return lines.cited(event.sentence, event.when)


def _near(subject: Subject) -> list[str]:
    """Of the chosen articles those that may hold what is asked about; all where none does."""
    chosen = _chosen(subject)
    return [id for id in chosen if len(chosen) == 1 or subject.may_hold(id)] or chosen


def _headed(one: Article) -> str:
    return " · ".join(part for part in (one.title, one.outlet, one.date) if part)
