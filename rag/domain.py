"""The nouns of Footnote: articles, passages, evidence, answers. Frozen values; knows no framework and no file.

Offsets are Unicode code points into ``Article.text``, half open: ``text[start:end]``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

MarkKind = Literal["residue", "credit", "byline", "heading"]
"""What a marked span of an article is, when it is not plain body text.

``residue``  navigation, comment and share lines: not what the article says; greyed, never evidence.
``credit``   photo credits and captions: findable when asked for, never evidence for a claim.
``byline``   author and source lines: likewise.
``heading``  the headline and section headings: part of the article.
"""

StatementKind = Literal["direct", "reported"]
PassageKind = Literal["body", "credit", "byline"]
DisputeKind = Literal["denial", "figures", "names"]
Outcome = Literal["answered", "partly", "refused"]
Kind = Literal[
    "question",
    "smalltalk",
    "help",
    "library",
    "article",
    "overview",
    "summary",
    "timeline",
    "people",
    "list",
    "says",
    "positions",
    "opinion",
    "vague",
    "outside",
    "language",
]
"""What is asked for.

``question``   something that some sentence answers.
``smalltalk``  hello, thanks, goodbye.
``help``       what can be asked.
``library``    the folder as a whole: how many articles, which is the newest, which mention something.
``article``    one article as a thing: its author, date, length.
``overview``   what all articles are about.
``summary``    what one article says.
``timeline``   what happened when.
``people``     who is who, who is quoted.
``list``       all of a kind: countries, organisations, mentions of a word.
``says``       what somebody says about something.
``positions``  for and against, what is disputed.
``opinion``    a judgement.
``vague``      too little to go on.
``outside``    nothing that articles can answer.
``language``   in another language.
"""

Telling = Literal["brief", "timeline", "people"]
"""What can be asked for by name, on the command line and over HTTP."""
_TOLD_AS: Mapping[Telling, tuple[Kind, Kind]] = {
    "brief": ("overview", "summary"),
    "timeline": ("timeline", "timeline"),
    "people": ("people", "people"),
}


def told_as(telling: Telling, about: str) -> Kind:
    """The kind of answer that it is: of all articles when it is about nothing in particular, else of what is named."""
    of_all, of_one = _TOLD_AS[telling]
    return of_one if about.strip() else of_all


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points in an article's text."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def overlap(self, other: Span) -> int:
        """Number of code points that both spans cover."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def covers(self, other: Span) -> bool:
        """Whether ``other`` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A span of an article that is not plain body text, and what it is instead."""

    start: int
    end: int
    kind: MarkKind

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


_ROLE_SHOWN = 90
_ROLE_BREAK = re.compile(r",? (?=(?:of|for|at|in|on|and|who|to|from|with)\b)|,")


def _shortened(role: str) -> str:
    """A role cut before the preposition or comma that would take it beyond ``_ROLE_SHOWN`` characters."""
    breaks = [m.start() for m in _ROLE_BREAK.finditer(role) if 0 < m.start() <= _ROLE_SHOWN]
    return role if len(role) <= _ROLE_SHOWN or not breaks else role[: breaks[-1]]


@dataclass(frozen=True, slots=True)
class Statement:
    """Words of an article with the one who says them, as resolved within the article.

    ``direct``: ``start`` and ``end`` bound the inside of a quotation (its marks are outside). ``reported``: the whole
    sentence that reports a claim. ``speaker`` is the full name, or the fullest description of an unnamed speaker;
    ``role`` is from where the name first stands; ``outlet`` is where the words were said or printed, as far as the
    article tells. ``confidence`` runs from 0 to 1: high for a name beside the verb, lower for a pronoun or a
    description, lowest for a quotation without a cue.
    """

    article: str
    start: int
    end: int
    kind: StatementKind
    speaker: str
    role: str | None = None
    outlet: str | None = None
    confidence: float = 1.0

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def label(self) -> str:
        """Who is speaking, in short: the name and as much of the role as goes into about 90 characters."""
        return f"{self.speaker}, {_shortened(self.role)}" if self.role else self.speaker


