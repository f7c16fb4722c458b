"""The shelf's pages as HTML: the list of articles, the form for one's details, the libraries. Knows no route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from urllib.parse import quote, urlencode

from markupsafe import Markup

from rag.domain import Article
from rag.libraries import NAME_MAX, Libraries
from rag.ui import words
from rag.ui.addresses import ARTICLES, article_address
from rag.ui.render import fill
from rag.ui.shelf.catalogue import SORTS, Catalogue, Choice, Entry
from rag.ui.words import count, cut, date_in_words, length_in_words

PAGE = 50
"""Articles on a page of the list."""
MOST_UNREAD = 100
"""Files that are named with the reason why they were not read; the rest is counted."""
MOST_OUTLETS, MOST_PEOPLE = 300, 200
"""That are offered to choose from; any other can be typed, outlets among the words."""
DETAILS, LIBRARIES = "/details", "/libraries"


@dataclass(frozen=True, slots=True)
class Line:
    """One article of the list in words."""

    entry: Entry

    @property
    def href(self) -> str:
        return article_address(self.entry.article.id)

    @property
    def only(self) -> str:
        """Where the chat opens and asks this article alone."""
        return f"/?only={quote(self.entry.article.id, safe='')}"

    @property
    def details(self) -> str:
        return details_address(self.entry.article.id)

    @property
    def meta(self) -> str:
        article = self.entry.article
        known = (article.outlet, article.author, date_in_words(article.date) if article.date else "")
        return " · ".join(cut(part) for part in (*known, length_in_words(self.entry.words, self.entry.minutes)) if part)


def list_html(
    catalogue: Catalogue, choice: Choice, page: int = 1, *, library: str = "", problem: str = "", loaded: bool = True
) -> Markup:
    """The list, as far as ``choice`` keeps to, in pages. ``problem``: what of it was not understood."""
    found = catalogue.find(choice)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, page), pages)
    held = catalogue.held
    return fill(
        "library.html",
        heading=_heading(len(found), len(held.articles), choice),
        library=library,
        lines=[Line(entry) for entry in found[(page - 1) * PAGE : page * PAGE]],
        start=(page - 1) * PAGE + 1,
        choice=choice,
        sorts=[(words.SORTS[sort], address(choice, sort=sort), sort == choice.sort) for sort in SORTS],
        outlets=[(name, cut(name, 50), number) for name, number in list(catalogue.outlets.items())[:MOST_OUTLETS]],
        people=list(held.people)[:MOST_PEOPLE],
        unread=held.unread[:MOST_UNREAD],
        more=len(held.unread) - MOST_UNREAD,
        problem=problem,
        loaded=loaded,
        some=bool(held.articles),
        before=address(choice, page=page - 1) if page > 1 else "",
        after=address(choice, page=page + 1) if page < pages else "",
        at=f"{page} of {pages}",
    )


def _heading(found: int, held: int, choice: Choice) -> str:
    if not held:
        return "Articles"
    return f"{found:,} of {count(held, 'article')}" if choice.narrows else count(held, "article")


def address(choice: Choice, page: int = 1, **changes: str) -> str:
    """Where the list is that ``choice`` makes, with ``changes``."""
    plain = asdict(Choice())
    wanted = {**asdict(choice), **changes}
    query = [(field.name, wanted[field.name]) for field in fields(choice) if wanted[field.name] != plain[field.name]]
    query += [("page", str(page))] if page > 1 else []
    return f"{ARTICLES}?{urlencode(query, quote_via=quote)}" if query else ARTICLES


def details_address(article_id: str) -> str:
    """Where an article's details can be corrected."""
    return f"{DETAILS}?article={quote(article_id, safe='')}"


def details_html(
    article: Article, filed: Article | None, typed: Mapping[str, str], problem: str = "", restored: Sequence[str] = ()
) -> Markup:
    """The form for an article's details. ``typed``: by field; ``filed``: the article as its file has it."""
    rows = [
        {
            "name": name,
            "label": label,
            "value": typed.get(name, ""),
            "by_hand": name in article.corrected,
            "filed": _filed(filed, name),
            "restored": name in restored,
        }
        for name, label in words.FIELDS.items()
    ]
    return fill("details.html", article=article, rows=rows, problem=problem, href=article_address(article.id))


def _filed(filed: Article | None, name: str) -> str:
    value = getattr(filed, name) if filed else None
    return f"“{cut(value)}”" if value else "nothing"


def libraries_html(
    libraries: Libraries, *, local: bool, problem: str = "", name: str = "", folder: str = "", made: str = ""
) -> Markup:
    """All libraries, and the form for a new one.

    ``local``: whether folders of this machine may be named; ``made``: the one that has just been made.
    """
    return fill(
        "libraries.html",
        libraries=libraries.all(),
        current=libraries.current,
        local=local,
        problem=problem,
        name=name[:NAME_MAX],
        folder=folder[:1000],
        made=made,
        longest=NAME_MAX,
    )
