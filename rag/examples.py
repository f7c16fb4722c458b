"""Example questions of several kinds, made from what the articles hold, tried, and offered if the answer is good.

Knows the index and what an answer is made of; knows no model and nobody who asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from rag import briefs
from rag.briefs import Person
from rag.domain import Answer, Article, Kind, Sentence
from rag.quotes import is_named
from rag.retrieval import Index
from rag.retrieval.terms import words

MOST, TRIES = 6, 6
"""Questions that are offered at most; how many of a kind are tried until one is good."""
SURE, READER_SURE = 0.7, 0.5
"""Confidence, and log-odds of the reader, from which a question is surely answered."""
TITLE_CHARS, ROLE_WORDS = 80, 9
"""Characters of a title, and words of a role, that a question may name."""
FEW_ARTICLES, FEW_STATEMENTS = 8, 200
"""Articles up to which one timeline of all makes sense; statements up to which all are soon held against each other."""
EVENTS = 3
"""Dated lines that a timeline must have."""
SAMPLE = 60
"""Articles that questions are made of; of more, every so-many-th."""
WITH_PEOPLE = 2000
"""Articles up to which who is who is worked out for examples; of more it takes a core for seconds."""
PEOPLE_ASKED = 8
"""People of whom a question is made, those who say most first."""

_NAME = r"(?:[A-Z][\w&’'-]*(?: (?:of|de) )? ?){1,4}"
_FACTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"^(?:[A-Z]?[\w ]{{0,30}}, )?(?P<who>{_NAME})(?:was|were) (?P<did>founded|launched|acquired|established)\b"
            r"(?=[^.]*\b(?:1[89]|20)\d\d\b)"
        ),
        "When was {who} {did}?",
    ),
    (
        re.compile(rf"^(?P<who>{_NAME})(?:has |have |had )?raised (?:about |over |nearly |some )?[$£€]\d"),
        "How much has {who} raised?",
    ),
    (
        re.compile(rf"^(?P<who>{_NAME})(?:will |would )?(?:costs?|cost) (?:about |over |nearly |some )?[$£€]\d"),
        "How much does {who} cost?",
    ),
    (
        re.compile(
            rf"^(?P<who>{_NAME})(?:has |have |had )?(?P<did>acquired|bought|founded|invented|replaced|sued) "
            rf"(?P<what>{_NAME})"
        ),
        "Who {did} {what}?",
    ),
)
"""Sentences whose subject and fact stand side by side, and what they answer."""
_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied)|never heard|has not|had not|have not|did not|rejects?|rejected|dismisse[sd])\b"
)
_SINGLE = re.compile(r"(?<=[a-z,] )(?<!\bthe )(?<!\bof )[A-Z]\w{2,}\b(?!['’-]| [A-Z])")
_NO_TOPIC = re.compile(
    r"(?:ese|ian|ish|can)$|^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|^(?:January|February|March|April|May|June|July"
    r"|August|September|October|November|December|Mr|Mrs|Dr|Sir)\b"
)
_POST = re.compile(r"^[\w’'.&,-]+(?: [\w’'.&,-]+)*$")
_POST_OF = re.compile(r"^(?!former|ex-)(?:[\w-]+ ){0,4}[\w-]+ of (?:the )?[A-Z][\w’'& -]+$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be offered. ``good`` judges its answer."""

    question: str
    good: Callable[[Answer], bool]


Ask = Callable[[str], Answer]
"""Answers a question without a language model."""
GoOn = Callable[[], bool]
"""Waits until nobody else needs the machine; False: it is over."""


def examples(index: Index, ask: Ask, go_on: GoOn, most: int = MOST) -> list[str]:
    """Up to ``most`` questions that these articles answer well, one of each kind, in the order to be shown."""
    found: list[str] = []
    for candidates in _kinds(index):
        if len(found) == most:
            break
        for candidate in islice(candidates, TRIES):
            if not go_on():
                return found
            if candidate.question not in found and is_good(candidate, ask(candidate.question)):
                found.append(candidate.question)
                break
    return found


def is_good(candidate: Candidate, answer: Answer) -> bool:
    """Whether an answer is one, without a doubt, that cites something and is what was meant."""
    told = answer.done and answer.error is None and answer.outcome == "answered" and bool(answer.citations)
    if told and answer.kind == "question":
        told = (answer.confidence or 0.0) >= SURE and answer.signals.get("reader", 0.0) >= READER_SURE
    return told and candidate.good(answer)


