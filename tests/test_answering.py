"""Answering with the scripted model: parsing, citing, refusing, streaming, stopping, failing."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from rag.answering import STANDS_IN, Parts, answer, decision, extractive, prompts, reply
from rag.answering.decision import Decision
from rag.answering.desk import Desk
from rag.answering.grounding import strangers
from rag.answering.support import cite, sources
from rag.domain import Answer, Article, Citation, Dispute, Evidence, Passage, Sentence, Span, Turn
from rag.errors import ModelError
from rag.models.base import Chunk, Message
from rag.models.embedder import NoEmbedder
from rag.models.scripted import ScriptedModel, WordReader
from rag.retrieval import Index, Query, Retrieval, Retriever
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.spelling import Speller
from rag.store import Library

SENTENCES = (
    "Harbour master Elin Vasskog met the ferry owners in Tromso on Tuesday.",
    "The talks lasted seven hours.",
    "She said the new pier would cost 40 million kroner.",
    "A baker sold buns outside the town hall.",
)
TEXT = " ".join(SENTENCES)


@pytest.fixture
def index() -> Index:
    article = Article("a.txt", TEXT, "d", "Pier talks")
    spans, start = [], 0
    for sentence in SENTENCES:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    passage = Passage("a.txt", 0, len(TEXT), TEXT, sentences=tuple(spans))
    lexical = LexicalIndex([passage], {"a.txt": article})
    return Index(
        revision="1",
        articles={"a.txt": article},
        passages={passage.id: passage},
        sentences={"a.txt": tuple(Sentence("a.txt", s.start, s.end, article.quote(s)) for s in spans)},
        asides={},
        headings=frozenset(),
        lexical=lexical,
        speller=Speller(lexical.surface, lexical.documents),
    )


Ask = Callable[..., list[Answer]]


@pytest.fixture
def ask(index: Index) -> Ask:
    def run(question: str, model: ScriptedModel | None, history: Sequence[Turn] = (), budget: int = 60) -> list[Answer]:
        started = time.perf_counter()
        return list(answer(question, history, _found(index, question, history, budget), index, model, started))

    return run


def _found(index: Index, question: str, history: Sequence[Turn], budget: int) -> Retrieval:
    class Given(Retriever):
        def index(self) -> Index:
            return index

    retriever = Given(cast(Library, None), NoEmbedder(), WordReader())
    return retriever.retrieve(question, history, budget=budget, count=lambda text: len(text.split()))


@pytest.fixture(autouse=True)
def _decided_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a model half of the question's words must be in a sentence, and nearly all where a name is unknown."""
    monkeypatch.setattr(decision, "EXTRACTIVE", Decision({"reader": 1.0, "unknown": -3.0}, 0.0, 0.4))
    monkeypatch.setattr(decision, "WITH_MODEL", Decision({"reader": 0.5, "verdict": 1.0}, 0.0, 0.4))
    monkeypatch.setattr(decision, "BY_MODEL", {})


# -- a reply taken apart -----------------------------------------------------------------------------------------------


def test_markers_are_lifted_out_and_stay_with_their_sentence() -> None:
    parts = reply.sentences("She met them [1]. It took seven hours [2, 3]. Nothing more.")
    assert [(p.text, p.marked) for p in parts] == [
        ("She met them.", (1,)),
        ("It took seven hours.", (2, 3)),
        ("Nothing more.", ()),
    ]


def test_a_marker_behind_the_full_stop_belongs_to_the_sentence_before() -> None:
    parts = reply.sentences("She met them. [1] It took seven hours. [2]")
    assert [(p.text, p.marked) for p in parts] == [("She met them.", (1,)), ("It took seven hours.", (2,))]


@pytest.mark.parametrize("begun", ["She met them [", "She met them [1", "She met them [1]", "Answer: She met them"])
def test_a_streaming_reply_never_shows_a_half_marker(begun: str) -> None:
    assert reply.plain(begun) == "She met them"


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("NO", True),
        ("NO. The excerpts give no price.", True),
        ("NOT FOUND.", True),
        ("No, she did not.", False),
        ("YES. Nobody came.", False),
        ("The excerpts do not mention the cost.", True),
        ("The articles do not say who paid.", True),
        ("She has not found the time.", False),
        ("YES. She met them [1]. The excerpts do not say what they ate.", False),
        ("YES. The excerpts do not say what they ate.", True),
        ("The excerpts do not mention Berg, but Vasskog calls it safe [1].", False),
    ],
)
def test_the_verdict_and_its_paraphrases_are_refusals(said: str, refused: bool) -> None:
    assert reply.is_refusal(said) is refused


