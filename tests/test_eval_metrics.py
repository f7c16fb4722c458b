"""Metrics on numbers worked by hand, the ranking metrics also against ir_measures; what is right and what is not."""

import random
from pathlib import Path

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from eval.cases import Case
from eval.facts import widened
from eval.gold import ArticleTexts, Gold, GoldEvidence
from eval.metrics import BY_NAME, METRICS, Part, area_under_risk, parts, risk_coverage, value
from rag.domain import Span
from tests.eval_cases import case, gold, piece, reply, write_articles

HARBOUR = ("harbour.txt", "The harbour of Nordvik opened in 1911.")
CRANE = ("harbour.txt", "Its crane lifts 40 tonnes.")
RAILWAY = ("railway.txt", "The railway to Nordvik closed in 1965.")
BUSES = ("railway.txt", "Buses run now.")


@pytest.fixture
def texts(tmp_path: Path) -> ArticleTexts:
    return ArticleTexts(write_articles(tmp_path))


def figure(name: str, *cases: Case) -> float | None:
    return value(parts(BY_NAME[name], cases))


# -- right or wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "right"),
    [
        ({"answer": "It was A."}, True),
        ({"answer": "It was B."}, False),
        ({"answer": "It was A.", "outcome": "partly"}, True),
        ({"answer": "It was A.", "outcome": "refused"}, False),
        ({"answer": "It was A.", "outcome": "error", "error": "x"}, False),
        ({"answer": "A" + " word" * 79}, True),
        ({"answer": "A" + " word" * 80}, False),
        ({"answer": "A" + " word" * 80, "model": "none"}, True),
        ({"answer": "A", "model": "none", "sentences": [{}] * 4}, True),
        ({"answer": "A", "model": "none", "sentences": [{}] * 5}, False),
        ({"answer": "A", "sentences": [{}] * 5}, True),
        ({"answer": None, "outcome": None}, None),
    ],
)
def test_an_answerable_question(texts: ArticleTexts, fields: dict[str, object], right: bool | None) -> None:
    assert case(texts, gold(texts, HARBOUR), **fields).verdict.right is right


@pytest.mark.parametrize(
    ("fields", "premise_false", "right"),
    [
        ({"answer": "Not said.", "outcome": "refused"}, False, True),
        ({"answer": "It was A."}, False, False),
        ({"answer": "No, it was in Beijing."}, True, True),
        ({"answer": "It was in Moscow."}, True, False),
        ({"answer": "Not said.", "outcome": "refused"}, True, True),
        ({"answer": "in Beijing", "outcome": "error", "error": "x"}, True, False),
    ],
)
def test_an_unanswerable_question(
    texts: ArticleTexts, fields: dict[str, object], premise_false: bool, right: bool
) -> None:
    required = (("Beijing",),) if premise_false else ()
    asked = gold(texts, answer=None, required=required, premise_false=premise_false)
    assert case(texts, asked, **fields).verdict.right is right


def test_reasons_say_what_is_missing(texts: ArticleTexts) -> None:
    asked = gold(texts, HARBOUR, required=(("1911",), ("mayor", "burgomaster")))
    verdict = case(texts, asked, answer="In 1911." + " word" * 80).verdict
    assert verdict.reasons == ("Missing: “mayor” or “burgomaster”.", "Too long: 82 words, 80 are allowed.")


def test_every_question_stays_in_the_denominator(texts: ArticleTexts) -> None:
    asked = gold(texts, HARBOUR)
    failed = case(texts, asked, outcome="error", error="x")
    cases = [case(texts, asked, answer="A"), case(texts, asked, outcome="refused"), failed]
    assert figure("accuracy", *cases) == pytest.approx(1 / 3)
    for name in ("retrieval.recall_at.5", "retrieval.mrr", "retrieval.recall_in_budget"):
        assert parts(BY_NAME[name], [failed]) == [Part(0.0)]


def test_signs_of_a_wrong_answer_are_counted_in_answers_only(texts: ArticleTexts) -> None:
    asked = gold(texts, HARBOUR, must_not=("Moscow",))
    cases = [case(texts, asked, answer="A, in Moscow"), case(texts, asked, answer="Moscow", outcome="refused")]
    assert figure("must_not", *cases, case(texts, gold(texts, HARBOUR), answer="Moscow")) == 0.5


# -- refusing ----------------------------------------------------------------------------------------------------------


