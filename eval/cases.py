"""A gold question beside the reply to it: what was found where, what was cited, whether it is right and why.

Knows the forms of gold and reply; knows no assistant, no metric and no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eval.gold import ArticleTexts, Gold, GoldEvidence, Request
from eval.matching import covers_half, has, holds, is_verbatim, meets_half, quotations
from rag.domain import Span

MAX_WORDS = 80
MAX_EXTRACTED = 4
"""Words of an answer, sentences of an extractive one, beyond which it is no answer but a heap."""
MAX_REQUEST_WORDS = 250
"""Words of the reply to a request, in whatever form, beyond which it is a heap."""
DEPTH = 10
"""How many of the ranked pieces are looked at."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an article as a reply names it: a citation, a piece of evidence or one of the ranked pieces."""

    n: int
    article: str
    start: int
    end: int
    quote: str

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Reply:
    """What was answered. ``outcome``: answered, partly, refused or error; None when only retrieval was run.

    ``kind``: what the question was taken for; None when nothing came of it.
    """

    outcome: str | None
    text: str
    sentences: int
    citations: tuple[Piece, ...]
    evidence: tuple[Piece, ...]
    retrieved: tuple[Piece, ...]
    likeliest: tuple[Piece, ...]
    confidence: float | None
    model: str | None
    error: str | None
    kind: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Reply:
        """The reply of a row of ``answers.jsonl`` or of the journal."""
        return cls(
            outcome=record["outcome"],
            text=record["answer"] or "",
            sentences=len(record["sentences"]),
            citations=_pieces(record["citations"]),
            evidence=_pieces(record["evidence"]),
            retrieved=_pieces(record["retrieved"])[:DEPTH],
            likeliest=_pieces(record.get("likeliest") or ()),
            confidence=record["confidence"],
            model=record["model"],
            error=record["error"],
            kind=record.get("kind", "question"),  # before replies told their kind, all were to questions
        )

    @property
    def judged(self) -> bool:
        """Whether there is an answer to judge, be it an error."""
        return self.outcome is not None

    @property
    def answered(self) -> bool:
        return self.outcome in ("answered", "partly")

    @property
    def refused(self) -> bool:
        return self.outcome == "refused"

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def extractive(self) -> bool:
        return self.model == "none"


@dataclass(frozen=True)
class Verdict:
    """Whether a reply is right (None: nothing to judge), and why, in sentences for the reader."""

    right: bool | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """One question with its reply; everything that the metrics and the report ask of the two."""

    gold: Gold
    reply: Reply
    texts: ArticleTexts

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.gold, self.reply)

    @cached_property
    def ranks(self) -> tuple[int | None, ...]:
        """For each target of the gold evidence, the 1-based rank of the first piece that finds it."""
        return tuple(_first(target, self.reply.retrieved) for target in self.gold.targets)

    @cached_property
    def places(self) -> tuple[int | None, ...]:
        """For each target, the citation number of the evidence that holds it: what the model was shown."""
        return tuple(_first(target, self.reply.evidence) for target in self.gold.targets)

    @cached_property
    def likeliest_right(self) -> tuple[bool, ...]:
        """For each of the sentences that answer most likely, best first, whether it is gold evidence."""
        known = (*self.gold.evidence, *self.gold.alt_evidence)
        return tuple(any(_cites(piece, gold) for gold in known) for piece in self.reply.likeliest)

    @cached_property
    def citations_right(self) -> tuple[bool, ...]:
        """For each citation, whether it points to gold evidence; of a request, to an article that may be cited."""
        if self.gold.request:
            return tuple(self.gold.request.allows(cited.article) for cited in self.reply.citations)
        known = (*self.gold.evidence, *self.gold.alt_evidence)
        return tuple(any(_cites(cited, piece) for piece in known) for cited in self.reply.citations)

    def cites(self, evidence: GoldEvidence) -> bool:
        """Whether a citation points to this piece of gold evidence."""
        return any(_cites(cited, evidence) for cited in self.reply.citations)

    @cached_property
    def cited(self) -> tuple[bool, ...]:
        """For each target, whether a citation points to it."""
        return tuple(any(self.cites(piece) for piece in target) for target in self.gold.targets)

    @cached_property
    def resolved(self) -> tuple[bool, ...]:
        """For each citation, whether it leads to exactly its words, inside the evidence of its number."""
        shown = {piece.n: piece for piece in self.reply.evidence}
        return tuple(
            self.texts.quote(cited.article, cited.span) == cited.quote and _inside(cited, shown.get(cited.n))
            for cited in self.reply.citations
        )

    @cached_property
    def quotations(self) -> tuple[tuple[str, bool], ...]:
        """Each quotation of the answer, and whether it stands verbatim in text that the answer cites."""
        sources = self._cited_texts()
        return tuple((said, is_verbatim(said, sources)) for said in quotations(self.reply.text))

    def _cited_texts(self) -> list[str]:
        """The words that are cited; citations that follow each other in an article are one text, as they are there."""
        texts: list[str] = []
        last: Piece | None = None
        for cited in sorted(set(self.reply.citations), key=lambda piece: (piece.article, piece.start)):
            between = self._between(last, cited)
            texts = [*texts[:-1], texts[-1] + between + cited.quote] if between is not None else [*texts, cited.quote]
            last = cited
        return texts

    def _between(self, last: Piece | None, cited: Piece) -> str | None:
        """The white space that alone separates two citations, None when they are not neighbours."""
        if last is None or last.article != cited.article or last.end > cited.start:
            return None
        gap = self.texts.quote(cited.article, Span(last.end, cited.start)) or ""
        return gap if not gap.strip() and (gap or last.end == cited.start) else None

    @cached_property
    def must_not(self) -> tuple[str, ...]:
        """The signs of a wrong answer that the answer holds; a refusal answers nothing, whatever it quotes.

        The reply to a request may hold none at all, refusal or not.
        """
        said = self.reply.text if self.reply.answered or self.gold.request else ""
        return _signs(self.gold, said)


