"""Answers about articles as things: how many there are, which are about something, who wrote one. Knows no model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rag.domain import AnswerSentence, Article, Sentence, Span
from rag.requests.lines import Lines
from rag.requests.subject import Subject
from rag.retrieval.terms import terms, words

LISTED = 12
"""Articles that are listed."""
NAMED = 8
"""Outlets that are named in a sentence."""


def library(subject: Subject, lines: Lines) -> bool:
    """What the folder holds; of what is looked for the articles that have it. False: none does."""
    index, picked = subject.index, subject.picked
    if picked is None and (not subject.sought or _asked(subject.text)):
        _told(subject, list(index.articles.values()), lines)
        return True
    among = [index.articles[id] for id in (picked.ids if picked else index.articles)]
    if not subject.sought:
        if _asked(subject.text) and among:
            _told(subject, among, lines)
        elif among:
            _listing(among, subject, lines, (_linked(a, lines) for a in among[:LISTED]))
        return bool(among)
    found = _holding(subject, [a.id for a in among])
    if not found:
        return False
    rows = (_mention(id, sentence, lines) for id, sentence in found[:LISTED])
    _listing([index.articles[id] for id, _ in found], subject, lines, rows)
    return True


def _listing(found: Sequence[Article], subject: Subject, lines: Lines, rows: Iterable[AnswerSentence]) -> None:
    lines.say(f"{_count(len(found), 'article')} of {len(subject.index.articles)}:")
    told = lines.add("", rows)
    if told < len(found):
        lines.say(f"and {len(found) - told} more.")


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
        *([lines.cited(first, "It begins", speaker=False)] if (first := lines.first(one.id)) else []),
    ]
    lines.add("", rows)
    return True


_ASKED: Mapping[str, str] = {
    "newest": "newest latest recent last",
    "oldest": "oldest earliest",
    "longest": "longest biggest",
    "shortest": "shortest smallest",
    "outlets": "outlet outlets newspaper newspapers paper papers site sites website websites source sources publisher "
    "publishers publication publications magazine magazines agency agencies",
    "authors": "author authors writer writers wrote journalist journalists reporter reporters byline bylines",
}
"""What may be asked of a folder beside its list, by the words for it."""


def _asked(text: str) -> tuple[str, ...]:
    said = set(words(text.casefold()))
    return tuple(what for what, names in _ASKED.items() if said.intersection(names.split()))


def _told(subject: Subject, articles: Sequence[Article], lines: Lines) -> None:
    """What is asked of some articles; without anything in particular, how many there are and which."""
    asked = _asked(subject.text)
    extremes = [row for what, row in _extremes(articles, lines) if not asked or what in asked]
    outlets = _tally(one.outlet for one in articles)
    if not asked:
        start = f"There {'is' if len(articles) == 1 else 'are'} {_count(len(articles), 'article')} in this folder"
        lines.say(f"{start}{f', from {_listed(list(outlets)[:NAMED])}' if outlets else ''}.")
        if len(articles) > 1:
            lines.add("", extremes)
        told = lines.add("Articles", (_entry(a) for a in articles[:LISTED]))
        if told < len(articles):
            lines.say(f"and {len(articles) - told} more: the list of articles has them all.")
        return
    if "outlets" in asked:
        lines.add("Outlets", _names(outlets, "no article says where it was published"))
    if "authors" in asked:
        lines.add("Authors", _written(articles, lines) or [AnswerSentence("no article says who wrote it")])
    lines.add("", extremes)


def _written(articles: Sequence[Article], lines: Lines) -> list[AnswerSentence]:
    """Who wrote what, with the byline where an article's text has one; the rest is counted."""
    rows = [replace(_linked(one, lines), label=one.author, text=one.title) for one in articles if one.author]
    signed = [(one, byline) for one in articles if not one.author for byline in _bylines(one)[:1]]
    rows += [replace(lines.cited(byline, byline.text, speaker=False), text=one.title) for one, byline in signed]
    silent = len(articles) - len(rows)
    told = rows[:LISTED] + ([AnswerSentence(_count(len(rows) - LISTED, "more article"))] if len(rows) > LISTED else [])
    return [*told, AnswerSentence(f"{_count(silent, 'article')} without an author")] if rows and silent else told


def _tally(values: Iterable[str | None]) -> dict[str, int]:
    """How many articles have each value, the most frequent first."""
    return dict(Counter(value for value in values if value).most_common())


def _names(tally: Mapping[str, int], none: str) -> list[AnswerSentence]:
    return [AnswerSentence(_count(n, "article"), label=name) for name, n in tally.items()] or [AnswerSentence(none)]


def _extremes(articles: Sequence[Article], lines: Lines) -> Iterator[tuple[str, AnswerSentence]]:
    dated = [a for a in articles if a.date]
    if dated:
        for what, one in (("newest", max(dated, key=_date)), ("oldest", min(dated, key=_date))):
            yield what, AnswerSentence(f"{one.title} ({_by(one)}{_date(one)})", label=what.capitalize())
    else:
        for what in ("newest", "oldest"):
            yield what, AnswerSentence("no article gives its date", label=what.capitalize())
    for what, one in (("longest", max(articles, key=_length)), ("shortest", min(articles, key=_length))):
        yield what, AnswerSentence(f"{one.title} ({_by(one)}{_length(one):,} words)", label=what.capitalize())


def _by(one: Article) -> str:
    return "".join(f"{part}, " for part in (one.outlet, one.author) if part)


def _entry(one: Article) -> AnswerSentence:
    return AnswerSentence(_known(one), label=one.title)


def _linked(one: Article, lines: Lines) -> AnswerSentence:
    """An article with its beginning, so that its number leads there."""
    first = lines.first(one.id)
    return _entry(one) if first is None else replace(_entry(one), citations=lines.cited(first).citations)


def _known(one: Article) -> str:
    return " · ".join(part for part in (one.outlet, one.author, one.date, f"{_length(one):,} words") if part)


def _holding(subject: Subject, among: Sequence[str]) -> list[tuple[str, Sentence | None]]:
    """The articles that hold every word that is looked for, those most about it first, each with where it stands."""
    wanted = set(subject.sought)
    found: list[tuple[int, str, Sentence | None]] = []
    for id in among:
        counts, header = subject.index.terms_of(id), subject.index.header_terms[id]
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
