"""Pasted text and fetched pages -> files that say what they are, in front matter or the page's own head."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

from rag.adding.fetching import Fetched
from rag.adding.keeping import Kept, keep
from rag.adding.names import slug
from rag.errors import AddingError

MOST_CHARACTERS = 1_000_000
"""Of a pasted text; an article has some thousands."""

_HEAD = re.compile(r"<head(\s[^<>]*)?>", re.IGNORECASE)
_PLAIN = re.compile(r"(us-)?ascii|utf-?(8|16)|iso-8859-\d+|windows-\d+|koi8-[ru]|gb\w+|big5|shift_jis|euc-\w+", re.I)
"""Encodings of texts on the web; Python knows others under such names, some of which take for ever."""


def paste(folder: Path, title: str, text: str, known: Mapping[str, str] | None = None) -> Kept:
    """Keep a pasted text: as Markdown with its title in front matter, as plain text where it has none.

    Raises:
        AddingError: there is no text, or too much of it; or the disk refuses.
    """
    words = text.replace("\r\n", "\n").strip()
    named = " ".join(title.split())
    if not any(character.isalnum() for character in words):
        raise AddingError("There is no text to keep: paste the article's words.")
    if len(words) > MOST_CHARACTERS:
        raise AddingError(f"The text has {len(words):,} characters, and {MOST_CHARACTERS:,} is the limit: split it.")
    if not named:
        return keep(folder, f"{slug(' '.join(words.split()[:8]))}.txt", f"{words}\n".encode("utf-8", "replace"), known)
    return keep(folder, f"{slug(named)}.md", _with_front_matter(words, title=named), known)


def keep_page(folder: Path, page: Fetched, title: str, known: Mapping[str, str] | None = None) -> Kept:
    """Keep what was fetched, with the address it came from, so that a citation can lead there.

    Raises:
        AddingError: the disk refuses.
    """
    suffix = ".md" if page.suffix == ".txt" else page.suffix
    return keep(folder, f"{slug(title)}{suffix}", file_of(page), known)


def file_of(page: Fetched) -> bytes:
    """The file that is kept of a page. Of a PDF it is the PDF itself, which has no place for an address."""
    if page.suffix == ".html":
        return _with_address(page)
    if page.suffix in (".txt", ".md"):
        text = _text(page)
        return text.encode() if text.startswith("---") else _with_front_matter(text, url=page.url)
    return page.data


def _with_address(page: Fetched) -> bytes:
    """The page with its address, and the encoding that came with it, first in its head: its own word comes behind."""
    data = page.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    declared = f'<meta charset="{page.charset}">' if page.charset else ""
    ours = f'{declared}<link rel="canonical" href="{html.escape(page.url)}">'
    return _behind_head(data.decode("latin-1"), ours).encode("latin-1")  # One character for each byte.


def _behind_head(text: str, ours: str) -> str:
    head = _HEAD.search(text, 0, 20_000)
    return f"{text[: head.end()]}{ours}{text[head.end() :]}" if head else f"{ours}\n{text}"


def _text(page: Fetched) -> str:
    name = page.charset if page.charset and _PLAIN.fullmatch(page.charset) else "utf-8"
    try:
        return page.data.decode(name).removeprefix("\ufeff")
    except (LookupError, UnicodeError):
        raise AddingError("The text at this link is in no known encoding: save it as UTF-8 and add the file.") from None


def _with_front_matter(text: str, **fields: str) -> bytes:
    import frontmatter

    post = frontmatter.Post(text)
    post.metadata.update(fields)
    return f"{frontmatter.dumps(post, width=10_000)}\n".encode("utf-8", "replace")
