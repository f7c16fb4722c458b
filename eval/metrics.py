"""The metrics: each a small value with a name, a definition and a source. Knows cases, no files and no intervals.

A metric gives each question its part: a numerator and a denominator. Its figure is the sum of the numerators over the
sum of the denominators. A question without a part is not one that the metric is about; an error or a refusal is never
left out of what it is about.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from eval.cases import DEPTH, MAX_REQUEST_WORDS, Case
from eval.facts import WIDE_CHARS, FactCase, WideFactCase

KS = (1, 3, 5, 10)
"""The depths at which ranked pieces are looked at."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one question adds to a metric."""

    num: float
    den: float = 1.0


PartOf = Callable[[Case], Part | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``name`` is its path in ``results.json``; ``per_question``: n counts questions, not denominators."""

    name: str
    definition: str
    source: str
    part: PartOf
    per_question: bool = False


def parts(metric: Metric, cases: Iterable[Case]) -> list[Part]:
    """The parts of all questions that the metric is about."""
    found = (metric.part(case) for case in cases)
    return [part for part in found if part is not None and part.den]


def value(found: Sequence[Part]) -> float | None:
    """Sum of the numerators over sum of the denominators; None when there is nothing to divide by."""
    den = math.fsum(part.den for part in found)
    return math.fsum(part.num for part in found) / den if den else None


# -- answers -----------------------------------------------------------------------------------------------------------


def accuracy(case: Case) -> Part | None:
    """Share of all questions that are answered right: every required part within 80 words (extractive: 4 sentences),
    or a refusal where the articles do not say.

    Source: exact scoring by required parts, after the nuggets of TREC QA (Voorhees 2003).
    """
    return Part(bool(case.verdict.right)) if case.reply.judged else None


def must_not(case: Case) -> Part | None:
    """Share of the questions with signs of a wrong answer whose answers hold one; to be read beside the accuracy.

    Source: gold field must_not.
    """
    return Part(bool(case.must_not)) if case.reply.judged and case.gold.must_not else None


# -- refusing ----------------------------------------------------------------------------------------------------------


def refusal_precision(case: Case) -> Part | None:
    """Share of the refusals where the articles do not say.

    Source: van Rijsbergen 1979, with "the articles do not say" as the positive class (SQuAD 2.0, Rajpurkar 2018).
    """
    return Part(not case.gold.answerable) if case.reply.refused else None


def refusal_recall(case: Case) -> Part | None:
    """Share of the questions on which the articles are silent that are refused; an error is no refusal.

    Source: van Rijsbergen 1979; SQuAD 2.0 (Rajpurkar 2018).
    """
    return Part(case.reply.refused) if case.reply.judged and not case.gold.answerable else None


def refusal_f1(case: Case) -> Part | None:
    """Harmonic mean of precision and recall of refusals: 2 TP / (2 TP + FP + FN).

    Source: van Rijsbergen 1979.
    """
    if not case.reply.judged:
        return None
    silent, refused = not case.gold.answerable, case.reply.refused
    return Part(2.0 * (silent and refused), float(silent) + float(refused))


def wrongly_refused(case: Case) -> Part | None:
    """Share of the answerable questions that are refused.

    Source: false positive rate of the refusal.
    """
    return Part(case.reply.refused) if case.reply.judged and case.gold.answerable else None


# -- finding -----------------------------------------------------------------------------------------------------------


def recall_at(case: Case, k: int) -> Part:
    """Share of a question's evidence that is found in the first {k} pieces, mean over questions. A piece of at most 600
    characters finds a quote when it covers at least half of it; of a single piece of evidence an alternative will do.

    Source: Manning, Raghavan and Schuetze 2008, chapter 8.
    """
    return Part(_within(case, k) / len(case.ranks))


def hit_at(case: Case, k: int) -> Part:
    """Share of the questions with at least one piece of evidence in the first {k} pieces.

    Source: success@k (TREC robust track, Voorhees 2004).
    """
    return Part(_within(case, k) > 0)


def all_at(case: Case, k: int) -> Part:
    """Share of the questions with all of their evidence in the first {k} pieces.

    Source: joint recall of multi-hop retrieval (HotpotQA, Yang 2018).
    """
    return Part(_within(case, k) == len(case.ranks))


def reciprocal_rank(case: Case) -> Part:
    """Mean of 1 / rank of the first piece that finds evidence; 0 when none of the first 10 does.

    Source: Voorhees 1999 (TREC-8 QA track).
    """
    first = min((rank for rank in case.ranks if rank), default=None)
    return Part(1 / first if first else 0.0)


def ndcg(case: Case) -> Part:
    """Discounted cumulative gain of the first 10 pieces over the best possible one. Each piece of evidence counts once,
    where it is found first, by 1 / log2(1 + rank); one piece that finds several is not rewarded beyond 1.

    Source: Jaervelin and Kekaelaeinen 2002.
    """
    gained = math.fsum(1 / math.log2(1 + rank) for rank in case.ranks if rank and rank <= DEPTH)
    best = math.fsum(1 / math.log2(1 + rank) for rank in range(1, min(len(case.ranks), DEPTH) + 1))
    return Part(min(1.0, gained / best))


def recall_in_budget(case: Case) -> Part:
    """Share of a question's evidence that stands in what the model is shown, mean over questions.

    Source: recall, over the selected evidence instead of the first k pieces.
    """
    return Part(sum(place is not None for place in case.places) / len(case.places))


def sentence_at(case: Case, k: int) -> Part | None:
    """Share of the answerable questions with gold evidence (or an alternative) among the {k} likeliest sentences, by
    overlap of at least half of the shorter of the two; over replies that tell them.

    Source: success@k (TREC robust track, Voorhees 2004), over sentences.
    """
    return Part(any(case.likeliest_right[:k])) if case.reply.likeliest and case.gold.quoted else None


def _within(case: Case, k: int) -> int:
    return sum(rank is not None and rank <= k for rank in case.ranks)


# -- citing ------------------------------------------------------------------------------------------------------------


def citation_precision(case: Case) -> Part | None:
    """Share of the citations in answers to answerable questions that overlap gold evidence (or an alternative) by at
    least half of the shorter of the two.

    Source: ALCE (Gao 2023), with gold spans in the place of an entailment model.
    """
    return Part(sum(case.citations_right), len(case.citations_right)) if _cites(case) else None


def citation_recall(case: Case) -> Part | None:
    """Share of the evidence of the answered, answerable questions that is cited.

    Source: ALCE (Gao 2023), with gold spans in the place of an entailment model.
    """
    return Part(sum(case.cited), len(case.cited)) if _cites(case) else None


def articles_cited(case: Case) -> Part | None:
    """Share of the articles of the gold evidence that are cited, over the answered questions of type multi_doc.

    Source: source coverage, as in multi-document summarisation.
    """
    if not _cites(case) or case.gold.type != "multi_doc":
        return None
    wanted = {piece.doc for piece in case.gold.evidence}
    return Part(len(wanted & {cited.article for cited in case.reply.citations}), len(wanted))


def resolves(case: Case) -> Part | None:
    """Share of all citations, those of refusals included, that lead to exactly their words in an article of the folder
    and lie inside the evidence of their number. Must be 1.

    Source: the form of answers.
    """
    return Part(sum(case.resolved), len(case.resolved)) if case.reply.judged else None


def verbatim(case: Case) -> Part | None:
    """Share of the quotations in answers that stand word for word in text that the answer cites. Must be 1.

    Source: the form of answers.
    """
    said = case.quotations
    return Part(sum(there for _, there in said), len(said)) if case.reply.answered else None


def _cites(case: Case) -> bool:
    return case.reply.answered and case.gold.answerable


# -- requests ----------------------------------------------------------------------------------------------------------


def request_right(case: Case) -> Part | None:
    """Share of the requests to which the reply is right: refused if and only if that is right, every required part and
    no sign of a wrong reply in it, every article cited that has to be and none that may not, within {k} words.

    Source: gold fields required, must_not, cite, may_cite and refused.
    """
    return Part(bool(case.verdict.right)) if case.reply.judged and case.gold.request else None


def taken_for_something_else(case: Case) -> Part | None:
    """Share of the ordinary questions that are not taken for questions but for another kind of request; an error that
    has no kind was taken for nothing.

    Source: confusion of kinds.
    """
    return Part(case.reply.kind not in ("question", None)) if case.reply.judged else None


# -- the list ----------------------------------------------------------------------------------------------------------


def _metric(name: str, function: PartOf, *, k: int | None = None, per_question: bool = False) -> Metric:
    """A metric whose definition and source are the function's docstring."""
    words = inspect.getdoc(function.func if isinstance(function, partial) else function) or ""
    definition, _, source = words.partition("\n\nSource: ")
    definition = " ".join(definition.split())
    return Metric(name, definition.replace("{k}", str(k)), source.rstrip("."), function, per_question)


def _of_questions(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """The metrics over ordinary questions alone: requests are reported apart."""

    def over(part: PartOf) -> PartOf:
        return lambda case: None if case.gold.request else part(case)

    return tuple(replace(metric, part=over(metric.part)) for metric in metrics)


def _about_quotes(function: Callable[[Case], Part]) -> PartOf:
    """The metric of ranked pieces, over the questions whose evidence is known to the word."""
    return lambda case: function(case) if case.gold.quoted else None


def _about_articles(function: Callable[[Case], Part]) -> PartOf:
    """The metric of ranked pieces, over the questions of whose evidence only the article is known."""
    return lambda case: function(case) if case.gold.evidence and not case.gold.quoted else None


def _ranking(name: str, over: Callable[[Callable[[Case], Part]], PartOf]) -> tuple[Metric, ...]:
    found: list[tuple[str, Callable[[Case], Part], int | None]] = []
    for stem, at in (("recall_at", recall_at), ("hit_at", hit_at), ("all_at", all_at)):
        found += [(f"{stem}.{k}", partial(at, k=k), k) for k in KS]
    found += [("mrr", reciprocal_rank, None), ("ndcg_at_10", ndcg, None), ("recall_in_budget", recall_in_budget, None)]
    metrics: list[Metric] = []
    for stem, function, k in found:
        worded = _metric(f"{name}.{stem}", function, k=k)
        metrics.append(Metric(worded.name, worded.definition, worded.source, over(function)))
    return _of_questions(metrics)


def _facts(name: str, kind: type[Case], pieces: str) -> tuple[Metric, ...]:
    """MultiHop-RAG's own measures, over the questions whose evidence is known to the word."""
    found: list[tuple[str, Callable[[Case], Part], int | None]] = [("mrr_at_10", reciprocal_rank, None)]
    found += [("all_at_10", partial(all_at, k=10), 10), *((f"hits_at_{k}", partial(hit_at, k=k), k) for k in (4, 10))]

    def over(function: Callable[[Case], Part]) -> PartOf:
        return lambda case: function(kind(case.gold, case.reply, case.texts)) if case.gold.quoted else None

    rule = f" {pieces} finds evidence when it holds the whole fact, white space ignored."
    worded = [(_metric(f"{name}.{stem}", function, k=k), function) for stem, function, k in found]
    found_whole = (Metric(m.name, m.definition + rule, "Tang and Yang 2024 (MultiHop-RAG)", over(f)) for m, f in worded)
    return _of_questions(found_whole)


METRICS: tuple[Metric, ...] = (
    *_of_questions(
        (
            _metric("accuracy", accuracy),
            _metric("must_not", must_not),
            _metric("refusal.precision", refusal_precision),
            _metric("refusal.recall", refusal_recall),
            _metric("refusal.f1", refusal_f1, per_question=True),
            _metric("refusal.wrongly_refused", wrongly_refused),
            *_ranking("retrieval", _about_quotes),
            *(_metric(f"reading.sentence_at.{k}", partial(sentence_at, k=k), k=k) for k in (1, 3, 6)),
            _metric("citations.precision", citation_precision),
            _metric("citations.recall", citation_recall),
            _metric("citations.articles_cited", articles_cited),
        )
    ),
    _metric("citations.resolve", resolves),
    _metric("citations.verbatim", verbatim),
    _metric("requests.right", request_right, k=MAX_REQUEST_WORDS),
    *_of_questions((_metric("requests.taken_for_something_else", taken_for_something_else),)),
)
"""What every run is scored by, in the order of the report."""
ARTICLES_ONLY: tuple[Metric, ...] = _ranking("retrieval_articles_only", _about_articles)
"""The same for questions of whose evidence only the article is known: any piece of it counts, reported apart."""
FACTS: tuple[Metric, ...] = (
    *_facts("fact_retrieval", FactCase, "Here a piece as ranked"),
    *_facts(
        "fact_retrieval.widened", WideFactCase, f"Here a piece, widened by whole sentences to {WIDE_CHARS} characters,"
    ),
)
"""Finding by the rule of MultiHop-RAG, reported apart."""
BY_NAME = {metric.name: metric for metric in (*METRICS, *ARTICLES_ONLY, *FACTS)}


# -- risk and coverage -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Were only the answers of at least this confidence given: the share of all questions, and the share wrong."""

    coverage: float
    risk: float
    confidence: float | None


def risk_coverage(cases: Sequence[Case]) -> list[RiskPoint]:
    """How the share of wrong answers grows as less confident ones are let through; [] when no confidence is known.

    Coverage is a share of all questions, so that refusals and errors never leave the count; the curve ends where
    everything that the assistant answered is let through. Answers of equal confidence come together, those without one
    and errors last, with confidence None.

    Source: El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017.
    """
    given = [case for case in cases if case.reply.judged and not case.reply.refused]
    if not any(case.reply.confidence is not None for case in given):
        return []
    groups: dict[float, list[Case]] = {}
    for case in given:
        known = case.reply.confidence
        groups.setdefault(-math.inf if known is None else known, []).append(case)
    points: list[RiskPoint] = []
    shown = wrong = 0
    for confidence in sorted(groups, reverse=True):
        shown += len(groups[confidence])
        wrong += sum(not case.verdict.right for case in groups[confidence])
        known = None if confidence == -math.inf else confidence
        points.append(RiskPoint(shown / len(cases), wrong / shown, known))
    return points


def area_under_risk(points: Sequence[RiskPoint]) -> float | None:
    """Mean risk over the answers in order of confidence, each step weighed by its width; 0 is best; None without any.

    Source: AURC, Geifman 2019.
    """
    if not points:
        return None
    starts = [0.0, *(point.coverage for point in points)]
    area = math.fsum((point.coverage - start) * point.risk for point, start in zip(points, starts, strict=False))
    return area / points[-1].coverage
