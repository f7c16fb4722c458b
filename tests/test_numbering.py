"""Numbers run 1, 2, 3 in the order of the text."""

from dataclasses import replace

from rag.answering.numbering import in_order
from rag.domain import Answer, AnswerSentence, Citation, Dispute, Evidence


def _evidence(n: int) -> Evidence:
    return Evidence(n, f"{n}.md", 0, 5, f"text {n}")


def _cites(*numbers: int) -> AnswerSentence:
    return AnswerSentence("A.", tuple(Citation(n, f"{n}.md", 0, 5, f"text {n}") for n in numbers))


def test_what_is_cited_first_is_number_one_and_what_is_not_comes_last() -> None:
    evidence = tuple(map(_evidence, (1, 2, 3, 4)))
    found = in_order(Answer("?", sentences=(_cites(3), _cites(1, 3)), evidence=evidence))
    assert [[c.n for c in s.citations] for s in found.sentences] == [[1], [2, 1]]
    assert [(e.n, e.article) for e in found.evidence] == [(1, "3.md"), (2, "1.md"), (3, "2.md"), (4, "4.md")]
    for citation in found.citations:
        assert found.evidence[citation.n - 1].article == citation.article


def test_a_disputed_passage_keeps_its_evidence() -> None:
    sides = (_cites(2).citations[0], _cites(4).citations[0])
    answer = Answer("?", sentences=(_cites(4),), evidence=tuple(map(_evidence, (1, 2, 3, 4))))
    (dispute,) = in_order(replace(answer, disputes=(Dispute("denial", *sides),))).disputes
    assert (dispute.first.n, dispute.second.n) == (2, 1)


def test_an_answer_that_runs_in_order_is_left_alone() -> None:
    answer = Answer("?", sentences=(_cites(1), _cites(2)), evidence=(_evidence(1), _evidence(2)))
    assert in_order(answer) is answer
