"""A run -> one self-contained HTML page: figures, plots, then every question with why it was scored as it was.

Knows cases and results; knows no assistant. Everything from articles, questions and models is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import plots
from eval.cases import Case, Piece, found_in
from eval.gold import GoldEvidence
from eval.metrics import BY_NAME, risk_coverage
from eval.results import BROKEN_DOWN, NO_KIND, leaf, questions, write_whole
from eval.runner import REPORT, Record, Run
from rag.domain import Kind, Span
from rag.unseen import visible

EXCERPT = 160
"""Characters of a ranked piece that are shown."""
_SECTIONS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Answers", (("accuracy", "right"), ("must_not", "signs of a wrong answer"))),
    (
        "Requests",
        (("requests.right", "right"), ("requests.taken_for_something_else", "questions taken for something else")),
    ),
    (
        "Refusing",
        (
            ("refusal.f1", "F1"),
            ("refusal.precision", "precision"),
            ("refusal.recall", "recall"),
            ("refusal.wrongly_refused", "answerable, but refused"),
        ),
    ),
    (
        "Citing",
        (
            ("citations.precision", "precision"),
            ("citations.recall", "recall"),
            ("citations.articles_cited", "articles cited (multi_doc)"),
            ("citations.resolve", "citations that resolve"),
            ("citations.verbatim", "quotations verbatim"),
        ),
    ),
    (
        "Finding",
        (
            ("retrieval.recall_at.5", "recall at 5"),
            ("retrieval.recall_at.10", "recall at 10"),
            ("retrieval.recall_in_budget", "recall in what the model is shown"),
            ("retrieval.all_at.10", "all evidence in the first 10"),
            ("retrieval.mrr", "MRR at 10"),
            ("retrieval.ndcg_at_10", "nDCG at 10"),
        ),
    ),
    (
        "Reading",
        (
            ("reading.sentence_at.1", "the likeliest sentence is evidence"),
            ("reading.sentence_at.3", "evidence among the first 3"),
            ("reading.sentence_at.6", "evidence among the first 6"),
        ),
    ),
    (
        "Finding, where only the article is known",
        (
            ("retrieval_articles_only.recall_at.5", "recall at 5"),
            ("retrieval_articles_only.recall_at.10", "recall at 10"),
            ("retrieval_articles_only.recall_in_budget", "recall in what the model is shown"),
        ),
    ),
    (
        "Finding whole facts (MultiHop-RAG's rule)",
        tuple(
            (f"{group}.{name}", f"{label}{where}")
            for group, where in (("fact_retrieval", ""), ("fact_retrieval.widened", ", pieces widened"))
            for name, label in (
                ("hits_at_4", "Hits@4"),
                ("hits_at_10", "Hits@10"),
                ("mrr_at_10", "MRR@10"),
                ("all_at_10", "all in 10"),
            )
        ),
    ),
)
_COLUMNS = dict(zip(BROKEN_DOWN, ("right", "recall at 5", "recall shown", "refused, but answerable"), strict=True))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the page: its leaf, its name for the reader, and what it means."""

    label: str
    leaf: Mapping[str, Any]
    meaning: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a passage that is cited or not, and gold evidence or not."""

    text: str
    cited: bool
    gold: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence with its citations and the gold evidence marked."""

    piece: Piece
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class GoldLine:
    """A piece of gold evidence and what became of it: its rank and its place among what was shown, None when not."""

    evidence: GoldEvidence
    alternative: bool
    rank: int | None
    place: int | None
    cited: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """A ranked piece: where it is, its beginning, and whether it finds gold evidence."""

    n: int
    where: str
    excerpt: str
    finds: bool


@dataclass(frozen=True)
class Card:
    """One question on the page. ``states`` are what it can be filtered by."""

    case: Case
    record: Record
    states: tuple[str, ...]
    shown: tuple[Shown, ...]
    gold: tuple[GoldLine, ...]
    ranked: tuple[Ranked, ...]
    citations: tuple[tuple[Piece, bool, bool], ...]