def judge(gold: Gold, reply: Reply) -> Verdict:
    """Right or wrong. An answerable question wants every required part, in few words; another one a refusal.

    A request also wants the right articles cited, and nothing in the reply that shows it is wrong.
    """
    if not reply.judged:
        return Verdict(None, ("Only retrieval was run.",))
    if reply.outcome == "error":
        return Verdict(False, (f"Error: {reply.error}",))
    if gold.request:
        return _judge_request(gold, gold.request, reply)
    return _judge_answerable(gold, reply) if gold.answerable else _judge_unanswerable(gold, reply)


def _judge_answerable(gold: Gold, reply: Reply) -> Verdict:
    if reply.refused:
        return Verdict(False, ("Refused, but the articles say.",))
    missing = _missing(gold, reply)
    long = _too_long(reply)
    if missing or long:
        return Verdict(False, (*missing, *long))
    return Verdict(True, ("Holds every required part.",))


def _judge_unanswerable(gold: Gold, reply: Reply) -> Verdict:
    if reply.refused:
        return Verdict(True, ("Refused, and the articles do not say.",))
    if not gold.premise_false:
        return Verdict(False, ("Answered, but the articles do not say.",))
    missing = _missing(gold, reply)
    if missing:
        return Verdict(False, ("Neither refused nor corrected the false premise.", *missing))
    return Verdict(True, ("Corrected the false premise.",))


def _judge_request(gold: Gold, request: Request, reply: Reply) -> Verdict:
    if reply.refused != request.refused:
        wrong = "Refused, but this can be answered." if reply.refused else "Answered, but refusing is right."
        return Verdict(False, (wrong,))
    signs = tuple(f"Holds “{sign}”, which shows a wrong reply." for sign in _signs(gold, reply.text))
    long = _over(reply.words, MAX_REQUEST_WORDS, "words")
    wrong_for = (*_missing(gold, reply), *signs, *_wrongly_cited(request, reply), *long)
    if wrong_for:
        return Verdict(False, wrong_for)
    return Verdict(True, ("Refused, which is right.",) if reply.refused else ("Holds and cites what it has to.",))


def _wrongly_cited(request: Request, reply: Reply) -> tuple[str, ...]:
    """Articles that are not cited and have to be, or are and may not; a right refusal may show whatever is closest."""
    cited = dict.fromkeys(citation.article for citation in reply.citations)
    lacking = [f"Does not cite {article}." for article in request.cite if article not in cited]
    stray = [] if reply.refused else [article for article in cited if not request.allows(article)]
    return (*lacking, *(f"Cites {article}, which is not asked for." for article in stray))


def _signs(gold: Gold, said: str) -> tuple[str, ...]:
    return tuple(sign for sign in gold.must_not if has(sign, said))


def _missing(gold: Gold, reply: Reply) -> tuple[str, ...]:
    said = holds(gold.required, reply.text)
    return tuple(
        f"Missing: {' or '.join(f'“{variant}”' for variant in group)}."
        for group, there in zip(gold.required, said, strict=True)
        if not there
    )


def _too_long(reply: Reply) -> tuple[str, ...]:
    if reply.extractive:
        return _over(reply.sentences, MAX_EXTRACTED, "sentences")
    return _over(reply.words, MAX_WORDS, "words")


def _over(count: int, most: int, what: str) -> tuple[str, ...]:
    return (f"Too long: {count} {what}, {most} are allowed.",) if count > most else ()


def found_in(piece: Piece, target: Sequence[GoldEvidence]) -> bool:
    """Whether a piece finds one of the alternatives of a target; any piece of the article where no quote is known."""
    return any(
        piece.article == gold.doc and (gold.quote is None or covers_half(piece.span, gold.spans)) for gold in target
    )


def _first(target: Sequence[GoldEvidence], pieces: Iterable[Piece]) -> int | None:
    return next((place for place, piece in enumerate(pieces, 1) if found_in(piece, target)), None)


def _cites(cited: Piece, gold: GoldEvidence) -> bool:
    return cited.article == gold.doc and (gold.quote is None or meets_half(cited.span, gold.spans))


def _inside(cited: Piece, shown: Piece | None) -> bool:
    return shown is not None and shown.article == cited.article and shown.span.covers(cited.span)


def _pieces(rows: Iterable[Mapping[str, Any]]) -> tuple[Piece, ...]:
    return tuple(Piece(row["n"], row["article"], row["start"], row["end"], row["quote"]) for row in rows)