@dataclass(frozen=True, slots=True)
class Article:
    """One article, whole: everything its reader read, with residue marked rather than cut.

    ``id`` is the path relative to the articles folder, with ``/``. ``digest`` is the sha256 of the file's bytes
    in hexadecimal. ``date`` is ISO ``YYYY-MM-DD`` (or shorter, ``YYYY-MM`` / ``YYYY``) as far as the source gives it.
    ``title_given`` is False when the source has no headline and its first sentence stands in for one.
    ``pages``: where each page begins, if the file has pages; an empty one begins where the next does.
    """

    id: str
    text: str
    digest: str
    title: str
    title_given: bool = True
    outlet: str | None = None
    author: str | None = None
    date: str | None = None
    url: str | None = None
    section: str | None = None
    marks: tuple[Mark, ...] = ()
    statements: tuple[Statement, ...] = ()
    """Who says what, in order of place; filled by ``rag.quotes`` when the article is read into a library."""
    pages: tuple[int, ...] = ()
    corrected: tuple[str, ...] = ()
    """Which of these fields were corrected by hand, so that they are not what the file says."""

    @property
    def header(self) -> str:
        """What stands in front of every passage when it is indexed: title, outlet and date, as far as known.

        A first sentence that stands in for a missing headline is no title: it is among the passages already.
        """
        title = self.title if self.title_given else None
        return " · ".join(part for part in (title, self.outlet, self.date) if part)

    def headings(self, spans: Iterable[Span]) -> set[Span]:
        """Those of ``spans`` that lie inside the headline or a section heading."""
        known = sorted(mark.span for mark in self.marks if mark.kind == "heading")
        nearest = ((span, bisect_right(known, span.start, key=lambda s: s.start)) for span in spans)
        return {span for span, before in nearest if before and known[before - 1].covers(span)}

    def quote(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def page_of(self, span: Span) -> int | None:
        """The page, counted from 1, on which ``span`` begins; None where there are no pages."""
        return bisect_right(self.pages, span.start) or None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an article's body: the smallest unit that is chosen, shown and cited."""

    article: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        return f"{self.article}#{self.start}-{self.end}"

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article that is indexed and ranked: whole sentences, at most 600 characters.

    ``article.text[start:end] == text`` always holds.
    """

    article: str
    start: int
    end: int
    text: str
    kind: PassageKind = "body"
    sentences: tuple[Span, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.article}#{self.start}-{self.end}"

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. ``score`` orders the hits; ``scores`` tells each stage's own figure."""

    passage: Passage
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The hit as the command line and the APIs hand it out."""
        passage = self.passage
        return {
            "article": passage.article,
            "start": passage.start,
            "end": passage.end,
            "text": passage.text,
            "score": self.score,
            "scores": dict(self.scores),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the model is shown. ``n`` is its 1-based place, and thereby the citation number in this answer.

    ``speaker`` says whose words or claim it is, in full, where the article tells; None: the article's own.
    """

    n: int
    article: str
    start: int
    end: int
    quote: str
    speaker: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words that a sentence rests on: one to three sentences inside evidence ``n``."""

    n: int
    article: str
    start: int
    end: int
    quote: str

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Likely:
    """A sentence that was read, with the log-odds that it answers the question."""

    article: str
    start: int
    end: int
    quote: str
    score: float


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two passages of the evidence that do not agree, each with who says it (None: the article itself).

    ``kind``: one denies what the other claims, they give different figures, or different names for one role.
    """

    kind: DisputeKind
    first: Citation
    second: Citation
    speakers: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer with its citations. ``supported`` is None until it has been checked."""

    text: str
    citations: tuple[Citation, ...] = ()
    supported: bool | None = None
    label: str = ""
    """What stands before it in a list: a time, a name, a title. It may rest on more than the sentence."""


FOR_EXAMPLE = "For example"
"""The heading of a section whose lines are questions that can be asked as they stand."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a longer answer: lines under a heading ("" for none)."""

    heading: str
    lines: tuple[AnswerSentence, ...]

    @property
    def text(self) -> str:
        """The heading and each line on a line of its own, labels in front."""
        lines = [
            f"{line.label}: {line.text}" if line.label and line.text else line.label or line.text for line in self.lines
        ]
        return "\n".join([self.heading, *lines] if self.heading else lines)


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the question's arrival. ``first_token_ms``: the first character of answer text."""

    retrieval_ms: float | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation with the text of its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that a question keeps to (``articles``: ids).

    ``words``: what it said of them; ``without``: the question without these words, to ask all articles. ``chosen``:
    whether it was kept to them by choice (see ``Within``), not by its own words alone.
    """

    articles: tuple[str, ...]
    words: str
    without: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """What a reader keeps questions to: any of the articles (ids), and any of the outlets, years and people.

    Several of a kind add up, kinds narrow each other; () of a kind does not narrow. People: who is quoted.
    """

    articles: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.articles or self.outlets or self.years or self.people)


EVERYTHING = Within()
"""Kept to nothing."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a language model was sent for one answer, less the fixed beginning of every prompt, and what it replied.

    ``fenced``: which beginning that was (see ``rag.answering.prompts``).
    """

    prompt: str
    reply: str
    fenced: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything there is to say about one question; grows while it streams, complete when ``done``.

    The chat, the command line, the API and the evaluation all consume this one value.
    ``status`` is a word for the reader while the answer is on its way ("second in line"), None otherwise.
    ``stopped`` marks an answer that was cut off. ``searched`` lists what was searched besides the question as typed.
    ``confidence`` is the probability, 0 to 1, that the articles answer the question; ``signals`` is what it was made
    from, by name. ``likeliest``: the sentences that answer most likely, best first, whether or not they are said.
    ``disputes``: where the evidence disagrees. ``missing`` names the parts of the question that a partly
    answered one leaves open, and what a refused one looked for.
    ``scope``: the articles that the question keeps to, None for all of them.
    ``trace``: what the language model was sent and replied; None where none was asked.
    ``changed``: articles among those cited or shown whose files have changed since they were read.
    ``sections``: the form of an answer of another ``kind`` than a question; ``sentences`` are then all their lines.
    """

    question: str
    text: str = ""
    kind: Kind = "question"
    outcome: Outcome = "answered"
    confidence: float | None = None
    sentences: tuple[AnswerSentence, ...] = ()
    sections: tuple[Section, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    missing: tuple[str, ...] = ()
    signals: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    retrieved: tuple[Hit, ...] = ()
    likeliest: tuple[Likely, ...] = ()
    model: str = "none"
    timings: Timings = Timings()
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    answer_tokens: int | None = None
    searched: tuple[str, ...] = ()
    scope: Scope | None = None
    trace: Trace | None = None
    changed: tuple[str, ...] = ()
    error: str | None = None
    status: str | None = None
    stopped: bool = False
    done: bool = False

    @property
    def refused(self) -> bool:
        return self.outcome == "refused"

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation of the answer once, in order of appearance."""
        return tuple(dict.fromkeys(c for s in self.sentences for c in s.citations))

    def to_json(self) -> dict[str, Any]:
        """The Answer JSON that the command line and the API hand out (plain dicts, lists and scalars)."""
        return {
            "question": self.question,
            "text": self.text,
            "kind": self.kind,
            "outcome": self.outcome,
            "refused": self.refused,
            "confidence": self.confidence,
            "sentences": [_sentence_json(s) for s in self.sentences],
            "sections": [
                {"heading": part.heading, "sentences": [{"label": s.label, **_sentence_json(s)} for s in part.lines]}
                for part in self.sections
            ],
            "citations": [asdict(c) for c in self.citations],
            "disputes": [asdict(d) for d in self.disputes],
            "missing": list(self.missing),
            "signals": dict(self.signals),
            "evidence": [asdict(e) for e in self.evidence],
            "retrieved": [
                {
                    "n": rank,
                    "article": hit.passage.article,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "quote": hit.passage.text,
                }
                for rank, hit in enumerate(self.retrieved[:10], 1)
            ],
            "likeliest": [{"n": rank, **asdict(one)} for rank, one in enumerate(self.likeliest, 1)],
            "model": self.model,
            "timings": asdict(self.timings),
            "prompt_tokens": self.prompt_tokens,
            "cached_tokens": self.cached_tokens,
            "answer_tokens": self.answer_tokens,
            "searched": list(self.searched),
            "scope": asdict(self.scope) if self.scope else None,
            "trace": asdict(self.trace) if self.trace else None,
            "changed": list(self.changed),
            "error": self.error,
            "stopped": self.stopped,
        }


def _sentence_json(sentence: AnswerSentence) -> dict[str, Any]:
    numbers = list(dict.fromkeys(c.n for c in sentence.citations))
    return {"text": sentence.text, "citations": numbers, "supported": sentence.supported}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read, and why, in words for the user."""

    article: str
    reason: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a library holds, for whoever looks through it.

    ``people``: who appears, the most heard first, with the ids of the articles that they appear in. ``added``: when an
    article's file came into the folder, in seconds, by id. ``unread``: files that are no articles, with the reason.
    """

    articles: tuple[Article, ...] = ()
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    added: Mapping[str, float] = field(default_factory=dict)
    unread: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, by article id. ``embedded`` counts the texts that were sent to the embedder."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    passed_over: tuple[Unreadable, ...] = ()
    """Files that are no articles, and why."""
    embedded: int = 0
    rebuilt: str | None = None
    """Why everything was read anew (another embedder or passage setting), or None."""

    @property
    def changed(self) -> bool:
        return bool(self.added or self.updated or self.removed)
