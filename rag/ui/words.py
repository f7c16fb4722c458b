"""Small values in words for the reader: dates, times, where an article comes from. Knows no HTML."""

from __future__ import annotations

import re

from rag.domain import Answer, Article

NO_MODEL = "none"
"""What an answer names as its model when no language model wrote it."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
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


def seconds(milliseconds: float) -> str:
    """Milliseconds as "2.3 s", for tenths are as fine as a reader can feel; what is less than one as "42 ms"."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 95 else f"{milliseconds:.0f} ms"


def times_in_words(answer: Answer) -> str:
    """How long evidence, first word and whole answer took, as far as known; "" when nothing is."""
    parts = (
        ("evidence", answer.timings.retrieval_ms),
        ("first word", answer.timings.first_token_ms),
        ("whole", answer.timings.total_ms),
    )
    return " · ".join(f"{name} {seconds(value)}" for name, value in parts if value is not None)


def model_in_words(model: str) -> str:
    """The model of an answer; without one the answer is made of the articles' own sentences."""
    return "the articles’ own sentences" if model == NO_MODEL else model


def provenance(article: Article) -> str:
    """Outlet and date in one line; a missing date is left out, so that lists stay quiet."""
    return " · ".join(part for part in (article.outlet, date_in_words(article.date) if article.date else None) if part)


def count(number: int, noun: str) -> str:
    """ "1 article", "5 articles"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
