"""Cited and read words with where they stand and who says them, for the page and the clipboard. Knows no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from rag.articles.markup import is_markdown, shown_words
from rag.domain import Answer, Article, Citation, Dispute, DisputeKind, Evidence
from rag.export import Reference
from rag.quotes import speaker_of
from rag.ui.addresses import article_address
from rag.ui.words import provenance, quoted, tied

Lookup = Callable[[str], Article | None]
"""Article id to article. Asked anew for each answer, so it should be quick."""

ITSELF = "The article itself"
"""Who speaks where an article names nobody."""

_WORDS: dict[DisputeKind, tuple[str, str]] = {
    "denial": ("The article reports two positions:", "The articles report two positions:"),
    "figures": ("The article gives different figures:", "The articles give different figures:"),
    "names": ("The article gives different names:", "The articles give different names:"),
}
"""What stands above two passages that do not agree: of one article, of two."""


@dataclass(frozen=True, slots=True)
class Source:
    """Cited or read words with where they stand. ``title`` falls back to the file's name.

    ``speaker`` says whose words or claim it is; "" for the article's own, or where that is not known.
    """

    n: int
    href: str
    title: str
    meta: str
    article: str
    quote: str
    speaker: str = ""
    page: int | None = None

    @property
    def label(self) -> str:
        """What a screen reader says for the number."""
        return f"Source {self.n}: {', '.join(part for part in (self.speaker, self.title) if part)}"

    @property
    def hint(self) -> str:
        """What the number tells when the pointer rests on it."""
        return f"{', '.join(part for part in (self.speaker, self.title) if part)}: {quoted(self.quote)}"


@dataclass(frozen=True, slots=True)
class Group:
    """The sources of an answer that stand in one article, which is named once."""

    title: str
    meta: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two passages that do not agree, and who says it."""

    who: str
    source: Source

    @property
    def head(self) -> str:
        """The words before the tail."""
        return tied(self.source.quote)[0]

    @property
    def tail(self) -> str:
        """The end of the last word, which keeps its number beside it."""
        return tied(self.source.quote)[1]


@dataclass(frozen=True, slots=True)
class Disputed:
    """Two passages that do not agree, to be set side by side. ``words`` say in which way."""

    words: str
    sides: tuple[Side, Side]


class Sources:
    """Makes the sources of one answer: knows its articles, and by its evidence who speaks."""

    def __init__(self, answer: Answer, lookup: Lookup) -> None:
        self._lookup = cache(lookup)
        self._speakers = {evidence.n: evidence.speaker for evidence in answer.evidence}

    def of(self, found: Citation | Evidence, speaker: str | None = None) -> Source:
        """The words with where they stand, and who says just these unless another is given."""
        article = self._lookup(found.article)
        # A file of one page has no page to look for.
        page = article.page_of(found.span) if article and len(article.pages) > 1 else None
        return Source(
            n=found.n,
            href=article_address(found.article, found.span),
            title=article.title if article else found.article,
            meta=provenance(article, _pages(page)) if article else "",
            article=found.article,
            quote=self.shown(found.quote, found.article),
            speaker=speaker or self._speaker(found, article),
            page=page,
        )

    def reference(self, found: Citation | Evidence) -> Reference:
        """The words with all that a reader elsewhere needs: who says them, and which article reports it."""
        article, source = self._lookup(found.article), self.of(found)
        said = speaker_of(article, found.span) if article else None
        return Reference(
            n=found.n,
            quote=source.quote,
            title=source.title,
            article=found.article,
            speaker=source.speaker,
            said_in=(said.outlet or "") if said else "",
            outlet=(article.outlet or "") if article else "",
            author=(article.author or "") if article else "",
            date=(article.date or "") if article else "",
            url=(article.url or "") if article else "",
            href=source.href,
            page=source.page,
        )

    @staticmethod
    def shown(words: str, *articles: str) -> str:
        """Words of these articles as a reader is to see them; the signs of Markdown are none."""
        return shown_words(words) if any(map(is_markdown, articles)) else words

    def title(self, article_id: str) -> str:
        """How an article is called: by its title, or its file's name where the library has it no more."""
        article = self._lookup(article_id)
        return article.title if article else article_id

    def _speaker(self, found: Citation | Evidence, article: Article | None) -> str:
        """Who says the words: a citation may be a part of its evidence in which nobody speaks, or somebody else."""
        if isinstance(found, Evidence) or article is None or not article.statements:
            return self._speakers.get(found.n) or ""
        said = speaker_of(article, found.span)
        return said.label if said else ""

    def grouped(self, found: Iterable[Citation | Evidence]) -> tuple[Group, ...]:
        """One group for each article, in order of the first number."""
        groups: dict[str, list[Source]] = {}
        for each in found:
            groups.setdefault(each.article, []).append(self.of(each))
        return tuple(self._group(sources) for sources in groups.values())

    def _group(self, sources: Sequence[Source]) -> Group:
        article = self._lookup(sources[0].article)
        pages = [page for source in sources for page in _pages(source.page)]
        return Group(sources[0].title, provenance(article, pages) if article else "", tuple(sources))

    def disputed(self, dispute: Dispute) -> Disputed:
        """The two sides of a dispute. Who speaks is the dispute's to say, not the evidence's."""
        first, second = (
            Side(speaker or ITSELF, self.of(citation, speaker or ITSELF))
            for citation, speaker in zip((dispute.first, dispute.second), dispute.speakers, strict=True)
        )
        apart = dispute.first.article != dispute.second.article
        return Disputed(_WORDS[dispute.kind][apart], (first, second))


def _pages(page: int | None) -> tuple[int, ...]:
    return () if page is None else (page,)
