"""Markdown with YAML front matter: the text is what follows the front matter. Does not interpret the Markdown."""

from __future__ import annotations

import re

from rag.articles.details import Details, clean, iso_date, web_address
from rag.articles.frontmatter import FrontMatterError, Value, load
from rag.articles.source import Source, decode
from rag.errors import UnreadableFile

_FIELD = re.compile(r"^[\w-]+\s*:", re.MULTILINE)
"""What front matter consists of; a note between two rules has none."""


def read(data: bytes) -> Source:
    """The text after the front matter, with the details that the front matter gives.

    Raises:
        UnreadableFile: not UTF-8, binary, or front matter that is not YAML; the message names the line.
    """
    text = decode(data)
    front_matter, content = _split(text.lstrip())
    return Source(content.strip(), _details(front_matter))


def _split(text: str) -> tuple[dict[str, Value], str]:
    """The front matter and the rest; all is rest when a rule of dashes at the top begins something else."""
    from frontmatter.default_handlers import YAMLHandler

    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        block, content = handler.split(text)
    except ValueError:  # never closed
        return {}, text
    try:
        loaded = load(block)
    except FrontMatterError as error:
        if not _FIELD.search(block):
            return {}, text
        raise UnreadableFile(f"broken YAML front matter{_where(error)}; correct it or remove the block.") from None
    if loaded is None and not block.strip():
        return {}, content
    return (loaded, content) if loaded is not None else ({}, text)


def _where(error: FrontMatterError) -> str:
    line = f" in line {error.line + 1} of the file" if error.line is not None else ""
    return f"{line} ({error})" if str(error) else line


def _details(given: dict[str, Value]) -> Details:
    def get(*names: str) -> Value | None:
        return next((given[name] for name in names if name in given), None)

    date = get("date", "published")
    return Details(
        title=clean(get("title")),
        outlet=clean(get("outlet", "source", "publisher")),
        author=clean(get("author", "authors")),
        date=iso_date(date) if date is not None else None,
        url=web_address(get("url", "link")),
        section=clean(get("section")),
    )
