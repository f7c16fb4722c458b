"""How much of a folder of articles the residue rules mark, and samples to judge by hand. Changes nothing.

    python -m eval.residue FOLDER [--samples N] [--kinds residue credit byline] [--rule NAME] [--seed N]

For every rule: the number of its marks, the characters that it marks and their share of all characters (white space
left out). The samples are drawn at random from all marks of the chosen kinds, each with the line before and after it.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.articles import list_articles, read_article
from rag.articles.residue import Finding, find
from rag.domain import Article
from rag.errors import ArticlesError, UnreadableFile

_KINDS = ("residue", "credit", "byline", "heading")
_CONTEXT = 70  # characters shown of the lines around a mark


@dataclass(frozen=True, slots=True)
class Marked:
    """A finding with the article that it was made in."""

    article: Article
    finding: Finding

    @property
    def text(self) -> str:
        """The words that are marked."""
        return self.article.text[self.finding.start : self.finding.end]

    def sample(self) -> str:
        """The mark between the end of the line before it and the beginning of the line after it."""
        text = self.article.text
        before = text[: self.finding.start].rstrip().rsplit("\n", 1)[-1][-_CONTEXT:]
        after = text[self.finding.end :].lstrip().split("\n", 1)[0][:_CONTEXT]
        name = f"{self.finding.kind}/{self.finding.rule}  {self.article.id}#{self.finding.start}-{self.finding.end}"
        return f"{name}\n    ... {before}\n  > {self.text}\n    {after} ..."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and the samples. Exit code 1 when the folder holds no article."""
    options = _options(arguments)
    try:
        articles = list(_read(options.folder))
    except ArticlesError as error:
        print(error, file=sys.stderr)
        return 1
    found = [Marked(article, finding) for article in articles for finding in _findings(article)]
    print(table(articles, found))
    chosen = [m for m in found if m.finding.kind in options.kinds and options.rule in (None, m.finding.rule)]
    random.Random(options.seed).shuffle(chosen)
    for number, marked in enumerate(chosen[: options.samples], 1):
        print(f"\n[{number}] {marked.sample()}")
    return 0


def table(articles: Sequence[Article], found: Sequence[Marked]) -> str:
    """One line a rule: kind, name, marks, articles, characters, share of all characters in percent."""
    total = sum(_ink(article.text) for article in articles)
    by_rule: dict[tuple[str, str], list[Marked]] = defaultdict(list)
    for marked in found:
        by_rule[marked.finding.kind, marked.finding.rule].append(marked)
        by_rule[marked.finding.kind, "(all)"].append(marked)
    lines = [f"{len(articles)} articles, {total:,} characters", f"{'':30}  marks articles    chars    share"]
    for kind, rule in sorted(by_rule, key=lambda key: (_KINDS.index(key[0]), key[1] != "(all)", -len(by_rule[key]))):
        group = by_rule[kind, rule]
        ink, where = sum(_ink(m.text) for m in group), len({m.article.id for m in group})
        lines.append(f"{kind + ' ' + rule:30} {len(group):>6} {where:>8} {ink:>8} {100 * ink / max(1, total):6.3f} %")
    return "\n".join(lines)


def _read(folder: Path) -> Iterator[Article]:
    for name in list_articles(folder):
        try:
            yield read_article(folder, name)
        except UnreadableFile as error:
            print(f"{name}: {error}", file=sys.stderr)


def _findings(article: Article) -> list[Finding]:
    return find(article.text, title=article.title if article.title_given else None)


def _ink(text: str) -> int:
    return sum(not c.isspace() for c in text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.residue", description="What the residue rules mark.")
    parser.add_argument("folder", type=Path, help="a folder of articles")
    parser.add_argument("--samples", type=int, default=20, help="how many marks to print (default 20)")
    parser.add_argument("--kinds", nargs="+", choices=_KINDS, default=_KINDS[:3], help="kinds of mark to sample")
    parser.add_argument("--rule", help="sample this rule's marks only")
    parser.add_argument("--seed", type=int, default=1, help="of the random sample (default 1)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
