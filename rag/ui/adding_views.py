"""The HTML of adding and removing, from templates. Knows neither routes nor files."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from rag.adding import KEPT_DAYS, Preview, Removed
from rag.articles import SUFFIXES
from rag.domain import Unreadable
from rag.status import Home, Status
from rag.ui.adding_batches import Line
from rag.ui.addresses import article_address
from rag.ui.render import fill
from rag.ui.words import provenance


def adding_html(
    home: Home,
    status: Status,
    unreadable: Sequence[Unreadable],
    *,
    words: str = "",
    progress: Markup | None = None,
    removed: Removed | None = None,
    restored: str = "",
    url: str = "",
) -> Markup:
    """The forms by which articles are added, below what has just been done. ``words``: what went wrong."""
    return fill(
        "adding.html",
        folder=str(home.articles),
        status=status,
        unreadable=unreadable,
        words=words,
        progress=progress or Markup(""),
        removed=removed,
        restored=restored,
        url=url,
        days=KEPT_DAYS,
        accept=",".join(SUFFIXES),
    )


def progress_html(token: str, lines: Sequence[Line], status: Status, *, going: bool) -> Markup:
    """Each file of a batch with how far it is; asks again while it is ``going``."""
    return fill(
        "adding_progress.html",
        token=token,
        lines=[(line, article_address(line.id) if line.stage == "read" else "") for line in lines],
        read=sum(line.stage == "read" for line in lines),
        done=sum(line.stage in ("read", "refused", "gone") for line in lines),
        status=status,
        going=going,
    )


def preview_html(preview: Preview, token: str) -> Markup:
    """A page that was fetched, before it is kept."""
    article = preview.article
    return fill(
        "adding_preview.html",
        article=article,
        about=provenance(article),
        words=preview.first_words,
        url=preview.page.url,
        token=token,
        minutes=10,
    )
