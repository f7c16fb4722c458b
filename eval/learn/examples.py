"""Gold questions and their articles -> what is learned from: questions with labelled pages. Knows no network.

The pages are the product's own passages, found by its own lanes, so that the reader learns on what it will be shown:
those that hold evidence, those that a careless reader would take, and the best of the others.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.gold import ArticleTexts, Gold, GoldEvidence, load_gold
from eval.matching import meets_half
from rag.domain import Passage, Turn
from rag.ingest import sync
from rag.models.base import Embedder, Page
from rag.models.scripted import WordReader
from rag.retrieval import Index, Retriever
from rag.retrieval.pages import page
from rag.store import Library

CANDIDATES = 14
"""How many of the best passages are offered as pages that do not answer."""
NEAREST = 3
"""The place from which on a candidate is drawn more rarely the further down it is."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page, and for each of its sentences whether it answers."""

    page: Page
    answers: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its pages: that answer, that seem to, and further candidates, the best first."""

    question: str
    turn: Turn | None
    answering: tuple[Labelled, ...]
    near: tuple[Labelled, ...]
    others: tuple[Labelled, ...]

    def drawn(self, dice: random.Random, most: int) -> list[Labelled]:
        """Up to ``most`` pages: at most four that answer, two that seem to, and others, the better the likelier."""
        chosen = dice.sample(self.answering, min(4, len(self.answering)))
        chosen += dice.sample(self.near, min(2, len(self.near)))
        rest = list(self.others)
        while rest and len(chosen) < most:
            place = dice.choices(range(len(rest)), [1 / (NEAREST + rank) for rank in range(len(rest))])[0]
            chosen.append(rest.pop(place))
        return chosen


def examples(gold: Path, articles: Path, embedder: Embedder, withheld: frozenset[str] = frozenset()) -> list[Example]:
    """The questions of a gold file with their pages, in its order.

    Args:
        gold: the questions.
        articles: the folder of their articles, all of which are searched.
        embedder: the dense lane's.
        withheld: ids of articles of which no page is used; a question that needs one is left out.
    """
    texts = ArticleTexts(articles)
    with (
        tempfile.TemporaryDirectory() as data,
        Library.open(articles, Path(data)) as library,
    ):
        sync(articles, library, embedder)
        retriever = Retriever(library, embedder, WordReader())
        return list(_examples(load_gold(gold, texts).rows, retriever, withheld))


def _examples(rows: Sequence[Gold], retriever: Retriever, withheld: frozenset[str]) -> Iterator[Example]:
    index = retriever.index()
    by_article: dict[str, list[Passage]] = {}
    for passage in index.passages.values():
        if passage.kind == "body" and passage.article not in withheld:
            by_article.setdefault(passage.article, []).append(passage)
    for row in rows:
        evidence = (*row.evidence, *row.alt_evidence)
        if any(piece.doc in withheld for piece in evidence):
            continue
        answering = _labelled(evidence, by_article, index)
        if row.answerable and not answering:
            continue
        near = {id: one for id, one in _labelled(row.near, by_article, index).items() if id not in answering}
        found = [hit.passage for hit in retriever.rank(row.question, row.history)[:CANDIDATES]]
        taken = answering.keys() | near.keys() | {p.id for p in found if p.article in withheld}
        yield Example(
            row.question,
            row.history[-1] if row.history else None,
            tuple(answering.values()),
            tuple(Labelled(one.page, (False,) * len(one.answers)) for one in near.values()),
            tuple(_blank(passage, index) for passage in found if passage.id not in taken),
        )


def _labelled(
    evidence: Sequence[GoldEvidence], by_article: dict[str, list[Passage]], index: Index
) -> dict[str, Labelled]:
    """The pages with sentences that are half or more of a piece of evidence, or of which it is; by passage."""
    found: dict[str, Labelled] = {}
    for id in dict.fromkeys(piece.doc for piece in evidence):
        spans = [span for piece in evidence if piece.doc == id for span in piece.spans]
        for passage in by_article.get(id, []):
            answers = tuple(meets_half(span, spans) for span in passage.sentences)
            if any(answers):
                found[passage.id] = Labelled(page(passage, index.articles[id]), answers)
    return found


def _blank(passage: Passage, index: Index) -> Labelled:
    return Labelled(page(passage, index.articles[passage.article]), (False,) * len(passage.sentences))