def test_refusals(texts: ArticleTexts) -> None:
    """Three silent questions: 2 refused, 1 an error. Four answerable ones: 1 refused. Precision 2/3, recall 2/3."""
    silent, said = gold(texts, answer=None, required=()), gold(texts, HARBOUR)
    cases = [case(texts, silent, outcome=outcome, error=None) for outcome in ("refused", "refused", "error")]
    cases += [case(texts, said, outcome=outcome) for outcome in ("refused", "answered", "answered", "partly")]
    assert figure("refusal.precision", *cases) == pytest.approx(2 / 3)
    assert figure("refusal.recall", *cases) == pytest.approx(2 / 3)
    assert figure("refusal.f1", *cases) == pytest.approx(2 / 3)
    assert figure("refusal.wrongly_refused", *cases) == 0.25


def test_f1_is_the_harmonic_mean(texts: ArticleTexts) -> None:
    """Precision 1/4, recall 1/2: F1 is 2 · 1/4 · 1/2 / (3/4) = 1/3."""
    silent, said = gold(texts, answer=None, required=()), gold(texts, HARBOUR)
    cases = [case(texts, silent, outcome="refused"), case(texts, silent, answer="x")]
    cases += [case(texts, said, outcome="refused") for _ in range(3)]
    assert figure("refusal.f1", *cases) == pytest.approx(1 / 3)


# -- finding -----------------------------------------------------------------------------------------------------------


def test_finding_by_hand(texts: ArticleTexts) -> None:
    """Two pieces of evidence, found at ranks 2 and 4: nDCG = (1/log2(3) + 1/log2(5)) / (1 + 1/log2(3)) = 0.6509."""
    ranked = [piece(texts, *where) for where in (BUSES, HARBOUR, HARBOUR, RAILWAY)]
    one = case(texts, gold(texts, HARBOUR, RAILWAY), retrieved=ranked)
    assert [figure(f"retrieval.recall_at.{k}", one) for k in (1, 3, 5, 10)] == [0, 0.5, 1, 1]
    assert [figure(f"retrieval.hit_at.{k}", one) for k in (1, 3, 5, 10)] == [0, 1, 1, 1]
    assert [figure(f"retrieval.all_at.{k}", one) for k in (1, 3, 5, 10)] == [0, 0, 1, 1]
    assert figure("retrieval.mrr", one) == 0.5
    assert figure("retrieval.ndcg_at_10", one) == pytest.approx(0.6509, abs=1e-4)


def test_an_alternative_counts_for_a_single_piece_of_evidence_only(texts: ArticleTexts) -> None:
    ranked = [piece(texts, *CRANE)]
    assert figure("retrieval.recall_at.1", case(texts, gold(texts, HARBOUR, alt=(CRANE,)), retrieved=ranked)) == 1
    two = gold(texts, HARBOUR, RAILWAY, alt=(CRANE,))
    assert figure("retrieval.recall_at.1", case(texts, two, retrieved=ranked)) == 0


def test_one_piece_that_finds_everything_is_not_rewarded_beyond_one(texts: ArticleTexts) -> None:
    both = piece(texts, "harbour.txt", f"{HARBOUR[1]} {CRANE[1]}")
    assert figure("retrieval.ndcg_at_10", case(texts, gold(texts, HARBOUR, CRANE), retrieved=[both])) == 1


def test_recall_in_budget_looks_at_what_was_shown(texts: ArticleTexts) -> None:
    asked = gold(texts, HARBOUR, RAILWAY)
    one = case(texts, asked, retrieved=[piece(texts, *RAILWAY)], evidence=[piece(texts, *HARBOUR)])
    assert figure("retrieval.recall_in_budget", one) == 0.5


def test_evidence_without_a_quote_is_reported_apart(texts: ArticleTexts) -> None:
    cases = [case(texts, gold(texts, ("harbour.txt", None)), retrieved=[piece(texts, *CRANE)])]
    assert figure("retrieval.recall_at.5", *cases) is None
    assert figure("retrieval_articles_only.recall_at.5", *cases) == 1


def test_evidence_among_the_likeliest_sentences_by_hand(texts: ArticleTexts) -> None:
    """At ranks 2 and 4; a reply that tells no sentences and evidence without a quote do not count."""
    read = [piece(texts, *where) for where in (CRANE, HARBOUR, BUSES, RAILWAY)]
    second, fourth = (case(texts, gold(texts, where), likeliest=read) for where in (HARBOUR, RAILWAY))
    either = case(texts, gold(texts, RAILWAY, alt=(HARBOUR,)), likeliest=read)
    untold = case(texts, gold(texts, HARBOUR))
    about_article = case(texts, gold(texts, ("harbour.txt", None)), likeliest=read)
    cases = (second, fourth, either, untold, about_article)
    assert [figure(f"reading.sentence_at.{k}", *cases) for k in (1, 3, 6)] == [0, pytest.approx(2 / 3), 1]