def test_the_verdict_is_no_part_of_what_is_said() -> None:
    assert reply.said("YES. She met them [1].") == "She met them [1]."
    assert reply.sentences("YES. She met them [1].")[0] == reply.ReplySentence("She met them.", (1,))
    assert reply.said("Yes, she did.") == "Yes, she did."


# -- citing by comparison ----------------------------------------------------------------------------------------------


def _evidence(index: Index, *spans: tuple[int, int]) -> list[Evidence]:
    known = index.sentences["a.txt"]
    return [
        Evidence(n, "a.txt", known[a].start, known[b].end, TEXT[known[a].start : known[b].end])
        for n, (a, b) in enumerate(spans, 1)
    ]


def test_a_very_long_sentence_is_cited_as_far_as_a_citation_may_go(index: Index) -> None:
    long = "The pier " + " ".join(["was built again and"] * 28) + " burned."
    article = replace(index.articles["a.txt"], text=long)
    sentence = Sentence("a.txt", 0, len(long), long)
    index = replace(index, articles={"a.txt": article}, sentences={"a.txt": (sentence,)})
    found = Retrieval(Query("pier", "pier", {}, ()), evidence=(Evidence(1, "a.txt", 0, len(long), long),))
    desk = Desk("pier", (), found, index)
    citation = desk.verbatim(sentence).citations[0]
    assert len(long) > 500
    assert 480 < len(citation.quote) <= 500
    assert long.startswith(citation.quote) and citation.end == len(citation.quote)
    assert desk.cited([citation]) == [sentence]


def test_a_sentence_gets_the_words_that_support_it_whatever_its_marker(index: Index) -> None:
    candidates = sources(_evidence(index, (0, 1), (2, 2), (3, 3)), index.within)
    for marked in ((), (3,), (99,)):
        said = cite(
            "The new pier would cost 40 million kroner.",
            marked,
            "pier cost",
            candidates,
            index.lexical.idf,
            index.articles,
        )
        assert [(c.n, c.quote) for c in said.citations] == [(2, SENTENCES[2])]


def test_a_sentence_that_rests_on_two_places_cites_both(index: Index) -> None:
    candidates = sources(_evidence(index, (0, 0), (1, 1), (3, 3)), index.within)
    said = cite(
        "Elin Vasskog met the ferry owners and talks lasted seven hours.",
        (),
        "Who met?",
        candidates,
        index.lexical.idf,
        index.articles,
    )
    assert [c.n for c in said.citations] == [1, 2]


def test_a_sentence_that_nothing_supports_gets_no_citation(index: Index) -> None:
    candidates = sources(_evidence(index, (3, 3)), index.within)
    assert (
        cite("Zebras roam Kenya.", (), "Where do zebras roam?", candidates, index.lexical.idf, index.articles).citations
        == ()
    )


# -- prompts -----------------------------------------------------------------------------------------------------------


def test_the_prompt_is_the_golden_one(index: Index) -> None:
    evidence = _evidence(index, (0, 1), (2, 2))
    messages = [
        *prompts.prefix(),
        prompts.ask("And what did she say?", evidence, [Turn("Who met the owners?", "Elin Vasskog did.")]),
    ]
    rendered = "\n\n".join(f"<{m.role}>\n{m.content}" for m in messages) + "\n"
    golden = Path(__file__).parent / "golden" / "prompt.txt"
    assert rendered == golden.read_text(encoding="utf-8")


# -- the whole way -----------------------------------------------------------------------------------------------------


def test_evidence_comes_first_then_text_then_everything(ask: Ask) -> None:
    model = ScriptedModel(["Elin Vasskog met them [1]. The talks lasted seven hours [1]."])
    answers = ask("Who met the owners, and how long did the talks last?", model)
    assert answers[0].evidence and answers[0].text == ""
    assert any(a.text and not a.done for a in answers)
    final = answers[-1]
    assert final.done and not final.refused
    assert final.text == f"{SENTENCES[0]} {SENTENCES[1]}"
    assert [c.quote for s in final.sentences for c in s.citations] == [SENTENCES[0], SENTENCES[1]]
    assert all(s.supported for s in final.sentences) and final.confidence == 1.0
    assert final.timings.first_token_ms <= final.timings.total_ms
    for citation in final.citations:
        held = final.evidence[citation.n - 1]
        assert TEXT[citation.start : citation.end] == citation.quote
        assert held.n == citation.n and held.span.covers(citation.span)


