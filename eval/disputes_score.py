"""How well disagreement is told: python -m eval.disputes_score [--news FOLDER]. Changes nothing.

Reads ``disputes.jsonl``: pairs of sentences, labelled by reading before any rule was written. ``kind`` is null for
pairs that do not disagree. Pairs from ``seeds/`` are always scored, pairs from MultiHop-RAG's news with its folder of
articles. Then all that is called a dispute among random pairs of sentences is listed, to be judged by hand.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.answering.disputing import judge
from rag.answering.disputing.claims import Said, said
from rag.articles import list_articles, read_article
from rag.domain import Article, Sentence
from rag.errors import ArticlesError
from rag.passages import body_sentences, split
from rag.retrieval.lexical import LexicalIndex

HERE = Path(__file__).parent
LABELS = HERE / "disputes.jsonl"
QUOTES = HERE / "quotes" / "seeds.jsonl"
SEEDS = HERE.parent / "seeds"
RANDOM_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over labelled pairs. ``found``: disputes with the right kind; ``alarms``: pairs that are none."""

    disputes: int
    found: int
    others: int
    alarms: int

    @property
    def precision(self) -> float:
        """Share of called disputes that are some; 1 when nothing was called."""
        called = self.found + self.alarms
        return self.found / called if called else 1.0

    @property
    def recall(self) -> float:
        """Share of disputes that were found."""
        return self.found / self.disputes if self.disputes else 1.0

    def __str__(self) -> str:
        return (
            f"found {self.found} of {self.disputes} disputes, {self.alarms} alarms over {self.others} other pairs "
            f"(precision {self.precision:.2f}, recall {self.recall:.2f})"
        )


class Folder:
    """The sentences of a folder of articles, their weights and, for the seeds, their labelled speakers."""

    def __init__(self, root: Path, quotes: Path | None = None) -> None:
        self.articles: dict[str, Article] = {id: read_article(root, id) for id in list_articles(root)}
        self.idf = LexicalIndex([p for a in self.articles.values() for p in split(a)], self.articles).idf
        self._quotes = read_lines(quotes) if quotes else []

    def said(self, side: dict[str, Any]) -> Said:
        """A labelled side as a statement.

        Raises:
            ArticlesError: the article is not in the folder, or its words are others by now.
        """
        article = self.articles.get(side["doc"])
        text = article.text[side["start"] : side["end"]] if article else ""
        if not text.startswith(side["text"]):
            raise ArticlesError(f"{side['doc']} does not hold {side['text']!r} at {side['start']}: label it anew.")
        return said(1, Sentence(side["doc"], side["start"], side["end"], text), self._speaker(side))

    def _speaker(self, side: dict[str, Any]) -> str | None:
        for row in self._quotes:
            if row["doc"] == side["doc"] and row["start"] < side["end"] and side["start"] < row["end"]:
                return str(row["speaker"]) if row["speaker"] else None
        return None


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file, one a line."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def verdicts(folder: Folder, rows: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], str | None]]:
    """Each labelled pair with the kind that it was judged to be, or None."""
    found = [judge(folder.said(row["first"]), folder.said(row["second"]), folder.idf) for row in rows]
    return [(row, verdict[1] if verdict else None) for row, verdict in zip(rows, found, strict=True)]


def score(judged: Sequence[tuple[dict[str, Any], str | None]]) -> Score:
    """The counts. A dispute that was called another kind counts as missed."""
    return Score(
        disputes=sum(row["kind"] is not None for row, _ in judged),
        found=sum(row["kind"] is not None and row["kind"] == kind for row, kind in judged),
        others=sum(row["kind"] is None for row, _ in judged),
        alarms=sum(row["kind"] is None and kind is not None for row, kind in judged),
    )


def random_alarms(folder: Folder, pairs: int, seed: int = 1) -> list[tuple[str, Said, Said]]:
    """The pairs among ``pairs`` random ones that are called disputes; half of them stand within one article."""
    sentences = {id: body_sentences(article) for id, article in folder.articles.items()}
    every = [s for found in sentences.values() for s in found]
    draw = random.Random(seed)
    alarms: dict[tuple[str, str], tuple[str, Said, Said]] = {}
    for i in range(pairs):
        first = draw.choice(every)
        second = draw.choice(sentences[first.article] if i % 2 else every)
        a, b = said(1, first), said(2, second)
        if first != second and (verdict := judge(a, b, folder.idf)):
            alarms[verdict[2].sentence.id, verdict[3].sentence.id] = verdict[1:]
    return list(alarms.values())


def main() -> None:
    """Print the scores, then what was missed and what was called wrongly."""
    parser = argparse.ArgumentParser(description="How well disagreement is told.")
    parser.add_argument("--news", type=Path, help="MultiHop-RAG's folder of articles")
    given = parser.parse_args()
    for name, root, quotes in (("seeds", SEEDS, QUOTES), ("news", given.news, None)):
        if root is None:
            continue
        folder = Folder(root, quotes)
        judged = verdicts(folder, [row for row in read_lines(LABELS) if row["first"]["doc"] in folder.articles])
        print(f"{name}: {score(judged)}")
        for row, kind in judged:
            if row["kind"] != kind:
                sides = [folder.said(row[side]).text for side in ("first", "second")]
                print(f"  {row['kind']} called {kind}\n    {sides[0]}\n    {sides[1]}")
        alarms = random_alarms(folder, RANDOM_PAIRS)
        print(f"{name}: {len(alarms)} different pairs called disputes among {RANDOM_PAIRS} random ones")
        for kind, first, second in alarms:
            print(f"  {kind}\n    {first.text}\n    {second.text}")


if __name__ == "__main__":
    main()