def test_finding_whole_facts_by_hand(texts: ArticleTexts) -> None:
    """Facts at ranks 2 and 5: not both in the first four, reciprocal rank 1/2. Half a fact is none."""
    half = ("railway.txt", "railway to Nordvik closed in 1965.")
    ranked = [piece(texts, *where) for where in (half, HARBOUR, BUSES, CRANE, RAILWAY)]
    one = case(texts, gold(texts, HARBOUR, RAILWAY), retrieved=ranked)
    late = case(texts, gold(texts, RAILWAY), retrieved=ranked)
    none = case(texts, gold(texts, RAILWAY), retrieved=[piece(texts, *half)])
    about_article = case(texts, gold(texts, ("harbour.txt", None)), retrieved=ranked)
    cases = (one, late, none, about_article)
    assert figure("fact_retrieval.hits_at_4", *cases) == pytest.approx(1 / 3)
    assert figure("fact_retrieval.hits_at_10", *cases) == pytest.approx(2 / 3)
    assert figure("fact_retrieval.all_at_10", *cases) == pytest.approx(2 / 3)
    assert figure("fact_retrieval.mrr_at_10", *cases) == pytest.approx((1 / 2 + 1 / 5 + 0) / 3)
    # widened, the buses at rank 3 bring the railway; the half lacks the beginning of its own sentence
    assert figure("fact_retrieval.widened.mrr_at_10", *cases) == pytest.approx((1 / 2 + 1 / 3 + 0) / 3)
    assert figure("fact_retrieval.hits_at_4", about_article) is None


def test_white_space_is_ignored_in_facts(texts: ArticleTexts) -> None:
    row = piece(texts, *HARBOUR) | {"quote": "The harbour of\n Nordvik  opened in 1911."}
    assert figure("fact_retrieval.hits_at_4", case(texts, gold(texts, HARBOUR), retrieved=[row])) == 1


def test_a_piece_is_widened_evenly_by_whole_sentences() -> None:
    known = [Span(at, at + 9) for at in range(0, 100, 10)]
    assert widened(Span(40, 49), known, 30) == Span(30, 59)
    assert widened(Span(40, 49), known, 49) == Span(20, 69)
    assert widened(Span(40, 49), known, 38) == Span(30, 59)
    assert widened(Span(0, 9), known, 29) == Span(0, 29)
    assert widened(Span(90, 99), known, 29) == Span(70, 99)
    assert widened(Span(0, 99), known, 50) == Span(0, 99)
    assert widened(Span(5, 8), [], 50) == Span(5, 8)


def test_ranking_metrics_agree_with_ir_measures(texts: ArticleTexts) -> None:
    """Random runs over 25 pieces of a text, each of them evidence or not, one piece for one piece of evidence."""
    chance = random.Random(7)
    measures = {R @ k: f"retrieval.recall_at.{k}" for k in (1, 3, 5, 10)}
    measures |= {Success @ k: f"retrieval.hit_at.{k}" for k in (1, 3, 5, 10)}
    measures |= {RR @ 10: "retrieval.mrr", nDCG @ 10: "retrieval.ndcg_at_10"}
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    cases: dict[str, Case] = {}
    for number in range(200):
        relevant = chance.sample(range(25), chance.randint(1, 5))
        ranked = chance.sample(range(25), chance.randint(1, 10))
        qrels[str(number)] = {str(doc): 1 for doc in relevant}
        run[str(number)] = {str(doc): 1.0 / rank for rank, doc in enumerate(ranked, 1)}
        evidence = tuple(GoldEvidence("harbour.txt", "x", (Span(doc * 100, doc * 100 + 100),)) for doc in relevant)
        rows = [{"n": 1, "article": "harbour.txt", "start": d * 100, "end": d * 100 + 100, "quote": ""} for d in ranked]
        asked = Gold(str(number), "t", "q", "a", (("a",),), evidence)
        cases[str(number)] = Case(asked, reply(retrieved=rows), texts)
    compared = 0
    for theirs in ir_measures.iter_calc(list(measures), qrels, run):
        ours = figure(measures[theirs.measure], cases[theirs.query_id])
        assert ours == pytest.approx(theirs.value, abs=1e-6), (theirs, ours)
        compared += 1
    assert compared == 200 * len(measures)


# -- citing ------------------------------------------------------------------------------------------------------------