def test_the_json_has_the_fields_that_scripts_read(ask: Ask) -> None:
    final = ask("Who met the ferry owners?", ScriptedModel(["Elin Vasskog [1]."]))[-1].to_json()
    named = (
        "question text outcome refused confidence sentences citations evidence retrieved model timings prompt_tokens "
        "cached_tokens answer_tokens searched scope error stopped disputes missing signals likeliest kind sections "
        "changed trace"
    )
    assert set(final) == set(named.split())
    assert set(final["timings"]) == {"retrieval_ms", "first_token_ms", "total_ms"}
    assert set(final["retrieved"][0]) == {"n", "article", "start", "end", "quote"}
    assert "[" not in final["text"] and final["sentences"][0]["citations"] == [1]


def test_a_refusal_shows_the_closest_passage_and_nothing_of_the_sentinel(ask: Ask) -> None:
    answers = ask("Who painted the ferry?", ScriptedModel(["NO. The excerpts name no painter."]))
    final = answers[-1]
    assert final.refused and final.outcome == "refused" and final.confidence == 0.0
    assert not any("NO" in a.text or "painter" in a.text for a in answers)
    assert final.text == f"Not in the articles. The closest they say: {final.citations[0].quote}"
    assert final.evidence and final.citations[0].quote == SENTENCES[0]


def test_without_a_model_the_reader_refuses_and_the_closest_is_told(ask: Ask) -> None:
    # Two of five words stand in the last sentence, log-odds of -1.2, and fewer in the others.
    final = ask("Who painted the oldest ferry at the town hall?", None)[-1]
    assert final.refused and final.confidence is not None and final.confidence < 0.4
    assert final.text == f"Not in the articles. The closest they say: {SENTENCES[3]}"
    assert [c.quote for c in final.citations] == [SENTENCES[3]]
    assert final.missing == ("painted, oldest, ferry, town, hall",)


def test_the_sentences_that_answer_most_likely_are_told_best_first(ask: Ask) -> None:
    told = ask("Who met the ferry owners?", None)[-1].to_json()["likeliest"]
    # The first holds all the words: 6 from the reader and 4 for them.
    assert (told[0]["quote"], told[0]["score"]) == (SENTENCES[0], 9.0)
    assert [one["n"] for one in told] == list(range(1, len(told) + 1))
    scores = [one["score"] for one in told]
    assert scores == sorted(scores, reverse=True) and scores[1] < 0


def test_a_name_that_no_article_holds_is_refused_without_the_model(ask: Ask) -> None:
    model = ScriptedModel([])
    final = ask("What did Macron tell the ferry owners?", model)[-1]
    assert final.refused and "“Macron”" in final.text
    assert model.calls == []


def test_the_model_is_asked_about_an_unknown_name_where_the_reader_is_all_but_sure(ask: Ask) -> None:
    # Three of four words stand in the first sentence: log-odds of 3, less 3 for the name, so the model is asked.
    model = ScriptedModel(["NO. The excerpts do not mention him."])
    assert ask("Did Macron see the ferry owners in Tromso?", model)[-1].refused
    assert len(model.calls) == 1
    # Two of three: log-odds of 2, less 3.
    assert ask("Did Macron see the owners in Tromso?", ScriptedModel([]))[-1].refused


def test_what_can_be_answered_is_and_the_rest_is_named(ask: Ask) -> None:
    asked = "What do Vasskog and Macron say about the ferry owners in Tromso?"
    model = ScriptedModel(["YES. Elin Vasskog met the ferry owners in Tromso [1]."])
    final = ask(asked, model)[-1]
    assert (final.outcome, final.missing, final.refused) == ("partly", ("Macron",), False)
    assert SENTENCES[0] in final.text
    assert ask(asked, None)[-1].outcome == "partly"
    refused = ask(asked, ScriptedModel(["NO. The excerpts do not say."]))[-1]
    assert refused.refused and "“Macron”" in refused.text


def test_what_a_large_model_finds_is_kept_beside_what_it_misses(ask: Ask) -> None:
    said = "Elin Vasskog met the ferry owners [1]. The excerpts do not say what the owners want."
    final = ask("Who met the ferry owners, and what do they want?", ScriptedModel([said], local=False))[-1]
    assert (final.outcome, final.text) == ("partly", "Elin Vasskog met the ferry owners.")
    assert final.missing == ("what the owners want",)
    said = "Elin Vasskog met the ferry owners [1]. The excerpts do not say that Mr. Berg was arrested in 2003."
    assert ask("Who met the ferry owners?", ScriptedModel([said], local=False))[-1].missing == (), "an invention"


