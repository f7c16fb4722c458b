"""Articles, their briefs and passages as flat records for a vector database, and back. Pure; knows no database.

A record's metadata are strings, numbers and booleans only; spans are code points into the article's text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.briefs.values import Appearance, Brief, Candidate, Dated, Named
from rag.domain import Article, Mark, Passage, Span, Statement

FORMAT = 3
"""Of these records. Another number in a stored library means that it is read anew."""

Row = tuple[str, str, Mapping[str, Any]]
"""(id, text, metadata), as a database gives them back."""

_CHECK, _BRIEF, _CORRECTED = "check", "brief", "corrected"
_OPTIONAL = ("outlet", "author", "date", "url", "section")


@dataclass(frozen=True, slots=True)
class Record:
    """One row: an id, a unit vector, the text and flat metadata."""

    id: str
    vector: Sequence[float]
    text: str
    data: Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of a complete article: its digest, and how many passages are stored with it."""

    digest: str
    passages: int
    corrected: str = ""
    """What was corrected by hand; see ``corrected_row``."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The articles and passages of one revision, read together: no article without its passages or the reverse."""

    revision: str
    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    briefs: Mapping[str, Brief] = field(default_factory=dict)
    """By article; none of one that was stored without."""


def fingerprint_record(embedder: str, passages: str) -> dict[str, str | int]:
    """What is noted once for a library: what its vectors and passages are made with, and the form of its records."""
    return {"format": FORMAT, "embedder": embedder, "passages": passages}


