"""What a question asks for, whose words a sentence is, when to refuse: hand-made sentences and hand-worked numbers."""

import math
from types import SimpleNamespace
from typing import cast

import pytest

from rag.answering import decision
from rag.answering.desk import Desk
from rag.answering.voice import voiced
from rag.domain import Sentence, Statement
from rag.retrieval import Query, Retrieval, Scored
from rag.retrieval.candidates import Candidate
from rag.retrieval.features import WEIGHTS, Closeness, Seen, covered, log_odds
from rag.retrieval.wanted import wanted


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many boats sank?", "number"),
        ("How much did the pier cost?", "money"),
        ("what percentage of the boats sank", "share"),
        ("How long did the talks last?", "duration"),
        ("Since what year has she led the harbour?", "year"),
        ("On what date will he come?", "date"),
        ("When did the ferry sink?", "time"),
        ("How much earlier did he come?", "time"),
        ("How far is it to the pier?", "number"),
        ("How far can they go together?", None),
        ("How much stronger has she become?", None),
        ("What did she say when the ferry sank?", None),
        ("Who led the talks?", "name"),
        ("Why was the pier closed?", "reason"),
        ("Why did the price of fish rise?", "reason"),
        ("Who counts the number of boats?", "name"),
        ("What is the number of people who came?", "number"),
        ("What is the price of a boat?", "money"),
        ("fish price", "money"),
        ("What is the number one wish of the mayor?", None),
        ("What is the effect of age on boats?", None),
        ("What did the mayor say?", None),
    ],
)
def test_the_kind_of_thing_that_is_asked_for(question: str, kind: str | None) -> None:
    assert wanted(question).kind == kind


@pytest.mark.parametrize(
    ("question", "text", "given"),
    [
        ("How many boats sank?", "Three boats sank.", True),
        ("How many boats sank?", "Some of the boats sank.", False),
        ("Since what year has she led the harbour?", "She leads the harbour.", False),
        ("Since what year has she led the harbour?", "She has led the harbour since 1999.", True),
        ("How many of the 40 boats sank?", "Of the 40 boats only a few were seen.", False),
        ("Who led the talks?", "The talks were led by Elin Vasskog.", True),
        ("Who met Elin Vasskog?", "Elin Vasskog spoke.", False),
        ("What did the mayor say?", "Nothing at all.", True),
    ],
)
def test_whether_a_text_gives_it_beyond_what_the_question_says(question: str, text: str, given: bool) -> None:
    assert wanted(question).given_by(text) is given


def _statement(text: str, kind: str, speaker: str = "Elin Vasskog", start: int = 0) -> Statement:
    return Statement("a.txt", start, start + len(text), kind, speaker, "harbour master")  # type: ignore[arg-type]


def _sentence(text: str, start: int = 0) -> Sentence:
    return Sentence("a.txt", start, start + len(text), text)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("The channels are closed.", "direct", "Elin Vasskog: “The channels are closed.”"),
        ("She added that the pier is late.", "reported", "She added that the pier is late. (Elin Vasskog)"),
        ("Vasskog added that the pier is late.", "reported", "Vasskog added that the pier is late."),
    ],
)
def test_a_sentence_is_given_with_whoever_says_it(text: str, kind: str, said: str) -> None:
    assert voiced(_sentence(text), _statement(text, kind)) == said


def test_a_quotation_that_names_its_speaker_stays_as_it_is() -> None:
    text = "“It is late,” Vasskog said."
    assert voiced(_sentence(text), _statement("It is late,", "direct", start=1)) == text
    assert voiced(_sentence("It rained."), None) == "It rained."


def test_the_log_odds_of_a_sentence_are_its_weighted_features() -> None:
    held = Candidate(
        _sentence("The pier"),
        aside=False,
        speaker=None,
        own=frozenset({"pier"}),
        content=frozenset({"pier"}),
        near=frozenset({"pier", "cost"}),
        header=frozenset({"harbour"}),
        heading=False,
        brief=False,
    )
    closeness = Closeness(window=0.25, passage=0.75, met={"pier": 1.0, "cost": 0.2, "old": 0.9})
    seen = Seen(held, closeness, wanted=True, said=True, by_named=False)
    shares = {"pier": 0.5, "cost": 0.3, "harbour": 0.2}
    features = seen.features(shares)
    assert covered(shares, {"pier", "cost"}) == pytest.approx(0.8)
    assert (features["own"], features["context"], features["header"]) == pytest.approx((0.5, 0.8, 0.2))
    assert features["met"] == pytest.approx((0.5 * 1.0 + 0.3 * 0.2) / 0.8)
    assert set(features) == set(WEIGHTS)
    assert log_odds(features, dict.fromkeys(WEIGHTS, 1.0)) == pytest.approx(0.5 + 0.8 + 0.2 + 1.0 + 0.7 + 1.0 + 1.0)


def _desk(question: str, *texts: str, several: bool = False) -> Desk:
    scored = [Scored(_sentence(text), -place) for place, text in enumerate(texts)]
    query = Query(question, question, {}, ())
    index = SimpleNamespace(people=frozenset(), lexical=SimpleNamespace(idf=lambda term: 2.0))
    return cast(Desk, SimpleNamespace(found=Retrieval(query, scored=tuple(scored), several=several), index=index))


def test_a_definite_thing_is_missing_when_none_of_the_three_likeliest_sentences_gives_it() -> None:
    closed = ("The pier was closed.", "It is an old pier.", "The pier is long.")
    asked = "On what date was the pier closed?"
    assert decision.signals(_desk(asked, *closed, "The ferry sank on Monday."))["definite_missing"] == 1
    assert decision.signals(_desk(asked, *closed[1:], "The pier was closed on Monday."))["definite_missing"] == 0
    assert decision.signals(_desk("Why was the pier closed?", *closed))["definite_missing"] == 0
    several = _desk(asked, *closed, several=True)  # the likeliest may all be for the other things that it asks
    assert decision.signals(several)["definite_missing"] == 0


def test_a_decision_is_a_logistic_regression() -> None:
    made = decision.Decision({"verdict": 2.0, "why": -1.0}, bias=0.5, threshold=0.5)
    assert made.probability({"verdict": 0.0}) == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert made.probability({"verdict": 1.0, "why": 1.0}) == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert made.probability({"unheard of": 9.0}) == made.probability({})


def test_a_model_that_does_not_tell_how_sure_it_is_is_taken_at_its_word() -> None:
    assert decision.confidence({"why": 1.0}, "NO. Nothing about it.", "m")[0] == 0.0
    assert decision.confidence({"why": 1.0}, "YES. It rained [1].", "m")[0] == 1.0


def test_the_small_model_is_weighed_in_its_own_way() -> None:
    signals = {"verdict": 0.0}
    by_default = decision.confidence(signals, "YES. It rained.", "qwen2.5-coder-1.5b-instruct-q4_k_m")
    by_small = decision.confidence(signals, "YES. It rained.", "qwen2.5-coder-0.5b-instruct-q4_k_m")
    assert by_default != by_small
