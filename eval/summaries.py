"""How good summaries are, against two written by hand for each article. Knows no model: no summary needs one.

    python -m eval.summaries --articles DIR --gold FILE [--out FILE]

Three are scored: the product's (``rag.briefs.summary``), the first sentences of the article up to the same number of
words (``lead``), and the second summary by hand held against the first (``human``). ROUGE-1, ROUGE-2 and ROUGE-L are
F1 with stemming, of the better of the two by hand (Lin 2004); ``facts`` is the share of the named facts of which every
group is in the text; ``words`` is their number. Exit 0: done. 1: one sentence on stderr. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eval.intervals import Difference, Estimate, difference, estimate
from eval.matching import holds
from eval.metrics import Part
from rag.articles import list_articles, read_article
from rag.briefs import summary
from rag.domain import Article, Sentence
from rag.errors import ConfigError, FootnoteError
from rag.passages import prose, split
from rag.quotes import statements
from rag.retrieval.terms import stem, words

ROUGES = ("rouge-1", "rouge-2", "rouge-l")
FIGURES = (*ROUGES, "facts", "words")
SYSTEMS = ("product", "lead", "human")


@dataclass(frozen=True, slots=True)
class Reference:
    """An article with two summaries by hand and the facts that a summary should hold, by name."""

    doc: str
    summaries: tuple[str, str]
    facts: Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one text about one article, and the names of the facts that it lacks."""

    doc: str
    system: str
    text: str
    figures: Mapping[str, float]
    missing: tuple[str, ...]


def read_references(file: Path) -> list[Reference]:
    """The references of a gold file.

    Raises:
        ConfigError: it cannot be read, or a line is not of the form (eval/gold/README.md).
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"The summaries {file} cannot be read: {error.strerror}.") from None
    return [_reference(file, n, line) for n, line in enumerate(lines, 1) if line.strip()]


def _reference(file: Path, n: int, line: str) -> Reference:
    try:
        row = json.loads(line)
        first, second = (str(text) for text in row["summaries"])
        facts = {str(f["name"]): tuple(tuple(map(str, group)) for group in f["groups"]) for f in row["facts"]}
        return Reference(str(row["doc"]), (first, second), facts)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{file.name}, line {n}: no summaries ({error!r}); see eval/gold/README.md.") from None


def score(references: Sequence[Reference], folder: Path) -> list[Row]:
    """The rows of every system for every reference.

    Raises:
        ConfigError: an article is not in the folder.
        ArticlesError, UnreadableFile: the folder, or an article, cannot be read.
    """
    there = set(list_articles(folder))
    missing = [one.doc for one in references if one.doc not in there]
    if missing:
        raise ConfigError(f"{missing[0]} is not in {folder}: name the folder of the articles with --articles.")
    return [row for one in references for row in _rows(one, folder)]


def _rows(one: Reference, folder: Path) -> Iterator[Row]:
    article, body = read(folder, one.doc)
    told = " ".join(" ".join(s.text.split()) for s in summary(article, body))
    yield _row(one, "product", told, one.summaries)
    yield _row(one, "lead", lead(body, len(told.split())), one.summaries)
    yield _row(one, "human", one.summaries[1], one.summaries[:1])


def read(folder: Path, doc: str) -> tuple[Article, tuple[Sentence, ...]]:
    """An article with its statements, and its body sentences, as the library gives them."""
    article = read_article(folder, doc)
    article = replace(article, statements=tuple(statements(article)))
    return article, prose(article, split(article))


def lead(body: Sequence[Sentence], length: int) -> str:
    """The first words of an article, as many as ``length``."""
    return " ".join(" ".join(s.text for s in body).split()[:length])


def _row(one: Reference, system: str, text: str, against: Sequence[str]) -> Row:
    missing = tuple(name for name, groups in one.facts.items() if not all(holds(groups, text)))
    covered = 1 - len(missing) / len(one.facts) if one.facts else 1.0
    figures = {**_rouge(text, against), "facts": covered, "words": float(len(text.split()))}
    return Row(one.doc, system, text, figures, missing)


def _rouge(text: str, against: Sequence[str]) -> dict[str, float]:
    """F1 of the better of the references over stems, each measure by itself."""
    from rouge import Rouge  # type: ignore[import-untyped]

    own = _stems(text)
    found: list[Any] = [Rouge().get_scores(own, _stems(target))[0] for target in against] if own else []
    return {name: max((float(scores[name]["f"]) for scores in found), default=0.0) for name in ROUGES}


def _stems(text: str) -> str:
    return " ".join(stem(word.casefold()) for word in words(text))


def results(rows: Sequence[Row]) -> dict[str, dict[str, Estimate]]:
    """Each figure of each system, its mean with its interval over the articles."""
    return {
        system: {name: estimate(_parts(rows, system, name), per_question=True) for name in FIGURES}
        for system in SYSTEMS
    }


def above_lead(rows: Sequence[Row]) -> dict[str, Difference]:
    """How much the product's are above the first sentences, article by article."""
    return {name: difference(_parts(rows, "lead", name), _parts(rows, "product", name)) for name in FIGURES[:-1]}


def _parts(rows: Sequence[Row], system: str, figure: str) -> list[Part]:
    return [Part(row.figures[figure], 1) for row in rows if row.system == system]


def table(rows: Sequence[Row]) -> str:
    """The figures, and the facts that the product's summaries lack."""
    head = f"{'':9}" + "".join(f"{name:>22}" for name in FIGURES)
    lines = [head, *(f"{s:9}" + "".join(_cell(e) for e in figures.values()) for s, figures in results(rows).items())]
    lines.append("product - lead" + "".join(f"  {name} {_shown(d)}" for name, d in above_lead(rows).items()))
    lines += [f"{row.doc} lacks: {'; '.join(row.missing)}" for row in rows if row.system == "product" and row.missing]
    return "\n".join(lines)


def _cell(one: Estimate) -> str:
    return f"{_shown(one):>22}"


def _shown(one: Estimate | Difference) -> str:
    digits = 0 if (one.value or 0) > 1 else 3
    low, high = (f"{bound:.{digits}f}" if bound is not None else "" for bound in (one.low, one.high))
    return f"{one.value or 0:.{digits}f} [{low}, {high}]"


def main(argv: Sequence[str] | None = None) -> int:
    """Score, print, and write what ``--out`` names."""
    parser = argparse.ArgumentParser(prog="python -m eval.summaries", description="How good summaries are.")
    parser.add_argument("--articles", type=Path, required=True, metavar="DIR", help="the folder of the articles")
    parser.add_argument("--gold", type=Path, required=True, metavar="FILE", help="the summaries by hand")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where texts and figures are written as JSON")
    given = parser.parse_args(argv)
    try:
        rows = score(read_references(given.gold), given.articles)
        if given.out is not None:
            summarised = {system: {n: asdict(e) for n, e in own.items()} for system, own in results(rows).items()}
            whole = {"summary": summarised, "rows": [asdict(row) for row in rows]}
            given.out.write_text(json.dumps(whole, ensure_ascii=False, indent=2), encoding="utf-8")
    except (FootnoteError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
