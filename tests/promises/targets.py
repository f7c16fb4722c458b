"""What random input is thrown at: every reader, the parsers of replies and gold files, each held to what it promises.

A target takes bytes and raises nothing but AssertionError; hypothesis and atheris drive the same ones. As a program
(``python -m tests.promises.targets NAME RUNS SECONDS``) it lets atheris look for inputs that reach new code.
"""

from __future__ import annotations

import inspect
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eval.gold import ArticleTexts, GoldError, parse_gold
from rag.answering import reply
from rag.articles import read_article
from rag.briefs import brief
from rag.domain import Article
from rag.errors import UnreadableFile
from rag.passages import prose, split
from rag.quotes import statements

SUFFIXES = (".txt", ".md", ".html", ".pdf", ".docx", ".epub", ".eml", ".rtf")
refused: Counter[str] = Counter()
"""How often a reader said no to a file, and how often only because a rule had stumbled ("stumbled")."""

_folder = Path(tempfile.mkdtemp(prefix="footnote-fuzz-"))


def reader(suffix: str) -> Callable[[bytes], None]:
    """A file of this kind: an article whose spans are exact, or a reason in words."""

    def target(data: bytes) -> None:
        (_folder / f"a{suffix}").write_bytes(data)
        try:
            article = read_article(_folder, f"a{suffix}")
        except UnreadableFile as error:
            refused["refused"] += 1
            refused["stumbled"] += "it cannot be read" in str(error)
            words = str(error)
        else:
            words = "read"
            check(article)
        assert 0 < len(words) < 1000

    return target


def check(article: Article) -> None:
    """Everything that is made of an article points at its own words."""
    size = len(article.text)
    for field in (article.title, article.outlet, article.author, article.date, article.url, article.section):
        assert field is None or len(field) <= 501
    assert list(article.pages) == sorted(article.pages) and all(0 <= at <= size for at in article.pages)
    for mark in article.marks:
        assert 0 <= mark.start < mark.end <= size
    for passage in split(article):
        assert article.quote(passage.span) == passage.text
        assert all(passage.span.covers(sentence) for sentence in passage.sentences)
    for statement in statements(article):
        assert 0 <= statement.start <= statement.end <= size
    told = replace(article, statements=tuple(statements(article)))
    made = brief(told, prose(told, split(told)))
    assert all(0 <= span.start < span.end <= size for span in made.summary)


def model_reply(data: bytes) -> None:
    """A reply of a model: sentences without markers, whatever it says."""
    said = data.decode("utf-8", "replace")
    for sentence in reply.sentences(said):
        assert all(isinstance(n, int) and 0 <= n < 1000 for n in sentence.marked)
        assert "[1]" not in sentence.text
    assert isinstance(reply.is_refusal(said), bool)
    assert reply.plain(said) == " ".join(reply.plain(said).split())


def gold_file(data: bytes) -> None:
    """A gold file: rows, or an error that names every wrong line."""
    try:
        rows = parse_gold(Path("gold.jsonl"), data, _texts()).rows
    except GoldError:
        return
    assert rows


def _texts() -> ArticleTexts:
    kept = _folder / "gold"
    if not kept.exists():
        kept.mkdir()
        (kept / "a.txt").write_text("The bridge will be closed on Monday. It is old.")
    return ArticleTexts(kept)


TARGETS: dict[str, Callable[[bytes], None]] = {
    **{suffix[1:]: reader(suffix) for suffix in SUFFIXES},
    "reply": model_reply,
    "gold": gold_file,
}


def main() -> None:
    """Let atheris try so many inputs for at most so many seconds, beginning with the files of a folder."""
    import atheris

    name, runs, seconds, *seeds = sys.argv[1:]
    target = TARGETS[name]
    target(b"The first time everything is imported.")
    modules = (
        "rag.articles",
        "rag.sentences",
        "rag.passages",
        "rag.quotes",
        "rag.answering.reply",
        "eval.gold",
        "yaml",
    )
    for module in [m for n, m in sys.modules.items() if n.startswith(modules)]:
        for value in list(vars(module).values()):
            if inspect.isfunction(value) and value.__module__ == module.__name__:
                atheris.instrument_func(value)
    atheris.Setup(
        ["targets", f"-runs={runs}", f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", *seeds], target
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
