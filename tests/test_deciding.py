"""When to refuse, and whose words a sentence is: decisions made by hand and hand-worked numbers."""

import math
from types import SimpleNamespace
from typing import cast

import pytest

from rag.answering import decision
from rag.answering.decision import MOST_ODDS, Decision
from rag.answering.desk import Desk
from rag.answering.missing import missing
from rag.answering.voice import voiced
from rag.domain import Sentence, Statement
from rag.retrieval import Index, Query, Retrieval
from tests.pier import make_speller

# -- whose words -------------------------------------------------------------------------------------------------------


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


# -- the signals -------------------------------------------------------------------------------------------------------


def _desk(question: str, answers: float) -> Desk:
    index = cast(Index, SimpleNamespace(speller=make_speller()))
    return Desk(question, (), Retrieval(Query(question, question, {}, ()), answers=answers), index)


def test_the_signals_are_the_readers_word_and_whether_a_name_is_unknown() -> None:
    assert decision.signals(_desk("What did Vasskog say?", 2.5)) == {"reader": 2.5, "unknown": 0.0}
    assert decision.signals(_desk("What did Macron say?", -3.0)) == {"reader": -3.0, "unknown": 1.0}


def test_the_verdict_is_how_much_likelier_yes_is_than_no_up_to_a_limit() -> None:
    first = {"YES": math.log(0.6), " yes": math.log(0.2), "NO": math.log(0.1), "It": math.log(0.1)}
    assert decision.verdict(first)["verdict"] == pytest.approx(math.log(0.8 / 0.1), abs=1e-4)
    assert decision.verdict({"YES": 0.0}) == {"verdict": MOST_ODDS}
    assert decision.verdict({"NO": 0.0}) == {"verdict": -MOST_ODDS}
    assert decision.verdict({"It": 0.0})["verdict"] == 0.0
    assert decision.verdict(None) == {}


# -- the decision ------------------------------------------------------------------------------------------------------


def test_a_decision_is_a_logistic_regression() -> None:
    made = Decision({"verdict": 2.0, "unknown": -1.0}, bias=0.5, threshold=0.5)
    assert made.probability({"verdict": 0.0}) == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert made.probability({"verdict": 1.0, "unknown": 1.0}) == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert made.probability({"unheard of": 9.0}) == made.probability({})


@pytest.fixture
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a model the reader's word decides alone, with one both, with the one called "small" the verdict alone."""
    monkeypatch.setattr(decision, "EXTRACTIVE", Decision({"reader": 1.0}, 0.0, 0.1))
    monkeypatch.setattr(decision, "WITH_MODEL", Decision({"reader": 1.0, "verdict": 1.0}, 0.0, 0.2))
    monkeypatch.setattr(decision, "BY_MODEL", {"small": Decision({"verdict": 1.0}, 0.0, 0.3)})


@pytest.mark.usefixtures("_by_hand")
def test_with_and_without_a_model_and_for_one_of_its_own_kind_others_decide() -> None:
    def half(odds: float) -> float:
        return pytest.approx(1 / (1 + math.exp(-odds)))  # type: ignore[no-any-return]

    found = {"reader": 1.0, "verdict": -3.0}
    assert decision.confidence(found) == (half(1.0), 0.1)
    assert decision.confidence(found, "YES. It rained.", "large") == (half(-2.0), 0.2)
    assert decision.confidence(found, "YES. It rained.", "small") == (half(-3.0), 0.3)


@pytest.mark.usefixtures("_by_hand")
def test_a_model_that_does_not_tell_how_sure_it_is_is_taken_at_its_word() -> None:
    for reader in (-9.0, 9.0):
        assert decision.confidence({"reader": reader}, "NO. Nothing about it.", "m") == (0.0, 0.5)
        assert decision.confidence({"reader": reader}, "YES. It rained [1].", "m") == (1.0, 0.5)


# -- what is missing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What do Vasskog and Macron say about the pier?", ("Macron",)),
        ("Who likes the pier: Vasskog or Macron?", ("Macron",)),
        ("What is Macron's and Vasskog's opinion of the pier?", ("Macron",)),
        ("What do Vasskog and Macron and Merkel think of it?", ()),  # Merkel stands beside a stranger only
        ("What do Macron and Merkel think of it?", ()),
        ("What does Macron say about the pier?", ()),
        ("When did Vasskog and Macron arrive?", ()),  # nothing that is asked of each
        ("What did Vasskog and Macron say they agreed on?", ()),
        ("What do both Vasskog and Macron say?", ()),
    ],
)
def test_an_unknown_name_is_missing_where_a_known_one_stands_beside_it_of_whom_the_same_is_asked(
    question: str, found: tuple[str, ...]
) -> None:
    speller = make_speller()
    index = cast(Index, SimpleNamespace(speller=speller))
    assert missing(question, speller.unknown_names(question), index) == found
