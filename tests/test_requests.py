"""Answers to requests that are no question, kind by kind, over three small articles and without a model."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from rag.domain import Answer, Kind, Turn
from rag.models import HashEmbedder
from rag.requests import Desk, resizing, respond
from rag.requests.kinds import BUCKETS, KINDS, Classifier, features, judged, load_classifier, plain
from tests.small import retriever_over

TEXTS = {
    "ferry.md": "---\ntitle: Night ferry stops\noutlet: Harbour Post\nauthor: Ida Holm\ndate: 2024-02-01\n---\n"
    "The night ferry to Sund will stop on Monday because hardly anybody takes it. Ole Berg, head of the harbour "
    "office, said that every crossing costs 4,000 crowns. The fishermen of Sund deny that the ferry sails empty. "
    "The council will decide in March whether a bus can take its place.",
    "mill.md": "---\ntitle: Mill sold to a baker\noutlet: Valley News\nauthor: Jon Lie\ndate: 2024-03-05\n---\n"
    "The old mill was sold for 40,000 crowns on 4 March 2024. “I will grind rye in the old mill,” said Mona Dahl, the "
    "new owner. The valley has had no working mill since 1987.",
    "tram.md": "---\ntitle: Tram delayed\noutlet: Harbour Post\n---\n"
    "The tram to the harbour of Bergen in Norway is late every morning. Nobody gave the passengers a reason.",
}


class _Told:
    """In the place of the classifier: whatever is asked is of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def reads(self, _: object) -> bool:
        return True

    def probabilities(self, *_: object) -> dict[Kind, float]:
        return {kind: 0.96 if kind == self._kind else 0.04 / len(KINDS) for kind in KINDS}


Ask = Callable[..., Answer | None]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    retriever = retriever_over(TEXTS, tmp_path)

    def asked(kind: Kind, question: str, history: Sequence[Turn] = (), translate: Any = None) -> Answer | None:
        classifier = cast("Classifier", _Told(kind))
        search = lambda text: retriever.retrieve(text, history)  # noqa: E731
        desk = Desk(question, history, retriever, HashEmbedder(), classifier, search, lambda: ["Why?"], translate)
        return respond(desk, 0.0)

    return asked


def _cited(answer: Answer | None) -> set[str]:
    assert answer is not None
    return {citation.article for citation in answer.citations}


@pytest.mark.parametrize("kind", ["smalltalk", "help", "vague"])
def test_talk_cites_nothing_and_is_no_refusal(ask: Ask, kind: Kind) -> None:
    answer = ask(kind, "hello there")
    assert answer is not None
    assert (answer.kind, answer.outcome, answer.evidence) == (kind, "answered", ())
    assert answer.text


def test_what_is_not_for_the_articles_is_refused_without_passages(ask: Ask) -> None:
    answer = ask("outside", "what is 17 times 23")
    assert answer is not None
    assert answer.refused
    assert not answer.evidence
    assert "3 articles" in answer.text


def test_a_question_is_left_to_the_search(ask: Ask) -> None:
    assert ask("question", "Why does the ferry stop?") is None


def test_the_library_tells_how_many_and_which(ask: Ask) -> None:
    answer = ask("library", "how many articles are there?")
    assert answer is not None
    assert "3 articles" in answer.text
    assert "Newest: Mill sold to a baker (Valley News, Jon Lie, 2024-03-05)" in answer.text
    assert all(name in answer.text for name in ("Night ferry stops", "Tram delayed", "Jon Lie"))


def test_the_articles_that_mention_something_are_told_with_the_place(ask: Ask) -> None:
    answer = ask("library", "which articles mention the harbour?")
    assert answer is not None
    assert "2 articles of 3" in answer.text
    assert _cited(answer) == {"ferry.md", "tram.md"}


def test_only_what_is_asked_of_the_folder_is_told(ask: Ask) -> None:
    newest, outlets = ask("library", "which is the newest?"), ask("library", "which outlets are these from?")
    assert newest is not None
    assert newest.text == "Newest: Mill sold to a baker (Valley News, Jon Lie, 2024-03-05)"
    assert outlets is not None
    assert outlets.text == "Outlets\nHarbour Post: 2 articles\nValley News: 1 article"


def test_who_wrote_the_articles_is_told_with_what_each_wrote(ask: Ask) -> None:
    answer = ask("library", "who wrote these articles?")
    assert answer is not None
    assert "Ida Holm: Night ferry stops\nJon Lie: Mill sold to a baker\n1 article without an author" in answer.text
    assert _cited(answer) == {"ferry.md", "mill.md"}


@pytest.mark.parametrize(
    ("request_", "named"),
    [("show me the harbour post ones", 2), ("anything by jon lie", 1), ("what came out in march 2024", 1)],
)
def test_articles_are_picked_by_what_is_known_of_them(ask: Ask, request_: str, named: int) -> None:
    answer = ask("library", request_)
    assert answer is not None
    assert f"{named} article{'s' * (named > 1)} of 3" in answer.text


def test_a_folder_that_has_nothing_on_a_country_says_so(ask: Ask) -> None:
    answer = ask("library", "is there anything about ukraine in here")
    assert answer is not None
    assert answer.refused
    assert "ukraine" in answer.text


def test_shorter_and_more_lean_on_the_last_answer(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resizing, "size_of", lambda text, *_: text if text in ("shorter", "more") else None)
    whole = ask("summary", "summarise the piece on the ferry")
    assert whole is not None
    before = [Turn("summarise the piece on the ferry", whole.text)]
    shorter, more = ask("summary", "shorter", before), ask("summary", "more", before)
    assert shorter is not None
    assert more is not None
    assert 0 < len(shorter.citations) <= 2 < len(whole.citations)
    assert _cited(shorter) == {"ferry.md"}
    assert not {c.quote for c in more.citations} & {c.quote for c in whole.citations}


