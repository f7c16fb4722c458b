"""The shapes of what goes in and comes out over /api/v1, for checking requests and for the description (OpenAPI).

Replies are made by ``service.py``; a test holds them to these shapes. Knows no route.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag.domain import (
    Citation,
    Dispute,
    Evidence,
    Kind,
    MarkKind,
    Outcome,
    Scope,
    StatementKind,
    Timings,
    Trace,
    Unreadable,
)

LONGEST = 10_000
"""Characters of a question that are looked at; beyond the assistant's own limit, whose sentence is the better one."""
MOST_AMONG = 1000

Text = Annotated[str, Field(max_length=LONGEST)]


class Shape(BaseModel):
    """All of them: nothing is left out and nothing comes as a surprise."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TurnIn(Shape):
    """An earlier question with the text of its answer."""

    question: str
    answer: str


class AskIn(Shape):
    """A question."""

    question: Text = Field(description="The question, as a reader would type it.")
    history: list[TurnIn] = Field(
        default=[],
        description="Earlier turns, oldest first, for a question that leans on them. The last twelve count, "
        "up to 24,000 characters.",
    )
    stream: bool = Field(
        default=False, description="Whether to send growing answers, one JSON object a line, the last one “done”."
    )
    articles: list[str] = Field(
        default=[],
        max_length=MOST_AMONG,
        description="Ids of articles that the question is kept to: nothing else is searched or cited. Empty: all.",
    )


class Said(Shape):
    """A sentence of an answer. ``citations``: numbers of the evidence."""

    text: str
    citations: list[int]
    supported: bool | None


class Line(Said):
    """A line of a section, behind its label."""

    label: str


class Part(Shape):
    """A section of a longer answer."""

    heading: str
    sentences: list[Line]


class Ranked(Shape):
    """A passage by its rank."""

    n: int
    article: str
    start: int
    end: int
    quote: str


class Likeliest(Ranked):
    """A sentence that was read, with the log-odds that it answers."""

    score: float


class AnswerOut(Shape):
    """An answer: its text, its sentences with citation numbers, the cited words with exact spans, how it was made."""

    question: str
    text: str
    kind: Kind
    outcome: Outcome
    refused: bool
    confidence: float | None
    sentences: list[Said]
    sections: list[Part]
    citations: list[Citation]
    disputes: list[Dispute]
    missing: list[str]
    signals: dict[str, float]
    evidence: list[Evidence]
    retrieved: list[Ranked]
    likeliest: list[Likeliest]
    model: str
    timings: Timings
    prompt_tokens: int | None
    cached_tokens: int | None
    answer_tokens: int | None
    searched: list[str]
    scope: Scope | None
    changed: list[str]
    trace: Trace | None = Field(description="What the language model was sent and replied; none where none was asked.")
    error: str | None = Field(description="What went wrong with the model, whose place the articles' sentences took.")
    stopped: bool


class HitOut(Shape):
    """A piece of an article that was found."""

    article: str
    start: int
    end: int
    text: str
    score: float
    scores: dict[str, float]
    href: str


class SearchOut(Shape):
    """What a search found, best first."""

    question: str
    searched: list[str]
    hits: list[HitOut]


class DetailsOut(Shape):
    """What is known of an article."""

    article: str = Field(description="Its id: the path of its file in the folder.")
    title: str
    title_given: bool
    outlet: str | None
    author: str | None
    date: str | None
    url: str | None
    section: str | None
    digest: str = Field(description="The sha256 of its file.")
    characters: int
    href: str


class ArticlesOut(Shape):
    """Every article."""

    articles: list[DetailsOut]


class MarkOut(Shape):
    """A span of an article that is no body text, and what it is."""

    start: int
    end: int
    kind: MarkKind


class StatementOut(Shape):
    """Who says what."""

    start: int
    end: int
    kind: StatementKind
    speaker: str
    role: str | None
    outlet: str | None
    confidence: float


class ArticleOut(DetailsOut):
    """An article whole. Offsets are Unicode code points of ``text``, half open."""

    text: str
    marks: list[MarkOut]
    statements: list[StatementOut]


class SyncOut(Shape):
    """What reading the folder again has changed, by article id."""

    added: list[str]
    updated: list[str]
    removed: list[str]
    unchanged: list[str]
    unreadable: list[Unreadable]
    passed_over: list[Unreadable] = Field(description="Files that are no articles, and why.")
    embedded: int
    rebuilt: str | None


class StatusOut(Shape):
    """How far things are."""

    ready: bool
    model: str
    model_ready: bool
    phase: str
    progress: float | None
    articles: int
    news: str
    problem: str | None


class ErrorOut(Shape):
    """What was seen and what to do, in one sentence."""

    error: str