def test_a_refusal_says_what_was_looked_for(ask: Ask) -> None:
    final = ask("What did the pier look like at night?", ScriptedModel(["NO."]))[-1]
    assert final.refused
    assert final.missing == ("pier, look, like, night",)


def test_numbers_in_another_form_are_no_strangers(ask: Ask) -> None:
    said = "The talks with the ferry owners took 7 hours [1]."
    assert ask("How long did the talks take?", ScriptedModel([said], local=False))[-1].text == said.replace(" [1]", "")


@pytest.mark.parametrize(
    "question",
    ["What did Vasskog and Macron agree on?", "What does Macron say about the pier?", "What does Vasskog tell Macron?"],
)
def test_what_an_unknown_name_is_needed_for_is_refused(ask: Ask, question: str) -> None:
    final = ask(question, ScriptedModel([]))[-1]
    assert final.refused and "“Macron”" in final.text and final.missing == ()


def test_the_other_side_takes_the_place_of_what_is_not_disputed(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractive, "STYLE", replace(extractive.STYLE, most=3, within=20.0, least=-20.0))
    question = "What does the pier cost, and how did the talks with Vasskog last?"
    found = _found(index, question, (), 200)
    known = index.sentences["a.txt"]
    plain = list(answer(question, (), found, index, None, 0.0))[-1]
    one = next(s for s in known if s.text in plain.text)
    other = next(s for s in known if s.text not in plain.text)

    def side(sentence: Sentence) -> Citation:
        n = next(e.n for e in found.evidence if e.span.covers(sentence.span))
        return Citation(n, "a.txt", sentence.start, sentence.end, sentence.text)

    dispute = Dispute("denial", side(one), side(other))
    parts = Parts(disputed=lambda said, desk: (dispute,))
    final = list(answer(question, (), found, index, None, 0.0, parts))[-1]
    assert len(plain.sentences) == 3
    assert len(final.sentences) == 3
    assert one.text in final.text
    assert final.sentences[-1].text == other.text


def test_extractive_mode_answers_in_the_articles_own_sentences(ask: Ask) -> None:
    final = ask("How long did the talks last?", None)[-1]
    assert final.model == "none" and not final.refused and 1 <= len(final.sentences) <= 4
    assert all(s.text in TEXT and s.supported and s.citations[0].quote == s.text for s in final.sentences)
    assert SENTENCES[1] in final.text


def test_a_follow_up_shows_the_model_the_turn_before(ask: Ask) -> None:
    model = ScriptedModel(["Seven hours [1]."])
    turns = [Turn("Who led the talks in Tromso?", "Elin Vasskog did.")]
    final = ask("And how long did it last?", model, turns)[-1]
    shown = model.calls[0].messages[-1].content
    assert "Earlier question: Who led the talks in Tromso?" in shown
    assert final.citations[0].quote == SENTENCES[1]


def test_a_question_that_stands_alone_leaves_the_turn_before_out(ask: Ask) -> None:
    model = ScriptedModel(["Buns [1]."])
    ask("What did the baker sell outside the town hall?", model, [Turn("Who met the ferry owners?", "Elin Vasskog.")])
    assert "Earlier" not in model.calls[0].messages[-1].content


def test_closing_the_answer_closes_the_model(index: Index) -> None:
    model = ScriptedModel(
        ["Elin Vasskog met them [1]. The talks lasted seven hours [1]. And more was said there."], delay=0.01
    )
    answers = answer(
        "Who met the owners?", [], _found(index, "Who met the owners?", [], 60), index, model, time.perf_counter()
    )
    next(answers)
    while not next(answers).text:
        pass
    answers.close()
    assert model.stopped == 1


def test_a_failing_model_is_told_and_the_articles_still_answer(ask: Ask) -> None:
    final = ask("How long did the talks last?", ScriptedModel([ModelError("The endpoint refused the connection.")]))[-1]
    assert final.error == f"The endpoint refused the connection. {STANDS_IN}"
    assert SENTENCES[1] in final.text and final.done


