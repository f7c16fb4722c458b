"""Saved mail: subject, sender, date and text; a newsletter's HTML where there is no text. Opens no attachment."""

from __future__ import annotations

import email
import email.policy
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

from rag.articles import html
from rag.articles.details import Details, clean, iso_date
from rag.articles.source import Source
from rag.articles.whole import read_whole
from rag.errors import UnreadableFile

MAX_PARTS = 200
MAX_BOUNDARIES = 10_000
"""Lines that may begin a part; each part takes memory before it is known how many there are."""
MAX_HEADER = 5_000
"""Characters of a header that is read: its parser's work is not in proportion to it."""
_HEADERS = frozenset({"from", "subject", "date", "content-type", "content-disposition", "content-transfer-encoding"})
_ATTACHED = "Not read: attached {names}."


def read(data: bytes) -> Source:
    """The message's own text, with its subject as title, its sender as author and its date.

    What is attached is named in a last line, and not read.

    Raises:
        UnreadableFile: no mail, encrypted, in too many parts, or without text.
    """
    if data.count(b"\n--") > MAX_BOUNDARIES:
        raise UnreadableFile(f"more than {MAX_PARTS} parts; save the text of the message as .txt.")
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    if not any(name in message for name in ("from", "subject", "date", "received")):
        raise UnreadableFile("not a mail: it has neither sender nor subject nor date; rename it to what it is.")
    parts = [part for _, part in zip(range(MAX_PARTS + 1), message.walk(), strict=False)]
    if len(parts) > MAX_PARTS:
        raise UnreadableFile(f"more than {MAX_PARTS} parts; save the text of the message as .txt.")
    for name, value in (header for part in parts for header in part.raw_items()):
        if name.lower() in _HEADERS and len(value) > MAX_HEADER:
            raise UnreadableFile(
                f"its header {name!r:.40} has {len(value):,} characters, and {MAX_HEADER:,} is the limit."
            )
    if message.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime"):
        raise UnreadableFile("encrypted; save the text of the message as .txt.")
    body = _body(parts)
    attached = [clean(name) for part in parts if (name := _field(part.get_filename))]
    text, note = body.text.strip(), _ATTACHED.format(names=", ".join(name for name in attached if name))
    if not attached:
        return Source(text, _details(message), body.headings)
    return Source(f"{text}\n\n{note}", _details(message), body.headings, note)


def _body(parts: list[Any]) -> Source:
    """The first text, else the first page of HTML. An attached text is no part of what the sender says."""
    said = [part for part in parts if not part.is_multipart() and part.get_content_disposition() != "attachment"]
    for part in said:
        if part.get_content_type() == "text/plain" and (text := _content(part).strip()):
            return Source(text)
    for part in said:
        if part.get_content_type() == "text/html" and (page := _content(part)):
            source = _page(page.encode("utf-8", "replace"))
            if source.text:
                return source
    raise UnreadableFile("a mail without text; save what is attached as files of their own.")


def _page(page: bytes) -> Source:
    """What the reader of web pages takes for the text; all words where it finds none, as in a short letter."""
    try:
        return html.read(page)
    except UnreadableFile:
        return read_whole(page)


def _content(part: Any) -> str:
    """The part as text; a charset that nobody knows is taken for the usual ones."""
    data = part.get_payload(decode=True) or b""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "cp1252"):
        with suppress(LookupError, UnicodeError, ValueError):
            text = data.decode(charset)
            if isinstance(text, str):
                return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return str(data.decode("latin-1"))


def _details(message: EmailMessage) -> Details:
    sender = _field(lambda: message["from"].addresses[0].display_name or str(message["from"]))
    date = _field(lambda: message["date"].datetime)
    return Details(title=clean(_field(lambda: message["subject"])), author=clean(sender), date=date and iso_date(date))


def _field(get: Any) -> Any:
    """A header's value; one that the mail's own library stumbles over says nothing."""
    try:
        return get()
    except Exception:
        return None
