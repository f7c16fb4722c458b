"""A document as plain text, as it goes to the clipboard. Knows no other format."""

from __future__ import annotations

from collections.abc import Iterator

from rag.export.document import Block, Entry, Line, Run


def plain(entry: Entry) -> str:
    """Question, answer with its numbers, disputes and the quoted sources."""
    body = "\n\n".join(_block(block) for block in entry.blocks)
    sources = "\n".join(reference.line for reference in entry.references)
    return "\n\n".join(part for part in _parts(entry, body, sources) if part)


def _parts(entry: Entry, body: str, sources: str) -> Iterator[str]:
    yield from (entry.question, body, "\n".join(entry.disputes), entry.missing, sources, "\n".join(entry.facts))


def _block(block: Block) -> str:
    bullet, between = ("- ", "\n") if block.listed else ("", "\n\n")
    body = between.join(f"{bullet}{_line(line)}" for line in block.lines)
    return f"{block.heading}\n{body}" if block.heading else body


def _line(line: Line) -> str:
    text = "".join(_run(run) for run in line.runs)
    return ": ".join(part for part in (_run(line.label) if line.label else "", text) if part)


def _run(run: Run) -> str:
    return f"{run.text} {run.tail.strip()}" if run.tail else run.text