def _kinds(index: Index) -> Iterator[Iterator[Candidate]]:
    yield _overview(index)
    yield _summary(index)
    yield says(index)
    yield who(index)
    yield _timeline(index)
    yield _disputed(index)
    yield _question(index)


def _overview(index: Index) -> Iterator[Candidate]:
    count = len(index.articles)
    question = "What is this article about?" if count == 1 else "What are these articles about?"
    yield Candidate(question, _of("overview", "summary"))


def _summary(index: Index) -> Iterator[Candidate]:
    """The article with the longest summary first: it has most to tell."""
    usable = [a for a in _sample(index) if len(index.articles) > 1 and quotable(a)]
    for article in sorted(usable, key=lambda a: -min(len(index.body[a.id]), 30)):
        yield Candidate(f"Summarise “{title(article)}”", only_of(article.id, "summary"))


def _timeline(index: Index) -> Iterator[Candidate]:
    if len(index.articles) <= FEW_ARTICLES:
        yield Candidate("Draw up a timeline of the events", has_times)
        return
    dated = {a.id: sum(e.key is not None for e in briefs.events(a, index.body[a.id])) for a in _sample(index)}
    for id in sorted(dated, key=lambda id: -dated[id]):
        if dated[id] >= EVENTS and quotable(index.articles[id]):
            yield Candidate(f"Draw up a timeline of “{title(index.articles[id])}”", has_times)


def who(index: Index) -> Iterator[Candidate]:
    """Those introduced with a role, from behind, so that others than in "What does ... say" are named."""
    known = [p for p in _people(index) if _is_post(p.role)]
    for person in reversed(known[:TRIES]):
        yield Candidate(f"Who is {person.name}?", _introduces(person))


def says(index: Index) -> Iterator[Candidate]:
    """What people say about what they speak of most."""
    for person in _people(index):
        for topic in islice(dict.fromkeys(_topics(person, index)), 2):
            yield Candidate(f"What does {person.name} say about {topic}?", _is_theirs(person, index))


