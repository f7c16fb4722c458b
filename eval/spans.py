"""Gold questions with spans in place of quotes, so that a file can be passed on without the articles' words.

    python -m eval.spans FILE --articles DIR --out OUT [--prefix TEXT]

A quote becomes the span where it first stands, and nothing else of its entry is kept. A quote that is not in the
article's text (a title may stand in the front matter alone) cannot: it is dropped from alt_evidence and near, and as
evidence it takes its row along. Both are said on stderr. Knows evidence only: whatever else a row says is written as
it is, and words of an article that somebody put into an answer or a note stay there.
"""

from __future__ import annotations

import argparse
import json
import sys
from codecs import BOM_UTF8
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.evidence import SPAN_FIELDS, not_there, shown
from eval.gold import ArticleTexts, GoldError, parse_gold, read_gold
from rag.errors import FootnoteError, UnreadableFile

NEEDED, OPTIONAL = "evidence", ("alt_evidence", "near")


def main(argv: Sequence[str] | None = None) -> None:
    """Rewrite one file and say what could not be kept."""
    parser = argparse.ArgumentParser(prog="python -m eval.spans", description="Write gold questions without quotes.")
    parser.add_argument("file", type=Path, metavar="FILE", help="gold questions with quotes, one JSON object a line")
    parser.add_argument("--articles", type=Path, required=True, metavar="DIR", help="the folder of their articles")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="the file to write")
    parser.add_argument("--prefix", default="", metavar="TEXT", help="what is put before each id")
    given = parser.parse_args(argv)
    try:
        questions, left_out = rewrite(given.file, given.articles, given.out, given.prefix)
    except (FootnoteError, OSError) as error:
        raise SystemExit(str(error)) from None
    print(f"{given.out}: {questions:,} questions with spans, {left_out:,} left out")


def rewrite(file: Path, articles: Path, out: Path, prefix: str = "") -> tuple[int, int]:
    """Write the rows of ``file`` to ``out`` with spans; the numbers of rows that were written and left out.

    Raises:
        ArticlesError: the folder of articles cannot be used.
        GoldError: ``file`` is wrong, nothing of it is left, or ``out`` cannot be written. Then nothing is written.
    """
    if out.exists() and file.exists() and out.samefile(file):
        raise GoldError(f"--out {out} is the file that is read, and its quotes would be lost: name another.")
    texts = ArticleTexts(articles)
    given = read_gold(file).removeprefix(BOM_UTF8).split(b"\n")
    lines = [_line(number, line, prefix, texts) for number, line in enumerate(given, 1)]
    rows = [line for line in lines if line.strip()]
    left_out = sum(1 for line in given if line.strip()) - len(rows)
    if left_out and not rows:
        raise GoldError(f"No question of {file} has all its quotes in the articles' texts: nothing is written.")
    # What is about to be written is read as whoever gets it will read it. A row that was left out is a blank line
    # here, so that errors name the lines of ``file``.
    parse_gold(file, b"\n".join(lines), texts)
    try:
        out.write_bytes(b"".join(row + b"\n" for row in rows))
    except OSError as error:
        raise GoldError(f"{out} cannot be written: {(error.strerror or str(error)).lower()}.") from None
    return len(rows), left_out


def _line(number: int, line: bytes, prefix: str, texts: ArticleTexts) -> bytes:
    """A line with spans, blank when it is left out; one that cannot be used as it is, for the reader to judge."""
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return line
    if not isinstance(row, dict):
        return line
    missing = [f"{NEEDED}[{place}]: {why}" for place, why in _spanned(row, NEEDED, texts)]
    if missing:
        print(f"line {number}: the row {shown(row.get('id'))} is left out: {'; '.join(missing)}", file=sys.stderr)
        return b""
    for name in OPTIONAL:
        for place, why in _spanned(row, name, texts):
            print(f"line {number}: {name}[{place}] of {shown(row.get('id'))} is dropped: {why}", file=sys.stderr)
    if isinstance(row.get("id"), str) and row["id"].strip():
        row["id"] = prefix + row["id"]
    # Half of a surrogate pair, which JSON may hold and UTF-8 may not, is written as JSON escapes it.
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _spanned(row: dict[str, Any], name: str, texts: ArticleTexts) -> list[tuple[int, str]]:
    """Put spans into one list of a row. Returned: the places of entries that had to go, and why."""
    if not isinstance(row.get(name), list):
        return []
    kept: list[Any] = []
    gone: list[tuple[int, str]] = []
    for place, entry in enumerate(row[name]):
        quoted = _quoted(entry, texts)
        if quoted is None:
            kept.append(entry)
            continue
        doc, quote = quoted
        start = texts[doc].find(quote)
        if start < 0:
            gone.append((place, not_there(quote, doc, texts)))
        else:
            kept.append({"doc": doc, "start": start, "end": start + len(quote), "digest": texts.version(doc)})
    row[name] = kept
    return gone


def _quoted(entry: object, texts: ArticleTexts) -> tuple[str, str] | None:
    """Article and words of an entry that quotes; None for any other, right or wrong, which the reader judges."""
    if not isinstance(entry, dict) or any(name in entry for name in SPAN_FIELDS):
        return None
    doc, quote = entry.get("doc"), entry.get("quote")
    if not isinstance(doc, str) or doc not in texts.ids or not isinstance(quote, str) or not quote.strip():
        return None
    try:
        texts[doc]
    except UnreadableFile:
        return None
    return doc, quote


if __name__ == "__main__":
    main()
