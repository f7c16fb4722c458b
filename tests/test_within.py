"""Questions kept to some articles by choice; what a model was sent; follow-ups that were tried."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import complete
from rag.domain import Answer, AnswerSentence, Article, Citation, Scope, Statement, Within
from rag.errors import QuestionError
from rag.followups import followups
from rag.models import ScriptedModel
from rag.requests.choosing import both, chosen
from tests.conftest import Assemble
from tests.small import retriever_over
from tests.test_examples import BRIDGE, FERRY

OLSEN = Statement("a.txt", 0, 4, "direct", "Rita Olsen")
ARTICLES = [
    Article("a.txt", "text", "d", "One", outlet="Courier", date="2023-03-14", statements=(OLSEN,)),
    Article("b.txt", "text", "d", "Two", outlet="Courier", date="2024"),
    Article("c.txt", "text", "d", "Three", outlet="Post"),
]


@pytest.mark.parametrize(
    ("within", "ids", "words"),
    [
        (Within(outlets=("Courier",)), ("a.txt", "b.txt"), "Courier"),
        (Within(outlets=("Courier", "Post")), ("a.txt", "b.txt", "c.txt"), "Courier, Post"),
        (Within(outlets=("Courier",), years=("2024",)), ("b.txt",), "Courier, 2024"),
        (Within(people=("Rita Olsen",)), ("a.txt",), "Rita Olsen"),
        (Within(articles=("c.txt",)), ("c.txt",), "Three"),
    ],
)
def test_choices_of_a_kind_add_up_and_kinds_narrow_each_other(within: Within, ids: tuple[str, ...], words: str) -> None:
    assert chosen(within, ARTICLES, "Who?") == Scope(ids, words, "Who?", chosen=True)


def test_nothing_chosen_keeps_to_nothing_and_too_much_is_said() -> None:
    assert chosen(Within(), ARTICLES, "Who?") is None
    with pytest.raises(QuestionError, match="remove one of the choices"):
        chosen(Within(outlets=("Post",), years=("2024",)), ARTICLES, "Who?")


def test_a_choice_and_the_words_of_a_question_are_told_together() -> None:
    choice, said = Scope(("a", "b"), "Courier", "Who?", True), Scope(("b",), "in 2024 articles", "Who came?")
    assert both(choice, None) == choice and both(None, said) == said
    assert both(choice, said) == Scope(("b",), "Courier, in 2024 articles", "Who came?", True)


def test_a_narrowed_library_knows_no_other_article(tmp_path: Path) -> None:
    whole = retriever_over({"bridge.md": BRIDGE, "ferry.txt": FERRY}, tmp_path)
    ferry = whole.kept_to(frozenset({"ferry.txt"}))
    assert set(ferry.index().articles) == {"ferry.txt"} and len(whole.index().articles) == 2
    assert {hit.passage.article for hit in ferry.retrieve("Who builds the bridge in Leeds?").hits} <= {"ferry.txt"}
    assert "bridge.md" in {hit.passage.article for hit in whole.retrieve("Who builds the bridge in Leeds?").hits}
    assert ferry.index() is ferry.index() and not ferry.index().speller.knows("Zolvo")
    assert whole.index().speller.knows("Zolvo")


def test_an_answer_says_what_it_was_kept_to_and_finds_nothing_elsewhere(assemble: Assemble) -> None:
    assistant = assemble(model="none")
    question = "Who had a seven-hour meeting with Yang Jiechi in Rome?"
    found = complete(assistant.ask(question))
    held = {citation.article for citation in found.citations}
    others = tuple(article.id for article in assistant.articles() if article.id not in held)
    kept = complete(assistant.ask(question, (), Within(articles=others)))
    assert not found.refused and found.scope is None
    assert kept.scope is not None and kept.scope.chosen and kept.scope.articles == others
    assert held.isdisjoint({e.article for e in kept.evidence} | {c.article for c in kept.citations})


def test_a_summary_keeps_to_what_is_chosen_too(assemble: Assemble) -> None:
    assistant = assemble(model="none")
    one = assistant.articles()[0].id
    told = complete(assistant.ask("What are these articles about?", (), Within(articles=(one,))))
    assert {citation.article for citation in told.citations} <= {one}
    assert told.scope is not None and told.scope.articles == (one,)


def test_what_the_model_was_sent_and_replied_is_told(assemble: Assemble, scripted: ScriptedModel) -> None:
    assistant = assemble()
    scripted.enqueue("Jake Sullivan met Yang Jiechi for seven hours [1].")
    final = complete(assistant.ask("Who had a seven-hour meeting with Yang Jiechi in Rome?"))
    assert final.trace is not None and final.trace.reply == "Jake Sullivan met Yang Jiechi for seven hours [1]."
    assert "Who had a seven-hour meeting" in final.trace.prompt and final.evidence[0].quote[:30] in final.trace.prompt
    assert final.to_json()["trace"] == {"prompt": final.trace.prompt, "reply": final.trace.reply, "fenced": False}
    assert complete(assemble_none(assemble, assistant)).trace is None


def assemble_none(assemble: Assemble, running: object):  # type: ignore[no-untyped-def]
    running.close()  # type: ignore[attr-defined]
    return assemble(model="none").ask("Who had a seven-hour meeting with Yang Jiechi in Rome?")


def test_follow_ups_are_tried_lead_on_and_are_not_asked_again(tmp_path: Path) -> None:
    index = retriever_over({"bridge.md": BRIDGE, "ferry.txt": FERRY}, tmp_path).index()
    sentences = {s.text: s for own in index.body.values() for s in own}
    built, best, founded, denied = (
        next(s for text, s in sentences.items() if words in text)
        for words in ("said on 4 March", "best firm", "founded in 1999", "denied")
    )

    def told(*chosen_: object, kind: str = "question", heading: str = "") -> Answer:
        lines = tuple(
            AnswerSentence(s.text, (Citation(n, s.article, s.start, s.end, s.text),), True)  # type: ignore[attr-defined]
            for n, s in enumerate(chosen_, 1)
        )
        return Answer("?", "x", kind, sentences=lines, confidence=0.9, signals={"reader": 3.0}, done=True)  # type: ignore[arg-type]

    tried: list[str] = []
    known = {
        "When was Zolvo founded?": told(founded),
        "What does Anna Berg say about Zolvo?": told(built, best, kind="says"),
    }

    def ask(question: str) -> Answer:
        tried.append(question)
        return known.get(question, Answer(question, outcome="refused", done=True))

    answer = replace(told(built), question="Who will build the bridge?")
    assert followups(answer, (), index, ask, lambda: True) == list(known)[::-1]
    assert all("ferry" not in question for question in tried)
    asked = ("what does anna berg say about zolvo",)
    assert followups(answer, asked, index, ask, lambda: True) == ["When was Zolvo founded?"]
    assert followups(told(founded), asked, index, ask, lambda: True) == []  # the same answer once more
    assert followups(answer, (), index, ask, lambda: False) == []
    assert denied.text