def _question(index: Index) -> Iterator[Candidate]:
    return chain(islice(facts(index), TRIES // 2), _posts(index), islice(facts(index), TRIES // 2, None))


def _posts(index: Index) -> Iterator[Candidate]:
    """Who holds a post that an article names in full."""
    for person in [p for p in _known(index) if p.role and _POST_OF.match(p.role) and " " in p.name][: TRIES // 2]:
        yield Candidate(f"Who is the {person.role}?", _names(person))


def facts(index: Index) -> Iterator[Candidate]:
    """What single sentences state in a form that a question can be made of."""
    for article in _sample(index):
        for sentence in index.body[article.id]:
            for pattern, question in _FACTS:
                fact = pattern.match(sentence.text)
                if fact:
                    parts = {name: part.strip() for name, part in fact.groupdict().items()}
                    yield Candidate(question.format(**parts), _rests_on(sentence))


def _disputed(index: Index) -> Iterator[Candidate]:
    """Of few statements, of which one denies something: it takes long to hold many against each other."""
    said = [s for own in index.body.values() for s in own if index.speaker(s) is not None]
    if len(said) <= FEW_STATEMENTS and any(_DENIES.search(s.text) for s in said):
        question = "What do the articles disagree on?" if len(index.articles) > 1 else "What is disputed here?"
        yield Candidate(question, _sets_against)


def _sample(index: Index) -> list[Article]:
    articles = list(index.articles.values())
    return articles[:: -(-len(articles) // SAMPLE)]


def _known(index: Index) -> Sequence[Person]:
    return index.people if len(index.articles) <= WITH_PEOPLE else ()


def _people(index: Index) -> list[Person]:
    named = [p for p in _known(index) if " " in p.name and p.name[0].isupper() and p.statements]
    return named[:PEOPLE_ASKED]


def _topics(person: Person, index: Index) -> Iterator[str]:
    """What stands by name in two of the sentences that are somebody's, commonest first; others' names left out."""
    theirs: dict[str, list[Sentence]] = {}
    for said in person.statements:
        near = [s for s in index.body[said.article] if s.span.overlap(said.span)]
        theirs.setdefault(said.article, []).extend(near)
    articles = {id: index.articles[id] for id in theirs}
    found = [*briefs.countries(theirs), *briefs.organisations(articles, theirs), *briefs.places(theirs)]
    for thing in sorted(found, key=lambda thing: -len(thing.sentences)):
        if len(thing.sentences) > 1 and not set(words(thing.name)) & set(words(person.label)):
            yield _with_article(thing.name, " ".join(s.text for s in thing.sentences))
    people = {word for one in _known(index) for word in words(one.name)}
    texts = [s.text for own in theirs.values() for s in own]
    yield from (_with_article(name, " ".join(texts)) for name in _named_twice(texts) if name not in people)


def _named_twice(texts: Sequence[str]) -> Iterator[str]:
    """Single capitalised words inside two of the sentences, and never in small letters, commonest first."""
    found = Counter(name for text in texts for name in dict.fromkeys(_SINGLE.findall(text)))
    small = {word for text in texts for word in words(text) if word.islower()}
    for name, count in found.most_common():
        if count > 1 and name.lower() not in small and not _NO_TOPIC.search(name):
            yield name


def _with_article(name: str, text: str) -> str:
    """The name with "the" where the text mostly has it."""
    the, all_ = (len(re.findall(rf"{lead}\b{re.escape(name)}\b", text)) for lead in (r"\b[Tt]he ", ""))
    return f"the {name}" if (all_ and 2 * the >= all_) or name.startswith("United ") else name


def _of(*kinds: Kind) -> Callable[[Answer], bool]:
    return lambda answer: answer.kind in kinds


def only_of(article: str, kind: Kind) -> Callable[[Answer], bool]:
    """Whether an answer is of a kind, and of one article alone."""
    return lambda answer: answer.kind == kind and {c.article for c in answer.citations} == {article}


def has_times(answer: Answer) -> bool:
    """Whether a timeline has enough events."""
    told = [line for line in answer.sentences if line.label and line.citations]
    return answer.kind == "timeline" and len(told) >= EVENTS


def _introduces(person: Person) -> Callable[[Answer], bool]:
    """Whether it is told under the person's own name, from the sentence that introduces them."""
    place = person.introduced

    def good(answer: Answer) -> bool:
        headed = any(part.heading == person.label for part in answer.sections)
        return headed and any(c.article == place.article and c.span.overlap(place.span) for c in answer.citations)

    return good


def _is_theirs(person: Person, index: Index) -> Callable[[Answer], bool]:
    """Whether every sentence that is cited is the person's."""

    def theirs(sentence: Sentence) -> bool:
        said = index.speaker(sentence)
        return said is not None and is_named(person.name, said.speaker)

    def good(answer: Answer) -> bool:
        cited = [s for c in answer.citations for s in index.body[c.article] if s.span.overlap(c.span)]
        return answer.kind in ("says", "question") and bool(cited) and all(map(theirs, cited))

    return good


def _rests_on(sentence: Sentence) -> Callable[[Answer], bool]:
    """Whether the sentence that the question was made from is the first that is cited."""

    def good(answer: Answer) -> bool:
        first = answer.citations[0]
        return answer.kind == "question" and first.article == sentence.article and sentence.span.covers(first.span)

    return good


def _sets_against(answer: Answer) -> bool:
    """Whether a denial is set against what somebody else says."""
    disputes = [part.lines for part in answer.sections if part.heading == "Disputed"]
    denied = [lines for lines in disputes if any(_DENIES.search(line.text) for line in lines)]
    return any(len({line.label for line in lines}) > 1 for lines in denied)


def _names(person: Person) -> Callable[[Answer], bool]:
    """Whether the answer names the person, from an article that introduces them."""

    def good(answer: Answer) -> bool:
        there = {c.article for c in answer.citations} & set(person.articles)
        return answer.kind in ("question", "people") and is_named(person.name, answer.text) and bool(there)

    return good


def _is_post(role: str | None) -> bool:
    return role is not None and len(role.split()) <= ROLE_WORDS and bool(_POST.match(role)) and len(role) > 3


def quotable(article: Article) -> bool:
    """Whether a question can name the article by its title."""
    return article.title_given and 8 <= len(title(article)) <= TITLE_CHARS and not set('“”"') & set(article.title)


def title(article: Article) -> str:
    """The title in one line."""
    return " ".join(article.title.split())