def write(run: Run, found: Mapping[str, Any]) -> Path:
    """Write ``report.html`` into the run's folder, in one rename; return where it is."""
    file = run.order.out / REPORT
    write_whole(file, render(run, found))
    return file


def render(run: Run, found: Mapping[str, Any]) -> str:
    """The page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = _rounded
    cards = [card(case, record) for case, record in zip(run.cases, run.records, strict=True)]
    return environment.get_template("report.html.j2").render(
        run=found["run"],
        cost=found["summary"]["cost"],
        sections=_sections(found["summary"]),
        tables=_tables(found["details"]),
        requests=found["summary"]["requests"]["by_type"],
        kinds=_kinds(found["summary"]["requests"]),
        plots=_plots(run, found),
        cards=cards,
        types=list(dict.fromkeys(case.gold.type for case in run.cases)),
        states=_counted(cards),
        judged=any(case.reply.judged for case in run.cases),
    )


# -- figures -----------------------------------------------------------------------------------------------------------


def _sections(summary: Mapping[str, Any]) -> list[tuple[str, list[Figure]]]:
    """The headline figures; those that nothing in the run is about are left out."""
    sections: list[tuple[str, list[Figure]]] = []
    for title, names in _SECTIONS:
        figures = [
            Figure(label, found, f"{BY_NAME[name].definition} Source: {BY_NAME[name].source}.")
            for name, label in names
            if (found := leaf(summary, name)) and found["n"]
        ]
        if figures:
            sections.append((title, figures))
    return sections


def _tables(details: Mapping[str, Any]) -> list[tuple[str, list[str], dict[str, Any]]]:
    """By type and by article: title, columns that have a figure, and the rows."""
    tables: list[tuple[str, list[str], dict[str, Any]]] = []
    for title, groups in (("type", details["by_type"]), ("article", details["by_article"])):
        used = [name for name in _COLUMNS if any(row[name]["n"] for row in groups.values())]
        if not groups:
            continue
        rows = {
            group: {"questions": row["questions"], "leaves": [row[name] for name in used]}
            for group, row in groups.items()
        }
        tables.append((title, [_COLUMNS[name] for name in used], rows))
    return tables


def _kinds(requests: Mapping[str, Any]) -> tuple[list[str], dict[str, list[int]]]:
    """The confusion matrix: the kinds that occur, and for each type how often it was taken for each of them.

    Empty when there is nothing to see: no request was made, and no question taken for one.
    """
    by_type: Mapping[str, Mapping[str, int]] = requests["kinds"]
    if not requests["by_type"] and not requests["taken_for_something_else"]["value"]:
        return [], {}
    order = (*get_args(Kind), NO_KIND)
    columns = [kind for kind in order if any(kind in taken for taken in by_type.values())]
    return columns, {name: [taken.get(kind, 0) for kind in columns] for name, taken in by_type.items()}


def _seen(value: object) -> object:
    """What the template is about to set, with characters that cannot be seen made visible."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _plots(run: Run, found: Mapping[str, Any]) -> list[tuple[str, str, Markup]]:
    """Title, caption and drawing of each plot for which there are figures."""
    drawn: list[tuple[str, str, Markup]] = []
    if found["summary"]["retrieval"]["mrr"]["n"]:
        caption = (
            "Share of the gold evidence found in the first k pieces; the band is the 95\u00a0% interval of recall."
        )
        drawn.append(("Recall at k", caption, Markup(plots.recall(found["summary"]))))
    points = risk_coverage(questions(run.cases))
    if points:
        caption = "Were only the most confident answers given: how many of all questions, and how many of these wrong."
        drawn.append(("Risk and coverage", caption, Markup(plots.risk(points))))
    names = (("retrieval_ms", "evidence"), ("first_token_ms", "first word"), ("total_ms", "whole answer"))
    taken = {label: [r[name] for r in run.records if r[name] is not None] for name, label in names}
    times = {label: values for label, values in taken.items() if values}
    if times:
        drawn.append(("Latency", "Known replies keep the times of their first run.", Markup(plots.latency(times))))
    return drawn  # the drawings are our own numbers; no text of articles or models is in them


