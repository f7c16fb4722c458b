"""What has been answered, as a file to keep and share: Markdown, HTML, DOCX or JSON. Knows no page and no store."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from rag.errors import QuestionError
from rag.export.document import Block, Document, Entry, Line, Reference, Run
from rag.export.docx import docx
from rag.export.html import body, html
from rag.export.markdown import markdown
from rag.export.plain import plain
from rag.unseen import escaped

__all__ = [
    "FORMATS",
    "Block",
    "Document",
    "Entry",
    "Exported",
    "Format",
    "Line",
    "Reference",
    "Run",
    "body",
    "exported",
    "format_of",
    "plain",
]

Format = Literal["md", "html", "docx", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
FORM = "footnote-export/1"
"""What JSON exports call their form."""

_MEDIA: Mapping[Format, str] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}
_NAME = 60
"""Characters of a file's name before its ending."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file: its bytes, what they are, and a name that every system takes."""

    data: bytes
    media: str
    name: str


def exported(document: Document, form: Format) -> Exported:
    """The document as a file of that form."""
    make: Mapping[Format, Callable[[Document], str | bytes]] = {
        "md": markdown,
        "html": html,
        "docx": docx,
        "json": _as_json,
    }
    made = make[form](document)
    data = made if isinstance(made, bytes) else made.encode("utf-8", "replace")
    return Exported(data, _MEDIA[form], f"{file_name(document.title)}.{form}")


def format_of(name: str, *, to_terminal: bool) -> Format:
    """The format of that name.

    Raises:
        QuestionError: there is none, or it is nothing for a terminal.
    """
    known = next((form for form in FORMATS if form == name), None)
    if known is None:
        raise QuestionError(f"{name!r} is no format: choose one of {', '.join(FORMATS)}.")
    if known == "docx" and to_terminal:
        raise QuestionError("A Word file is nothing for the terminal: name a file with --out.")
    return known


def file_name(title: str) -> str:
    """``title`` as a file's name without its ending: letters, digits and hyphens, never one that a system keeps."""
    plain_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain_title)[:_NAME].strip("-")
    return f"footnote-{words or 'answer'}"


def _as_json(document: Document) -> str:
    entries = [_entry(entry) for entry in document.entries]
    whole = {"form": FORM, "title": document.title, "about": document.about, "entries": entries}
    return escaped(json.dumps(whole, ensure_ascii=False, indent=2)) + "\n"


def _entry(entry: Entry) -> dict[str, Any]:
    references = [
        {**{k: v for k, v in asdict(one).items() if k != "href"}, "line": one.line} for one in entry.references
    ]
    return {
        "question": entry.question or entry.raw.get("question", ""),
        "references": references,
        "disputes": list(entry.disputes),
        "missing": entry.missing,
        "facts": list(entry.facts),
        "answer": entry.raw,
    }
