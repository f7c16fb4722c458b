"""Details of articles as readers have corrected them: title, outlet, author, date, link. Knows no library's content.

They are kept beside the library, by folder and article, and laid over what a file says whenever it is read. So they
outlive syncs, edits of the file and a library that is made anew. What a correction replaces is never lost: the file
still says it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from rag.articles.details import FIELD_MAX, iso_date, web_address
from rag.domain import Article
from rag.errors import ShelfError
from rag.kept import Kept
from rag.place import collection_prefix
from rag.records import corrected_row
from rag.unseen import visible

FILE = "corrections.json"
FIELDS: Final = ("title", "outlet", "author", "date", "url")
"""What can be corrected, as ``Article`` calls it."""
LINK_MAX = 500
_DATE_MAX = 60
_NAMES = {"title": "title", "outlet": "outlet", "author": "author", "date": "date", "url": "link"}
_FORM = TypeAdapter(dict[str, dict[str, dict[str, str]]])


class Corrections:
    """What readers have corrected in the articles of one folder. May be used from any thread."""

    def __init__(self, data: Path, folder: Path) -> None:
        """Read them from the folder ``data``; only the path of ``folder`` matters."""
        self._library = collection_prefix(folder)
        self._changing = threading.Lock()
        self._kept = Kept(data / FILE, _FORM, {}, "corrections made by hand")

    @property
    def problem(self) -> str:
        """What was wrong with the file that they are kept in, "" when nothing was."""
        return self._kept.problem

    def of(self, article: str) -> dict[str, str]:
        """The corrected fields of an article; "" for one that it is to have no value for."""
        found = self._kept.value.get(self._library, {}).get(article, {})
        return {name: value for name, value in found.items() if name in FIELDS and _is_fit(name, value)}

    def row(self, article: str) -> str:
        """The same as one text, to be compared with what a library has stored."""
        return corrected_row(self.of(article))

    def applied(self, article: Article) -> Article:
        """The article, read from its file, as it is to be known."""
        found = self.of(article.id)
        if not found:
            return article
        changes: dict[str, Any] = {name: value or None for name, value in found.items()}
        given = article.title_given or "title" in found
        return replace(article, **changes, title_given=given, corrected=tuple(sorted(found)))

    def correct(self, article: str, changes: Mapping[str, str | None]) -> None:
        """Keep corrections of an article's fields: "" for no value, None for what the file says.

        Raises:
            ShelfError: a value that the field cannot have, or no room to write it down. Nothing is changed then.
        """
        fit = {name: None if value is None else checked(name, value) for name, value in changes.items()}
        with self._changing:
            merged = {name: value for name, value in (self.of(article) | fit).items() if value is not None}
            own = self._kept.value.get(self._library, {})
            others = {id: details for id, details in own.items() if id != article}
            mine = others | ({article: merged} if merged else {})
            self._kept.write(self._kept.value | {self._library: mine})


def checked(name: str, value: str) -> str:
    """The value as it is kept: one line, a date as ISO.

    Raises:
        ShelfError: the field cannot have it, in a sentence that says what it can have.
    """
    if name not in FIELDS:
        raise ShelfError(f"{name!r:.80} cannot be corrected: choose one of {', '.join(_NAMES.values())}.")
    longest = {"url": LINK_MAX, "date": _DATE_MAX}.get(name, FIELD_MAX)
    if len(value) > longest:
        raise ShelfError(f"The {_NAMES[name]} has {len(value):,} characters; {longest:,} is the limit: shorten it.")
    if visible(value, lines=False) != value:
        raise ShelfError(f"The {_NAMES[name]} holds a character that cannot be seen: type it anew.")
    line = " ".join(value.split())
    if not line and name == "title":
        raise ShelfError("An article has a title: type one, or take the one that the file has.")
    return _CHECKS.get(name, str)(line) if line else ""


def _date(line: str) -> str:
    found = iso_date(line) or _in_words(line)
    if found is None:
        raise ShelfError(f"“{line}” is no date that can be read in one way: type it like 2022-03-14, 2022-03 or 2022.")
    return found


def _in_words(line: str) -> str | None:
    """A date in the words of any language, if it names a year and nothing is left to be guessed."""
    # Looked at first, for it takes seconds to try all languages. And 03/04/2022 may be read in two ways.
    if not re.search(r"(?<!\d)\d{4}(?!\d)", line) or not any(letter.isalpha() for letter in line):
        return None
    found = _parser().get_date_data(line)
    day, length = found.date_obj, {"day": 10, "month": 7, "year": 4}.get(found.period)
    if day is None or length is None or not re.search(rf"(?<!\d){day.year:04}(?!\d)", line):
        return None
    iso: str = day.date().isoformat()
    return iso[:length]


def _parser() -> Any:
    # Slow to import, and seldom wanted.
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]

    return DateDataParser(settings={"PARSERS": ["absolute-time"], "REQUIRE_PARTS": ["year"]})


def _link(line: str) -> str:
    found = web_address(line)
    if found is None or found != line:
        raise ShelfError(f"“{line:.80}” is no address of a web page: it begins with http:// or https://.")
    return found


_CHECKS: Mapping[str, Callable[[str], str]] = {"date": _date, "url": _link}


def _is_fit(name: str, value: str) -> bool:
    """Whether a value from the file is one that would be kept: somebody may have written it by hand."""
    try:
        return checked(name, value) == value
    except ShelfError:
        return False