def test_citing_by_hand(texts: ArticleTexts) -> None:
    """Three citations of which two are right; one of two pieces of evidence and one of two articles cited."""
    asked = gold(texts, HARBOUR, RAILWAY, alt=(CRANE,), type="multi_doc")
    cited = [piece(texts, *where) for where in (HARBOUR, CRANE, ("harbour.txt", "The mayor calls it a bargain."))]
    one = case(texts, asked, citations=cited, evidence=[piece(texts, "harbour.txt", f"{HARBOUR[1]} {CRANE[1]}")])
    assert figure("citations.precision", one) == pytest.approx(2 / 3)
    assert figure("citations.recall", one) == 0.5
    assert figure("citations.articles_cited", one) == 0.5
    assert figure("citations.resolve", one) == pytest.approx(2 / 3)  # the third lies outside its evidence


def test_citations_of_refusals_and_of_silent_questions_count_for_resolving_alone(texts: ArticleTexts) -> None:
    refused = case(texts, gold(texts, HARBOUR), outcome="refused", citations=[piece(texts, *BUSES)])
    silent = case(texts, gold(texts, answer=None, required=()), citations=[piece(texts, *BUSES)])
    assert figure("citations.precision", refused, silent) is None
    assert figure("citations.recall", refused, silent) is None
    assert figure("citations.resolve", refused, silent) == 0


def test_an_answer_without_citations_has_recall_zero(texts: ArticleTexts) -> None:
    assert figure("citations.recall", case(texts, gold(texts, HARBOUR), answer="A")) == 0


@pytest.mark.parametrize(
    "change", [{"quote": "The harbor"}, {"start": 1}, {"end": 9999}, {"n": 2}, {"article": "x.txt"}]
)
def test_a_citation_that_does_not_lead_to_its_words_does_not_resolve(
    texts: ArticleTexts, change: dict[str, object]
) -> None:
    shown = [piece(texts, *HARBOUR)]
    right = case(texts, gold(texts, HARBOUR), citations=[piece(texts, *HARBOUR)], evidence=shown)
    wrong = case(texts, gold(texts, HARBOUR), citations=[piece(texts, *HARBOUR) | change], evidence=shown)
    assert (right.resolved, wrong.resolved) == ((True,), (False,))


def test_quotations_must_stand_in_what_is_cited(texts: ArticleTexts) -> None:
    cited = [piece(texts, "railway.txt", "Anna Berg said: “We lost our lifeline.”")]
    one = case(texts, gold(texts, HARBOUR), answer='She: "We lost our lifeline," and "all hope".', citations=cited)
    assert one.quotations == (("We lost our lifeline", True), ("all hope", False))
    assert figure("citations.verbatim", one) == 0.5


def test_a_quotation_may_run_over_neighbouring_citations_but_not_over_a_gap(texts: ArticleTexts) -> None:
    first, second, third = (
        piece(texts, "harbour.txt", words)
        for words in (
            "Its crane lifts 40 tonnes.",
            "The mayor calls it a bargain.",
            "The harbour of Nordvik opened in 1911.",
        )
    )
    near = case(texts, gold(texts, HARBOUR), answer='"lifts 40 tonnes. The mayor"', citations=[second, first])
    far = case(texts, gold(texts, HARBOUR), answer='"opened in 1911. The mayor"', citations=[third, second])
    assert (near.quotations[0][1], far.quotations[0][1]) == (True, False)


# -- risk and coverage -------------------------------------------------------------------------------------------------


def test_risk_and_coverage_by_hand(texts: ArticleTexts) -> None:
    """Ten questions, one refused. Confidences 0.9 right, 0.8 right and wrong, 0.5 wrong, none: the rest, right."""
    asked = gold(texts, HARBOUR)
    given = [("A", 0.9), ("A", 0.8), ("B", 0.8), ("B", 0.5), *[("A", None)] * 5]
    cases = [case(texts, asked, answer=answer, confidence=confidence) for answer, confidence in given]
    cases.append(case(texts, asked, outcome="refused", confidence=0.1))
    points = risk_coverage(cases)
    assert [(p.coverage, p.confidence) for p in points] == [(0.1, 0.9), (0.3, 0.8), (0.4, 0.5), (0.9, None)]
    assert [p.risk for p in points] == pytest.approx([0, 1 / 3, 0.5, 2 / 9])
    area = (0.1 * 0 + 0.2 / 3 + 0.1 * 0.5 + 0.5 * 2 / 9) / 0.9
    assert area_under_risk(points) == pytest.approx(area)


def test_without_any_confidence_there_is_no_curve(texts: ArticleTexts) -> None:
    assert risk_coverage([case(texts, gold(texts, HARBOUR), answer="A")]) == []
    assert area_under_risk([]) is None


def test_every_metric_says_what_it_is_and_where_it_comes_from() -> None:
    for metric in METRICS:
        assert len(metric.definition) > 20, metric.name
        assert metric.source, metric.name
        assert "{" not in metric.definition
    assert "first 5 pieces" in BY_NAME["retrieval.recall_at.5"].definition
