"""A document as DOCX: plain paragraphs, no link, field or picture that a word processor would follow.

Knows no other format; python-docx is imported when it is needed.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

from rag.export.document import Block, Document, Entry, Line, Run
from rag.unseen import visible

_NO_XML = re.compile("[\ufffe\uffff\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ud800-\udfff]")
"""What XML cannot hold and ``visible`` leaves."""


def docx(document: Document) -> bytes:
    """The whole document."""
    from docx import Document as new_document

    paper = new_document()
    properties = paper.core_properties
    properties.author, properties.title, properties.comments = "Footnote", _clean(document.title)[:250], ""
    properties.created = properties.modified = datetime.now(UTC)
    paper.add_heading(_clean(document.title), 0)
    paper.add_paragraph(_clean(document.about))
    for entry in document.entries:
        _entry(paper, entry)
    stream = io.BytesIO()
    paper.save(stream)
    return stream.getvalue()


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", visible(text))


def _entry(paper: Any, entry: Entry) -> None:
    if entry.question:
        paper.add_heading(_clean(entry.question), 1)
    for block in entry.blocks:
        _block(paper, block)
    for words in (*entry.disputes, entry.missing):
        if words:
            paper.add_paragraph(_clean(words))
    if entry.references:
        paper.add_heading("Sources", 2)
    for reference in entry.references:
        paper.add_paragraph(_clean(reference.line))
    if entry.facts:
        paper.add_paragraph().add_run(_clean(" · ".join(entry.facts))).italic = True


def _block(paper: Any, block: Block) -> None:
    if block.heading:
        paper.add_heading(_clean(block.heading), 2)
    for line in block.lines:
        _line(paper.add_paragraph(style="List Bullet" if block.listed else None), line)


def _line(paragraph: Any, line: Line) -> None:
    if line.label:
        _run(paragraph, line.label, bold=True)
        paragraph.add_run(" ")
    for run in line.runs:
        _run(paragraph, run, bold=False)


def _run(paragraph: Any, run: Run, *, bold: bool) -> None:
    paragraph.add_run(_clean(run.text)).bold = bold
    if run.tail:
        paragraph.add_run(f" {_clean(run.tail).strip()}")
