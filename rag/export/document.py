"""What is exported, as values: a document of entries, each a question with its answer and sources. Knows no format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.wording import cut, date_in_words, quoted, web_link

_TITLE = 120
"""Characters of a title in a reference: a first sentence that stands in for a headline may be long."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Cited words, who says them, and which article reports it. "" is what is not known.

    ``said_in``: where they were said or printed first, as the article tells. ``href``: the words in our own article
    page, for pages that stand beside it. ``page``: of a file that has several.
    """

    n: int
    quote: str
    title: str
    article: str
    speaker: str = ""
    said_in: str = ""
    outlet: str = ""
    author: str = ""
    date: str = ""
    url: str = ""
    href: str = ""
    page: int | None = None

    @property
    def link(self) -> str:
        """An address on the web that is safe to follow, or ""."""
        found = web_link(self.url)
        return found[0] if found else ""

    @property
    def words(self) -> str:
        """The quotation in one line, between its marks."""
        return quoted(" ".join(self.quote.split()))

    @property
    def whose(self) -> str:
        """Whose words they are and which article reports them: "John Kirby, as reported in “Talks in Rome”, ..."."""
        first = f", in {self.said_in}" if self.said_in and self.said_in not in (self.outlet, self.speaker) else ""
        speaker = f"{self.speaker}{first}, as reported in " if self.speaker else ""
        date = date_in_words(self.date) if self.date else ""
        page = f"page {self.page}" if self.page else ""
        known = (quoted(cut(self.title, _TITLE)), self.author and f"by {self.author}", self.outlet, date, page)
        return speaker + ", ".join(part for part in known if part)

    @property
    def line(self) -> str:
        """All of it in one line of plain text; the file's name where there is no link."""
        return f"[{self.n}] {self.words} — {self.whose}, {self.link or self.article}"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of answer text with the numbers of its sources; ``doubt`` says what is wrong with it, or ""."""

    text: str
    numbers: tuple[int, ...] = ()
    doubt: str = ""

    @property
    def tail(self) -> str:
        """What stands behind the text: numbers and doubt in brackets."""
        return "".join(f"[{n}]" for n in self.numbers) + (f" [{self.doubt}]" if self.doubt else "")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, or an item of a list; ``label`` stands in bold in front."""

    runs: tuple[Run, ...]
    label: Run | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, under a heading or under none."""

    lines: tuple[Line, ...]
    heading: str = ""
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with its answer. ``facts``: model, times, what was checked, each a sentence or less."""

    question: str
    blocks: tuple[Block, ...]
    references: tuple[Reference, ...] = ()
    disputes: tuple[str, ...] = ()
    missing: str = ""
    facts: tuple[str, ...] = ()
    number: int = 0
    raw: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    """The Answer JSON, for programs."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is exported: a title, a line on where it comes from, and entries."""

    title: str
    about: str
    entries: tuple[Entry, ...]

    def texts(self) -> Iterator[str]:
        """Every quotation, for whoever wants to see that none is lost."""
        for entry in self.entries:
            yield from (reference.quote for reference in entry.references)
