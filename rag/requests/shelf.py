"""Answers about articles as things: how many there are, which are about something, who wrote one. Knows no model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from rag.domain import AnswerSentence, Article, Sentence, Span
from rag.requests.lines import Lines
from rag.requests.subject import Subject, about
from rag.retrieval import Index
from rag.retrieval.terms import terms, words

LISTED = 12
"""Articles that are listed."""


def library(subject: Subject, lines: Lines) -> bool:
    """What the folder holds; with something to look for, the articles that hold it. False: none does."""
    if not subject.terms:
        _all(subject.index, lines)
        return True
    found = _holding(subject)
    if not found:
        return False
    lines.say(f"{_count(len(found), 'article')} of {len(subject.index.articles)}:")
    told = lines.add("", (_mention(id, sentence, lines) for id, sentence in found[:LISTED]))
    if told < len(found):
        lines.say(f"and {len(found) - told} more.")
    return True


def article(subject: Subject, lines: Lines) -> bool:
    """What is known of one article. False: no article is meant."""
    if subject.article is None:
        return False
    one = subject.index.articles[subject.article]
    place = list(subject.index.articles).index(one.id) + 1
    facts: list[tuple[str, str | None]] = [
        ("Title", one.title if one.title_given else f"none given; it begins: {one.title}")
    ]
    facts += [("Outlet", one.outlet), ("Author", one.author)] if one.outlet or one.author else []
    rows = [AnswerSentence(value, label=label) for label, value in facts if value]
    bylines = _bylines(one)
    rows += [lines.cited(s, "Written by", speaker=False) for s in bylines]
    if not one.author and not bylines:
        rows.append(AnswerSentence("not given", label="Author"))
    rows += [
        AnswerSentence(one.date or "not given", label="Date"),
        AnswerSentence(f"about {_length(one):,} words", label="Length"),
        AnswerSentence(f"{one.id}, number {place} of {len(subject.index.articles)}", label="File"),
    ]
    lines.add("", rows)
    return True


def _all(index: Index, lines: Lines) -> None:
    articles = list(index.articles.values())
    outlets = list(dict.fromkeys(a.outlet for a in articles if a.outlet))
    start = f"There {'is' if len(articles) == 1 else 'are'} {_count(len(articles), 'article')} in this folder"
    lines.say(f"{start}{f', from {_listed(outlets[:8])}' if outlets else ''}.")
    if len(articles) > 1:
        lines.add("", _extremes(articles))
    told = lines.add("Articles", (_entry(a) for a in articles[:LISTED]))
    if told < len(articles):
        lines.say(f"and {len(articles) - told} more: the list of articles has them all.")


def _extremes(articles: Sequence[Article]) -> list[AnswerSentence]:
    dated = [a for a in articles if a.date]
    rows: list[tuple[str, Article, str]] = []
    if dated:
        newest, oldest = max(dated, key=_date), min(dated, key=_date)
        rows += [("Newest", newest, _date(newest)), ("Oldest", oldest, _date(oldest))]
    longest, shortest = max(articles, key=_length), min(articles, key=_length)
    rows += [
        ("Longest", longest, f"{_length(longest):,} words"),
        ("Shortest", shortest, f"{_length(shortest):,} words"),
    ]
    told = [AnswerSentence(f"{a.title} ({more})", label=label) for label, a, more in rows]
    return told if dated else [*told, AnswerSentence("not given in any article", label="Dates")]


def _entry(one: Article) -> AnswerSentence:
    known = (one.outlet, one.author, one.date, f"{_length(one):,} words")
    return AnswerSentence(" · ".join(part for part in known if part), label=one.title)


def _holding(subject: Subject) -> list[tuple[str, Sentence | None]]:
    """The articles that hold every word that is looked for, those most about it first, each with where it stands."""
    wanted = set(subject.terms)
    found: list[tuple[int, str, Sentence | None]] = []
    for id, one in subject.index.articles.items():
        counts, header = subject.index.terms_of(id), set(terms(about(one)))
        if all(term in counts or term in header for term in wanted):
            best = max(subject.index.body[id], key=lambda s: len(wanted & set(terms(s.text))), default=None)
            holds = best if best is not None and wanted & set(terms(best.text)) else None
            found.append((-sum(counts.get(term, 0) for term in wanted), id, holds))
    return [(id, sentence) for _, id, sentence in sorted(found, key=lambda each: each[:2])]


def _mention(id: str, sentence: Sentence | None, lines: Lines) -> AnswerSentence:
    one = lines.index.articles[id]
    return lines.cited(sentence, one.title) if sentence is not None else _entry(one)


def _bylines(one: Article) -> list[Sentence]:
    marks = [mark.span for mark in one.marks if mark.kind == "byline"]
    return [Sentence(one.id, s.start, s.end, one.quote(s)) for s in (_trimmed(one, m) for m in marks) if len(s)]


def _trimmed(one: Article, span: Span) -> Span:
    text = one.quote(span)
    start = span.start + len(text) - len(text.lstrip())
    return Span(start, start + len(text.strip()))


def _length(one: Article) -> int:
    return len(words(re.sub(r"\s+", " ", one.text)))


def _date(one: Article) -> str:
    return one.date or ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


Handler = Callable[[Subject, Lines], bool]
"""Adds the lines of an answer; False where it has nothing to say."""
