"""A file of the folder -> an Article: text, marks and details put together. Knows which reader takes which suffix."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path, PurePosixPath

from rag.articles import details, docx, eml, epub, html, markdown, pdf, residue, rtf, txt
from rag.articles.folder import MAX_BYTES, digest, read_bytes
from rag.articles.source import Source, only_this_file
from rag.domain import Article
from rag.errors import UnreadableFile

_LIBRARIES = ("trafilatura", "pdfminer.six", "python-docx", "striprtf")
READER_FINGERPRINT = f"reader-2/residue-{residue.RULES_VERSION}/" + "/".join(f"{n}-{version(n)}" for n in _LIBRARIES)
"""Names what decides about text and marks besides the file itself; another one means that files must be read anew."""

MAX_LINES = 100_000
"""More are a list or a table of data; each line is looked at by many rules."""

MAX_CHARS = MAX_BYTES
"""Of the text of a file that is not text itself: as much as a text file may have."""

_READERS = {
    ".txt": txt.read,
    ".md": markdown.read,
    ".html": html.read,
    ".htm": html.read,
    ".pdf": pdf.read,
    ".docx": docx.read,
    ".epub": epub.read,
    ".eml": eml.read,
    ".rtf": rtf.read,
}


def read_article(root: Path, article: str) -> Article:
    """The article with this id (path relative to ``root``), whole, with residue marked.

    Raises:
        UnreadableFile: with the reason in words ("not UTF-8: byte 0xe9 at offset 17 ..."); whatever goes wrong while
            a file is read is that file's trouble. The message does not repeat the article's name; who reports it
            puts the name in front.
    """
    data = read_bytes(root, article)
    read = _READERS.get(PurePosixPath(article).suffix.lower())
    if read is None:
        raise UnreadableFile(f"not a format that can be read; known are {', '.join(_READERS)}.")
    with only_this_file():
        source = read(data)
        return _assemble(article, digest(data), source)


def _assemble(article: str, file_digest: str, source: Source) -> Article:
    if not any(c.isalnum() for c in source.text):
        raise UnreadableFile("empty: there is not a letter in it; write something or remove the file.")
    if len(source.text) > MAX_CHARS:
        raise UnreadableFile(f"{len(source.text):,} characters, and {MAX_CHARS:,} is the limit; split it.")
    lines = source.text.count("\n")
    if lines > MAX_LINES:
        raise UnreadableFile(f"{lines:,} lines, and {MAX_LINES:,} is the limit; split it into smaller files.")
    findings = residue.find(source.text, title=source.details.title, headings=source.headings)
    if source.note:
        at = len(source.text) - len(source.note)
        findings = [one for one in findings if one.start < at]
        findings.append(residue.Finding(at, len(source.text), "residue", "note"))
    known = source.details.or_else(details.from_text(source.text, findings))
    return Article(
        id=article,
        text=source.text,
        digest=file_digest,
        title=known.title or details.stand_in_title(source.text, findings),
        title_given=known.title is not None,
        outlet=known.outlet,
        author=known.author,
        date=known.date,
        url=known.url,
        section=known.section,
        marks=residue.marks(findings),
        pages=source.pages,
    )
