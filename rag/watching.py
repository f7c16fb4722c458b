"""Noticing that articles change while questions are answered: the folder is watched, cited files are looked at.

What is cited stands in the stored text, and that stays true when a file is edited; but a reader who opens the file
finds other words there, so an answer says it. Knows no library and no model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from rag.articles import file_digest, may_be_article, printable
from rag.domain import Answer, Article, SyncReport
from rag.errors import UnreadableFile

SETTLE_MS = 1_500
"""How long nothing may have changed before it is read: editors write a file in several steps."""
_POLL_MS = 5_000
_NAMED = 3
"""Files that are named; the rest is counted."""

_Stamp = tuple[int, int, int]


class Freshness:
    """Tells which articles' files are no longer what was read. One look at a file's time and size, mostly."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._same: dict[str, tuple[str, _Stamp]] = {}

    def changed(self, articles: Iterable[Article]) -> tuple[str, ...]:
        """The ids of those whose files have been edited, removed or made unreadable since they were read."""
        return tuple(article.id for article in articles if not self._is_same(article))

    def _is_same(self, article: Article) -> bool:
        stamp = _stamp(self._folder / article.id)
        if stamp is None:
            return False
        if self._same.get(article.id) == (article.digest, stamp):
            return True
        try:
            same = file_digest(self._folder, article.id) == article.digest
        except UnreadableFile:
            return False
        if same:
            self._same[article.id] = (article.digest, stamp)
        return same


def _stamp(file: Path) -> _Stamp | None:
    """What changes whenever a file does; None where there is none."""
    try:
        about = file.stat()
    except (OSError, ValueError):
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino


def articles_of(answer: Answer) -> tuple[str, ...]:
    """The ids of the articles that an answer cites or shows."""
    cited, shown = (c.article for c in answer.citations), (e.article for e in answer.evidence)
    return tuple(dict.fromkeys((*cited, *shown)))


class FolderWatch:
    """Calls ``changed`` after something in a folder has changed, until it is closed. In a thread of its own."""

    def __init__(self, folder: Path, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._changed = changed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watching", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; a call of ``changed`` that is under way goes on."""
        self._stop.set()

    def _watch(self) -> None:
        try:
            self._follow(polling=False)
        except (OSError, RuntimeError):  # the system watches no more folders, or not this one: look at it now and then
            self._follow(polling=True)

    def _follow(self, *, polling: bool) -> None:
        from watchfiles import watch

        changes = watch(
            self._folder,
            watch_filter=lambda _, path: may_be_article(Path(path)),
            debounce=20 * SETTLE_MS,
            step=SETTLE_MS,
            stop_event=self._stop,
            rust_timeout=1_000,
            force_polling=polling,
            poll_delay_ms=_POLL_MS,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for _ in changes:
            if not self._stop.is_set():
                self._changed()


def news_of(report: SyncReport) -> str:
    """What a sync has changed, in a sentence for the reader; "" when that is nothing."""
    parts = [_counted(ids, done) for ids, done in ((report.added, "new"), (report.updated, "changed"))]
    parts.append(_counted(report.removed, "removed"))
    told = "; ".join(part for part in parts if part)
    bad = [f"{one.article} ({one.reason.rstrip('.')})" for one in report.unreadable[:_NAMED]]
    unread = f"Cannot be read: {_listed(bad, len(report.unreadable))}." if bad else ""
    return " ".join(part for part in (f"The articles have changed: {told}." if told else "", unread) if part)


def _counted(ids: tuple[str, ...], done: str) -> str:
    return f"{len(ids)} {done} ({_listed([printable(id) for id in ids[:_NAMED]], len(ids))})" if ids else ""


def _listed(names: list[str], count: int) -> str:
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{', '.join(names)}{more}"
