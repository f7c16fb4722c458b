"""Dates, quotations and links in words, for the page and for what is exported. Knows no article and no page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
QUOTATION_MARKS = frozenset('"“”„‟«»‹›‘「」『』')
"""Marks that would clash with ours; no apostrophe is among them."""
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def date_in_words(date: str | None) -> str:
    """``2022-03-14`` as "14 March 2022", ``2022-03`` as "March 2022"; what is no ISO date is shown as it stands."""
    if not date:
        return "no date given"
    match = _ISO.fullmatch(date)
    if not match or not 1 <= int(match[2] or 1) <= 12:
        return date
    year, month, day = match[1], match[2], match[3]
    named = f"{_MONTHS[int(month) - 1]} {year}" if month else year
    return f"{int(day)} {named}" if day else named


def quoted(text: str) -> str:
    """``text`` between quotation marks; as it stands when it has some of its own, for two layers of them clash."""
    return text if QUOTATION_MARKS & set(text) else f"“{text}”"


def cut(text: str, length: int = 90) -> str:
    """``text`` in one line of at most ``length`` characters, the last an ellipsis if something is missing."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def web_link(url: str | None) -> tuple[str, str] | None:
    """The address and the host to show, for a link that is safe to follow (http or https); None for any other."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    return (url.strip(), host) if parts.scheme in ("http", "https") and host else None
