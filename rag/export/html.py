"""A document as HTML: one file that holds all it needs and no script; or its body alone. Knows no other format."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rag.export.document import Document
from rag.unseen import visible

_TEMPLATES = Path(__file__).parent / "templates"


def html(document: Document) -> str:
    """A page of its own, which fetches nothing and may run nothing."""
    sheet = _sheet()
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return _fill("page.html", title=document.title, body=body(_alone(document)), sheet=Markup(sheet), digest=digest)


def body(document: Document) -> Markup:
    """What stands in the page: also for a page of ours that has a sheet of its own."""
    return _fill("document.html", document=document)


def _alone(document: Document) -> Document:
    """The document without links to pages of ours, which do not stand beside a file."""
    return replace(
        document,
        entries=tuple(
            replace(entry, references=tuple(replace(one, href="") for one in entry.references))
            for entry in document.entries
        ),
    )


def _fill(template: str, **values: object) -> Markup:
    # Safe because the template escaped every value that is not itself such a result.
    return Markup(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_seen,
    )


def _seen(value: object) -> object:
    """What a template is about to set, with characters that cannot be seen made visible."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


@cache
def _sheet() -> str:
    return (_TEMPLATES / "export.css").read_text(encoding="utf-8")