def test_an_article_is_known_by_its_author(ask: Ask) -> None:
    answer = ask("article", "who wrote the piece on the mill?")
    assert answer is not None
    assert "Author: Jon Lie" in answer.text
    assert "Ida Holm" not in answer.text


def test_a_summary_is_of_the_article_that_is_meant_and_of_no_other(ask: Ask) -> None:
    answer = ask("summary", "summarise the second one")
    assert _cited(answer) == {"mill.md"}
    assert answer is not None
    assert answer.sections[0].heading.startswith("Mill sold to a baker")
    assert 1 < len(answer.sentences) <= 5


def test_a_summary_of_what_is_in_no_article_is_refused_by_name(ask: Ask) -> None:
    answer = ask("summary", "summarise the article about the earthquake in Lindqvist")
    assert answer is not None
    assert answer.refused
    assert "Lindqvist" in answer.text


def test_a_timeline_gives_the_words_of_the_time_in_its_order(ask: Ask) -> None:
    answer = ask("timeline", "timeline of the mill")
    assert answer is not None
    labels = [line.label for part in answer.sections for line in part.lines]
    assert ["1987" in label or "4 March 2024" in label for label in labels] == [True, True]
    assert "1987" in labels[0]


def test_people_are_told_with_their_roles(ask: Ask) -> None:
    answer = ask("people", "who is who?")
    assert answer is not None
    assert "Ole Berg, head of the harbour office" in answer.text
    assert "Mona Dahl" in answer.text
    one = ask("people", "who is Mona Dahl?")
    assert _cited(one) == {"mill.md"}


def test_something_about_a_person_is_a_question(ask: Ask) -> None:
    assert ask("people", "what will Mona Dahl grind in the mill?") is None
    assert ask("people", "who are the fishermen of Sund?") is None


def test_lists_have_each_thing_once_and_mentions_each_sentence(ask: Ask) -> None:
    countries = ask("list", "list all countries")
    assert countries is not None
    assert "Norway" in countries.text
    mentions = ask("list", "where is rye mentioned?")
    assert _cited(mentions) == {"mill.md"}


def test_it_does_not_judge(ask: Ask) -> None:
    answer = ask("opinion", "is it right that the ferry stops?")
    assert answer is not None
    assert not answer.refused
    assert answer.text.startswith("Footnote does not judge")
    assert "ferry.md" in _cited(answer)


def test_another_language_is_answered_in_it_with_what_comes_closest(ask: Ask) -> None:
    answer = ask("question", "Wer ist Mona Dahl und was hat sie gesagt?")
    assert answer is not None
    assert answer.kind == "language"
    assert answer.text.startswith("Die Artikel sind auf Englisch")
    translated = ask(
        "summary", "Fasse den Artikel über die Mühle zusammen.", (), lambda _: "Summarise the mill article."
    )
    assert _cited(translated) == {"mill.md"}


def test_every_line_cites_the_words_of_its_article(ask: Ask) -> None:
    for kind, text in (("overview", "what is this about?"), ("timeline", "timeline"), ("people", "who is who?")):
        answer = ask(cast("Kind", kind), text)
        assert answer is not None
        assert answer.citations
        numbers = list(dict.fromkeys(c.n for s in answer.sentences for c in s.citations))
        assert numbers == list(range(1, len(numbers) + 1))
        assert [e.n for e in answer.evidence] == numbers


# -- telling them apart ------------------------------------------------------------------------------------------------


def test_features_are_the_vector_and_the_words() -> None:
    import numpy as np

    made = features("Who is who?", [0.6, 0.8])
    assert made[:2].tolist() == pytest.approx([2.4, 3.2])
    assert float(np.linalg.norm(made[2:])) == pytest.approx(3.0)
    assert features("who IS who?", [0.6, 0.8]).tolist() == made.tolist()


def test_in_doubt_it_is_a_question() -> None:
    def kind(*, leans: bool = False, **odds: float) -> Kind:
        return judged({each: odds.get(each, 1e-6) for each in KINDS}, leans=leans)[0]

    assert kind(question=0.2, people=0.8) == "question"
    assert kind(question=0.05, people=0.95) == "people"
    assert kind(question=0.3, summary=0.7) == "summary"
    assert kind(question=0.05, people=0.95, leans=True) == "question"
    assert kind(question=0.05, summary=0.95, leans=True) == "summary"
    assert kind(question=0.0, vague=1.0, leans=True) == "question"


def test_probabilities_are_those_of_a_linear_layer() -> None:
    import numpy as np

    odds: dict[str, float] = {"question": 0.3, "people": 0.7}
    bias = np.array([np.log(odds.get(kind, 1e-9)) for kind in KINDS], dtype=np.float32)
    layer = Classifier(np.zeros((2 + BUCKETS, len(KINDS)), dtype=np.float32), bias)
    assert layer.probabilities("x", [0, 0])["people"] == pytest.approx(0.7, abs=1e-6)


def test_short_forms_and_slips_are_read_as_what_they_stand_for() -> None:
    assert plain("whos the auther") == "who's the auther"
    assert plain("cn u sumarize it pls") == "can you summarize it please"
    assert plain("Who is Kalachev?") == "Who is Kalachev?"


def test_the_one_that_ships_reads_the_search_model_and_no_stand_in() -> None:
    class _Vectors:
        dimensions = 384

    shipped = load_classifier()
    assert shipped.reads(cast("Any", _Vectors()))
    assert not shipped.reads(HashEmbedder())
