"""How well speakers are found and resolved: python -m eval.speakers [--articles DIR] [--list]. Knows the labels' form.

    python -m eval.speakers                        the five seed articles
    python -m eval.speakers --articles DIR         and the labelled news articles, whose texts lie in DIR
    python -m eval.speakers --articles DIR --list  and every row that was missed or given to another

Finding and resolving are scored apart, quotations and reported claims apart (eval/quotes/README.md says why).
Exit 0: done. 1: one sentence on stderr. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.articles import read_article
from rag.domain import Article, Span, Statement
from rag.errors import ConfigError, FootnoteError, UnreadableFile
from rag.quotes import statements

ROOT = Path(__file__).resolve().parent.parent
LABELS = ROOT / "eval" / "quotes"
HOWS = ("named", "pronoun", "description", "continued", "outlet", "line", "turn", "none")
KINDS = ("direct", "reported")
_COVERED = 0.5


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled span; ``names`` are all forms that are right for its speaker, () where the article does not tell."""

    doc: str
    span: Span
    kind: str
    how: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """Labelled spans with the labelled range of each article; an article without a range is labelled whole."""

    rows: tuple[Label, ...]
    ranges: dict[str, Span] = field(default_factory=dict)

    def docs(self) -> list[str]:
        return sorted({row.doc for row in self.rows} | self.ranges.keys())


@dataclass(slots=True)
class Count:
    """``good`` of ``all``."""

    good: int = 0
    all: int = 0

    def add(self, good: bool) -> None:
        self.good += good
        self.all += 1

    @property
    def share(self) -> float:
        """``good / all``; 0 for nothing."""
        return self.good / self.all if self.all else 0.0

    def __str__(self) -> str:
        return f"{self.share:.3f} ({self.good} of {self.all})"