def test_hostile_replies_are_only_text(ask: Ask) -> None:
    said = "Elin Vasskog <img src=//x/y> met the ferry owners ![](//x/z) in Tromso [7][1]."
    small = ask("Who met the ferry owners?", ScriptedModel([said]))[-1]
    assert small.text == SENTENCES[0]
    large = ask("Who met the ferry owners?", ScriptedModel([said], local=False))[-1]
    assert "<img" in large.text
    assert all(c.n <= len(a.evidence) for a in (small, large) for c in a.citations)


# -- nothing from memory -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "stranger"),
    [
        ("Elin Vasskog has held the post since 2004.", ("2004",)),
        ("The talks were led by Henrik Ibsen.", ("Henrik Ibsen",)),
        ("The Tromso talks took seven hours.", ()),
        ("The Tromso talks took 7 hours.", ()),
        ("The two talked with the owners in Tromso.", ()),  # left to the check
        ("The Tromso talks began at 9am.", ("9",)),
        ("Tromsø's talks with US owners took 2,000 hours.", ("2,000", "US")),
        ("Owners of ferries met Vasskog.", ()),
    ],
)
def test_numbers_and_names_must_have_been_shown(said: str, stranger: tuple[str, ...]) -> None:
    assert strangers(said, [TEXT]) == stranger


def test_a_sentence_from_the_models_memory_is_left_out(ask: Ask) -> None:
    said = "Elin Vasskog met the ferry owners [1]. She was born in Bergen in 1961 [1]."
    large = ask("Who met the ferry owners?", ScriptedModel([said], local=False))[-1]
    assert large.text == "Elin Vasskog met the ferry owners."
    assert ask("Who met the ferry owners?", ScriptedModel([said]))[-1].text == SENTENCES[0]
    only = ask("When was the harbour master born?", ScriptedModel(["She was born in 1961 [1]."]))[-1]
    assert only.refused and "1961" not in only.text


def test_a_sentence_that_is_not_about_the_evidence_is_left_out(ask: Ask) -> None:
    final = ask("Who said that the pier is late?", ScriptedModel(["The miller's widow told the guide [2]."]))[-1]
    assert final.refused


def test_an_answer_that_only_repeats_the_question_is_a_refusal(ask: Ask) -> None:
    said = ScriptedModel(["The baker stood at the town hall."], local=False)
    assert ask("Which town hall did the baker stand at?", said)[-1].refused
    assert not ask("Did a baker sell buns?", ScriptedModel(["A baker sold buns [1]."], local=False))[-1].refused


def test_a_quotation_that_never_ends_quotes_nothing() -> None:
    assert reply.sentences('He said: "It cost much.')[0].text == "He said: It cost much."
    assert reply.sentences('He said: "It cost much."')[0].text == 'He said: "It cost much."'


def test_only_finished_sentences_are_shown_and_with_their_citations(ask: Ask) -> None:
    said = "Elin Vasskog met the ferry owners [1]. The talks lasted seven hours [1]."
    streaming = [a for a in ask("Who met the ferry owners?", ScriptedModel([said])) if a.sentences and not a.done]
    assert streaming[0].text == SENTENCES[0] and all(s.citations for a in streaming for s in a.sentences)


class _Sure(ScriptedModel):
    """Tells how likely its verdicts are."""

    def __init__(self, reply: str, yes: float) -> None:
        super().__init__([reply])
        self._first = {"YES": math.log(yes), "NO": math.log(1 - yes)}

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[Chunk]:
        for place, chunk in enumerate(super().stream(messages, max_tokens=max_tokens)):
            yield replace(chunk, first=self._first if place == 0 else None)


def test_a_hesitant_no_is_overruled_by_the_closest_sentence_and_a_hesitant_yes_refused(ask: Ask) -> None:
    asked = "How long did the talks last?"
    doubting = ask(asked, _Sure("NO. The excerpts give no duration.", 0.6))[-1]
    assert not doubting.refused and SENTENCES[1] in doubting.text
    assert ask(asked, _Sure("NO. The excerpts give no duration.", 0.01))[-1].refused
    unsure = ask(asked, _Sure("YES. The talks lasted seven hours [1].", 0.1))
    assert unsure[-1].refused and not any(a.sentences for a in unsure[:-1])


def test_credits_and_author_lines_are_named_as_such(index: Index) -> None:
    evidence = _evidence(index, (0, 0), (3, 3))
    shown = prompts.ask("Who took the photo?", evidence, aside=lambda e: "credit" if e.n == 2 else None).content
    assert f"[1] {SENTENCES[0]}" in shown
    assert f"[2] Photo and its credit: {SENTENCES[3]}" in shown