def _counted(cards: Sequence[Card]) -> dict[str, int]:
    """The filters that would show something, in a fixed order, with their counts."""
    order = (
        "wrong", "right", "refused", "wrongly refused", "not refused", "error", "not shown", "citation wrong",
        "not verbatim", "must not",
    )  # fmt: skip
    counts = {state: sum(state in card.states for card in cards) for state in order}
    return {state: count for state, count in counts.items() if count}


def _rounded(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


# -- questions ---------------------------------------------------------------------------------------------------------


def card(case: Case, record: Record) -> Card:
    """What the page shows of one question."""
    return Card(
        case=case,
        record=record,
        states=_states(case),
        shown=tuple(Shown(piece, segments(piece, case)) for piece in case.reply.evidence),
        gold=_gold_lines(case),
        ranked=_ranked(case),
        citations=tuple(zip(case.reply.citations, case.citations_right, case.resolved, strict=True)),
    )


def _states(case: Case) -> tuple[str, ...]:
    reply, gold = case.reply, case.gold
    found = {
        "right": case.verdict.right is True,
        "wrong": case.verdict.right is False,
        "refused": reply.refused,
        "wrongly refused": reply.refused and gold.answerable,
        "not refused": reply.answered and not gold.answerable,
        "error": reply.outcome == "error",
        "not shown": None in case.places,
        "citation wrong": reply.answered and gold.answerable and not all(case.citations_right),
        "not verbatim": reply.answered and not all(there for _, there in case.quotations),
        "must not": bool(case.must_not),
    }
    return tuple(state for state, holds in found.items() if holds)


def segments(piece: Piece, case: Case) -> tuple[Segment, ...]:
    """The text of a piece of evidence, cut where a citation or gold evidence begins or ends."""
    cited = [c.span for c in case.reply.citations if c.n == piece.n and c.article == piece.article]
    known = (*case.gold.evidence, *case.gold.alt_evidence)
    gold = [span for evidence in known if evidence.doc == piece.article for span in evidence.spans]
    edges = {piece.start, piece.end}
    for span in (*cited, *gold):
        edges |= {edge for edge in (span.start, span.end) if piece.start < edge < piece.end}
    cuts = sorted(edges)
    found: list[Segment] = []
    for start, end in pairwise(cuts):
        here = Span(start, end)
        text = piece.quote[start - piece.start : end - piece.start]
        found.append(Segment(text, any(s.covers(here) for s in cited), any(s.covers(here) for s in gold)))
    return tuple(found)


def _gold_lines(case: Case) -> tuple[GoldLine, ...]:
    reply = case.reply
    known = [(e, False) for e in case.gold.evidence] + [(e, True) for e in case.gold.alt_evidence]
    return tuple(
        GoldLine(
            evidence,
            alternative,
            next((rank for rank, piece in enumerate(reply.retrieved, 1) if found_in(piece, (evidence,))), None),
            next((place for place, piece in enumerate(reply.evidence, 1) if found_in(piece, (evidence,))), None),
            case.cites(evidence),
        )
        for evidence, alternative in known
    )


def _ranked(case: Case) -> tuple[Ranked, ...]:
    known = (*case.gold.evidence, *case.gold.alt_evidence)
    found: list[Ranked] = []
    for rank, piece in enumerate(case.reply.retrieved, 1):
        words = " ".join(piece.quote.split())
        excerpt = words if len(words) <= EXCERPT else f"{words[:EXCERPT].rstrip()} …"
        found.append(Ranked(rank, f"{piece.article}#{piece.start}-{piece.end}", excerpt, found_in(piece, known)))
    return tuple(found)
