"""A document as Markdown in which no word of an article can become a link, a picture or HTML. Knows no other format."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.export.document import Block, Document, Entry, Line, Reference, Run
from rag.unseen import visible

_ACTIVE = re.compile(r"[\\`*_{}\[\]<>()!|~&#$@^=]|(?<=\w):(?=//)|(?<=/)/|(?<=\bwww)\.", re.I)
"""Characters that may begin something in some kind of Markdown; a backslash makes each of them a plain one."""
_OPENING = re.compile(r"^(\d+)([.)])|^([-+:])")
_SAFE_LINK = re.compile(r"https?://[\w.~:/?#@!$&'()*+,;=%-]+", re.A)


def markdown(document: Document) -> str:
    """The whole document."""
    parts = [f"# {escaped(document.title)}", escaped(document.about)]
    for entry in document.entries:
        parts += _entry(entry)
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """``text`` in one line, as plain words wherever they stand in Markdown."""
    line = " ".join(visible(text).split())
    line = _ACTIVE.sub(lambda match: "\\" + match[0], line)
    return _OPENING.sub(lambda match: f"{match[1]}\\{match[2]}" if match[1] else f"\\{match[3]}", line)


def _entry(entry: Entry) -> Iterator[str]:
    yield f"## {escaped(entry.question)}" if entry.question else ""
    yield from (_block(block) for block in entry.blocks)
    yield from (escaped(words) for words in entry.disputes)
    yield escaped(entry.missing)
    if entry.references:
        yield "### Sources"
        yield "\n".join(f"- {_reference(reference)}" for reference in entry.references)
    yield escaped(" · ".join(entry.facts))


def _block(block: Block) -> str:
    lines = ("- " if block.listed else "") + ("\n- " if block.listed else "\n\n").join(map(_line, block.lines))
    return f"### {escaped(block.heading)}\n\n{lines}" if block.heading else lines


def _line(line: Line) -> str:
    label = f"**{_run(line.label)}** " if line.label else ""
    return label + " ".join(part for part in map(_run, line.runs) if part)


def _run(run: Run) -> str:
    return f"{escaped(run.text)} {escaped(run.tail)}" if run.tail else escaped(run.text)


def _reference(one: Reference) -> str:
    link = visible(one.link)
    where = f"<{link}>" if _SAFE_LINK.fullmatch(link) else escaped(link or one.article)
    return f"{escaped(f'[{one.n}]')} {escaped(one.words)} — {escaped(one.whose)}, {where}"
