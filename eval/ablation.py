"""What each mechanism brings: the assistant assembled from other parts, over the same questions and replies.

    python -m eval.ablation --gold FILE --out DIR [--articles DIR] [--model M] [--only NAME ...]

Each variant is a whole run in DIR/NAME; replies are shared, so only a variant that shows the model something else asks
it anew. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval import results, runner
from rag.answering import Decide, Parts, composing
from rag.answering.decision import confidence
from rag.answering.desk import Desk
from rag.answering.reply import ReplySentence
from rag.assistant import Assistant
from rag.domain import EVERYTHING, Answer, AnswerSentence, Dispute, Turn, Within
from rag.models.base import Embedder, Reader
from rag.models.scripted import WordReader
from rag.retrieval import LANE_WEIGHTS, Index, Retriever
from rag.store import Library

FIGURES = (
    ("accuracy", "right"),
    ("refusal.f1", "refusal F1"),
    ("refusal.wrongly_refused", "wrongly refused"),
    ("citations.precision", "citation precision"),
    ("citations.recall", "citation recall"),
    ("citations.verbatim", "quotations verbatim"),
)

CHOSEN = 2
"""Sentences that stand for a reply where nothing is added to what it rests on."""


def unchecked(parts: Sequence[ReplySentence], desk: Desk) -> tuple[AnswerSentence, ...]:
    """The model's words with citations, whatever they say."""
    return tuple(composing.cited(part, desk) for part in parts)


def chosen_only(parts: Sequence[ReplySentence], desk: Desk) -> tuple[AnswerSentence, ...]:
    """The first sentences that the model's reply rests on, and none besides."""
    citations = composing.rests_on(parts, desk)
    return tuple(desk.verbatim(sentence, citations) for sentence in desk.cited(citations)[:CHOSEN])


def without(*names: str) -> Decide:
    """The decision when it does not see these signals; without the verdict, the model is taken at its word."""

    def decide(signals: Mapping[str, float], reply: str | None, model: str | None) -> tuple[float, float]:
        return confidence({name: value for name, value in signals.items() if name not in names}, reply, model)

    return decide


def never(signals: Mapping[str, float], reply: str | None, model: str | None) -> tuple[float, float]:
    """Nothing is refused but questions about names that no article holds."""
    return 1.0, 0.0


def agree(said: Sequence[AnswerSentence], desk: Desk) -> tuple[Dispute, ...]:
    """Nothing disagrees."""
    return ()


class OwnWords(Assistant):
    """The model's words, checked and mended."""

    parts = Parts(local=composing.phrased)


class Unchecked(Assistant):
    """The model's words as they are."""

    parts = Parts(local=unchecked, hosted=unchecked)


class ChosenOnly(Assistant):
    """Nothing besides what the model's reply rests on."""

    parts = Parts(local=chosen_only)


class ByWord(Assistant):
    """Refuses when the model says NO."""

    parts = Parts(decide=without("verdict"))


class NeverRefuses(Assistant):
    """Answers whatever is asked."""

    parts = Parts(decide=never)


class Agrees(Assistant):
    """Does not look whether the evidence disagrees."""

    parts = Parts(disputed=agree)


class Forgetful(Assistant):
    """Takes every question by itself."""

    def ask(self, question: str, history: Sequence[Turn] = (), within: Within = EVERYTHING) -> Iterator[Answer]:
        """The answer to a question without its conversation."""
        return super().ask(question, (), within)


class Unread(Retriever):
    """A retriever that counts words where the trained reader would read."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        reader: Reader,
        lane_weights: Mapping[str, float] = LANE_WEIGHTS,
    ) -> None:
        super().__init__(library, embedder, WordReader(), lane_weights)


class ByWords(Assistant):
    """Sentences are chosen by the question's words that they hold."""

    retriever = Unread


class Speechless(Retriever):
    """A retriever that does not know who says what."""

    _muted: Index | None = None

    def index(self) -> Index:
        """The index without statements."""
        known = super().index()
        if self._muted is None or self._muted.revision != known.revision:
            articles = {id: replace(article, statements=()) for id, article in known.articles.items()}
            self._muted = replace(known, articles=articles)
        return self._muted


class NoSpeakers(Assistant):
    """Nobody's words have a speaker: not in the choice of evidence, in the prompt or in the answer."""

    retriever = Speechless


VARIANTS: Mapping[str, tuple[str, type[Assistant]]] = {
    "all": ("everything", Assistant),
    "own-words": ("the model's own words, checked and mended", OwnWords),
    "unchecked": ("the model's own words, unchecked", Unchecked),
    "chosen-only": ("only the sentences that the reply rests on, at most two", ChosenOnly),
    "by-word": ("verdict taken at its word instead of the decision", ByWord),
    "never": ("no refusals", NeverRefuses),
    "no-disputes": ("without the other side of what is disputed", Agrees),
    "no-history": ("without the conversation", Forgetful),
    "by-words": ("sentences by the words that they share with the question, unread", ByWords),
    "no-speakers": ("without speakers", NoSpeakers),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the variants and print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.ablation", description="What each mechanism brings.")
    parser.add_argument("--gold", type=Path, required=True, help="the gold questions")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the runs")
    parser.add_argument("--articles", type=Path, help="the folder of articles (default: seeds)")
    parser.add_argument("--model", help="1.5b, 0.5b, hosted, or a .gguf file (default: 1.5b)")
    parser.add_argument("--replies", type=Path, help="where replies of the model are kept (default: OUT/replies)")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="only these variants")
    given = parser.parse_args(argv)
    print(f"| | {' | '.join(title for _, title in FIGURES)} | words |\n{'|---' * (len(FIGURES) + 2)}|")
    for name in given.only:
        title, variant = VARIANTS[name]
        order = runner.Order(
            gold=given.gold,
            out=given.out / name,
            articles=given.articles,
            model=given.model,
            replies=given.replies or given.out / "replies",
            assemble=variant,
        )
        print(f"| {title} | {' | '.join(_cells(_run(order)))} |", flush=True)


def _run(order: runner.Order) -> dict[str, Any]:
    run = runner.run(order)
    found = results.results(run)
    results.write(run, found)
    runner.forget_journal(order)
    summary: dict[str, Any] = found["summary"]
    return summary


def _cells(summary: dict[str, Any]) -> list[str]:
    leaves = [results.leaf(summary, path) or {} for path, _ in FIGURES]
    cells = ["" if found.get("value") is None else f"{found['value']:.3f}" for found in leaves]
    return [*cells, f"{summary['cost']['answer_words']['p50']:.0f}"]


if __name__ == "__main__":
    main()
