"""What is said about an article: title, outlet, author, date, link. Taken where the source has it, never made up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from rag.articles import patterns
from rag.articles.residue import Finding, header_fields
from rag.sentences import paragraphs, sentences_in

STAND_IN_MAX = 120  # characters of a first sentence that stands in for a missing headline
FIELD_MAX = 500
"""Characters of a title, a name or an outlet: they are shown in lists and stand in front of every passage."""
_BREADCRUMB_TITLE_WORDS = 4

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE_FORMS = (
    re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})\b", re.IGNORECASE),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? {_MONTH},? (?P<year>\d{{4}})\b", re.IGNORECASE),
)
_SHORT_DATE = re.compile(r"^\d{4}(?:-\d\d)?$")


@dataclass(frozen=True, slots=True)
class Details:
    """What a source gives; None where it gives nothing."""

    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    date: str | None = None
    url: str | None = None
    section: str | None = None

    def or_else(self, other: Details) -> Details:
        """These details, with gaps filled from ``other``."""
        gaps = [f.name for f in fields(self) if getattr(self, f.name) is None]
        return replace(self, **{name: getattr(other, name) for name in gaps})


def iso_date(value: object) -> str | None:
    """``value`` as ``YYYY-MM-DD`` (or ``YYYY-MM``, ``YYYY``), None when it is no date or may be read in two ways.

    Takes dates, years and texts with an ISO date or an English month name; ``03/04/2022`` may be read in two ways.
    """
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value).strip()
    if _SHORT_DATE.match(text):
        return text if text[5:] in ("", *(f"{m:02}" for m in range(1, 13))) else None
    found = next((m for form in _DATE_FORMS if (m := form.search(text))), None)
    return _checked_date(found) if found else None


def web_address(value: object) -> str | None:
    """``value`` if it is an http(s) address, else None: nothing else may become a link."""
    match = patterns.URL_LINE.match(str(value).strip())
    return match["url"] if match else None


def clean(value: object) -> str | None:
    """``value`` as one line of at most ``FIELD_MAX`` characters, lists joined by commas.

    None when it is empty or not a plain value.
    """
    if isinstance(value, list | tuple):
        parts = (clean(part) for part in value[:FIELD_MAX] if not isinstance(part, list | tuple))
        value = ", ".join(part for part in parts if part)
    if value is None or isinstance(value, dict | bool):
        return None
    return shorten(" ".join(str(value).split()), FIELD_MAX) or None


def from_text(text: str, findings: Sequence[Finding]) -> Details:
    """What the article's own lines say: headline, byline, source line, dateline, link line."""
    labelled = _from_header(text, findings)
    return labelled.or_else(
        Details(
            title=_headline(text, findings) or _breadcrumb_title(text, findings),
            outlet=_first(text, findings, "source-line", _source),
            author=_first(text, findings, "byline", _author) or _first(text, findings, "names-only", clean),
            date=_first(text, findings, "dateline", iso_date),
            url=_first(text, findings, "link-line", web_address),
        )
    )


def stand_in_title(text: str, findings: Sequence[Finding]) -> str:
    """The first sentence of the body, cut at a word: what stands in for a missing headline."""
    marked = {f.start for f in findings if f.kind != "heading"}
    spans = paragraphs(text)
    first = next((s for s in spans if s.start not in marked), spans[0])
    sentence = sentences_in(text, first)[0]
    return shorten(" ".join(text[sentence.start : sentence.end].split()))


def shorten(sentence: str, longest: int = STAND_IN_MAX) -> str:
    """``sentence`` cut at a word to ``longest`` characters, with an ellipsis where it was cut."""
    if len(sentence) <= longest:
        return sentence
    cut = sentence.rfind(" ", 0, longest)
    return sentence[: cut if cut > 0 else longest - 1].rstrip(" ,;:–—-") + "…"


def _checked_date(found: re.Match[str]) -> str | None:
    month = found["month"].lower()
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    try:
        return dt.date(int(found["year"]), number, int(found["day"])).isoformat()
    except ValueError:
        return None


def _line(text: str, finding: Finding) -> str:
    return " ".join(text[finding.start : finding.end].split())


def _first(text: str, findings: Sequence[Finding], rule: str, read: Callable[[str], str | None]) -> str | None:
    lines = (_line(text, f) for f in findings if f.rule == rule)
    return next((value for line in lines if (value := read(line))), None)


def _headline(text: str, findings: Sequence[Finding]) -> str | None:
    """The first heading, if nothing but residue, credits and bylines stands above it."""
    by_start = {f.start: f for f in findings}
    for span in paragraphs(text):
        finding = by_start.get(span.start)
        if finding is None:
            return None
        if finding.kind == "heading":
            return clean(_line(text, finding).lstrip("#").strip(" #*_")) if finding.rule != "header-field" else None
    return None


def _breadcrumb_title(text: str, findings: Sequence[Finding]) -> str | None:
    """The last step of "Home » News » Headline", if it is as long as a headline."""

    def last_step(line: str) -> str | None:
        last = re.split(r"\s*[»›>→]\s*", line)[-1].strip()
        return last if len(last.split()) >= _BREADCRUMB_TITLE_WORDS else None

    return _first(text, findings, "breadcrumb", last_step)


def _source(line: str) -> str | None:
    """The source line as it stands ("source xyz"); a bare address is a link, not an outlet."""
    match = patterns.SOURCE_LINE.match(line)
    return None if match is None or web_address(match["source"]) else line


def _author(line: str) -> str | None:
    match = patterns.BYLINE.match(line)
    return match and (match["author"] or match["login"])


def _from_header(text: str, findings: Sequence[Finding]) -> Details:
    lines = [_line(text, f) for f in findings if f.rule == "header-field"]
    given = {m["key"].lower(): m["value"] for m in reversed(header_fields(lines))}

    def get(*names: str) -> str | None:
        return next((given[name] for name in names if name in given), None)

    date, url = get("date", "published"), get("url", "link")
    return Details(
        title=clean(get("title", "headline")),
        outlet=clean(get("outlet", "publication", "publisher", "source")),
        author=clean(get("author", "by")),
        date=iso_date(date) if date else None,
        url=web_address(url) if url else None,
        section=clean(get("section")),
    )