@dataclass(slots=True)
class Score:
    """Figures of one kind of statement.

    ``recall``: labelled rows that a statement of the kind covers (the overlap is at least half of the longer span).
    ``precision``: statements of the kind that cover a labelled row of it, within the labelled ranges. ``resolved``:
    found rows with a named speaker whose statement's speaker holds one of the row's names as whole words; of several
    statements with equal overlap any may match. ``by_how``: the same by what resolves the row.
    """

    recall: Count = field(default_factory=Count)
    precision: Count = field(default_factory=Count)
    resolved: Count = field(default_factory=Count)
    by_how: dict[str, Count] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_labels(path: Path) -> Labels:
    """The labels of a file; rows of kind ``other`` are no statements and are left out.

    Raises:
        ConfigError: the file is missing or a line of it is not as eval/quotes/README.md says.
    """
    rows: list[Label] = []
    ranges: dict[str, Span] = {}
    for n, line in enumerate(_lines(path), 1):
        try:
            row = json.loads(line)
            if "doc" not in row:
                ranges = {doc: Span(*span) for doc, span in row["ranges"].items()}
            elif row["kind"] in KINDS:
                span = Span(row["start"], row["end"])
                rows.append(Label(row["doc"], span, row["kind"], row["how"], tuple(row["names"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{path.name}, line {n}: not a label ({error!r}); see eval/quotes/README.md.") from None
    return Labels(tuple(rows), ranges)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"No labels at {path} ({error.strerror}); they are kept in eval/quotes/.") from None


def score(labels: Labels, folder: Path, docs: Sequence[str]) -> dict[str, Score]:
    """The figures over ``docs`` by kind.

    Raises:
        ConfigError: an article is not in ``folder`` or cannot be read.
    """
    scores = {kind: Score() for kind in KINDS}
    for doc in docs:
        article = _article(folder, doc)
        within = labels.ranges.get(doc, Span(0, len(article.text)))
        found = [s for s in statements(article) if within.covers(s.span)]
        rows = [row for row in labels.rows if row.doc == doc]
        for kind in KINDS:
            _compare(
                scores[kind], [r for r in rows if r.kind == kind], [s for s in found if s.kind == kind], article.text
            )
    return scores


def _article(folder: Path, doc: str) -> Article:
    try:
        return read_article(folder, doc)
    except UnreadableFile as error:
        raise ConfigError(f"{doc} cannot be read in {folder}: {error}") from None


def _compare(score: Score, rows: Sequence[Label], found: Sequence[Statement], text: str) -> None:
    for statement in found:
        good = any(_covers(statement.span, row.span) for row in rows)
        score.precision.add(good)
        if not good:
            score.problems.append(f"not labelled  {_shown(rows, statement, text)}")
    for row in rows:
        near = [s for s in found if _covers(s.span, row.span)]
        score.recall.add(bool(near))
        if not near:
            score.problems.append(f"not found     {row.doc} {row.how:11} {row.names[:1]} {_snip(text, row.span)}")
        elif row.names:
            _resolve(score, row, near, text)


def _resolve(score: Score, row: Label, near: Sequence[Statement], text: str) -> None:
    good = any(matches(s.speaker, row.names) for s in near)
    score.resolved.add(good)
    score.by_how.setdefault(row.how, Count()).add(good)
    if not good:
        said = " / ".join(f"{s.speaker} {s.confidence}" for s in near)
        score.problems.append(
            f"another       {row.doc} {row.how:11} {row.names[:1]} got {said}: {_snip(text, row.span)}"
        )


def _shown(rows: Sequence[Label], statement: Statement, text: str) -> str:
    return f"{statement.article} {statement.speaker} {statement.confidence}: {_snip(text, statement.span)}"


def _snip(text: str, span: Span) -> str:
    return repr(f"{span.start}: {text[span.start : span.end][:90]}")


def _covers(a: Span, b: Span) -> bool:
    return a.overlap(b) >= _COVERED * max(len(a), len(b))


def matches(speaker: str, names: Iterable[str]) -> bool:
    """Whether one of ``names`` stands in ``speaker`` as whole words, or is it without its article."""
    return any(re.search(rf"(?<!\w){re.escape(_bare(name))}(?!\w)", _bare(speaker)) for name in names)


def _bare(name: str) -> str:
    return re.sub(r"^(?:the|a|an)\s+", "", name.casefold().replace("’", "'"))


def halves(docs: Sequence[str]) -> tuple[list[str], list[str]]:
    """(developed on, held out): every second article in order of name, beginning with the first, is developed on."""
    ordered = sorted(docs)
    return ordered[::2], ordered[1::2]


def table(name: str, scores: dict[str, Score]) -> Iterator[str]:
    """Lines for the terminal."""
    for kind, score in scores.items():
        yield f"{name:18} {kind:9} recall {score.recall}  precision {score.precision}  resolved {score.resolved}"
        yield "".join(f"    {how} {score.by_how[how]}" for how in HOWS if how in score.by_how)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m eval.speakers", description="How well speakers are resolved.")
    parser.add_argument("--articles", type=Path, help="folder with the labelled news articles")
    parser.add_argument("--list", action="store_true", help="print every row that is wrong (not of the held-out half)")
    options = parser.parse_args(argv)
    try:
        for line in _report(options.articles, options.list):
            print(line)
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _report(articles: Path | None, listed: bool) -> Iterator[str]:
    seeds = read_labels(LABELS / "seeds.jsonl")
    yield from _part("seeds", seeds, ROOT / "seeds", seeds.docs(), listed)
    if articles is None:
        yield "news               skipped: give the folder with the news articles (--articles DIR)."
        return
    news = read_labels(LABELS / "news.jsonl")
    developed, held = halves(news.docs())
    yield from _part("news, developed on", news, articles, developed, listed)
    yield from _part("news, held out", news, articles, held, False)


def _part(name: str, labels: Labels, folder: Path, docs: Sequence[str], listed: bool) -> Iterator[str]:
    scores = score(labels, folder, docs)
    yield from table(name, scores)
    if listed:
        yield from (f"  {problem}" for kind in KINDS for problem in [f"-- {kind}", *scores[kind].problems])


if __name__ == "__main__":
    raise SystemExit(main())
