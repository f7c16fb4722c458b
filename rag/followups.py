"""Questions that lead on from an answer: made from the articles that it cites, tried, and offered if answered well.

Knows the index and what an answer is made of; knows no model and nobody who asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rag.domain import Answer
from rag.examples import Ask, Candidate, GoOn, facts, has_times, is_good, only_of, quotable, says, title, who
from rag.retrieval import Index
from rag.retrieval.narrowing import only
from rag.retrieval.terms import words

MOST, TRIES = 3, 3
"""Questions that are offered at most; how many of a kind are tried until one is good."""
LOOKED_INTO = 4
"""Articles of an answer that questions are made of, those it cites first."""


def followups(answer: Answer, asked: Sequence[str], index: Index, ask: Ask, go_on: GoOn, most: int = MOST) -> list[str]:
    """Up to ``most`` questions, one of each kind, none that was asked before or that has the same answer.

    Args:
        answer: what was answered, whole.
        asked: the questions of the conversation.
        index: everything that could be cited.
        ask: answers a question without a language model.
        go_on: whether to try another; False as soon as somebody else needs the machine.
        most: how many to find.
    """
    found: list[str] = []
    before = {_plain(question) for question in (*asked, answer.question)}
    for candidates in _kinds(answer, index):
        for candidate in islice((c for c in candidates if _plain(c.question) not in before), TRIES):
            if len(found) == most or not go_on():
                return found
            told = ask(candidate.question)
            if is_good(candidate, told) and not _same(told, answer):
                found.append(candidate.question)
                break
    return found


def _kinds(answer: Answer, index: Index) -> Iterator[Iterator[Candidate]]:
    cited = [*(c.article for c in answer.citations), *(e.article for e in answer.evidence)]
    articles = [id for id in dict.fromkeys(cited) if id in index.articles][:LOOKED_INTO]
    near = only(index, articles)
    if not articles or answer.kind in ("smalltalk", "help", "vague", "outside"):
        return
    yield says(near)
    yield who(near)
    yield _articles(near, articles)
    yield facts(near)


def _articles(near: Index, articles: Sequence[str]) -> Iterator[Candidate]:
    for article in (near.articles[id] for id in articles):
        if quotable(article):
            yield Candidate(f"Draw up a timeline of “{title(article)}”", has_times)
            yield Candidate(f"Summarise “{title(article)}”", only_of(article.id, "summary"))


def _same(one: Answer, other: Answer) -> bool:
    """Whether an answer cites nothing but what the other one cites."""
    known = {(c.article, c.start) for c in other.citations}
    return {(c.article, c.start) for c in one.citations} <= known


def _plain(question: str) -> str:
    return " ".join(words(question)).casefold()