def to_fingerprint(data: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """(embedder, passages) of a stored library; None when nothing is noted.

    Records of another format make another fingerprint, so that the next sync reads everything anew.
    """
    if not data or "embedder" not in data:
        return None
    form = "" if is_current(data) else f", library format {data.get('format')}"
    return str(data["embedder"]), f"{data['passages']}{form}"


def is_current(data: Mapping[str, Any] | None) -> bool:
    """Whether a library's records are of the form that is written here."""
    return data is not None and data.get("format") == FORMAT


def article_of(id: str) -> str:
    """The article's id in a ``Passage.id``; it may hold a ``#`` of its own."""
    return id.rsplit("#", 1)[0]


def passage_record(passage: Passage, vector: Sequence[float]) -> Record:
    """A passage; its sentences' spans travel as compact JSON."""
    return Record(
        id=passage.id,
        vector=vector,
        text=passage.text,
        data={
            "article": passage.article,
            "start": passage.start,
            "end": passage.end,
            "kind": passage.kind,
            "sentences": _compact([[s.start, s.end] for s in passage.sentences]),
        },
    )


def to_passage(text: str, data: Mapping[str, Any]) -> Passage:
    """The passage that ``passage_record`` was given."""
    spans = tuple(Span(start, end) for start, end in json.loads(data["sentences"]))
    return Passage(data["article"], data["start"], data["end"], text, data["kind"], spans)


def article_record(article: Article, passages: int, brief: Brief | None = None) -> Record:
    """A whole article with its brief. ``passages``: how many are stored with it.

    Articles are never searched by vector, so theirs is a constant.
    """
    data: dict[str, str | int | float | bool] = {
        "digest": article.digest,
        "title": article.title,
        "title_given": article.title_given,
        "marks": _compact([[m.start, m.end, m.kind] for m in article.marks]),
        "statements": _compact([_statement_row(s) for s in article.statements]),
        "pages": _compact(list(article.pages)),
        "characters": len(article.text),
        "passages": passages,
    }
    data |= {name: value for name in _OPTIONAL if (value := getattr(article, name)) is not None}
    if article.corrected:
        data[_CORRECTED] = corrected_row({name: getattr(article, name) or "" for name in article.corrected})
    if brief is not None:
        data[_BRIEF] = brief_row(brief)
    number = date_number(article.date)
    if number is not None:
        data["date_number"] = number
    return Record(article.id, [1.0], article.text, data)


def checked(article: Record, passages: Sequence[Record]) -> Record:
    """The article's record with a checksum over all that is stored of it but the vectors."""
    rows: list[Row] = [(record.id, record.text, record.data) for record in (article, *passages)]
    return replace(article, data={**article.data, _CHECK: _checksum(rows[0], rows[1:])})


def is_whole(article: Row, passages: Iterable[Row]) -> bool:
    """Whether an article and its passages are as they were written; what has no checksum is taken to be."""
    wanted = article[2].get(_CHECK)
    return wanted is None or wanted == _checksum(article, passages)


def _checksum(article: Row, passages: Iterable[Row]) -> str:
    digest = hashlib.sha256()
    for id, text, data in (article, *sorted(passages, key=lambda row: row[0])):
        digest.update(repr((id, text, sorted(item for item in data.items() if item[0] != _CHECK))).encode("utf-8"))
    return digest.hexdigest()


def to_article(id: str, text: str, data: Mapping[str, Any]) -> Article:
    """The article that ``article_record`` was given."""
    return Article(
        id=id,
        text=text,
        digest=data["digest"],
        title=data["title"],
        title_given=data["title_given"],
        marks=tuple(Mark(start, end, kind) for start, end, kind in json.loads(data["marks"])),
        statements=tuple(Statement(id, *row) for row in json.loads(data["statements"])),
        pages=tuple(json.loads(data["pages"])),
        corrected=tuple(json.loads(data.get(_CORRECTED, "{}"))),
        **{name: data.get(name) for name in _OPTIONAL},
    )


def to_contents(revision: str, articles: Iterable[Row], passages: Mapping[str, Iterable[Row]]) -> Contents:
    """What was read of a library, in order of id and place."""
    rows = list(articles)
    found = sorted((to_article(*row) for row in rows), key=lambda article: article.id)
    briefs = {id: to_brief(data[_BRIEF]) for id, _, data in rows if _BRIEF in data}
    cut = [to_passage(text, data) for rows in passages.values() for _, text, data in rows]
    return Contents(revision, tuple(found), tuple(sorted(cut, key=lambda p: (p.article, p.start, p.end))), briefs)


def brief_row(brief: Brief) -> str:
    """A brief as compact JSON: a table of its sentences' spans first, then their places in it."""
    table: dict[Span, int] = {}

    def at(spans: Iterable[Span]) -> list[int]:
        return [table.setdefault(span, len(table)) for span in spans]

    def named(things: Iterable[Named]) -> list[list[Any]]:
        return [[one.key, one.name, at(one.spans)] for one in things]

    parts = [
        at(brief.summary),
        brief.usual,
        at([brief.gist] if brief.gist else []),
        [[*at([one.span]), one.when, one.key] for one in brief.events],
        at(brief.figures),
        named(brief.countries),
        named(brief.organisations),
        named(brief.places),
        [
            [e.name, e.role, e.count, e.named, e.is_somebody, e.said, at([e.introduced] if e.introduced else []), e.how]
            for e in brief.people
        ],
        [[one.name, one.signs, at(one.spans)] for one in brief.candidates],
    ]
    return _compact([[[span.start, span.end] for span in table], *parts])


def to_brief(row: str) -> Brief:
    """The brief that ``brief_row`` was given."""
    table, summary, usual, gist, events, figures, countries, organisations, places, people, candidates = json.loads(row)
    spans = [Span(start, end) for start, end in table]

    def at(places: Sequence[int]) -> tuple[Span, ...]:
        return tuple(spans[place] for place in places)

    def named(rows: Iterable[tuple[str, str, Sequence[int]]]) -> tuple[Named, ...]:
        return tuple(Named(key, name, at(own)) for key, name, own in rows)

    return Brief(
        summary=at(summary),
        usual=usual,
        gist=next(iter(at(gist)), None),
        events=tuple(Dated(spans[place], when, tuple(key) if key else None) for place, when, key in events),
        figures=at(figures),
        countries=named(countries),
        organisations=named(organisations),
        places=named(places),
        people=tuple(
            Appearance(name, role, count, is_named, somebody, tuple(said), next(iter(at(first)), None), how)
            for name, role, count, is_named, somebody, said, first, how in people
        ),
        candidates=tuple(Candidate(name, signs, at(own)) for name, signs, own in candidates),
    )


def _statement_row(statement: Statement) -> list[str | int | float | None]:
    s = statement
    return [s.start, s.end, s.kind, s.speaker, s.role, s.outlet, s.confidence]


def to_entry(data: Mapping[str, Any]) -> Entry:
    """What is remembered of the article that ``article_record`` was given."""
    return Entry(data["digest"], data["passages"], data.get(_CORRECTED, ""))


def corrected_row(details: Mapping[str, str]) -> str:
    """Details corrected by hand, by field, as one text that is the same whenever they are; "" for none."""
    return _compact(dict(sorted(details.items()))) if details else ""


def date_number(date: str | None) -> int | None:
    """20240131 for "2024-01-31": filters by range want numbers. None for a date that is not full."""
    return int(date.replace("-", "")) if date and re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) else None


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
